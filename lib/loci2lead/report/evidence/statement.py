"""One statement of evidence, in the same shape whatever source it came from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

BiomarkerKind = Literal[
    "change", "codon", "exon", "gene", "truncating", "copy_number", "fusion", "wild_type", "marker", "other"
]
Strength = Literal["approval", "guideline", "assertion", "A", "B", "C", "D", "E", "rule"]
Direction = Literal["supports", "does not support", "conflicting"]
Scope = Literal["listed", "any", "solid"]
Significance = Literal["sensitivity", "resistance", "reduced sensitivity", "adverse response", "other"]


@dataclass(frozen=True)
class Site:
    """A genomic site of a change: build, contig without "chr", 0-based position, reference, alternative."""

    build: str
    contig: str
    position: int
    ref: str
    alt: str


@dataclass(frozen=True)
class Biomarker:
    """A leaf of the condition: one thing that a tumour has or has not.

    `detail` depends on the kind: change "V600E"; codon "600"; exon "19 deletion"; copy_number "amplification"
    or "deletion"; fusion the partner ("" = any); marker its value, such as "positive", "negative", ">=50".
    `name` is the gene (HGNC), or the marker: HER2, ER, PR, MMR, MSI, TMB, PD-L1. `text` is the source's own.
    """

    kind: BiomarkerKind
    name: str
    detail: str
    text: str
    germline: bool = False
    sites: tuple[Site, ...] = ()


@dataclass(frozen=True)
class AllOf:
    """Every part must hold."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True)
class AnyOf:
    """One part is enough."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Not:
    """The part must not hold."""

    part: "Expression"


Expression = Biomarker | AllOf | AnyOf | Not


@dataclass(frozen=True)
class Statement:
    """What a source says of one regimen, under which conditions, and where that can be looked up.

    `drugs` is the exact set of drugs, lower case. `strength` puts the levels of all sources on one scale;
    `level` is the source's own word. `oncotree` holds the tumour types it is about: empty where
    `scope` is any tumour or any solid tumour, and where the disease is not in the mapping. `date` is ISO or "".
    """

    source: str
    source_id: str
    version: str
    date: str
    licence: str
    biomarkers: Expression
    drugs: frozenset[str]
    regimen: str
    direction: Direction
    significance: Significance
    level: str
    strength: Strength
    disease: str
    oncotree: tuple[str, ...]
    scope: Scope
    line: str
    citation: str
    url: str
    text: str
    agency: str = ""

    @property
    def key(self) -> str:
        """Return source and id in one, unique over all sources."""
        return f"{self.source}:{self.source_id}"

    @property
    def brings_benefit(self) -> bool:
        """Return whether it claims benefit: sensitivity, supported."""
        return self.significance == "sensitivity" and self.direction == "supports"

    @property
    def denies_benefit(self) -> bool:
        """Return whether it says there was no benefit: only a sensitivity can be denied this way."""
        return self.significance == "sensitivity" and self.direction == "does not support"

    @property
    def warns(self) -> bool:
        """Return whether it warns: resistance, reduced sensitivity or an adverse response, supported."""
        return self.direction == "supports" and self.significance in (
            "resistance",
            "reduced sensitivity",
            "adverse response",
        )


def leaves(expression: Expression) -> Iterator[Biomarker]:
    """Yield the biomarkers of an expression from left to right."""
    if isinstance(expression, Biomarker):
        yield expression
    elif isinstance(expression, Not):
        yield from leaves(expression.part)
    else:
        for part in expression.parts:
            yield from leaves(part)


def describe(expression: Expression) -> str:
    """Return an expression in words."""
    if isinstance(expression, Biomarker):
        return expression.text
    if isinstance(expression, Not):
        inside = describe(expression.part)
        return f"not {inside}" if isinstance(expression.part, Biomarker) else f"not ({inside})"
    word = " and " if isinstance(expression, AllOf) else " or "
    inner = [describe(p) if isinstance(p, Biomarker | Not) else f"({describe(p)})" for p in expression.parts]
    return word.join(inner)
