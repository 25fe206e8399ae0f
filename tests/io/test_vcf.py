"""The reader of annotated VCFs: whose annotation is chosen, and where depths and fractions are found."""

from pathlib import Path

import pysam
import pytest

from loci2lead.errors import InputError
from loci2lead.io.vcf import CSQ_FIELDS, read_annotated
from loci2lead.io.vcf_annotations import vep_allele
from loci2lead.io.vcf_text import detect_build, read_lines, scrub_header, split_header, write_bgzipped

VEP = "Allele|Consequence|SYMBOL|Feature|BIOTYPE|HGVSc|HGVSp|Protein_position|MANE_SELECT|CANONICAL"
FORMATS = "GT:String:1 AD:Integer:R DP:Integer:1 VAF:Float:A GQ:Integer:1 ADT:String:. DPT:Integer:1 FREQ:String:1"
FORMATS += " AU:Integer:2 CU:Integer:2 GU:Integer:2 TU:Integer:2 TAR:Integer:2 TIR:Integer:2"
BRAF = "T|missense_variant|BRAF|NM_1|protein_coding|NM_1:c.1799T>A|NP_1:p.Val600Glu|600/766|NM_1|YES"


def write(path: Path, rows: list[str], *, samples: str = "", csq: str = VEP) -> Path:
    """Write a VCF with the usual definitions; rows are columns joined by blanks."""
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=7>", '##FILTER=<ID=LowQual,Description="x">']
    lines.append(f'##INFO=<ID=CSQ,Number=.,Type=String,Description="By VEP. Format: {csq}">')
    for name in ("TVAF", "VAF", "AF"):
        lines.append(f'##INFO=<ID={name},Number=A,Type=Float,Description="x">')
    lines += [f'##INFO=<ID={name},Number=1,Type=Integer,Description="x">' for name in ("TDP", "DP")]
    for text in FORMATS.split():
        name, kind, number = text.split(":")
        lines.append(f'##FORMAT=<ID={name},Number={number},Type={kind},Description="x">')
    columns = "#CHROM POS ID REF ALT QUAL FILTER INFO" + (f" FORMAT {samples}" if samples else "")
    lines += [row.replace(" ", "\t") for row in (columns, *rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_what_vep_writes_is_read(tmp_path: Path) -> None:
    row = f"7 140753336 . A T . PASS CSQ={BRAF} GT:AD:GQ 0/1:37,17:99"
    (variant,) = read_annotated(write(tmp_path / "a.vcf", [row], samples="S"))
    assert variant.key == ("7", 140753335, "A", "T") and variant.filters == ()
    assert (variant.gene, variant.transcript, variant.codon) == ("BRAF", "NM_1", 600)
    assert (variant.hgvs_c, variant.hgvs_p) == ("c.1799T>A", "p.Val600Glu")
    assert (variant.genotype, variant.depth, variant.alt_depth, variant.gq) == ("0/1", 54, 17, 99)
    assert variant.vaf == pytest.approx(17 / 54)


CHOICES = [
    ("T|stop_gained|A|t1|protein_coding||||,T|intron_variant|A|t2|protein_coding||||t2|", "t2"),
    ("T|stop_gained|A|t1|protein_coding|||||,T|intron_variant|A|t2|protein_coding|||||YES", "t2"),
    ("T|missense_variant|A|t1|nonsense_mediated_decay|||||,T|intron_variant|A|t2|protein_coding|||||", "t2"),
    ("T|intron_variant|A|t1|protein_coding|||||,T|missense_variant|A|t2|protein_coding|||||", "t2"),
    ("T|intron_variant|A|t1|protein_coding||||t1|,T|missense_variant|B|t2|protein_coding||||t2|", "t2"),
    ("T||A|t1|protein_coding|||||,T||B|t2|protein_coding|||5||", "t2"),
]


@pytest.mark.parametrize(("csq", "transcript"), CHOICES)
def test_one_transcript_is_chosen(tmp_path: Path, csq: str, transcript: str) -> None:
    path = write(tmp_path / "a.vcf", [f"7 10 . A T . PASS CSQ={csq};TVAF=0.5"])
    (variant,) = read_annotated(path)
    assert variant.transcript == transcript


def test_every_gene_on_demand(tmp_path: Path) -> None:
    csq = "T|intron_variant|A|t1|protein_coding|||||,T|missense_variant|B|t2|protein_coding|||||"
    path = write(tmp_path / "a.vcf", [f"7 10 . A T . PASS CSQ={csq};TVAF=0.5"])
    assert [v.gene for v in read_annotated(path, every_gene=True)] == ["B", "A"]
    assert [v.gene for v in read_annotated(path)] == ["B"]


def test_a_variant_outside_genes_is_kept(tmp_path: Path) -> None:
    (variant,) = read_annotated(write(tmp_path / "a.vcf", ["7 10 . A T . PASS TVAF=0.5"]))
    assert variant.gene is None and variant.consequences == () and variant.codon is None


def test_several_alternatives_get_their_own_annotation_and_depth(tmp_path: Path) -> None:
    csq = "-|frameshift_variant|A|t|protein_coding|||||,CC|inframe_insertion|B|t|protein_coding|||||"
    row = f"7 10 . AC A,ACC . LowQual CSQ={csq} GT:AD 1/2:1,20,30"
    first, second = read_annotated(write(tmp_path / "a.vcf", [row], samples="S"))
    assert (first.gene, first.alt_depth, second.gene, second.alt_depth) == ("A", 20, "B", 30)
    assert first.filters == ("LowQual",) and first.genotype == "1/2"


EVIDENCE = [
    ("TVAF=0.3;TDP=50", "", "", (None, 50, None, 0.3)),
    ("AF=0.25;DP=40", "", "", (None, 40, None, 0.25)),
    ("AF=0.001;DP=40", "GT", "0/1", ("0/1", None, None, None)),
    (".", "GT:AD", "0/1:6,4", ("0/1", 10, 4, 0.4)),
    (".", "GT:AD:DP", "0/1:6,4:12", ("0/1", 12, 4, 4 / 12)),
    (".", "GT:VAF:DP", "0/1:0.31:20", ("0/1", 20, None, 0.31)),
    (".", "GT:FREQ:DP", "0/1:31%:20", ("0/1", 20, None, 0.31)),
    ("TVAF=0.31;TDP=54", "GT:DPT:ADT", "0/1:54:37,17", ("0/1", 54, 17, 17 / 54)),
    (".", "DP:AU:CU:GU:TU", "50:30,31:0,0:0,0:20,22", (None, 50, 20, 0.4)),
    (".", "DP:TAR:TIR", "50:30,31:15,16", (None, 50, 15, 15 / 45)),
    (".", "GT:DP:RO:AO", "0/1:40:30:10", ("0/1", 40, 10, 0.25)),
    (".", "GT:DP:DP4", "0/1:40:20,10,6,4", ("0/1", 40, 10, 0.25)),
    (".", "GT:AD", "0|1:.,.", ("0|1", None, None, None)),
    (".", "GT", "./.", ("./.", None, None, None)),
]


@pytest.mark.parametrize(("info", "fields", "values", "expected"), EVIDENCE)
def test_depths_and_fractions_are_found(
    tmp_path: Path, info: str, fields: str, values: str, expected: tuple[object, ...]
) -> None:
    row = f"7 10 . A T . PASS {info}" + (f" {fields} {values}" if fields else "")
    (variant,) = read_annotated(write(tmp_path / "a.vcf", [row], samples="S" if fields else ""))
    found = (variant.genotype, variant.depth, variant.alt_depth, variant.vaf)
    assert found[:3] == expected[:3]
    assert found[3] == (None if expected[3] is None else pytest.approx(expected[3], rel=1e-6))


def test_samples_must_be_named_among_several(tmp_path: Path) -> None:
    path = write(tmp_path / "a.vcf", ["7 10 . A T . PASS . GT 0/0 0/1"], samples="N T")
    with pytest.raises(InputError, match="N, T"):
        read_annotated(path)
    with pytest.raises(InputError, match="not in the VCF"):
        read_annotated(path, "X")
    assert read_annotated(path, "T")[0].genotype == "0/1"


def test_no_sample_and_no_fraction_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.vcf", ["7 10 . A T . PASS ."])
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "AF," not in line))
    with pytest.raises(InputError, match="no sample and no allele fraction"):
        read_annotated(path)


BROKEN = [
    ("", "not a readable VCF"),
    ("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n", "not annotated"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_what_cannot_be_read_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.vcf"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_annotated(path)


def test_a_broken_record_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.vcf", ["7 10 . A T . PASS TVAF=0.5", "7 x . A T . PASS TVAF=0.5"])
    with pytest.raises(InputError, match="record 2"):
        read_annotated(path)


def test_missing_file() -> None:
    with pytest.raises(InputError, match="VCF not found"):
        read_annotated("no/such.vcf")


@pytest.mark.parametrize(
    ("ref", "alts", "expected"),
    [
        ("A", ["T"], ["T"]),
        ("AC", ["A"], ["-"]),
        ("A", ["AC"], ["C"]),
        ("AC", ["A", "ACC"], ["-", "CC"]),
        ("AC", ["GT"], ["GT"]),
    ],
)
def test_vep_names_of_alleles(ref: str, alts: list[str], expected: list[str]) -> None:
    assert [vep_allele(ref, alts, i) for i in range(len(alts))] == expected


def test_our_csq_holds_the_agreed_fields() -> None:
    assert "|".join(CSQ_FIELDS).startswith(
        "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|cDNA_position|"
        "CDS_position|Protein_position|Amino_acids|Codons|STRAND|HGVSg"
    )


BUILDS = [
    ("##contig=<ID=chr20,length=64444167>", "GRCh38"),
    ("##contig=<ID=20,length=63025520>", "GRCh37"),
    ("##contig=<ID=20,length=1000>", None),
    ("##contig=<ID=20>", None),
    ("##contig=<ID=demo1,length=1000>", "demo"),
]


@pytest.mark.parametrize(("line", "build"), BUILDS)
def test_builds_are_told_from_contig_lengths(tmp_path: Path, line: str, build: str | None) -> None:
    path = tmp_path / "a.vcf"
    path.write_text(f"##fileformat=VCFv4.2\n{line}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
    assert detect_build(path) == build


def test_scrubbing_keeps_definitions_only() -> None:
    meta = [
        "##fileformat=VCFv4.2",
        "##source=caller /home/x",
        '##GATKCommandLine=<ID=Mutect2,CommandLine="-I /data/p.bam">',
        "##contig=<ID=1,length=5,assembly=/ref/hg38.fa>",
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth, see jane@clinic.org">',
        '##INFO=<ID=CSQ,Number=.,Type=String,Description="x">',
        '##INFO=<ID=BAD NAME,Number=1,Type=String,Description="x">',
        '##INFO=<ID=OPEN,Number=1,Type=String,Description="x>',
        '##FORMAT=<ID=KIND,Number=1,Type=Text,Description="x">',
        '##FILTER=<ID=low,Description="x",Source="y">',
    ]
    assert scrub_header(meta, drop=("CSQ",)) == [
        "##contig=<ID=1,length=5>",
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth, see [removed]">',
        '##FILTER=<ID=low,Description="x",Source="y">',
    ]


def test_bcf_is_read_as_text(tmp_path: Path) -> None:
    path = write(tmp_path / "a.vcf", ["7 10 . A T . PASS TVAF=0.5"])
    with (
        pysam.VariantFile(str(path)) as source,
        pysam.VariantFile(str(tmp_path / "a.bcf"), "wb", header=source.header) as out,
    ):
        for record in source:
            out.write(record)
    lines = read_lines(tmp_path / "a.bcf")
    _, columns = split_header(lines, "a.bcf")
    assert columns[0] == "#CHROM" and next(lines).split("\t")[:5] == ["7", "10", ".", "A", "T"]


def test_bgzipped_output_is_indexed_and_repeats_its_bytes(tmp_path: Path) -> None:
    lines = write(tmp_path / "a.vcf", ["7 10 . A T . PASS TVAF=0.5"]).read_text().splitlines()
    for name in ("x.vcf.gz", "y.vcf.gz"):
        write_bgzipped(tmp_path / name, lines)
    assert (tmp_path / "x.vcf.gz").read_bytes() == (tmp_path / "y.vcf.gz").read_bytes()
    with pysam.VariantFile(str(tmp_path / "x.vcf.gz")) as source:
        assert [r.pos for r in source.fetch("7", 0, 100)] == [10]
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".tmp")) == []
