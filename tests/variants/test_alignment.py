"""The steps around an aligner, with programs of our own in its place: what fails, fails whole and says why."""

from collections.abc import Callable
from pathlib import Path

import pysam
import pytest

from loci2lead.errors import InputError, Loci2leadError
from loci2lead.io.fasta import Reference
from loci2lead.io.fastq import Lane
from loci2lead.variants import aligners, alignment
from loci2lead.variants.aligners import Aligner

HEADER = "@SQ\\tSN:chr1\\tLN:80\\n@PG\\tID:fake\\tCL:fake /home/someone/reads\\n"
# Two fragments with the same ends, so one of them is a duplicate.
READS = "".join(
    f"r{i}\\t99\\tchr1\\t11\\t60\\t8M\\t=\\t41\\t38\\tACGTACGT\\tIIIIIIII\\n"
    f"r{i}\\t147\\tchr1\\t41\\t60\\t8M\\t=\\t11\\t-38\\tACGTACGT\\tIIIIIIII\\n"
    for i in range(2)
)


@pytest.fixture
def reference(tmp_path: Path) -> Reference:
    (tmp_path / "genome.fa").write_text(">chr1\n" + "ACGT" * 20 + "\n")
    return Reference(tmp_path / "genome.fa")


@pytest.fixture
def align(tmp_path: Path, reference: Reference) -> Callable[..., alignment.Counts]:
    """Align with a shell script in the place of the program."""

    def run(script: str, pairs: int = 2, lanes: int = 1) -> alignment.Counts:
        program = tmp_path / "fake"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return alignment.align(
            [Lane(tmp_path / "R1", tmp_path / "R2")] * lanes,
            reference,
            tmp_path / "out" / "reads.bam",
            pairs=pairs,
            aligner=Aligner("minimap2", "1.0", str(program)),
            sample="P001",
            threads=1,
            provenance={"subcommand": "align-reads"},
        )

    return run


def test_duplicates_are_marked_and_the_header_names_nobody(align: Callable, tmp_path: Path) -> None:
    counts = align(f"printf '{HEADER}{READS}'")
    assert counts == alignment.Counts(reads=4, mapped=4, proper=4, duplicates=2)
    with pysam.AlignmentFile(str(tmp_path / "out" / "reads.bam")) as bam:
        header = bam.header.to_dict()
        assert [read.is_duplicate for read in bam.fetch("chr1", 0, 30)] == [False, True]
    assert set(header) == {"HD", "SQ", "RG", "CO"}
    assert header["RG"] == [{"ID": "lane-1", "SM": "P001", "LB": "P001", "PL": "ILLUMINA"}]
    assert header["CO"] == ['loci2lead={"subcommand":"align-reads"}']
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"reads.bam", "reads.bam.bai"}


def test_lanes_become_read_groups_of_one_sample(align: Callable, tmp_path: Path) -> None:
    counts = align(f"printf '{HEADER}{READS}'", pairs=4, lanes=2)
    assert counts.reads == 8 and counts.duplicates == 6
    with pysam.AlignmentFile(str(tmp_path / "out" / "reads.bam")) as bam:
        groups = bam.header.to_dict()["RG"]
    assert [g["ID"] for g in groups] == ["lane-1", "lane-2"] and {g["SM"] for g in groups} == {"P001"}


@pytest.mark.parametrize(
    ("script", "kind", "fragments"),
    [
        (f"printf '{HEADER}{READS}'; echo 'out of memory' >&2; exit 3", Loci2leadError, ["out of memory", "code 3"]),
        (f"printf '{HEADER}{READS}'; kill -9 $$", Loci2leadError, ["minimap2 1.0 failed", "-9"]),
        ("exit 1", Loci2leadError, ["minimap2 1.0 failed"]),
        (f"printf '{HEADER}' ", Loci2leadError, ["Reads were lost", "found: 0", "4 reads"]),
        ("printf '@SQ\\tSN:chr1\\tLN:99\\n'", InputError, ["another reference", "99", "80"]),
        (f"printf '{HEADER}r1\\tnonsense\\n'", Loci2leadError, ["failed"]),
    ],
)
def test_a_failing_aligner_leaves_nothing(
    align: Callable, tmp_path: Path, script: str, kind: type[Exception], fragments: list[str]
) -> None:
    with pytest.raises(kind) as caught:
        align(script)
    for fragment in fragments:
        assert fragment in str(caught.value)
    assert not list((tmp_path / "out").iterdir())


def test_aligner_is_chosen_by_preference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, says in (("minimap2", "2.24-r1122"), ("bwa", "Version: 0.7.17-r1188")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{says}' >&2\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "bwa-mem2").write_text("#!/bin/sh\necho 'Illegal instruction' >&2\nexit 132\n")
    (tmp_path / "bwa-mem2").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert aligners.choose_aligner().name == "bwa"
    assert aligners.choose_aligner().version == "0.7.17-r1188"
    assert aligners.choose_aligner("minimap2").version == "2.24-r1122"
    with pytest.raises(InputError, match=r"(?s)bwa-mem2 was not found.*install one"):
        aligners.choose_aligner("bwa-mem2")


def test_no_aligner_at_all_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(aligners, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"(?s)No aligner was found.*apt install bwa.*loci2lead\[align\]"):
        aligners.choose_aligner()


def test_every_call_fixes_the_batch_so_that_threads_change_nothing() -> None:
    lane = Lane(Path("R1"), Path("R2"))
    for name in ("bwa-mem2", "bwa", "minimap2"):
        call = Aligner(name, "1", name).command(Path("ref"), lane, "@RG\tID:lane-1\tSM:P001", threads=3)
        assert call[call.index("-K") + 1] == "100000000"
        assert "@RG\\tID:lane-1\\tSM:P001" in call
        assert call[-3:] == ["ref", "R1", "R2"]
