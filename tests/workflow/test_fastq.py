"""Samples that come as FASTQ: aligned, called and equal in what is found to the reads they were made from."""

import shutil
from pathlib import Path

import pysam
import pytest

from tests.workflow.demo_runs import RESULTS, clone, finish, undisturbed_run

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not any(map(shutil.which, ("bwa-mem2", "bwa", "minimap2"))), reason="no aligner is installed: apt install bwa"
    ),
]


@pytest.fixture
def sequenced(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> tuple[Path, Path]:
    """Return a demo run and a clone whose sample germline-1 comes as two lanes of FASTQ, in my.yaml."""
    undisturbed = undisturbed_run(tmp_path_factory.getbasetemp())
    folder = clone(tmp_path / "fastq")
    shutil.copytree(undisturbed / RESULTS / "inputs", folder / RESULTS / "inputs")
    named = folder / "named.bam"
    pysam.sort("-n", "-o", str(named), str(folder / RESULTS / "inputs" / "germline-1.bam"))
    with pysam.AlignmentFile(str(named)) as reads:
        write_lanes(reads, folder)
    names = ["patient", "sample", "type", "build", "targets", "simulated", "fastq_1", "fastq_2"]
    lanes = [";".join(f"lane{lane}_R{mate}.fastq" for lane in (1, 2)) for mate in (1, 2)]
    cells = ["demo-patient-1", "germline-1", "germline", "demo", f"{RESULTS}/inputs/targets.bed", "yes", *lanes]
    (folder / "samples.tsv").write_text("\t".join(names) + "\n" + "\t".join(cells) + "\n")
    config = (folder / "config/demo/config.yaml").read_text()
    config = config.replace("config/demo/samples.tsv", "samples.tsv").replace("results: results/demo", "results: fq")
    (folder / "my.yaml").write_text(config)
    return undisturbed, folder


def write_lanes(reads: pysam.AlignmentFile, folder: Path) -> None:
    """Write pairs in turn to two lanes; reads that follow each other by name are mates."""
    files = {(lane, mate): (folder / f"lane{lane}_R{mate}.fastq").open("w") for lane in (1, 2) for mate in (1, 2)}
    for number, read in enumerate(reads):
        mate = 1 if read.is_read1 else 2
        text = f"@{read.query_name}/{mate}\n{read.get_forward_sequence()}\n+\n"
        qualities = "".join(chr(q + 33) for q in read.get_forward_qualities())
        files[1 + number // 2 % 2, mate].write(f"{text}{qualities}\n")
    for file in files.values():
        file.close()


def genotypes(vcf: Path) -> set[tuple]:
    with pysam.VariantFile(str(vcf)) as file:
        return {
            (r.chrom, r.pos, r.ref, r.alts, tuple(sorted(map(str, r.samples[0]["GT"]))))
            for r in file
            if "PASS" in r.filter
        }


def test_calls_from_fastq_are_those_of_the_simulated_alignment(sequenced: tuple[Path, Path]) -> None:
    undisturbed, folder = sequenced
    done = finish(folder, "variants", "--configfile", "my.yaml")
    assert done.returncode == 0, done.stdout[-4000:]
    expected = genotypes(undisturbed / RESULTS / "samples" / "germline-1" / "calls.vcf.gz")
    found = genotypes(folder / "fq" / "samples" / "germline-1" / "calls.vcf.gz")
    assert len(expected) > 5
    assert len(found & expected) / len(found | expected) > 0.9
    assert "Aligning lane 2" in (folder / "logs" / "align_reads" / "germline-1.log").read_text()
    assert finish(folder, "variants", "--configfile", "my.yaml").stdout.count("Nothing to be done") == 1


def test_swapped_files_stop_the_run_with_the_reason(sequenced: tuple[Path, Path]) -> None:
    _, folder = sequenced
    sheet = folder / "samples.tsv"
    sheet.write_text(sheet.read_text().replace("_R1", "_R#").replace("_R2", "_R1").replace("_R#", "_R2"))
    done = finish(folder, "variants", "--configfile", "my.yaml")
    assert done.returncode != 0
    assert "swapped" in (folder / "logs" / "align_reads" / "germline-1.log").read_text()
    assert not (folder / "fq" / "samples" / "germline-1" / "reads.bam").exists()
