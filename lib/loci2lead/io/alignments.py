"""Aligned reads from BAM or CRAM, as flat arrays for the kernels of the variant caller."""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pysam
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.io.bam_stream import BamStream, LongCigar
from loci2lead.io.fasta import Reference
from loci2lead.io.read_block import ReadBlock

# Unmapped, secondary, failing the vendor's checks, duplicate, supplementary.
UNUSABLE = 0x4 | 0x100 | 0x200 | 0x400 | 0x800
# Reads without qualities get a middling one, which neither trusts nor ignores them.
QUALITY_IF_MISSING = 20
_CODES = np.full(256, 4, dtype=np.uint8)
_CODES[np.frombuffer(b"ACGTacgt", dtype=np.uint8)] = [0, 1, 2, 3, 0, 1, 2, 3]


def base_codes(sequence: str) -> NDArray[np.uint8]:
    """Return A, C, G, T as 0 to 3 and anything else as 4."""
    return _CODES[np.frombuffer(sequence.encode("ascii"), dtype=np.uint8)]


class Alignments:
    """An indexed BAM or CRAM that was checked against its reference."""

    def __init__(self, path: str | Path, reference: Reference) -> None:
        """Open and check `path`. Raises InputError: missing, truncated, unsorted, unindexed, another reference."""
        self.path = Path(path)
        if not self.path.exists():
            raise InputError("Reads not found", file=path, remedy="check the path")
        self._file = self._open(reference)
        self._check_order()
        self._check_contigs(reference)
        self._stream = self._open_stream()

    def _open(self, reference: Reference) -> pysam.AlignmentFile:
        try:
            file = pysam.AlignmentFile(str(self.path), "r", reference_filename=str(reference.path))
        except (OSError, ValueError) as error:
            raise InputError(
                "The reads cannot be read",
                file=self.path,
                found=str(error).split("\n", 1)[0],
                expected="a whole BAM or CRAM file",
                remedy="check it with `samtools quickcheck`, copy or make it again",
            ) from error
        if not (file.is_bam or file.is_cram):
            raise InputError(
                "The reads are not BAM or CRAM", file=self.path, remedy="convert with `samtools sort -o reads.bam`"
            )
        return file

    def _open_stream(self) -> BamStream | None:
        """Return the fast reader where there is a .bai; CRAM and .csi go through htslib read by read."""
        places = (Path(f"{self.path}.bai"), self.path.with_suffix(".bai"))
        index = next((p for p in places if p.exists()), None)
        if not self._file.is_bam or index is None:
            return None
        try:
            return BamStream(self.path, index)
        except ValueError:
            return None

    def _check_order(self) -> None:
        order = self._file.header.to_dict().get("HD", {}).get("SO", "unknown")
        if order in {"unsorted", "queryname"}:
            raise InputError(
                "The reads are not sorted by position",
                file=self.path,
                found=f"SO:{order}",
                expected="SO:coordinate",
                remedy="run `samtools sort`, then `samtools index`",
            )
        if not self._has_index():
            raise InputError("The reads have no index", file=self.path, remedy=f"run `samtools index {self.path.name}`")
        if self._file.is_bam and not _ends_whole(self.path):
            raise InputError(
                "The file is truncated",
                file=self.path,
                found="no end-of-file block",
                remedy="copy or make the file again, and check it with `samtools quickcheck`",
            )

    def _has_index(self) -> bool:
        try:
            return bool(self._file.has_index())
        except (ValueError, AttributeError):
            return False

    def _check_contigs(self, reference: Reference) -> None:
        shared = [c for c in self._file.references if c in reference.lengths]
        if not shared:
            raise InputError(
                "Reads and reference share no contig",
                file=self.path,
                found=", ".join(self._file.references[:5]) or "no contigs",
                expected=", ".join(list(reference.lengths)[:5]),
                remedy="use the reference the reads were aligned to",
            )
        for contig in shared:
            length = self._file.get_reference_length(contig)
            if length != reference.lengths[contig]:
                raise InputError(
                    "Reads were aligned to another reference",
                    file=self.path,
                    record=contig,
                    found=f"{length} bases",
                    expected=f"{reference.lengths[contig]} bases",
                    remedy="use the reference the reads were aligned to",
                )

    @property
    def contigs(self) -> list[str]:
        """Names of the contigs in the header."""
        return list(self._file.references)

    @property
    def sample(self) -> str:
        """Name of the sample in the read groups, or SAMPLE where they name none or several."""
        groups = self._file.header.to_dict().get("RG", [])
        names = {g["SM"] for g in groups if g.get("SM")}
        return names.pop() if len(names) == 1 else "SAMPLE"

    def mapped_per_contig(self) -> list[tuple[str, int, int]]:
        """Return (contig, mapped reads, length) from the index; nothing for CRAM, whose index does not count."""
        if not self._file.is_bam:
            return []
        lengths = dict(zip(self._file.references, self._file.lengths, strict=True))
        return [(s.contig, int(s.mapped), lengths[s.contig]) for s in self._file.get_index_statistics()]

    def flag_counts(self, contig: str, start: int, end: int) -> dict[str, int]:
        """Return how many mapped reads over [start, end) there are by what their flags say, before any is left out."""
        names = {"secondary": 0x100, "failed": 0x200, "duplicate": 0x400, "supplementary": 0x800}
        counts = dict.fromkeys(("reads", *names), 0)
        try:
            for read in self._file.fetch(contig, start, end):
                counts["reads"] += 1
                for name, bit in names.items():
                    counts[name] += bool(read.flag & bit)
        except (OSError, ValueError) as error:
            raise self._damaged(contig, start, error) from error
        return counts

    def read(self, contig: str, start: int, end: int) -> ReadBlock:
        """Return the usable reads that overlap [start, end). Raises InputError for damaged data."""
        if contig not in self._file.references or end <= start:
            return pack([])
        try:
            if self._stream is not None:
                number = self._file.get_tid(contig)
                return self._stream.read(number, start, end, UNUSABLE, QUALITY_IF_MISSING)
        except LongCigar:
            self._stream = None
        except (OSError, ValueError) as error:
            raise self._damaged(contig, start, error) from error
        try:
            return pack(r for r in self._file.fetch(contig, start, end) if not r.flag & UNUSABLE)
        except (OSError, ValueError) as error:
            raise self._damaged(contig, start, error) from error

    def next_read_start(self, contig: str, start: int) -> int | None:
        """Return where the first mapped read that reaches beyond `start` begins, or None."""
        try:
            for read in self._file.fetch(contig, start):
                return max(int(read.reference_start), start)
        except (OSError, ValueError) as error:
            raise self._damaged(contig, start, error) from error
        return None

    def _damaged(self, contig: str, start: int, error: Exception) -> InputError:
        # A damaged file fails once more when it is closed; done here, that stays quiet.
        with suppress(OSError, ValueError):
            self._file.close()
        with suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.close()
        return InputError(
            "The reads are damaged, or (CRAM) do not fit the reference",
            file=self.path,
            record=f"{contig}:{start + 1}",
            found=str(error).split("\n", 1)[0],
            remedy="check the file with `samtools quickcheck`; give CRAM the reference it was made with",
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        if self._stream is not None:
            self._stream.close()


def pack(reads: Iterable[pysam.AlignedSegment]) -> ReadBlock:
    """Pack reads into flat arrays; reads without a sequence or an aligned base are left out."""
    numbers: list[tuple[int, ...]] = []
    sequences: list[str] = []
    qualities: list[bytes] = []
    operations: list[int] = []
    lengths: list[int] = []
    pairs: dict[str, int] = {}
    for read in reads:
        sequence, cigar = read.query_sequence, read.cigartuples
        if not sequence or not cigar:
            continue
        quality = read.query_qualities
        qualities.append(quality.tobytes() if quality is not None else bytes([QUALITY_IF_MISSING]) * len(sequence))
        sequences.append(sequence)
        for operation, length in cigar:
            operations.append(operation)
            lengths.append(length)
        pair = pairs.setdefault(read.query_name or "", len(pairs))
        end = read.reference_end or read.reference_start
        counts = (len(sequence), len(cigar))
        numbers.append((read.reference_start, end, read.flag, read.mapping_quality, pair, *counts))
    table = np.array(numbers, dtype=np.int64).reshape(-1, 7)
    quality_array = np.frombuffer(b"".join(qualities), dtype=np.uint8)
    return ReadBlock(
        start=table[:, 0].copy(),
        end=table[:, 1].copy(),
        flag=table[:, 2].astype(np.int32),
        mapq=table[:, 3].astype(np.uint8),
        pair=table[:, 4].astype(np.int32),
        offset=np.concatenate([[0], np.cumsum(table[:, 5])]).astype(np.int64),
        bases=base_codes("".join(sequences)),
        qualities=np.where(quality_array == 255, QUALITY_IF_MISSING, quality_array).astype(np.uint8),
        cigar_offset=np.concatenate([[0], np.cumsum(table[:, 6])]).astype(np.int64),
        operations=np.array(operations, dtype=np.uint8),
        lengths=np.array(lengths, dtype=np.int32),
    )


def fingerprint(blocks: Iterable[ReadBlock]) -> str:
    """Return a SHA-256 of reads' positions, bases and qualities: the same for BAM and CRAM."""
    digest = hashlib.sha256()
    for block in blocks:
        for array in (block.start, block.flag, block.mapq, block.bases, block.qualities):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _ends_whole(path: Path) -> bool:
    """Return whether a BGZF file ends with the empty block that marks its end (SAM specification 4.1.2)."""
    marker = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
    with path.open("rb") as handle:
        handle.seek(0, 2)
        if handle.tell() < len(marker):
            return False
        handle.seek(-len(marker), 2)
        return handle.read() == marker
