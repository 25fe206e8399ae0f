"""The sex that the depth on X and Y shows, from the index alone, against the one that was given."""

from dataclasses import dataclass

from loci2lead.io.alignments import Alignments
from loci2lead.io.contigs import plain_contig

_FEWEST_READS = 500
# Reads per base against the autosomes'. About half the assembled Y is sequence that reads reach.
_ONE_X, _TWO_X, _SOME_Y, _NO_Y = 0.7, 0.8, 0.12, 0.06


@dataclass(frozen=True)
class SexEvidence:
    """Depth on X and Y relative to the autosomes (None where the reference has none), and what it speaks for."""

    x: float | None
    y: float | None
    inferred: str

    def contradicts(self, given: str) -> bool:
        """Return whether the depth speaks for another sex than the one given."""
        return given != "unknown" and self.inferred != "unknown" and given != self.inferred


def infer_sex(alignments: Alignments) -> SexEvidence:
    """Return the evidence of the reads per contig; "unknown" where there are too few, or they fit neither."""
    reads, bases = {"A": 0, "X": 0, "Y": 0}, {"A": 0, "X": 0, "Y": 0}
    for contig, mapped, length in alignments.mapped_per_contig():
        name = plain_contig(contig)
        kind = name if name in {"X", "Y"} else ("A" if name.isdigit() and mapped else "")
        if kind:
            reads[kind] += mapped
            bases[kind] += length
    usual = reads["A"] / bases["A"] if bases["A"] else 0.0
    x, y = (reads[k] / bases[k] / usual if usual and bases[k] else None for k in ("X", "Y"))
    if x is None or y is None or reads["X"] + reads["Y"] < _FEWEST_READS:
        return SexEvidence(x, y, "unknown")
    if x >= _TWO_X and y <= _NO_Y:
        return SexEvidence(x, y, "female")
    return SexEvidence(x, y, "male" if x <= _ONE_X and y >= _SOME_Y else "unknown")
