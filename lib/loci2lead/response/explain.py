"""Which genes a prediction comes from: contributions that add up to it.

Linear blocks contribute value times weight. A block of random Fourier features contributes by integrated
gradients from the training mean (Sundararajan 2017), which for cosines and sines has a closed form: with
a = x.w the gradient's average over the way is sin(a)/a for sines and -(1 - cos(a))/a for cosines. Their sum is
exactly the block's output minus its output at the mean.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from loci2lead.response.blocks import FOURIER, SOURCES, frequencies, standardise
from loci2lead.response.model import ResponseModel
from loci2lead.response.omics import Omics

Matrix = NDArray[np.float64]
TOP = 5
CHUNK = 64  # samples whose contributions are held at once
PER_DRUG = 8  # genes per drug that enter the shortlist
SHORTLIST = 256  # genes that are attributed one by one; all others are summed into `rest`
# ln units (12 % of an IC50) below which a gene is not named. Chosen on drivers outside the known pairs: over their
# carriers one pair of gene and drug in 500 passes (tests/benchmarks/response.py pairs).
LISTED = 0.12
SUBTYPE = "subtype"
REST = "rest"


@dataclass(frozen=True)
class Part:
    """One block's share of the attribution, restricted to the shortlist.

    `columns` are the block's features on the shortlist, `targets` their places in the list of genes; `omega`
    is the block's frequency matrix, None for a linear block; `factor` its weights, scaled for raw features.
    """

    base: str
    columns: NDArray[np.intp]
    targets: NDArray[np.intp]
    factor: NDArray[np.float32]
    omega: NDArray[np.float32] | None


@dataclass(frozen=True)
class Attributor:
    """What is needed to attribute one set's predictions: the genes (the first is the subtype) and the parts."""

    genes: list[str]
    parts: list[Part]
    decoder: NDArray[np.float32]

    @classmethod
    def of(cls, model: ResponseModel, modalities: str) -> "Attributor":
        """Prepare the attribution for a set of modalities."""
        pool = model.pools[modalities]
        share = 1 - model.figures[modalities].network_share if model.networks else 1.0
        scaled = {b: _scaled_factor(model, b, f) for b, f in pool.factors.items()}
        genes = [SUBTYPE, *_shortlist(model, scaled, pool.decoder)]
        at = {g: i for i, g in enumerate(genes)}
        parts = []
        for block, factor in scaled.items():
            base = FOURIER.get(block, block)
            named = [SUBTYPE] * len(model.blocks.scalers[base].names) if base == "sub" else gene_names(model, base)
            columns = np.array([i for i, g in enumerate(named) if g in at], dtype=np.intp)
            if len(columns):
                targets = np.array([at[named[i]] for i in columns], dtype=np.intp)
                omega = _omega(model, block).astype(np.float32) if block in FOURIER else None
                parts.append(Part(base, columns, targets, factor.astype(np.float32), omega))
        decoder = pool.decoder if model.extension is None else pool.decoder @ model.extension
        return cls(genes, parts, (decoder * share).astype(np.float32))

    def contributions(self, inputs: dict[str, Matrix], rows: slice) -> NDArray[np.float32]:
        """Return contributions (samples x genes x drugs, ln units) for some rows of standardised blocks."""
        samples = len(next(iter(inputs.values()))[rows])
        latent = np.zeros((samples, len(self.genes), self.decoder.shape[0]), dtype=np.float32)
        for part in self.parts:
            x = inputs[part.base][rows].astype(np.float32)
            gradient = part.factor[part.columns][None] if part.omega is None else _mean_gradient(part, x)
            for column, target in enumerate(part.targets):
                latent[:, target] += x[:, part.columns[column], None] * gradient[:, column]
        return latent @ self.decoder


def gene_names(model: ResponseModel, base: str) -> Sequence[str]:
    """Return the gene of each feature of a block."""
    return ["MSI"] if SOURCES.get(base) == "msi" else model.blocks.scalers[base].names


def _scaled_factor(model: ResponseModel, block: str, factor: Matrix) -> Matrix:
    """Return weights for features before the block's norm was divided out."""
    norm = model.blocks.norms[block]
    return factor / (norm * np.sqrt(len(factor) / 2)) if block in FOURIER else factor / norm


def _omega(model: ResponseModel, block: str) -> Matrix:
    p = len(model.blocks.scalers[FOURIER[block]].names)
    return frequencies(p, model.blocks.seed, block) * (np.sqrt(2.0) / model.blocks.bandwidths[block])


def _shortlist(model: ResponseModel, scaled: dict[str, Matrix], decoder: Matrix) -> list[str]:
    """Return the genes with the largest first-order spread of contributions for some drug."""
    power: dict[str, NDArray[np.float64]] = {}
    for block, factor in scaled.items():
        base = FOURIER.get(block, block)
        if base == "sub":
            continue
        slope = _omega(model, block) @ factor[len(factor) // 2 :] if block in FOURIER else factor
        scaler = model.blocks.scalers[base]
        binary = SOURCES[base] in {"any", "hot", "drv", "msi"}
        spread = np.sqrt(scaler.mean * (1 - scaler.mean)).clip(0.01) if binary else np.ones(len(scaler.mean))
        squares = ((slope @ decoder) * spread[:, None]) ** 2
        for gene, row in zip(gene_names(model, base), squares, strict=True):
            power[gene] = power.get(gene, np.zeros(len(row))) + row
    names = sorted(power)
    if not names:
        return []
    table = np.array([power[g] for g in names])
    best = np.argsort(-table, axis=0, kind="stable")[:PER_DRUG]
    votes = Counter(int(i) for i in best.ravel())
    firsts = {int(i) for i in best[:3].ravel()}
    ranked = sorted(votes, key=lambda i: (i not in firsts, -votes[i], i))
    return sorted(names[i] for i in ranked[:SHORTLIST])


def _mean_gradient(part: Part, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the average gradient of a Fourier block from the mean to x: samples x listed features x rank."""
    if part.omega is None:
        raise ValueError("a linear block has a constant gradient")
    k = part.omega.shape[1]
    a = x @ part.omega
    small = np.abs(a) < 1e-4
    safe = np.where(small, np.float32(1), a)
    sine = np.where(small, np.float32(1), np.sin(safe) / safe)
    cosine = np.where(small, -a / 2, -(1 - np.cos(safe)) / safe)
    listed = part.omega[part.columns]
    out = np.empty((len(x), len(listed), part.factor.shape[1]), dtype=np.float32)
    for i in range(len(x)):
        out[i] = listed @ (sine[i, :, None] * part.factor[k:] + cosine[i, :, None] * part.factor[:k])
    return out


def top_genes(model: ResponseModel, omics: Omics, modalities: str, residual: Matrix) -> list[list[str]]:
    """Return, per sample and drug, the largest contributions as GENE:+0.42;...;subtype:...;rest:... (ln µM).

    They add up to `residual` (samples x drugs), the prediction minus the drug's mean over the training lines:
    `rest` holds the genes not listed, the network's part, and the pool's output at the training mean.
    """
    attributor = Attributor.of(model, modalities)
    bases = {part.base for part in attributor.parts}
    inputs = {base: standardise(model.blocks.scalers[base], base, omics) for base in sorted(bases)}
    words: list[list[str]] = []
    for start in range(0, len(omics.samples), CHUNK):
        parts = attributor.contributions(inputs, slice(start, start + CHUNK))
        for i, part in enumerate(parts):
            words.append(_words(attributor.genes, part.T, residual[start + i]))
    return words


def _words(genes: list[str], contributions: NDArray[np.float32], residual: Matrix) -> list[str]:
    """Format one sample's contributions (drugs x genes; column 0 is the subtype)."""
    others = np.ascontiguousarray(contributions[:, 1:])
    absolute = np.abs(others)
    listed = min(TOP, others.shape[1])
    top = (
        np.argpartition(absolute, -listed, axis=1)[:, -listed:] if listed else np.zeros((len(others), 0), dtype=np.intp)
    )
    order = np.argsort(-np.take_along_axis(absolute, top, axis=1), axis=1, kind="stable")
    top = np.take_along_axis(top, order, axis=1)
    values = np.take_along_axis(others, top, axis=1)
    cents = np.where(np.abs(values) >= LISTED, np.rint(values * 100), 0).astype(int)
    subtype = np.rint(contributions[:, 0] * 100).astype(int)
    rest = np.rint(residual * 100).astype(int) - cents.sum(axis=1) - subtype
    names = genes[1:]
    lines = []
    for places, numbers, own, left in zip(top.tolist(), cents.tolist(), subtype.tolist(), rest.tolist(), strict=True):
        parts = [f"{names[g]}:{_signed(v)}" for g, v in zip(places, numbers, strict=True) if v]
        lines.append(";".join([*parts, f"{SUBTYPE}:{_signed(own)}", f"{REST}:{_signed(left)}"]))
    return lines


@cache
def _signed(cents: int) -> str:
    return f"{cents / 100:+.2f}"
