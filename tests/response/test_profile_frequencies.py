"""Common variants are told from rare ones, whatever the file's spelling of contigs and alleles."""

from pathlib import Path

import pysam
import pytest

from loci2lead.errors import InputError
from loci2lead.io.vcf import AnnotatedVariant
from loci2lead.response.profile_frequencies import common_alleles, is_common

HEADER = '##fileformat=VCFv4.2\n##INFO=<ID=AF,Number=A,Type=Float,Description="AF">\n##contig=<ID=chr1,length=5000>\n'
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
ROWS = (
    "chr1\t101\t.\tG\tA,C\t.\t.\tAF=0.2,0.00001\n"
    "chr1\t201\t.\tTAA\tTA\t.\t.\tAF=0.01\n"
    "chr1\t301\t.\tA\tT\t.\t.\tAF=0.0005\n"
)
SNP = AnnotatedVariant("1", 100, "G", "A")
RARE_ALLELE = AnnotatedVariant("1", 100, "G", "C")
DELETION = AnnotatedVariant("1", 200, "TA", "T")
RARE = AnnotatedVariant("1", 300, "A", "T")
ABSENT = AnnotatedVariant("2", 300, "A", "T")
ALL = [SNP, RARE_ALLELE, DELETION, RARE, ABSENT]


@pytest.mark.parametrize("indexed", [False, True])
def test_vcf_by_allele(tmp_path: Path, indexed: bool) -> None:
    path = tmp_path / "af.vcf"
    path.write_text(HEADER + COLUMNS + ROWS)
    if indexed:
        path = Path(pysam.tabix_index(str(path), preset="vcf"))
    common = common_alleles(path, ALL)
    assert [is_common(v, common) for v in ALL] == [True, False, True, False, False]


def test_table_by_allele(tmp_path: Path) -> None:
    path = tmp_path / "af.tsv"
    path.write_text("chrom\tpos\tref\talt\taf\n1\t101\tG\tA\t0.2\nchr1\t202\tAA\tA\t0.01\n1\t301\tA\tT\t\n")
    common = common_alleles(path, ALL)
    assert is_common(SNP, common) and not is_common(RARE, common)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.tsv", "chrom\tpos\tref\talt\n1\t1\tA\tC\n", "Columns are missing"),
        ("a.tsv", "chrom\tpos\tref\talt\taf\n1\t101\tG\tA\t20\n", "outside 0 to 1"),
        ("a.vcf", "##fileformat=VCFv4.2\n##contig=<ID=1>\n" + COLUMNS, "no allele frequencies"),
    ],
)
def test_files_without_frequencies(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=words):
        common_alleles(tmp_path / name, ALL)
