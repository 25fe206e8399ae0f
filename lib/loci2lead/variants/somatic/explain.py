"""One site of a tumour explained: reads of both samples, haplotypes, likelihoods, posteriors, reasons in words."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.bed import Intervals
from loci2lead.variants.examine import CHUNK, Examined
from loci2lead.variants.explain import GROUPS, haplotype_rows, name_of, pileup_at, read_rows, rounded, touches
from loci2lead.variants.features import FEATURES
from loci2lead.variants.library import LibraryProfile
from loci2lead.variants.reasons import Evidence, reasons
from loci2lead.variants.somatic.alone import Weighed
from loci2lead.variants.somatic.caller import JudgedChunk, SomaticCaller, SomaticSettings
from loci2lead.variants.somatic.evidence import PAIR_FEATURES, Judged, count, damage_rate
from loci2lead.variants.somatic.likelihoods import HYPOTHESES
from loci2lead.variants.somatic.pair import SOMATIC_GATES, PairLocus, examine_pair
from loci2lead.variants.somatic.posterior import log_chances
from loci2lead.variants.somatic.reasons import Case, somatic_reasons
from loci2lead.variants.somatic.records import FORMAT, SOMATIC, make_record

ORIGINS = ("error", "inherited", "somatic")
PAIR_GROUPS = {
    "likelihoods": tuple(f"log_{name}" for name in HYPOTHESES),
    "shares in tumour and normal": (
        *("share_tumour", "share_normal", "most_normal", "log_tumour", "log_normal", "carried", "carried_normal"),
    ),
    "depths": ("log_depth", "log_depth_normal"),
    "sides of the molecules": ("strand_balance", "fragment_balance", "molecules"),
    "damage": ("damage",),
}


def explain_somatic(settings: SomaticSettings, contig: str, position: int) -> dict[str, Any]:
    """Return everything known of the site at `position` (0-based), with plain values only.

    `loci` is empty where no allele became a candidate; `pileup` then says how far the reads were from it.
    """
    start = position // CHUNK * CHUNK
    whole = Intervals({contig: [(start, start + CHUNK)]})
    caller = SomaticCaller(settings)
    chunk = examine_pair(caller.tumour, caller.normal, caller.reference, contig, start, [])
    near = [pair.tumour for pair in chunk.loci if touches(pair.tumour, position)]
    asked = {contig: [a.key for locus in near for a in locus.alleles]}
    # Alleles of the site are judged however little speaks for them.
    caller.settings = replace(settings, regions=whole, forced=asked)
    found = caller.judge(contig, start)
    loci = [pair for pair in found.chunk.loci if touches(pair.tumour, position)]
    samples: list[tuple[str, Examined | None, LibraryProfile | None]] = [
        ("tumour", found.chunk.tumour, settings.tumour_library),
        ("normal", found.chunk.normal, settings.normal_library),
    ]
    return {
        "site": f"{contig}:{position + 1}",
        "reference_base": caller.reference.fetch(contig, position, position + 1),
        "germline": settings.germline,
        "samples": [
            {
                "sample": name,
                "median_depth": library.depth,
                "median_read_length": library.read_length,
                "slip_in_runs_of_9": float(library.slips.rate(np.array([9]), np.array([1]))[0]),
                "pileup": pileup_at(examined, position, SOMATIC_GATES),
            }
            for name, examined, library in samples
            if examined is not None and library is not None
        ],
        "loci": [_locus(caller, found, pair) for pair in loci],
    }


def _locus(caller: SomaticCaller, found: JudgedChunk, pair: PairLocus) -> dict[str, Any]:
    rows = [i for i, item in enumerate(found.judged) if item.pair is pair]
    seen = [("tumour", found.chunk.tumour, pair.tumour)]
    if found.chunk.normal is not None and pair.normal is not None:
        seen.append(("normal", found.chunk.normal, pair.normal))
    return {
        "alleles": [_allele(caller, found, i) for i in rows],
        "haplotypes": [
            {**row, "sample": name, "needed": bool(needed)}
            for name, _, locus in seen
            for row, needed in zip(haplotype_rows(locus), pair.rivals, strict=True)
        ],
        "reads": [
            {"sample": name, **row} for name, examined, locus in seen for row in read_rows(examined, locus, pair.rivals)
        ],
        "reads_not_shown": sum(max(len(locus.read) - len(read_rows(e, locus)), 0) for _, e, locus in seen),
    }


def _allele(caller: SomaticCaller, found: JudgedChunk, row: int) -> dict[str, Any]:
    item, settings = found.judged[row], caller.settings
    pair, index, examined = item.pair, item.index, found.chunk.tumour
    rule = replace(caller.rule(found, item), forced=True)
    record = make_record(
        examined.contig, item, found.chances[row].tolist(), rule, examined.reference, examined.scan.start
    )
    assert record is not None, "what is asked for is always printed"
    weighed = found.weighed[row] if found.weighed else None
    case = Case(
        item,
        count(pair.tumour, index, pair.rivals),
        count(pair.normal, index, pair.rivals) if pair.normal is not None else None,
        damage_rate(pair, index, settings.damage),
        found.learned[row],
        found.chances[row],
        settings.density,
        weighed,
        found.others,
        settings.germline,
        caller.threshold,
        record.filter,
    )
    observed = reasons(Evidence.of(examined, settings.tumour_library, pair.tumour, index, pair.rivals))
    indel = np.array([item.allele.change != 0])
    return {
        "allele": name_of(item.allele),
        "record": {"position": record.position + 1, "ref": record.ref, "alt": record.alt, "filter": record.filter},
        "tumour": dict(zip(FORMAT.split(":"), record.tumour.split(":"), strict=True)),
        "normal": dict(zip(FORMAT.split(":"), record.normal.split(":"), strict=True)) if record.normal else None,
        "log10_likelihoods": dict(zip(HYPOTHESES, rounded(item.origins, 2), strict=True)),
        "chances": {
            "likelihoods and priors": _named(10.0 ** log_chances(item.origins[None], indel)[0]),
            "network": _named(found.learned[row]),
            "in the end": _named(found.chances[row]),
        },
        "copies": _copies(weighed),
        "contributions": _contributions(caller, item),
        "reasons": [*(f"Tumour: {text}" for text in observed), *somatic_reasons(case)],
    }


def _named(chances: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(ORIGINS, rounded(chances), strict=True))


def _copies(weighed: Weighed | None) -> dict[str, Any] | None:
    """Return how a tumour alone was weighed."""
    if weighed is None:
        return None
    return {
        "log10_germline": round(weighed.germline, 2),
        "log10_somatic": round(weighed.somatic, 2),
        "log10_prior_odds_of_germline": round(weighed.odds, 2),
        "in_panel": weighed.in_panel,
        "reads_with_and_without_on_one_copy": list(weighed.first),
        "reads_with_and_without_on_the_other": list(weighed.second),
    }


def _contributions(caller: SomaticCaller, item: Judged) -> dict[str, float]:
    """Return, per group of features, the change in the network's log odds of a somatic allele.

    The group is replaced by the training mean; positive speaks for somatic.
    """
    scorer = caller.scorer
    if not scorer.networks:
        return {}
    network = scorer.networks[0]
    sample, pair = network.sample_mean.cpu().numpy(), network.pair_mean.cpu().numpy()
    changed = {}
    for group, names in PAIR_GROUPS.items():
        changed[group] = replace(item, pair_features=_at(item.pair_features, PAIR_FEATURES, names, pair))
    known = [FEATURES[c] for c in scorer.columns]
    for group, names in GROUPS.items():
        for who in ("tumour", "normal") if item.normal is not None else ("tumour",):
            own = getattr(item, f"{who}_features")
            values = own.copy()
            for name in set(names) & set(known):
                values[FEATURES.index(name)] = sample[known.index(name)]
            changed[f"{group}, {who}"] = replace(item, **{f"{who}_features": values})
    chances = np.clip(scorer.chances([item, *changed.values()])[:, SOMATIC], 1e-9, 1 - 1e-9)
    odds = np.log(chances / (1 - chances))
    return {name: round(float(odds[0] - odds[i]), 2) for i, name in enumerate(changed, start=1)}


def _at(
    values: NDArray[np.float32], all_names: tuple[str, ...], names: tuple[str, ...], mean: NDArray[np.float32]
) -> NDArray[np.float32]:
    columns = [all_names.index(name) for name in names]
    out = values.copy()
    out[columns] = mean[columns]
    return out
