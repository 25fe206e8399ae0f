"""Which genes a prediction comes from: contributions that add up to it.

Linear blocks contribute value times weight. A block of random Fourier features contributes by integrated
gradients from the training mean (Sundararajan 2017), which for cosines and sines has a closed form: with
a = x.w the gradient's average over the way is sin(a)/a for sines and -(1 - cos(a))/a for cosines. Their sum is
exactly the block's output minus its output at the mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loci2lead.response.blocks import FOURIER, SOURCES, _frequencies, standardise
from loci2lead.response.model import ResponseModel
from loci2lead.response.omics import Omics

Matrix = NDArray[np.float64]
TOP = 5
CHUNK = 16  # samples whose contributions are held at once
SUBTYPE = "subtype"
REST = "rest"


@dataclass(frozen=True)
class Attributor:
    """Genes in order, and what is needed to attribute one set's linear weights to them."""

    model: ResponseModel
    modalities: str
    genes: list[str]

    @classmethod
    def of(cls, model: ResponseModel, modalities: str) -> "Attributor":
        """Prepare attribution for a set of modalities."""
        names: set[str] = set()
        for block in model.pools[modalities].factors:
            base = FOURIER.get(block, block)
            if base != "sub":
                names |= set(_gene_names(model, base))
        return cls(model, modalities, [SUBTYPE, *sorted(names)])

    def latent(self, omics: Omics) -> NDArray[np.float32]:
        """Return contributions in the pool's latent space: samples x genes x rank."""
        model, pool = self.model, self.model.pools[self.modalities]
        at = {g: i for i, g in enumerate(self.genes)}
        out = np.zeros((len(omics.samples), len(self.genes), pool.decoder.shape[0]), dtype=np.float32)
        for block, factor in pool.factors.items():
            base = FOURIER.get(block, block)
            x = standardise(model.blocks.scalers[base], base, omics)
            if block in FOURIER:
                part = _fourier_part(model, block, x, factor)
            else:
                part = (x / model.blocks.norms[block])[:, :, None] * factor[None]
            if base == "sub":
                out[:, 0] += part.sum(axis=1)
            else:
                index = [at[g] for g in _gene_names(model, base)]
                np.add.at(out, (slice(None), index), part.astype(np.float32))
        return out


def _gene_names(model: ResponseModel, base: str) -> Sequence[str]:
    names = model.blocks.scalers[base].names
    return ["MSI"] if SOURCES.get(base) == "msi" else names


def _fourier_part(model: ResponseModel, block: str, x: Matrix, factor: Matrix) -> Matrix:
    """Return integrated gradients of one Fourier block: samples x features x rank."""
    blocks = model.blocks
    omega = _frequencies(x.shape[1], blocks.seed, block) * (np.sqrt(2.0) / blocks.bandwidths[block])
    k = omega.shape[1]
    a = x @ omega
    small = np.abs(a) < 1e-6
    safe = np.where(small, 1.0, a)
    sine = np.where(small, 1.0, np.sin(safe) / safe)
    cosine = np.where(small, -a / 2, -(1 - np.cos(safe)) / safe)
    scale = 1 / (np.sqrt(k) * blocks.norms[block])
    out = np.empty((len(x), x.shape[1], factor.shape[1]))
    for i in range(len(x)):
        middle = (sine[i, :, None] * factor[k:] + cosine[i, :, None] * factor[:k]) * scale
        out[i] = x[i, :, None] * (omega @ middle)
    return out


def top_genes(model: ResponseModel, omics: Omics, modalities: str, residual: Matrix) -> list[list[str]]:
    """Return, per sample and drug, the largest contributions as GENE:+0.42;...;subtype:...;rest:... (ln µM).

    They add up to `residual` (samples x drugs), the prediction minus the drug's mean over the training lines:
    `rest` holds the genes not listed, the network's part, and the pool's output at the training mean.
    """
    attributor = Attributor.of(model, modalities)
    share = 1 - model.figures[modalities].network_share if model.networks else 1.0
    decoder = (model.pools[modalities].decoder * share).astype(np.float32)
    words: list[list[str]] = []
    for start in range(0, len(omics.samples), CHUNK):
        rows = omics.samples[start : start + CHUNK]
        latent = attributor.latent(omics.take(rows))
        for i in range(len(rows)):
            words.append(_words(attributor.genes, (latent[i] @ decoder).T, residual[start + i]))
    return words


def _words(genes: list[str], contributions: NDArray[np.float32], residual: Matrix) -> list[str]:
    """Format one sample's contributions (drugs x genes; column 0 is the subtype)."""
    absolute = np.abs(contributions[:, 1:])
    top = np.argpartition(absolute, -TOP, axis=1)[:, -TOP:] if absolute.shape[1] > TOP else np.tile(np.arange(absolute.shape[1]), (len(absolute), 1))
    order = np.argsort(-np.take_along_axis(absolute, top, axis=1), axis=1, kind="stable")
    top = np.take_along_axis(top, order, axis=1) + 1
    values = np.take_along_axis(contributions, top, axis=1)
    rest = residual - values.sum(axis=1) - contributions[:, 0]
    lines = []
    for j in range(len(contributions)):
        parts = [f"{genes[g]}:{v:+.2f}" for g, v in zip(top[j], values[j], strict=True) if abs(v) >= 0.005]
        parts += [f"{SUBTYPE}:{contributions[j, 0]:+.2f}", f"{REST}:{rest[j]:+.2f}"]
        lines.append(";".join(parts))
    return lines
