"""From FASTQ to a BAM that calling can use: aligned, mates fixed, sorted, duplicates marked, indexed.

The header holds no path, command line or clock: contigs, read groups named by the sample's pseudonym, and
provenance as @CO. Everything on the way lies in a temporary folder beside the output.
"""

import json
import logging
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysam

from loci2lead.errors import InputError, Loci2leadError
from loci2lead.io.atomic import atomic_path, temporary_name
from loci2lead.io.fasta import Reference
from loci2lead.io.fastq import Lane
from loci2lead.provenance import to_json
from loci2lead.variants import mappy_lane
from loci2lead.variants.aligners import Aligner, index_for, last_line

log = logging.getLogger(__name__)

# Memory of sorting, shared by its threads.
_SORT_MB = 1_600


@dataclass(frozen=True)
class Counts:
    """Reads of the output: all, mapped, in proper pairs and marked as duplicates, each read counted once."""

    reads: int
    mapped: int
    proper: int
    duplicates: int


def align(
    lanes: Sequence[Lane],
    reference: Reference,
    output: Path,
    *,
    pairs: int,
    aligner: Aligner,
    sample: str,
    threads: int,
    provenance: Mapping[str, Any],
) -> Counts:
    """Write `output` (BAM) and its .bai from the checked `lanes`, which hold `pairs`; the same bytes for any `threads`.

    Raises InputError where the reference cannot be indexed or the aligner's index is of another reference,
    Loci2leadError where the aligner or a step after it fails or loses reads.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=output.parent, prefix=f"{temporary_name(output).name}-") as folder,
        atomic_path(output) as bam,
        atomic_path(f"{output}.bai") as bai,
    ):
        work = Path(folder)
        header = build_header(reference, sample, len(lanes), provenance)
        index = index_for(aligner, reference.path, work, log.info)
        parts = [
            _lane(lane, index, header, number, aligner, threads, work) for number, lane in enumerate(lanes, start=1)
        ]
        marked = _mark_duplicates(_merge(parts, work), work, threads)
        (work / "header.sam").write_text(str(header), encoding="utf-8")
        _pysam("reheader", "--no-PG", work / "header.sam", marked, save_stdout=str(bam), catch_stdout=False)
        _pysam("index", "-@", threads - 1, bam, bai, catch_stdout=False)
        counts = _counts(bam)
        if counts.reads != 2 * pairs:
            raise Loci2leadError("Reads were lost on the way", found=counts.reads, expected=f"{2 * pairs} reads")
        return counts


def build_header(reference: Reference, sample: str, lanes: int, provenance: Mapping[str, Any]) -> pysam.AlignmentHeader:
    """Return the header of the output: one read group a lane, and nothing that names a person, file or machine."""
    return pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "coordinate"},
            "SQ": [{"SN": name, "LN": length} for name, length in reference.lengths.items()],
            "RG": [
                {"ID": f"lane-{number}", "SM": sample, "LB": sample, "PL": "ILLUMINA"} for number in range(1, lanes + 1)
            ],
            "CO": [f"loci2lead={to_json(provenance)}"],
        }
    )


def _lane(
    lane: Lane,
    index: Path,
    header: pysam.AlignmentHeader,
    number: int,
    aligner: Aligner,
    threads: int,
    work: Path,
) -> Path:
    """Align one lane, fix its mates and sort it; return the sorted BAM."""
    fixed, ordered = work / f"lane-{number}.fixed.bam", work / f"lane-{number}.bam"
    log.info("Aligning lane %d with %s %s", number, aligner.name, aligner.version)
    if aligner.name == "mappy":
        raw = work / f"lane-{number}.raw.bam"
        grouped = pysam.AlignmentHeader.from_dict(header.to_dict() | {"HD": {"VN": "1.6", "GO": "query"}})
        mappy_lane.align_lane(lane, index, raw, grouped, f"lane-{number}", threads)
        _pysam("fixmate", "--no-PG", "-m", "-O", "bam,level=1", raw, fixed)
        raw.unlink()
    else:
        group = next(line for line in str(header).splitlines() if line.startswith(f"@RG\tID:lane-{number}\t"))
        _run_program(aligner, aligner.command(index, lane, group, threads), fixed, lane)
    _refuse_other_contigs(fixed, header, index)
    memory = f"{max(_SORT_MB // threads, 64)}M"
    _pysam("sort", "--no-PG", "-@", threads - 1, "-m", memory, "-T", work / "sort", "-l", 1, "-o", ordered, fixed)
    fixed.unlink()
    return ordered


def _run_program(aligner: Aligner, command: list[str], fixed: Path, lane: Lane) -> None:
    """Run an aligner and write its reads with fixed mates to `fixed`, without a SAM file between them."""
    messages = fixed.with_suffix(".log")
    with messages.open("w") as stderr, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr) as process:
        assert process.stdout is not None
        try:
            stream = f"/dev/fd/{process.stdout.fileno()}"
            pysam.fixmate("--no-PG", "-m", "-O", "bam,level=1", stream, str(fixed), catch_stdout=False)
            problem = None
        except pysam.SamtoolsError as error:
            problem = _reason(error)
        process.stdout.close()
        code = process.wait()
    if code or problem:
        raise Loci2leadError(
            f"{aligner.name} {aligner.version} failed",
            file=lane.first,
            found=last_line(messages.read_text(errors="replace")) if code else problem,
            remedy="look at the reads and the reference; a signal (negative code) often means too little memory"
            + (f"; exit code {code}" if code else ""),
        )


def _refuse_other_contigs(path: Path, header: pysam.AlignmentHeader, index: Path) -> None:
    """Raise InputError where the aligner's index was built from another reference than the FASTA it lies beside."""
    with pysam.AlignmentFile(str(path), check_sq=False) as bam:
        found = list(zip(bam.references, bam.lengths, strict=True))
    expected = list(zip(header.references, header.lengths, strict=True))
    if found != expected:
        raise InputError(
            "The aligner's index is of another reference",
            file=index,
            found=f"{len(found)} contigs, first {found[:2]}",
            expected=f"{len(expected)} contigs, first {expected[:2]}",
            remedy="remove the index files beside the FASTA, or build them again",
        )


def _merge(parts: Sequence[Path], work: Path) -> Path:
    if len(parts) == 1:
        return parts[0]
    merged = work / "merged.bam"
    _pysam("merge", "--no-PG", "-c", "-l", 1, "-o", merged, *parts)
    for part in parts:
        part.unlink()
    return merged


def _mark_duplicates(path: Path, work: Path, threads: int) -> Path:
    marked = work / "marked.bam"
    _pysam("markdup", "--no-PG", "-@", threads - 1, "-T", work / "markdup", path, marked)
    path.unlink()
    return marked


def _counts(bam: Path) -> Counts:
    found = json.loads(_pysam("flagstat", "-O", "json", bam))["QC-passed reads"]
    return Counts(
        reads=found["primary"],
        mapped=found["primary mapped"],
        proper=found["properly paired"],
        duplicates=found["primary duplicates"],
    )


def _pysam(name: str, *arguments: object, **options: Any) -> str:
    """Run one of pysam's samtools commands; raise Loci2leadError with its last message where it fails."""
    try:
        return getattr(pysam, name)(*map(str, arguments), **options)
    except pysam.SamtoolsError as error:
        raise Loci2leadError(
            f"samtools {name} failed",
            found=_reason(error),
            remedy="is there disk space beside the output, and memory?",
        ) from error


def _reason(error: pysam.SamtoolsError) -> str:
    return last_line(str(error.value).split("stderr=", 1)[-1])
