"""One site explained: its reads, haplotypes, likelihoods, what each part of the model says and what moved it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.variants.caller import Caller, CallSettings
from loci2lead.variants.candidates import Allele, Gates
from loci2lead.variants.examine import CHUNK, Examined, examine
from loci2lead.variants.features import FEATURES, chunk_alleles, locus_features, support
from loci2lead.variants.genotypes import Record, make_records
from loci2lead.variants.genotyping import coherent_chances
from loci2lead.variants.loci import Locus
from loci2lead.variants.reasons import CLEAR, Evidence, reasons
from loci2lead.variants.tensors import allele_image

MOST_READS = 200
# Features by what they are about; each group is set to the training mean to see what it contributes.
GROUPS = {
    "likelihoods": ("cost_0", "cost_1", "cost_2", "cost_gap"),
    "shares of the reads": (
        "share_alt",
        "share_reference",
        "share_other",
        "share_unclear",
        "share_carried",
        "best_other",
    ),
    "depth": ("log_alt", "log_depth", "relative_depth", "library_depth", "level_shift"),
    "strand": ("strand_alt", "strand_rest", "strand_imbalance"),
    "base quality": ("quality_alt", "quality_rest", "support_margin"),
    "place in the read": ("end_alt", "end_rest", "spread_alt"),
    "mismatches nearby": ("mismatch_alt", "mismatch_rest"),
    "repeat and slip": ("unit_1", "unit_2", "unit_3", "tract_units", "slip_rate", "one_unit", "excess_over_slip"),
    "other candidates": ("neighbours", "neighbour_share", "locus_alleles", "allele_rank", "haplotypes"),
}


def explain(settings: CallSettings, contig: str, position: int) -> dict[str, Any]:
    """Return everything known of the site at `position` (0-based), with plain values only.

    `loci` is empty where no allele became a candidate; `pileup` then says how far the reads were from it.
    """
    caller = Caller(settings)
    examined = examine(
        caller.alignments, caller.reference, contig, position // CHUNK * CHUNK, settings.library, settings.gates, True
    )
    near = chunk_alleles(examined.loci)
    found = [locus for locus in examined.loci if touches(locus, position)]
    copies = caller.ploidy.copies(contig, position)
    return {
        "site": f"{contig}:{position + 1}",
        "reference_base": caller.reference.fetch(contig, position, position + 1),
        "copies": copies,
        "library": {
            "median_depth": settings.library.depth,
            "median_read_length": settings.library.read_length,
            "slip_in_runs_of_9": float(settings.library.slips.rate(np.array([9]), np.array([1]))[0]),
        },
        "pileup": pileup_at(examined, position, settings.gates),
        "loci": [_locus(caller, examined, locus, near, copies) for locus in found] if copies else [],
    }


def touches(locus: Locus, position: int) -> bool:
    """Return whether a site lies in the locus; an indel is written at the base before it."""
    first = min(a.position - (a.change != 0) for a in locus.alleles)
    return first <= position < max(a.span[1] for a in locus.alleles)


def pileup_at(examined: Examined, position: int, gates: Gates) -> dict[str, Any]:
    """Return what the reads show at a site, and how many of them make a candidate."""
    offset = position - examined.scan.start
    bases = examined.scan.bases[offset].tolist()
    events = examined.scan.position == position + 1
    indels: dict[str, int] = {}
    for change in examined.scan.change[events].tolist():
        indels[f"{change:+d}"] = indels.get(f"{change:+d}", 0) + 1
    return {
        "depth": int(examined.scan.depth[offset]),
        "bases": dict(zip("ACGT", bases, strict=True)),
        "indels_after": dict(sorted(indels.items())),
        "needed": f"{gates.reads} reads and {gates.snp_share:.0%} (SNP) or "
        f"{gates.indel_share:.0%} (indel) of the depth make a candidate",
    }


def _locus(caller: Caller, examined: Examined, locus: Locus, near: NDArray, copies: int) -> dict[str, Any]:
    library = caller.settings.library
    features = locus_features(examined, locus, near, library)
    trees = caller.scorer.summary(features, locus.copies)
    images = np.stack([allele_image(examined, locus, i) for i in range(len(locus.alleles))])
    stacked = caller.scorer.fused(images, features, locus.copies)
    alone, asked = caller.scorer.settle(features, locus.copies)
    chances = np.where(asked[:, None], stacked, alone)
    coherent = coherent_chances(chances, locus.haplotypes)
    records = make_records(examined.contig, locus, coherent, copies, examined.reference, examined.scan.start)
    return {
        "records": [_record(r) for r in records],
        "alleles": [
            {
                "allele": name_of(allele),
                "likelihood_costs": rounded(locus.copies[i], 1),
                "trees": rounded(trees[i]),
                "trees_and_network": rounded(stacked[i]),
                "decided_by": "trees and network" if asked[i] else "trees",
                "after_haplotypes": rounded(coherent[i]),
                "contributions": _contributions(caller, features[i], locus.copies[i]),
                "reasons": reasons(Evidence.of(examined, library, locus, i)),
            }
            for i, allele in enumerate(locus.alleles)
        ],
        "haplotypes": haplotype_rows(locus),
        "reads": read_rows(examined, locus),
        "reads_not_shown": max(len(locus.read) - MOST_READS, 0),
    }


def name_of(allele: Allele) -> str:
    """Return an allele as position:ref>alt, 1-based and trimmed."""
    return f"{allele.position + 1}:{allele.ref or '-'}>{allele.alt or '-'}"


def _record(record: Record) -> dict[str, Any]:
    return {
        "position": record.position + 1,
        "ref": record.ref,
        "alt": ",".join(record.alts),
        "genotype": "/".join(map(str, record.genotype)),
        "filter": record.filter,
        "quality": round(record.quality, 1),
        "gq": record.gq,
        "depth": record.depth,
        "counts": list(record.counts),
    }


def _contributions(caller: Caller, features: NDArray[np.float32], costs: NDArray[np.float64]) -> dict[str, float]:
    """Return, per group of features, the change in the trees' log odds that the allele is there.

    The group is replaced by the training mean; positive speaks for the allele. The likelihoods' costs are
    replaced by equal ones together with their features.
    """
    mean = caller.scorer.mean
    rows, prices = np.repeat(features[None], len(GROUPS) + 1, axis=0), np.repeat(costs[None], len(GROUPS) + 1, axis=0)
    for number, (group, names) in enumerate(GROUPS.items(), start=1):
        columns = [FEATURES.index(n) for n in names]
        rows[number, columns] = mean[columns]
        if group == "likelihoods":
            prices[number] = 0.0
    chances = np.clip(caller.scorer.summary(rows, prices), 1e-9, 1.0)
    odds = np.log((1 - chances[:, 0]).clip(1e-9) / chances[:, 0])
    return {name: round(float(odds[0] - odds[i]), 2) for i, name in enumerate(GROUPS, start=1)}


def haplotype_rows(locus: Locus) -> list[dict[str, Any]]:
    """Return which alleles each haplotype carries, and how the reads fit it."""
    clear = np.sort(locus.costs, axis=1)[:, 1] > CLEAR
    best = locus.costs.argmin(axis=1)
    return [
        {
            "carries": [name_of(a) for a, on in zip(locus.alleles, row, strict=True) if on] or ["reference"],
            "reads_clearly_best": int((clear & (best == i)).sum()),
            "mean_cost": round(float(locus.costs[:, i].mean()), 1) if len(locus.read) else None,
        }
        for i, row in enumerate(locus.haplotypes)
    ]


def read_rows(examined: Examined, locus: Locus, rivals: NDArray[np.bool_] | None = None) -> list[dict[str, Any]]:
    """Return the first MOST_READS reads of a locus, with their Phred for each allele against its `rivals`."""
    block, rows = examined.block, []
    margins = np.stack([support(locus, i, rivals) for i in range(len(locus.alleles))], axis=1)
    for place, read in enumerate(locus.read[:MOST_READS].tolist()):
        rows.append(
            {
                "start": int(block.start[read]) + 1,
                "end": int(block.end[read]),
                "strand": "-" if block.flag[read] & 0x10 else "+",
                "mapq": int(block.mapq[read]),
                "molecule": int(block.pair[read]),
                "shows": [name_of(a) for a, on in zip(locus.alleles, locus.carries[place], strict=True) if on],
                "support": rounded(margins[place], 1),
            }
        )
    return rows


def rounded(values: NDArray, digits: int = 4) -> list[float]:
    """Return plain rounded numbers."""
    return [round(float(v), digits) for v in values]
