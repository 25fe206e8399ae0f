"""Which program aligned the reads of a BAM or CRAM, as its header tells."""

import json
from pathlib import Path

import pysam

_OURS = "loci2lead="
_KNOWN = ("bwa-mem2", "bwa", "minimap2", "bowtie2", "dragmap", "dragen", "novoalign", "star", "hisat2", "isaac")


def aligned_by(path: str | Path) -> str:
    """Return the aligner with its version ("bwa 0.7.17"), and fastp where it trimmed before; "" where it is not told.

    Read from the @CO line of align-reads, else from the last @PG line of a known aligner.
    """
    try:
        with pysam.AlignmentFile(str(path), check_sq=False) as file:
            header = file.header.to_dict()
    except (OSError, ValueError):  # the caller of variants says what is wrong with the file
        return ""
    for comment in header.get("CO", []):
        if comment.startswith(_OURS):
            made = json.loads(comment.removeprefix(_OURS))["parameters"]
            trimmed = f", after fastp {made['fastp_version']}" if "fastp_version" in made else ""
            return f"{made['aligner']} {made['aligner_version']}{trimmed}"
    for program in reversed(header.get("PG", [])):
        name = str(program.get("PN") or program.get("ID", "")).split(".")[0].lower()
        if name in _KNOWN:
            return f"{name} {program.get('VN', '')}".strip()
    return ""
