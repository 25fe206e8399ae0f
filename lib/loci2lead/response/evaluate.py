"""The harness: every model on the same honest folds, predictions kept so that a run can be continued."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.atomic import atomic_path
from loci2lead.response.autoencoder import fit_autoencoder
from loci2lead.response.baselines import BASELINES
from loci2lead.response.blocks import Blocks, fit_blocks, standardise
from loci2lead.response.fitting import network_share, sets_of
from loci2lead.response.folds import Plan, run_fold
from loci2lead.response.model import set_blocks
from loci2lead.response.model import short_name as words
from loci2lead.response.omics import Omics
from loci2lead.response.pool import fit_pool
from loci2lead.response.reference import drug_means
from loci2lead.response.splits import group_folds, held_out_masks, line_folds
from loci2lead.response.tables import MIN_LINES_PER_DRUG, Panel
from loci2lead.seeds import generator

log = logging.getLogger(__name__)
Matrix = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Trial:
    """One split's folds over lines and, per model, predictions for every line while it was held out."""

    folds: list[Rows]
    naive: Matrix
    predictions: dict[str, Matrix]


def latent_block(blocks: Blocks, train: Omics, test: Omics, seed: int) -> tuple[Matrix, Matrix]:
    """Return an autoencoder's latent of expression for training and test lines, scaled like any block."""
    a, b = (standardise(blocks.scalers["expr"], "expr", part) for part in (train, test))
    autoencoder = fit_autoencoder(a, seed)
    first, second = autoencoder.encode(a), autoencoder.encode(b)
    middle = first.mean(axis=0)
    norm = float(np.sqrt(((first - middle) ** 2).sum(axis=1).mean()))
    return (first - middle) / norm, (second - middle) / norm


@dataclass(frozen=True)
class Bench:
    """What all trials share: data, plan, where finished pieces are kept."""

    panel: Panel
    omics: Omics
    plan: Plan
    modalities: str
    work: Path
    model_seed: int | None = None  # of networks and random features; None: the plan's, which also draws the folds

    def lines_trial(self, split: str, baselines: Sequence[str], networks: bool) -> Trial:
        """Run baselines and our members with whole lines (LCO) or whole tissues (LTO) held out."""
        lines = len(self.panel.lines)
        seed = self.plan.seed
        folds = line_folds(lines, 5, seed) if split == "LCO" else group_folds(self.omics.tissue, 5, seed)
        naive = self.kept(f"{split}-naive", lambda: self._baseline("drug mean", folds))
        found = {name: self.kept(f"{split}-{name}", partial(self._baseline, name, folds)) for name in baselines}
        return Trial(folds, naive, found | self._members(split, folds, naive, networks))

    def kept(self, name: str, make: Callable[[], Matrix]) -> Matrix:
        """Return a matrix from the work folder, or make and keep it."""
        file = self.work / f"{name.replace(' ', '_')}.npy"
        if not file.exists():
            value = make()
            with atomic_path(file) as temporary, temporary.open("wb") as handle:
                np.save(handle, value)
            log.info("done: %s", name)
        return np.load(file)

    def fold(self, rows: Rows) -> tuple[Omics, Matrix, Omics]:
        """Return training samples, their responses, and the held-out samples."""
        train = np.setdiff1d(np.arange(len(self.panel.lines)), rows)
        names = self.omics.samples
        y = self.panel.y[train].copy()
        y[:, np.isfinite(y).sum(axis=0) < MIN_LINES_PER_DRUG] = np.nan
        return self.omics.take([names[i] for i in train]), y, self.omics.take([names[i] for i in rows])

    def _baseline(self, name: str, folds: Sequence[Rows]) -> Matrix:
        out = np.full_like(self.panel.y, np.nan)
        for rows in folds:
            train, y, test = self.fold(rows)
            known = np.isfinite(y).any(axis=0)
            out[np.ix_(rows, known)] = BASELINES[name](train, y[:, known], test)
        return out

    def _members(self, split: str, folds: Sequence[Rows], naive: Matrix, networks: bool) -> dict[str, Matrix]:
        seed, tag = self.plan.seed, split
        if self.model_seed is not None and self.model_seed != seed:
            seed, tag = self.model_seed, f"{split}-seed{self.model_seed}"
        networks_wanted = self.plan.networks * networks
        plan = Plan(seed, sets_of(self.modalities), self.modalities, networks_wanted, self.plan.schedule)
        names = [
            f"{member} [{words(s)}]" for member in ("pool", "network")[: 1 + bool(plan.networks)] for s in plan.sets
        ]
        files = {name: self.work / f"{tag}-{name.replace(' ', '_')}.npy" for name in names}
        if not all(f.exists() for f in files.values()):
            results = {name: np.full_like(self.panel.y, np.nan) for name in names}
            for i, rows in enumerate(folds):
                _, y, _ = self.fold(rows)
                known = np.isfinite(y).any(axis=0)
                done = run_fold(self.omics, np.where(known, self.panel.y, np.nan)[:, known], rows, plan, plan.sets)
                for s in plan.sets:
                    results[f"pool [{words(s)}]"][np.ix_(rows, known)] = done.pool[s]
                    if done.network:
                        results[f"network [{words(s)}]"][np.ix_(rows, known)] = done.network[s]
                log.info("%s: members of fold %d done", tag, i)
            for name, value in results.items():
                self.kept(f"{tag}-{name}", partial(np.asarray, value))
        members = {name: naive + np.load(file) for name, file in files.items()}
        return members | {f"ours [{words(s)}]": self._blend(members, s, folds, naive) for s in plan.sets}

    def _blend(self, members: Mapping[str, Matrix], name: str, folds: Sequence[Rows], naive: Matrix) -> Matrix:
        """Average pool and network; each fold takes the share that the other folds fit best."""
        pool, network = members[f"pool [{words(name)}]"], members.get(f"network [{words(name)}]")
        if network is None:
            return pool
        out = pool.copy()
        for rows in folds:
            rest = np.setdiff1d(np.concatenate(folds), rows)
            truth = np.where(np.isfinite(naive[rest]), (self.panel.y - naive)[rest], np.nan)
            share = network_share(truth, (pool - naive)[rest], (network - naive)[rest])
            out[rows] = (1 - share) * pool[rows] + share * network[rows]
        return out

    def ablation(
        self,
        label: str,
        modalities: str,
        beta: float | None = None,
        drop: Sequence[str] = (),
        latent: bool = False,
        folds: Sequence[Rows] | None = None,
    ) -> Matrix:
        """Return predictions of the pool with parts changed, whole lines held out or the `folds` given.

        `latent`: an autoencoder's latent, fitted on the training lines, stands for linear expression.
        """

        def make() -> Matrix:
            out = np.full_like(self.panel.y, np.nan)
            for rows in folds or line_folds(len(self.panel.lines), 5, self.plan.seed):
                train, y, test = self.fold(rows)
                wanted = [b for b in set_blocks(modalities) if b not in drop]
                blocks = fit_blocks(train, wanted, self.plan.seed)
                z, z_out, means = blocks.transform(train, wanted), blocks.transform(test, wanted), drug_means(y)
                if latent:
                    z["expr"], z_out["expr"] = latent_block(blocks, train, test, self.plan.seed)
                settings: dict[str, Any] = {} if beta is None else {"beta": beta}
                weights, _ = fit_pool(z, y - means, modalities, **settings)
                known = np.isfinite(y).any(axis=0)
                predicted = means + np.asarray(sum(z_out[b] @ w for b, w in weights.items()))
                out[np.ix_(rows, known)] = predicted[:, known]
            return out

        return self.kept(f"ablation-{label}", make)

    def permuted(self, rounds: int) -> Matrix:
        """Return nPear of the pool on shuffled omics, one value a round: each line gets another line's features."""
        from loci2lead.response.scores import score

        def make() -> Matrix:
            values = []
            folds = line_folds(len(self.panel.lines), 5, self.plan.seed)
            for n in range(rounds):
                order = generator(self.plan.seed, "permutation", n).permutation(len(self.panel.lines))
                shuffled = self.omics.take([self.omics.samples[i] for i in order])
                renamed = Omics(
                    self.omics.samples,
                    {k: f.set_axis(self.omics.samples) for k, f in shuffled.frames.items()},
                    shuffled.words,
                    shuffled.tissue,
                )
                bench = Bench(self.panel, renamed, self.plan, self.modalities, self.work)
                per_fold = []
                for rows in folds:
                    train, y, test = bench.fold(rows)
                    z_names = set_blocks("E")
                    blocks = fit_blocks(train, z_names, self.plan.seed)
                    z, z_out, means = blocks.transform(train, z_names), blocks.transform(test, z_names), drug_means(y)
                    weights, _ = fit_pool(z, y - means, "E")
                    predicted = means + np.asarray(sum(z_out[b] @ w for b, w in weights.items()))
                    per_fold.append(score(self.panel.y[rows], predicted, np.broadcast_to(means, predicted.shape)).npear)
                values.append(np.mean(per_fold))
            return np.array(values)

        return self.kept("permuted", make)

    def pairs_trial(self) -> dict[str, list[tuple[Matrix, Matrix, Matrix]]]:
        """Run leave-pair-out: (truth, prediction, naive) per fold for mean effects and the pool on top of them."""
        y = self.panel.y
        masks = held_out_masks(
            "LPO", np.isfinite(y), self.omics.tissue, [d.compound for d in self.panel.drugs], 5, self.plan.seed
        )
        out: dict[str, list[tuple[Matrix, Matrix, Matrix]]] = {
            "drug mean": [],
            "drug + line means": [],
            "pool [all] + line means": [],
        }
        for mask in masks:
            train = np.where(mask, np.nan, y)
            means = drug_means(train)
            gap = train - means
            line = np.where(np.isfinite(gap), gap, 0).sum(axis=1) / (np.isfinite(gap).sum(axis=1) + 1.0)
            effects = means + line[:, None]
            blocks = fit_blocks(self.omics, set_blocks(self.modalities), self.plan.seed)
            z = blocks.transform(self.omics, set_blocks(self.modalities))
            weights, _ = fit_pool(z, train - effects, self.modalities)
            ours = effects + np.asarray(sum(z[b] @ w for b, w in weights.items()))
            truth = np.where(mask, y, np.nan)
            for name, predicted in (
                ("drug mean", np.broadcast_to(means, y.shape)),
                ("drug + line means", effects),
                ("pool [all] + line means", ours),
            ):
                out[name].append((truth, predicted, effects))
        return out
