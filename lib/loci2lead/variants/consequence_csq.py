"""Consequences from bcftools csq (inside pysam), as Sequence Ontology terms per transcript.

Source: Danecek and McCarthy, BCFtools/csq, Bioinformatics 2017. The pysam commands keep state for the whole
process: never call them from two threads. csq even remembers the last record of an earlier call and takes the
first one of the next for unsorted, so it gets a process of its own.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pysam
import pysam.bcftools

from loci2lead.errors import Loci2leadError
from loci2lead.io.gff import Transcript
from loci2lead.io.so_terms import BCSQ_TERMS, worst_first


def run_bcftools(command: str, *arguments: str) -> None:
    """Run a bcftools command of pysam; raise Loci2leadError with its own words where it fails."""
    tool: Callable[..., object] = getattr(pysam.bcftools, command)
    try:
        tool(*arguments, catch_stdout=False)
    except pysam.SamtoolsError as error:
        words = str(error).replace("\\n", "\n").strip()
        raise Loci2leadError(f"bcftools {command} failed", found=words[-400:]) from error


def normalise(source: Path, target: Path, fasta: str | Path | None) -> None:
    """Split records with several alternatives and, with a FASTA, trim and left-align them.

    A field that has too few values to be split (--force) is dropped from its record.
    """
    reference = ["-f", str(fasta)] if fasta else []
    run_bcftools("norm", *reference, "-m", "-any", "--force", "--no-version", "-Ov", "-o", str(target), str(source))


def predict(source: Path, target: Path, fasta: str | Path, models: Path) -> None:
    """Add INFO/BCSQ to every record of `source`, each record on its own."""
    options = ["--local-csq", "-s", "-", "--no-version", "-f", str(fasta), "-g", str(models)]
    code = "import sys, pysam.bcftools as b; b.csq(*sys.argv[1:], catch_stdout=False)"
    command = [sys.executable, "-c", code, *options, "-Ov", "-o", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Loci2leadError("bcftools csq failed", found=done.stderr.replace("\\n", "\n").strip()[-400:])


def write_models(transcripts: Iterable[Transcript], path: Path) -> int:
    """Write the sound transcripts as the GFF3 that csq wants, phases worked out anew; return their number."""
    written = 0
    with path.open("w") as out:
        out.write("##gff-version 3\n")
        for transcript in transcripts:
            if not transcript.flaw:
                out.write("".join(_gff_lines(transcript)))
                written += 1
    return written


def terms_by_transcript(bcsq: str) -> dict[str, tuple[str, ...]]:
    """Return the terms of an INFO/BCSQ value by transcript id, and by gene where csq names no transcript.

    csq may list the terms of one transcript in several entries (splice_region before missense): they are
    joined, the most severe first. A leading * (behind a stop) is dropped.
    """
    found: dict[str, tuple[str, ...]] = {}
    for entry in bcsq.split(","):
        fields = entry.split("|")
        if entry.startswith("@") or len(fields) < 3:
            continue
        words = fields[0].lstrip("*").split("&")
        terms = [BCSQ_TERMS.get(word, word) for word in words]
        key = fields[2] or fields[1]
        found[key] = worst_first((*found.get(key, ()), *terms))
    return found


def _gff_lines(transcript: Transcript) -> list[str]:
    gene, strand = transcript.gene, "+" if transcript.gene.strand > 0 else "-"

    def line(kind: str, start: int, end: int, phase: str, attributes: str) -> str:
        return f"{gene.contig}\tloci2lead\t{kind}\t{start + 1}\t{end}\t.\t{strand}\t{phase}\t{attributes}\n"

    span = (transcript.start, transcript.end)
    lines = [
        line("gene", *span, ".", f"ID=gene:{gene.name};Name={gene.name};biotype=protein_coding"),
        line("mRNA", *span, ".", f"ID=transcript:{transcript.id};Parent=gene:{gene.name};biotype=protein_coding"),
    ]
    parent = f"Parent=transcript:{transcript.id}"
    lines += [line("exon", *exon, ".", parent) for exon in transcript.exons]
    offset = 0
    for start, end in transcript.cds if gene.strand > 0 else transcript.cds[::-1]:
        lines.append(line("CDS", start, end, str(-offset % 3), parent))
        offset += end - start
    first, last = transcript.cds[0][0], transcript.cds[-1][1]
    sides = ("five_prime_UTR", "three_prime_UTR") if gene.strand > 0 else ("three_prime_UTR", "five_prime_UTR")
    for start, end in transcript.exons:
        if start < first:
            lines.append(line(sides[0], start, min(end, first), ".", parent))
        if end > last:
            lines.append(line(sides[1], max(start, last), end, ".", parent))
    return lines
