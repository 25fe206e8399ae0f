"""Why an allele of a tumour is judged as it is, in words: normal, likelihoods, other people, copies, verdict."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.somatic.alone import Others, Weighed
from loci2lead.variants.somatic.evidence import Counted, Judged
from loci2lead.variants.somatic.likelihoods import HYPOTHESES
from loci2lead.variants.somatic.records import GERMLINE, LEAST_REAL, MOST_GERMLINE, NOISE, SOMATIC, STANDING, WEIGHED

_NAMES = {
    "artefact": "an error of the same share in both samples",
    "one_sided": "an error that one side of the molecules shows",
    "germline": "an inherited allele",
    "somatic": "a somatic allele",
}
_MOVED = 0.05
_CLEARLY = 1.0


@dataclass(frozen=True)
class Case:
    """An allele with what was found of it: counts in both samples, damage per base, posteriors as the network gave them
    and in the end, how a tumour alone was weighed, the FILTER and the chance it took."""

    item: Judged
    tumour: Counted
    normal: Counted | None
    damage: float
    learned: NDArray[np.float64]
    chances: NDArray[np.float64]
    density: float
    weighed: Weighed | None
    others: Others
    germline: str
    threshold: float
    filter: str


def somatic_reasons(case: Case) -> list[str]:
    """Return sentences: normal, likelihoods, damage, rarity, other people and copies of a tumour alone, the verdict."""
    found = (_normal(case), _likelihoods(case), _damage(case), _rarity(case), *_alone(case), _verdict(case))
    return [text for text in found if text]


def _normal(case: Case) -> str | None:
    seen = case.normal
    if seen is None:
        return "No normal was given." if case.weighed is None else None
    clear = seen.alternate + seen.other
    if clear == 0:
        return "No read of the normal tells whether the allele is there."
    expected = f"an inherited allele on one copy would be in about {clear / 2:.0f}"
    return f"In the normal {seen.alternate} of {clear} reads that tell show it; {expected}."


def _likelihoods(case: Case) -> str:
    logs, names = dict(zip(HYPOTHESES, case.item.origins.tolist(), strict=True)), _NAMES
    if case.weighed is not None:
        logs, names = {k: v for k, v in logs.items() if k != "germline"}, {**_NAMES, "somatic": "a true allele"}
    first, second = sorted(logs, key=lambda k: -logs[k])[:2]
    if max(logs.values()) < _CLEARLY:
        return "The reads are explained as well without the allele."
    by = logs[first] - logs[second]
    if by < _CLEARLY:
        return f"By the reads alone {names[first]} and {names[second]} are about as likely."
    return f"By the reads alone {names[first]} is likeliest, 10^{by:.0f} times likelier than {names[second]}."


def _damage(case: Case) -> str | None:
    allele = case.item.allele
    if case.damage <= 0:
        return None
    return (
        f"This library shows {allele.ref}>{allele.alt} by damage in {case.damage:.2%} of its bases: no read says more."
    )


def _rarity(case: Case) -> str | None:
    if case.weighed is not None or case.learned[SOMATIC] - case.chances[SOMATIC] < _MOVED:
        return None
    rate = case.density * 1e6
    return f"This tumour has about {rate:.2g} somatic alleles in a million bases: so few reads are more often errors."


def _alone(case: Case) -> list[str]:
    if case.weighed is None:
        return []
    key = case.item.allele.key
    texts = ["No normal was given: inherited alleles are told by what others carry, by share and by phase."]
    if case.germline == STANDING:
        return ["No normal and no population frequencies were given: the allele may be inherited."]
    frequency = case.others.frequencies.get(key)
    texts.append(
        "The population file does not list it."
        if frequency is None
        else f"Its frequency in the population is {frequency:.2g}."
    )
    if key in case.others.panel:
        texts.append("The panel of normals has it: it is inherited or an error of many samples.")
    for name, (shown, not_shown) in (("one copy", case.weighed.first), ("the other", case.weighed.second)):
        if shown + not_shown:
            texts.append(f"Of reads phased to {name} {shown} show it and {not_shown} do not.")
    if case.weighed.first != (0, 0) or case.weighed.second != (0, 0):
        texts.append("An inherited allele is on all reads of a copy, a somatic one on a part of them.")
    if case.weighed.company > _CLEARLY:
        texts.append(
            "The molecules that show it also show an error nearby, and the others do not: one source, a paralog say."
        )
    return texts


def _verdict(case: Case) -> str:
    noise, germline, somatic = case.chances[NOISE], case.chances[GERMLINE], case.chances[SOMATIC]
    said = f"Chances: somatic {somatic:.3f}, inherited {germline:.3f}, error {noise:.3f}."
    if case.germline == WEIGHED:
        rule = (
            f"it passes if error has at most {1 - LEAST_REAL:.2f} and inherited at most {MOST_GERMLINE:g} times somatic"
        )
    elif case.germline == STANDING:
        rule = f"it passes, inherited or not, if error has at most {1 - case.threshold:.2f}"
    else:
        rule = f"it passes if somatic has {case.threshold:.2f} or more"
    return f"{said} FILTER is {case.filter}: {rule}."
