"""Reference genomes: indexed FASTA, plain or bgzipped."""

from pathlib import Path

import pysam

from loci2lead.errors import InputError


class Reference:
    """An indexed FASTA. Sequence comes in capitals; anything but A, C, G and T becomes N."""

    _OTHER = str.maketrans(dict.fromkeys("RYSWKMBDHVUrymkswbdhvu.-*", "N"))

    def __init__(self, path: str | Path) -> None:
        """Open `path`. Raises InputError for a missing, unindexed, empty or unreadable file."""
        self.path = Path(path)
        if not self.path.exists():
            raise InputError("Reference not found", file=path, remedy="check the path")
        index = Path(f"{self.path}.fai")
        if not index.exists():
            _build_index(self.path)
        try:
            self._fasta = pysam.FastaFile(str(self.path))
        except (OSError, ValueError) as error:
            raise InputError(
                "The reference cannot be read",
                file=path,
                found=error,
                remedy="FASTA, plain or compressed with bgzip, indexed with `samtools faidx`",
            ) from error
        self.lengths: dict[str, int] = dict(zip(self._fasta.references, self._fasta.lengths, strict=True))
        if not self.lengths:
            raise InputError("The reference is empty", file=path, expected="at least one contig")

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Return [start, end) of a contig, cut to the contig."""
        start, end = max(start, 0), min(end, self.lengths[contig])
        if end <= start:
            return ""
        return self._fasta.fetch(contig, start, end).upper().translate(self._OTHER)

    def close(self) -> None:
        """Close the file."""
        self._fasta.close()


def _build_index(path: Path) -> None:
    try:
        pysam.faidx(str(path))
    except (pysam.SamtoolsError, OSError) as error:
        raise InputError(
            "The reference is not indexed, and the index cannot be made here",
            file=path,
            found=str(error).strip().split("\n", 1)[0],
            remedy=f"run `samtools faidx {path.name}` where the file may be written (gzip: recompress with bgzip)",
        ) from error
