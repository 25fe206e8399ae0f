"""From omics to numbers: standardised blocks of features, and random Fourier features of some of them.

Everything is fitted on training lines only. A block is an array samples x features whose training rows have
mean 0 and mean squared length 1, so that the inner product of two samples is a normalised, centred kernel.
Unknown values become 0, the training mean.

Random Fourier features (Rahimi & Recht 2007), with orthogonal frequencies (Yu et al. 2016), stand for a
Gaussian kernel exp(-|a-b|^2 / mean squared distance). They let a kernel machine be stored as plain weights:
the model file then holds no row of anyone's data. The frequencies are drawn again from the seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from loci2lead.response.genes import DRIVERS
from loci2lead.response.omics import Omics, align
from loci2lead.seeds import generator

Matrix = NDArray[np.float64]
MIN_CARRIERS = 4  # training lines that must carry a binary feature
MIN_WORD_LINES = 3
LINEAR = ("expr", "cn", "cnd", "any", "all", "hot", "drv", "msi", "sub")
FOURIER = {"expr~": "expr", "cn~": "cn", "all~": "all"}
MAX_FREQUENCIES = {"expr~": 706, "cn~": 353, "all~": 353}  # more changed no figure
SOURCES = {
    "expr": "expr",
    "cn": "cn",
    "cnd": "cn",
    "any": "any",
    "all": "any",
    "hot": "hot",
    "drv": "drv",
    "msi": "msi",
}
NEEDS = {
    "expr": "E",
    "expr~": "E",
    "cn": "C",
    "cn~": "C",
    "cnd": "C",
    "any": "M",
    "all": "M",
    "all~": "M",
    "hot": "M",
    "drv": "M",
    "msi": "M",
    "sub": "",
}


@dataclass
class Scaler:
    """How one linear block is standardised: (x - mean) / spread, x as log2 copies for copy number."""

    names: list[str]
    mean: Matrix
    spread: Matrix


@dataclass
class Blocks:
    """Fitted blocks. `scalers` per linear block; `offsets` and `norms` per block (Fourier ones included)."""

    scalers: dict[str, Scaler]
    seed: int
    bandwidths: dict[str, float] = field(default_factory=dict)
    offsets: dict[str, Matrix] = field(default_factory=dict)
    norms: dict[str, float] = field(default_factory=dict)

    def transform(self, omics: Omics, wanted: Sequence[str]) -> dict[str, Matrix]:
        """Return the wanted blocks of these samples, those that were fitted."""
        return {name: z for name in wanted if name in self.norms for z in [self._block(name, omics)]}

    def _block(self, name: str, omics: Omics) -> Matrix:
        raw = self.raw(name, omics)
        return (raw - self.offsets[name]) / self.norms[name] if name in self.offsets else raw / self.norms[name]

    def raw(self, name: str, omics: Omics) -> Matrix:
        """Return a block before it is centred and normalised."""
        base = FOURIER.get(name, name)
        x = standardise(self.scalers[base], base, omics)
        return waves(x, self.bandwidths[name], self.seed, name) if name in FOURIER else x


def fit_blocks(omics: Omics, wanted: Sequence[str], seed: int) -> Blocks:
    """Fit blocks on training samples; a block without usable features is left out."""
    blocks = Blocks({}, seed)
    for base in LINEAR:
        if base in wanted or any(FOURIER[f] == base for f in FOURIER if f in wanted):
            scaler = _fit_scaler(base, omics)
            if scaler is not None:
                blocks.scalers[base] = scaler
    for name in wanted:
        base = FOURIER.get(name, name)
        if base not in blocks.scalers:
            continue
        x = standardise(blocks.scalers[base], base, omics)
        if name in FOURIER:
            blocks.bandwidths[name] = float(np.sqrt(2 * x.var(axis=0).sum()))
            x = waves(x, blocks.bandwidths[name], seed, name)
            blocks.offsets[name] = x.mean(axis=0)
            x = x - blocks.offsets[name]
        blocks.norms[name] = float(np.sqrt((x**2).sum(axis=1).mean())) or 1.0
    return blocks


def waves(x: Matrix, bandwidth: float, seed: int, name: str) -> Matrix:
    """Return cos and sin of projections on random orthogonal frequencies, two features per frequency."""
    omega = frequencies(x.shape[1], seed, name) * (np.sqrt(2.0) / bandwidth)
    projected = x @ omega
    return np.concatenate([np.cos(projected), np.sin(projected)], axis=1) / np.sqrt(omega.shape[1])


@lru_cache(maxsize=8)
def frequencies(p: int, seed: int, name: str) -> Matrix:
    """Return p x at most MAX_FREQUENCIES orthogonal directions whose lengths are those of Gaussian vectors."""
    rng = generator(seed, "frequencies", name)
    columns = min(p, MAX_FREQUENCIES[name])
    q, _ = np.linalg.qr(rng.standard_normal((p, columns)))
    return q * np.sqrt(rng.chisquare(p, size=columns))


def standardise(scaler: Scaler, base: str, omics: Omics) -> Matrix:
    """Return (x - mean) / spread of one block, unknown as 0."""
    if base == "sub":
        known = np.array([[float(w in words) for w in scaler.names] for words in omics.words]).reshape(
            len(omics.samples), -1
        )
        x = np.where(known.sum(axis=1, keepdims=True) > 0, (known - scaler.mean) / scaler.spread, 0.0)
        return x
    frame = omics.frames.get(SOURCES[base])
    if frame is None:
        return np.zeros((len(omics.samples), len(scaler.names)))
    values, _ = align(frame, scaler.names)
    if SOURCES[base] == "cn":
        values = log_copies(values)
    return np.nan_to_num((values - scaler.mean) / scaler.spread, nan=0.0)


def log_copies(values: Matrix) -> Matrix:
    """Return log2 of relative copies, clipped to the range the training tables have (0.63 to 3.29)."""
    return np.log2(np.clip(values, 0.63, 3.29))


def _fit_scaler(base: str, omics: Omics) -> Scaler | None:
    if base == "sub":
        words = sorted({w for ws in omics.words for w in ws})
        table = np.array([[float(w in ws) for w in words] for ws in omics.words]).reshape(len(omics.samples), -1)
        keep = table.sum(axis=0) >= MIN_WORD_LINES
        return (
            Scaler([w for w, k in zip(words, keep, strict=True) if k], table[:, keep].mean(0), np.ones(keep.sum()))
            if keep.any()
            else None
        )
    frame = omics.frames.get(SOURCES[base])
    if frame is None:
        return None
    if base in {"cnd", "any", "hot", "drv"}:
        frame = frame[[g for g in DRIVERS if g in frame.columns]]
    values = frame.to_numpy(float)
    if SOURCES[base] == "cn":
        values = log_copies(values)
    names = [str(c) for c in frame.columns]
    seen = np.isfinite(values).sum(axis=0)
    if base in {"any", "all", "hot", "drv", "msi"}:
        keep = np.nansum(values, axis=0) >= MIN_CARRIERS
    else:
        keep = seen >= MIN_CARRIERS
    if not keep.any():
        return None
    values = values[:, keep]
    spread = np.nanstd(values, axis=0) + 1e-6 if base in {"expr", "cn"} else np.ones(values.shape[1])
    return Scaler([n for n, k in zip(names, keep, strict=True) if k], np.nanmean(values, axis=0), spread)
