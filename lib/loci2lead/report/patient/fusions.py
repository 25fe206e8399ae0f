"""Gene fusions from the tables of Arriba, STAR-Fusion and FusionCatcher, or a table of the user's own.

A fusion counts as one that a statement means only where its caller trusts it, its frame is not known to be broken,
and a kinase that drives as the 3' partner stands there: the reciprocal product does not keep the kinase.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loci2lead.errors import InputError
from loci2lead.report.evidence.tables import read_rows

THREE_PRIME_KINASES = frozenset(
    {"ALK", "ROS1", "RET", "NTRK1", "NTRK2", "NTRK3", "BRAF", "RAF1", "MET", "ABL1", "PDGFRB"}
)
_GENE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
Row = dict[str, str]


@dataclass(frozen=True)
class Fusion:
    """One fusion: 5' and 3' gene, supporting reads, and why it is uncertain ("" if it is not)."""

    five: str
    three: str
    reads: int | None = None
    doubt: str = ""


@dataclass(frozen=True)
class _Kind:
    """A tool's table: the columns it is known by, and how a row is read."""

    name: str
    columns: tuple[str, ...]
    read: Callable[[Row], list[Fusion]]


def read_fusions(path: str | Path) -> list[Fusion]:
    """Return the fusions of a table, each pair of genes once, the best supported first among equals.

    Raises InputError for a table of another kind.
    """
    rows = read_rows(path, "a table of fusions", ())
    columns = set(rows[0]) if rows else set(_header(Path(path)))
    kind = next((kind for kind in KINDS if set(kind.columns) <= columns), None)
    if kind is None:
        known = "; ".join(f"{kind.name}: {', '.join(kind.columns)}" for kind in KINDS)
        raise InputError(
            "Not a table of fusions", file=path, found=", ".join(sorted(columns)[:20]) or "no header", expected=known
        )
    best: dict[tuple[str, str], Fusion] = {}
    for row in rows:
        for fusion in kind.read(row):
            known_one = best.get((fusion.five, fusion.three))
            if known_one is None or _weight(fusion) > _weight(known_one):
                best[fusion.five, fusion.three] = fusion
    return list(best.values())


def _weight(fusion: Fusion) -> tuple[bool, int]:
    return not fusion.doubt, fusion.reads or 0


def _header(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").partition("\n")[0].split("\t") if path.suffix != ".gz" else []


def _own(row: Row) -> list[Fusion]:
    five, three = row["gene_5"].strip(), row["gene_3"].strip()
    return [Fusion(five, three)] if five or three else []


def _arriba(row: Row) -> list[Fusion]:
    """Arriba: confidence low, medium or high; reading_frame in-frame, out-of-frame, stop-codon or "."."""
    reads = [int(row.get(name) or 0) for name in ("split_reads1", "split_reads2", "discordant_mates")]
    doubts = []
    if row["confidence"] == "low":
        doubts.append("Arriba's confidence is low")
    if row.get("reading_frame") in ("out-of-frame", "stop-codon"):
        doubts.append(f"reading frame: {row['reading_frame']}")
    return _pairs(row["#gene1"], row["gene2"], sum(reads), doubts)


def _star_fusion(row: Row) -> list[Fusion]:
    """STAR-Fusion, whole or abridged; PROT_FUSION_TYPE is there where coding effects were asked for."""
    reads = sum(int(row.get(name) or 0) for name in ("JunctionReadCount", "SpanningFragCount"))
    frame = row.get("PROT_FUSION_TYPE", "")
    left, _, right = row["#FusionName"].partition("--")
    return _pairs(left, right, reads, ["reading frame: FRAMESHIFT"] if frame == "FRAMESHIFT" else [])


def _fusion_catcher(row: Row) -> list[Fusion]:
    effect = row.get("Predicted_effect", "")
    names = (row["Gene_1_symbol(5end_fusion_partner)"], row["Gene_2_symbol(3end_fusion_partner)"])
    return _pairs(*names, None, [f"predicted effect: {effect}"] if effect == "out-of-frame" else [])


def _pcgr(row: Row) -> list[Fusion]:
    left, _, right = row["FusionGene"].partition("--")
    reads = row.get("SplitReads", "")
    return _pairs(left, right, int(reads) if reads.isdigit() else None, [])


def _pairs(five: str, three: str, reads: int | None, doubts: list[str]) -> list[Fusion]:
    """Return a fusion per pair of genes; a breakpoint between genes is written GENE1(123),GENE2(456)."""
    between = "," in five or "," in three
    doubts = [*doubts, "a breakpoint lies between genes"] if between else doubts
    return [
        Fusion(a, b, reads, "; ".join(_reciprocal(a, b) + doubts))
        for a in _names(five)
        for b in _names(three)
        if a != b
    ]


def _reciprocal(five: str, three: str) -> list[str]:
    if five in THREE_PRIME_KINASES and three not in THREE_PRIME_KINASES:
        return [f"{five} is the 5' partner: the reciprocal product does not keep its kinase"]
    return []


def _names(text: str) -> list[str]:
    parts = (re.sub(r"\(\d+\)$", "", part.strip()) for part in text.split(","))
    return [part.split("^")[0] for part in parts if _GENE.match(part)]


KINDS = (
    _Kind("own table", ("gene_5", "gene_3"), _own),
    _Kind("Arriba", ("#gene1", "gene2", "confidence"), _arriba),
    _Kind("STAR-Fusion", ("#FusionName", "JunctionReadCount"), _star_fusion),
    _Kind(
        "FusionCatcher", ("Gene_1_symbol(5end_fusion_partner)", "Gene_2_symbol(3end_fusion_partner)"), _fusion_catcher
    ),
    _Kind("PCGR", ("FusionGene",), _pcgr),
)
