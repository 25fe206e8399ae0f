"""Predictions for lines that a model has not seen: the members of the ensemble, fold by fold, resumable."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.atomic import atomic_path
from loci2lead.response.blocks import fit_blocks
from loci2lead.response.model import set_blocks
from loci2lead.response.network import Schedule, input_blocks, network_predict, train_network
from loci2lead.response.omics import Omics
from loci2lead.response.pool import fit_pool
from loci2lead.response.reference import drug_means
from loci2lead.seeds import derive_seed

log = logging.getLogger(__name__)
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """What is trained: seed, sets of modalities, networks per ensemble (0 = none) and their schedule."""

    seed: int
    sets: tuple[str, ...]
    modalities: str
    networks: int
    schedule: Schedule


@dataclass(frozen=True)
class FoldResult:
    """Residual predictions for the held-out lines of one fold, per set: `pool` and `network` (rows x drugs)."""

    rows: NDArray[np.intp]
    means: NDArray[np.float64]
    pool: dict[str, Matrix]
    network: dict[str, Matrix]


def run_fold(omics: Omics, y: Matrix, rows: NDArray[np.intp], plan: Plan, use: Sequence[str]) -> FoldResult:
    """Fit all members without `rows` and predict them. `use` names the sets; features are fitted inside."""
    train = np.setdiff1d(np.arange(len(y)), rows)
    inner, outer = (omics.take([omics.samples[i] for i in part]) for part in (train, rows))
    wanted = set_blocks(plan.modalities)
    blocks = fit_blocks(inner, wanted, plan.seed)
    z, z_out = blocks.transform(inner, wanted), blocks.transform(outer, wanted)
    means = drug_means(y[train])
    residual = y[train] - means
    pool: dict[str, Matrix] = {}
    network: dict[str, Matrix] = {}
    teacher = None
    for name in use:
        chosen = {b: z[b] for b in set_blocks(name) if b in z}
        weights, left_out = fit_pool(chosen, residual, name)
        pool[name] = np.asarray(sum(z_out[b] @ w for b, w in weights.items()))
        teacher = left_out if teacher is None else teacher
    if plan.networks and teacher is not None:
        nets = [
            train_network(
                {b: z[b] for b in input_blocks(plan.modalities) if b in z},
                residual,
                teacher,
                derive_seed(plan.seed, "network", n),
                plan.schedule,
            )
            for n in range(plan.networks)
        ]
        network = {name: network_predict(nets, z_out, name) for name in use}
    return FoldResult(rows, means, pool, network)


def cached_fold(
    work: Path | None, key: str, omics: Omics, y: Matrix, rows: NDArray[np.intp], plan: Plan, use: Sequence[str]
) -> FoldResult:
    """Return a fold's result, from `work/<key>.npz` where an earlier, interrupted run left it."""
    file = None if work is None else work / f"{key}.npz"
    if file is not None and file.exists():
        with np.load(file) as stored:
            return FoldResult(
                stored["rows"],
                stored["means"],
                {s: stored[f"pool{s}"] for s in use},
                {s: stored[f"network{s}"] for s in use if f"network{s}" in stored},
            )
    result = run_fold(omics, y, rows, plan, use)
    log.info("fold %s done: %d lines held out", key, len(rows))
    if file is not None:
        arrays = {f"pool{s}": m for s, m in result.pool.items()} | {f"network{s}": m for s, m in result.network.items()}
        with atomic_path(file) as temporary, temporary.open("wb") as handle:
            np.savez(handle, rows=result.rows, means=result.means, **arrays)  # type: ignore[arg-type]
    return result
