"""Align paired FASTQ to a reference: a sorted, duplicate-marked, indexed BAM.

Uses bwa-mem2, bwa or minimap2 from PATH, else the library mappy. Give --fastq once per lane; lanes become
read groups of one sample. The FASTQ files are read to their ends first, so that files that are cut short,
swapped or of different lanes stop the run before anything long. Which aligner was used, and its version,
stands in the header's @CO line; the header holds no path and no command line.
"""

import argparse
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loci2lead.errors import InputError

if TYPE_CHECKING:
    from loci2lead.io.fastq import Lane
    from loci2lead.variants.aligners import Aligner
    from loci2lead.variants.alignment import Counts
    from loci2lead.variants.trimming import Fastp

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument(
        "--fastq",
        nargs=2,
        action="append",
        required=True,
        metavar=("R1", "R2"),
        help="first and second reads of one lane, gzipped or not; repeat for further lanes",
    )
    parser.add_argument("--reference", required=True, help="FASTA; an aligner's index beside it is used")
    parser.add_argument("--output", required=True, help="BAM to write, with its .bai beside it")
    parser.add_argument("--sample-name", default="SAMPLE", help="pseudonym for the read groups (default: SAMPLE)")
    parser.add_argument("--threads", type=int, default=1, help="threads; the result does not depend on it")
    parser.add_argument(
        "--aligner",
        default="auto",
        choices=("auto", "bwa-mem2", "bwa", "minimap2", "mappy"),
        help="auto takes the first of the others that is there",
    )
    parser.add_argument(
        "--trim", default="none", choices=("none", "fastp"), help="cut adapters and bad ends before (default: none)"
    )


def run(
    *,
    fastq: Sequence[Sequence[str]],
    reference: str,
    output: str,
    sample_name: str = "SAMPLE",
    threads: int = 1,
    aligner: str = "auto",
    trim: str = "none",
) -> None:
    """Check the lanes, align them, and write `output` with its index."""
    from loci2lead.io.fasta import Reference
    from loci2lead.io.fastq import Lane, check_pairs
    from loci2lead.variants import alignment
    from loci2lead.variants.aligners import choose_aligner
    from loci2lead.variants.trimming import find_fastp, trimmed

    _check_arguments(output, sample_name, threads)
    chosen = choose_aligner(aligner)
    fastp = find_fastp() if trim == "fastp" else None
    genome = Reference(reference)
    lanes = [Lane(Path(first), Path(second)) for first, second in fastq]
    _refuse_repeated_files(lanes)
    pairs = [check_pairs(lane) for lane in lanes]
    log.info("%d lane(s), %d pairs of reads", len(lanes), sum(pairs))
    record = _provenance(lanes, reference, sample_name, chosen, fastp)
    with ExitStack() as stack:
        ready, count = lanes, sum(pairs)
        if fastp:
            ready, count = stack.enter_context(trimmed(lanes, Path(output), fastp))
            log.info("%d pairs left by fastp %s", count, fastp.version)
        options: dict[str, Any] = {"aligner": chosen, "sample": sample_name, "threads": threads, "provenance": record}
        counts = alignment.align(ready, genome, Path(output), pairs=count, **options)
    _report(counts)


def _check_arguments(output: str, sample_name: str, threads: int) -> None:
    from loci2lead.config.pseudonyms import EXPECTED, REMEDY, problem_with

    if Path(output).suffix != ".bam":
        raise InputError("The output must end in .bam", file=output, remedy="name it like sample.bam")
    if threads < 1:
        raise InputError("A wrong number of threads", found=threads, expected="1 or more")
    problem = problem_with(sample_name, needs_digit=False)
    if problem:
        raise InputError("The sample's name is refused", found=problem, expected=EXPECTED, remedy=REMEDY)


def _refuse_repeated_files(lanes: "Sequence[Lane]") -> None:
    files = [path.resolve() for lane in lanes for path in (lane.first, lane.second)]
    for path in files:
        if files.count(path) > 1:
            raise InputError("The same FASTQ file is given twice", file=path, remedy="give each file once")


def _provenance(
    lanes: "Sequence[Lane]", reference: str, sample: str, aligner: "Aligner", fastp: "Fastp | None"
) -> dict[str, Any]:
    from loci2lead import provenance
    from loci2lead.variants import RESULTS_VERSION

    files = {
        f"lane_{number}_fastq_{mate}": path
        for number, lane in enumerate(lanes, start=1)
        for mate, path in ((1, lane.first), (2, lane.second))
    }
    return provenance.describe(
        "align-reads",
        results_version=RESULTS_VERSION,
        inputs={"reference": reference, **files},
        parameters={"aligner": aligner.name, "aligner_version": aligner.version, "sample": sample}
        | ({"fastp_version": fastp.version} if fastp else {}),
    )


def _report(counts: "Counts") -> None:
    reads = counts.reads
    log.info(
        "%d reads: %.2f %% mapped, %.2f %% in proper pairs, %.2f %% duplicates",
        *(reads, *(100 * part / reads for part in (counts.mapped, counts.proper, counts.duplicates))),
    )
    if counts.mapped < reads / 2:
        log.warning("Fewer than half of the reads map: is this the reference of these reads?")


def main(args: argparse.Namespace) -> None:
    """Run with the parsed command line."""
    run(**vars(args))
