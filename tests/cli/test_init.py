"""init on drawn folders: what is found, what it is called, and that the sheets it writes are read again."""

from collections.abc import Callable
from pathlib import Path

import pysam
import pytest
import yaml

from loci2lead.config.load import load_settings
from loci2lead.config.sheets import SampleRow, read_libraries, read_samples

Run = Callable[..., tuple[int, str, str]]
GRCH38 = {"chr1": 248956422, "chr20": 64444167}
GRCH37 = {"1": 249250621, "20": 63025520}


def bam(path: Path, contigs: dict[str, int], *, index: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with pysam.AlignmentFile(str(path), "wb", reference_names=list(contigs), reference_lengths=list(contigs.values())):
        pass
    if index:
        pysam.index(str(path))
    return path


def vcf(path: Path, contigs: dict[str, int]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"##contig=<ID={name},length={length}>\n" for name, length in contigs.items()]
    with pysam.BGZFile(str(path), "w", None) as handle:
        handle.write(
            ("##fileformat=VCFv4.2\n" + "".join(lines) + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n").encode()
        )
    return path


def rows_of(output: Path) -> dict[str, SampleRow]:
    settings = load_settings(yaml.safe_load((output / "config.yaml").read_text()))
    return {row.sample: row for row in read_samples(settings.samples)}


def test_a_folder_of_everything(run_cli: Run, tmp_path: Path) -> None:
    data, output = tmp_path / "data", tmp_path / "new"
    bam(data / "S1.sorted.md.bam", GRCH38)
    bam(data / "deep" / "S2.bam", GRCH38, index=False)
    vcf(data / "S3.deepvariant.vcf.gz", GRCH37)
    vcf(data / "S3.g.vcf.gz", GRCH37)
    for lane in ("L001", "L002"):
        for mate in (1, 2):
            (data / f"S4_S7_{lane}_R{mate}_001.fastq.gz").write_bytes(b"")
    (data / "S5_R1.fastq.gz").write_bytes(b"")
    (data / "lib.smi").write_text("CCO a\n")
    code, out, err = run_cli("init", data, "--output", output, "--build", "GRCh38", "--genes", "/g.gff3")
    assert code == 0, err
    rows = rows_of(output)
    assert set(rows) == {"S1", "S2", "S3", "S4"}
    assert rows["S1"].build == "GRCh38" and rows["S3"].build == "GRCh37" and rows["S4"].build == "GRCh38"
    assert rows["S3"].variants.endswith("S3.deepvariant.vcf.gz")
    assert [Path(p).name for p in rows["S4"].fastq_2.split(";")] == [f"S4_S7_L00{n}_R2_001.fastq.gz" for n in (1, 2)]
    assert "samtools index S2.bam" in out and "references.GRCh38.fasta" in out and "doctor" in out
    assert [row.library for row in read_libraries(output / "libraries.tsv")] == ["lib"]


def test_an_output_folder_of_sarek(run_cli: Run, tmp_path: Path) -> None:
    data, output = tmp_path / "sarek", tmp_path / "new"
    for name in ("tumor7", "normal7", "solo9"):
        bam(data / "preprocessing" / "recalibrated" / name / f"{name}.recal.bam", GRCH38)
        bam(data / "preprocessing" / "markduplicates" / name / f"{name}.md.bam", GRCH38)
    pair = "tumor7_vs_normal7"
    vcf(data / "variant_calling" / "mutect2" / pair / f"{pair}.mutect2.vcf.gz", GRCH38)
    somatic = vcf(data / "variant_calling" / "mutect2" / pair / f"{pair}.mutect2.filtered.vcf.gz", GRCH38)
    vcf(data / "variant_calling" / "strelka" / pair / f"{pair}.strelka.somatic_snvs.vcf.gz", GRCH38)
    vcf(data / "variant_calling" / "haplotypecaller" / "old8" / "old8.haplotypecaller.filtered.vcf.gz", GRCH38)
    code, _, err = run_cli("init", data, "--output", output, "--oncotree", "COAD")
    assert code == 0, err
    rows = rows_of(output)
    assert {name: row.type for name, row in rows.items()} == {
        "tumor7": "tumor",
        "normal7": "normal",
        "solo9": "germline",
        "old8": "germline",
    }
    assert rows["tumor7"].variants == str(somatic) and rows["tumor7"].patient == rows["normal7"].patient
    assert rows["solo9"].reads.endswith("solo9.recal.bam") and rows["old8"].variants


def test_names_of_persons_become_numbers(run_cli: Run, tmp_path: Path) -> None:
    bam(tmp_path / "data" / "Jane_Doe.bam", GRCH38)
    code, out, err = run_cli("init", tmp_path / "data", "--output", tmp_path / "new")
    assert code == 0, err
    assert (tmp_path / "new" / "samples.tsv").read_text().splitlines()[1].startswith("P001\tS001\tgermline")
    assert "named S001" in out and "link or copy it to a pseudonym" in out


def test_what_is_left_to_fill_in_is_said_and_refused_until_then(run_cli: Run, tmp_path: Path) -> None:
    vcf(tmp_path / "data" / "T1.vcf.gz", GRCH38)
    code, out, _ = run_cli("init", tmp_path / "data", "--output", tmp_path / "new", "--type", "tumor")
    assert code == 0 and "row 1: fill in oncotree" in out
    code, _, err = run_cli("doctor", "--configfile", tmp_path / "new" / "config.yaml")
    assert code == 2 and "row 1, column oncotree" in err


@pytest.mark.parametrize("case", ["absent", "empty", "again"])
def test_mistakes(run_cli: Run, tmp_path: Path, case: str) -> None:
    (tmp_path / "empty").mkdir()
    bam(tmp_path / "again" / "S1.bam", GRCH38)
    if case == "again":
        assert run_cli("init", tmp_path / "again", "--output", tmp_path / "new")[0] == 0
    code, _, err = run_cli("init", tmp_path / case, "--output", tmp_path / "new")
    assert code == 2
    assert {"absent": "No such folder", "empty": "Nothing to start from", "again": "exists already"}[case] in err
