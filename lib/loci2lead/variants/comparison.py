"""Several callers on one truth set: the scores of each, and what they get wrong that the first one does not."""

from collections.abc import Mapping
from typing import Any

from loci2lead.io.fasta import Reference
from loci2lead.models.metrics import mcnemar_exact
from loci2lead.variants.evaluate import CONTEXTS, KINDS, evaluate
from loci2lead.variants.matching import Unit

Units = dict[str, list[Unit]]
Errors = dict[str, set[tuple]]
COLUMNS = (
    *("caller", "type", "context", "truth", "tp", "fp", "fn", "precision", "recall", "f1", "f1_low", "f1_high"),
    *("wrong_only_here", "wrong_only_in_first", "p_paired"),
)


def compare_callers(truth: Units, callers: Mapping[str, Units], reference: Reference) -> list[dict[str, Any]]:
    """Return a row per caller, type and context ("all" first), with COLUMNS for keys.

    The paired columns count errors (missed truth, extra calls) that a caller makes and the first one does not,
    and the reverse; `p_paired` is McNemar's exact test. They are null for the first caller and inside contexts.
    """
    rows: list[dict[str, Any]] = []
    first: Errors = {}
    for name, calls in callers.items():
        scores, wrong = evaluate(truth, calls, reference)
        errors = _by_kind(wrong)
        for kind in KINDS:
            paired: list[Any] = [None, None, None]
            if first:
                only_here, only_first = len(errors[kind] - first[kind]), len(first[kind] - errors[kind])
                paired = [only_here, only_first, mcnemar_exact(only_here, only_first)]
            rows.append(_row(name, kind, "all", scores[kind], paired))
            rows += [_row(name, kind, c, scores["strata"][kind][c], [None] * 3) for c in CONTEXTS]
        first = first or errors
    return rows


def _by_kind(wrong: list[tuple[str, str, Unit]]) -> Errors:
    errors: Errors = {kind: set() for kind in KINDS}
    for contig, error, unit in wrong:
        errors["SNP" if unit.is_snp else "INDEL"].add((contig, error, unit.position, unit.key))
    return errors


def _row(name: str, kind: str, context: str, score: Mapping[str, Any], paired: list[Any]) -> dict[str, Any]:
    counts = [score[k] for k in ("truth", "tp", "fp", "fn", "precision", "recall", "f1")]
    return dict(zip(COLUMNS, (name, kind, context, *counts, *score["f1_interval"], *paired), strict=True))


def as_tsv(rows: list[dict[str, Any]]) -> str:
    """Return the rows as text; shares with four decimals, nothing for null."""
    lines = ["\t".join(COLUMNS)]
    for row in rows:
        lines.append("\t".join(_text(row[c]) for c in COLUMNS))
    return "\n".join(lines) + "\n"


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)
