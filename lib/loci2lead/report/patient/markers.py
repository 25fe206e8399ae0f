"""Biomarkers that outrank single variants: mismatch repair and microsatellites, and the mutational burden."""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

from loci2lead.io.vcf import GERMLINE_KEPT, AnnotatedVariant
from loci2lead.report.patient.context import Context
from loci2lead.report.patient.findings import SILENT, indel_share
from loci2lead.report.patient.measured import MeasuredBurden, Microsatellites

# Mismatch-repair deficiency leaves short insertions and deletions at repeats. In the two public exomes used as
# examples the share of indels is 19.5 % and 0 %; 12 % of at least 50 variants is a cautious line for a hint.
INDEL_HINT, FEWEST_FOR_HINT = 0.12, 50
# Below this size of the assayed region panel TMB and exome TMB agree poorly (Buchhalter et al., Int J Cancer 2019).
FEWEST_MEGABASES = 1.0


@dataclass(frozen=True)
class Marker:
    """One genome-wide biomarker: its name, what is known ("deficient", "not determined", ...), and the sentence."""

    name: str
    status: Literal["determined", "not determined"]
    value: str
    sentence: str
    hint: str = ""


def looks_mismatch_repair_deficient(context: Context, variants: list[AnnotatedVariant]) -> bool:
    """Return whether a tumour's somatic variants are rich in indels: a hint, never a determination."""
    share = indel_share(variants)
    mixed = context.origin_unresolved or any(GERMLINE_KEPT in v.flags for v in variants)
    somatic = context.type == "tumor" and not mixed
    return somatic and len(variants) >= FEWEST_FOR_HINT and share is not None and share >= INDEL_HINT


def microsatellite_state(context: Context, measured: Microsatellites | None) -> tuple[str | None, str]:
    """Return "high", "stable" or None (unknown), and how that is known; a disagreement of sources is unknown."""
    found = [(context.msi, "as given")] if context.msi else []
    if measured is not None and measured.status != "not determined":
        found.append((measured.status, measured.words))
    states = {state for state, _ in found}
    if len(states) > 1:
        return None, "; ".join(f"{state} {how}" for state, how in found) + ": the sources disagree"
    return (found[0][0], "; ".join(how for _, how in found)) if found else (None, "")


def mismatch_repair(
    context: Context, variants: list[AnnotatedVariant] | None, measured: Microsatellites | None = None
) -> Marker:
    """Return mismatch repair as the context gives it and microsatellites as measured, else what to order."""
    name = "Mismatch repair / MSI"
    state, how = microsatellite_state(context, measured)
    parts = [f"Mismatch repair {context.mmr_ihc} (IHC, as given)."] if context.mmr_ihc else []
    if state:
        parts.append(f"Microsatellites {state} ({how}).")
    elif how:
        parts.append(f"Microsatellites: {how}; order MMR IHC or MSI testing.")
    if context.mmr_ihc and state and (context.mmr_ihc == "deficient") != (state == "high"):
        parts.append("The two disagree: to be resolved before either is used.")
    if context.mmr_ihc or state:
        return Marker(name, "determined", context.mmr_ihc or f"MSI {state}", " ".join(parts))
    hint = ""
    if variants and looks_mismatch_repair_deficient(context, variants):
        share = indel_share(variants) or 0.0
        hint = (
            f"Looks mismatch-repair deficient: {100 * share:.1f} % of variants are indels. A hint, not a determination."
        )
    reason = f" ({measured.words})" if measured is not None and not how else ""
    sentence = " ".join(parts) or f"MSI not determined{reason}; order MMR IHC or MSI testing."
    return Marker(name, "not determined", "not determined", sentence, hint)


@dataclass(frozen=True)
class Burden:
    """Mutational burden: coding, not silent mutations counted, the size they were counted over, rate and interval."""

    mutations: int
    megabases: float
    rate: float
    lower: float
    upper: float


def burden(variants: list[AnnotatedVariant], megabases: float) -> Burden:
    """Return mutations per Mb with a 95 % interval for a Poisson count (Byar's approximation)."""
    count = sum(1 for v in variants if v.gene and not (v.consequences and set(v.consequences) <= SILENT) and v.codon)
    lower = count * (1 - 1 / (9 * count) - 1.96 / (3 * sqrt(count))) ** 3 if count else 0.0
    upper = (count + 1) * (1 - 1 / (9 * (count + 1)) + 1.96 / (3 * sqrt(count + 1))) ** 3
    return Burden(count, megabases, count / megabases, lower / megabases, upper / megabases)


def mutational_burden(
    context: Context,
    variants: list[AnnotatedVariant] | None,
    megabases: float | None,
    measured: MeasuredBurden | None = None,
) -> tuple[Marker, float | None]:
    """Return the burden as a marker and in mutations per Mb, None where it cannot be determined.

    What an earlier stage measured is taken, its refusal too; else coding mutations are counted over `megabases`.
    """
    name = "Tumour mutational burden"
    reason = ""
    if measured is not None and measured.rate is not None:
        found = Burden(measured.mutations, measured.megabases, measured.rate, measured.lower, measured.upper)
        return _given(name, found, "mutations")
    if measured is not None:
        reason = measured.reason.rstrip(".")
    elif context.type != "tumor" or context.origin_unresolved:
        reason = "somatic variants were not separated"
    elif any(GERMLINE_KEPT in v.flags for v in variants or []):
        reason = "germline variants were not removed"
    elif not variants:
        reason = "no variants were given"
    elif megabases is None:
        reason = "the size of the assayed region is not given"
    elif not any(v.consequences for v in variants):
        reason = "no consequence is known without a reference genome"
    if reason or variants is None or megabases is None:
        return Marker(name, "not determined", "not determined", f"TMB not determined: {reason}."), None
    return _given(name, burden(variants, megabases), "coding mutations")


def _given(name: str, found: Burden, what: str) -> tuple[Marker, float]:
    sentence = (
        f"TMB {found.rate:.1f} per Mb (95 % interval {found.lower:.1f} to {found.upper:.1f}; "
        f"{found.mutations} {what} over {found.megabases:g} Mb)."
    )
    if found.megabases < FEWEST_MEGABASES:
        sentence += " Less than 1 Mb was assayed: unreliable."
    return Marker(name, "determined", f"{found.rate:.1f} per Mb", sentence), found.rate
