"""Microsatellites and mutational burden as earlier stages measured them: msi.json, msi.tsv and tmb.json."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from loci2lead.errors import InputError
from loci2lead.report.evidence.tables import read_rows

# MSIsensor's share of unstable sites: from 10 % high, below 3 % stable, between them not determined
# (Middha et al., JCO Precis Oncol 2017, PMID 30211344).
HIGH_FROM, STABLE_BELOW = 10.0, 3.0
CAUSES = {
    **{"SBS1": "age (deamination of 5-methylcytosine)", "SBS5": "age, clock-like", "SBS3": "homologous recombination"},
    **{
        "SBS2": "APOBEC",
        "SBS13": "APOBEC",
        "SBS4": "tobacco smoke",
        "SBS18": "reactive oxygen",
        "SBS11": "temozolomide",
    },
    **dict.fromkeys(("SBS6", "SBS15", "SBS20", "SBS21", "SBS26", "SBS44"), "mismatch repair deficiency"),
    **dict.fromkeys(("SBS7a", "SBS7b", "SBS7c", "SBS7d"), "ultraviolet light"),
    **dict.fromkeys(("SBS10a", "SBS10b"), "POLE exonuclease"),
    **dict.fromkeys(("SBS31", "SBS35"), "platinum"),
}
"""Causes that COSMIC proposes for its signatures; shown beside them, never used to match evidence."""
MSISENSOR = ("Total_Number_of_Sites", "%")


@dataclass(frozen=True)
class Microsatellites:
    """Whether microsatellites are unstable; `words` say how that was found, or why it was not determined."""

    status: Literal["high", "stable", "not determined"]
    words: str


@dataclass(frozen=True)
class MeasuredBurden:
    """Mutations per Mb with its 95 % interval; `rate` is None where it was not given, `reason` says why."""

    rate: float | None
    lower: float = 0.0
    upper: float = 0.0
    mutations: int = 0
    megabases: float = 0.0
    reason: str = ""


def read_microsatellites(path: Path) -> Microsatellites:
    """Return what `loci2lead msi` (JSON) or MSIsensor (TSV) found. Raises InputError for anything else."""
    if path.suffix == ".tsv":
        return _from_msisensor(path)
    content = _read_json(path)
    status = str(content.get("status", "")).replace("_", " ")
    if status == "not determined":
        return Microsatellites("not determined", str(content.get("reason") or "the stage gave no reason"))
    if status not in ("high", "stable"):
        raise InputError(
            "Not a result on microsatellites",
            file=path,
            record="status",
            found=content.get("status"),
            expected="high, stable or not_determined",
        )
    words = "by sequencing"
    if content.get("sites"):
        low, high = content.get("score_low"), content.get("score_high")
        interval = (
            f", 95 % interval {100 * low:.0f} to {100 * high:.0f} %" if low is not None and high is not None else ""
        )
        words = f"by sequencing: {content.get('unstable')} of {content['sites']} sites unstable{interval}"
    return Microsatellites("high" if status == "high" else "stable", words)


def read_burden(path: Path) -> MeasuredBurden:
    """Return what `loci2lead tumour-burden` measured. Raises InputError for anything else."""
    content = _read_json(path)
    if content.get("status") == "not_given":
        return MeasuredBurden(None, reason=str(content.get("reason") or "the stage gave no reason"))
    needed = ("per_mb", "per_mb_low", "per_mb_high", "variants", "denominator_mb")
    wrong = [name for name in needed if not isinstance(content.get(name), int | float)]
    if content.get("status") != "given" or wrong:
        raise InputError(
            "Not a result on the mutational burden",
            file=path,
            record=", ".join(wrong) or "status",
            found=content.get("status"),
            expected="status given or not_given, and the numbers " + ", ".join(needed),
        )
    rate, lower, upper = (float(content[name]) for name in needed[:3])
    return MeasuredBurden(rate, lower, upper, int(content["variants"]), float(content["denominator_mb"]))


def read_signatures(path: Path) -> tuple[tuple[dict[str, Any], ...], str]:
    """Return the rows of `loci2lead fit-signatures`, and in words what they rest on or why there are none.

    Raises InputError for anything else.
    """
    content = _read_json(path)
    if content.get("status") == "not_fitted":
        return (), f"Mutational signatures not fitted: {content.get('reason')}."
    rows = content.get("signatures")
    needed = ("signature", "share", "share_low", "share_high", "kept")
    if content.get("status") != "fitted" or not isinstance(rows, list) or any(n not in r for r in rows for n in needed):
        raise InputError("Not a fit of signatures", file=path, expected="status, and rows of " + ", ".join(needed))
    words = f"{content.get('mutations')} substitutions, cosine {content.get('cosine')} to what the signatures explain."
    return tuple({"proposed_cause": CAUSES.get(str(row["signature"]), ""), **row} for row in rows), words


def _from_msisensor(path: Path) -> Microsatellites:
    rows = read_rows(path, "MSIsensor's result", MSISENSOR)
    try:
        sites, share = int(rows[0]["Total_Number_of_Sites"]), float(rows[0]["%"])
    except (IndexError, ValueError) as error:
        raise InputError("MSIsensor's result cannot be read", file=path, found=error) from error
    words = f"by MSIsensor: {share:g} % of {sites} sites unstable"
    if share >= HIGH_FROM:
        return Microsatellites("high", words)
    if share < STABLE_BELOW:
        return Microsatellites("stable", words)
    return Microsatellites("not determined", f"{words}, between {STABLE_BELOW:g} and {HIGH_FROM:g} %")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("The result cannot be read", file=path, found=error, expected="a JSON object") from error
    if not isinstance(content, dict):
        raise InputError("The result is not an object", file=path, found=type(content).__name__)
    return content
