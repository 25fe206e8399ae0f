"""Known pairs of gene and drug: does the explanation name the gene, with the right direction?

For each pair the samples that carry the alteration are explained; the gene counts as found where it is among
the five largest mean contributions over those samples, large enough to be named, with the expected sign.
Pairs with a shuffled gene are the negative control.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loci2lead.response.blocks import standardise
from loci2lead.response.compounds import plain_name
from loci2lead.response.explain import LISTED, TOP, Attributor
from loci2lead.response.model import ResponseModel
from loci2lead.response.omics import Omics
from loci2lead.seeds import generator

CARRIERS = 60  # samples explained per pair, at most


@dataclass(frozen=True)
class Pair:
    """A gene, its alteration (hot, drv, any, amp, del, high) and a drug; `sign` -1 = more sensitive."""

    gene: str
    alteration: str
    drug: str
    sign: int


# Textbook pharmacogenomic pairs of cancer cell lines.
PAIRS = (
    Pair("BRAF", "hot", "Dabrafenib", -1),
    Pair("BRAF", "hot", "PLX-4720", -1),
    Pair("BRAF", "hot", "Selumetinib", -1),
    Pair("BRAF", "hot", "Trametinib", -1),
    Pair("KRAS", "hot", "PD0325901", -1),
    Pair("TP53", "any", "Nutlin-3a (-)", 1),
    Pair("ERBB2", "amp", "Afatinib", -1),
    Pair("ERBB2", "amp", "Lapatinib", -1),
    Pair("EGFR", "hot", "Gefitinib", -1),
    Pair("EGFR", "hot", "Erlotinib", -1),
    Pair("EGFR", "hot", "Osimertinib", -1),
    Pair("PIK3CA", "hot", "Alpelisib", -1),
    Pair("PIK3CA", "hot", "Pictilisib", -1),
    Pair("PTEN", "any", "AZD5363", -1),
    Pair("RB1", "any", "Palbociclib", 1),
    Pair("CDKN2A", "del", "Palbociclib", -1),
    Pair("ALK", "high", "Crizotinib", -1),
    Pair("MET", "amp", "Foretinib", -1),
    Pair("BCL2", "high", "Venetoclax", -1),
    Pair("FGFR2", "high", "AZD4547", -1),
)


def carriers(omics: Omics, gene: str, alteration: str) -> list[str]:
    """Return the samples that carry an alteration; the most extreme ones for expression and copy number."""
    frame = {"hot": "hot", "drv": "drv", "any": "any", "amp": "cn", "del": "cn", "high": "expr"}[alteration]
    table = omics.frames.get(frame)
    if table is None or gene not in table.columns:
        return []
    values = table[gene].dropna()
    if alteration in {"amp", "high"}:
        return [str(s) for s in values.nlargest(max(10, len(values) // 50)).index]
    if alteration == "del":
        return [str(s) for s in values.nsmallest(CARRIERS).index]
    return [str(s) for s in values[values > 0].index[:CARRIERS]]


def contributions_of(
    model: ResponseModel, omics: Omics, samples: Sequence[str], drug: int | slice
) -> tuple[list[str], NDArray[np.float64]]:
    """Return genes and their mean contributions (ln µM) to one or more drugs over samples, the subtype left out."""
    attributor = Attributor.of(model, model.modalities)
    chosen = omics.take(samples)
    bases = sorted({part.base for part in attributor.parts})
    inputs = {base: standardise(model.blocks.scalers[base], base, chosen) for base in bases}
    parts = attributor.contributions(inputs, slice(0, len(samples)))[:, 1:, drug]
    return attributor.genes[1:], parts.mean(axis=0).astype(float)


def check_pairs(model: ResponseModel, omics: Omics, pairs: Sequence[Pair]) -> pd.DataFrame:
    """Return a row per pair: carriers, the gene's rank and contribution, and whether it counts as found."""
    column = {plain_name(d.name): j for j, d in enumerate(model.drugs)}
    rows = []
    for pair in pairs:
        drug, samples = column.get(plain_name(pair.drug)), carriers(omics, pair.gene, pair.alteration)
        rank, effect, named = None, None, ""
        if drug is not None and samples:
            genes, effects = contributions_of(model, omics, samples, drug)
            order = np.argsort(-np.abs(effects), kind="stable")
            named = ";".join(f"{genes[i]}:{effects[i]:+.2f}" for i in order[:TOP])
            if pair.gene in genes:
                place = genes.index(pair.gene)
                rank, effect = int(np.flatnonzero(order == place)[0]) + 1, float(effects[place])
        found = rank is not None and rank <= TOP and effect is not None and effect * pair.sign >= LISTED
        rows.append((pair.gene, pair.alteration, pair.drug, len(samples), rank, effect, pair.sign, bool(found), named))
    return pd.DataFrame(
        rows,
        columns=[
            "gene",
            "alteration",
            "drug",
            "carriers",
            "rank",
            "contribution",
            "expected_sign",
            "found",
            "top_five",
        ],
    )


def shuffled_pairs(seed: int) -> list[Pair]:
    """Return the pairs with drugs exchanged so that no gene keeps a drug it is known with."""
    known = {(p.gene, p.drug) for p in PAIRS} | {
        (g, d) for g in ("BRAF", "KRAS") for d in ("Selumetinib", "Trametinib", "PD0325901", "Dabrafenib", "PLX-4720")
    }
    rng = generator(seed, "shuffled pairs")
    while True:
        order = rng.permutation(len(PAIRS))
        mixed = [Pair(p.gene, p.alteration, PAIRS[i].drug, p.sign) for p, i in zip(PAIRS, order, strict=True)]
        related = {
            "EGFR": {"Afatinib", "Lapatinib"},
            "ERBB2": {"Gefitinib", "Erlotinib", "Osimertinib"},
            "PTEN": {"Alpelisib", "Pictilisib"},
            "PIK3CA": {"AZD5363"},
        }
        if all((p.gene, p.drug) not in known and p.drug not in related.get(p.gene, set()) for p in mixed):
            return mixed
