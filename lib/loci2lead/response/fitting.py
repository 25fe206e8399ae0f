"""Fit the response model: members on all lines, everything that is promised about them on unseen lines."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.response.baselines import Baseline, tissue_mean
from loci2lead.response.blocks import Blocks, fit_blocks, standardise
from loci2lead.response.conformal import half_widths
from loci2lead.response.domain import fit_domain
from loci2lead.response.folds import FoldResult, Plan, cached_fold
from loci2lead.response.model import SETS, SHARP_SHARE, PoolWeights, ResponseModel, SetFigures, set_blocks
from loci2lead.response.network import ResponseNet, input_blocks, train_network
from loci2lead.response.omics import Omics
from loci2lead.response.pool import fit_pool, fit_sharp
from loci2lead.response.reference import LEVELS, distributions, drug_means, group_means
from loci2lead.response.scores import MIN_LINES, strict_per_drug
from loci2lead.response.splits import group_folds, line_folds
from loci2lead.response.tables import Panel
from loci2lead.response.unseen import leave_drugs_out, unseen_figures
from loci2lead.seeds import derive_seed, generator

log = logging.getLogger(__name__)
Matrix = NDArray[np.float64]
MIN_CORE_LINES = 60
RANK = 64
FOLDS = 5
GAIN_ROUNDS = 500


@dataclass(frozen=True)
class Unseen:
    """Residual predictions for every line while it was held out, per set, and the means of its fold."""

    base: Matrix
    pool: dict[str, Matrix]
    network: dict[str, Matrix]
    folds: list[NDArray[np.intp]]


def core_lines(panel: Panel, omics: Omics) -> tuple[list[str], str]:
    """Return the lines with responses and every modality that the features offer, and those modalities.

    Lines measured with fewer modalities only made predictions worse (measured), so they count for means and
    distributions alone. Raises InputError where too few lines are left.
    """
    frames = {"E": ["expr"], "M": ["any", "hot", "drv"], "C": ["cn"]}
    known = {k: pd.concat([omics.known(f) for f in names], axis=1).sum(axis=1) > 0 for k, names in frames.items()}
    modalities = "".join(k for k in "EMC" if known[k].any())
    measured = {line for line, row in zip(panel.lines, panel.y, strict=True) if np.isfinite(row).any()}
    lines = [s for s in omics.samples if s in measured and all(known[k][s] for k in modalities)]
    if len(lines) < MIN_CORE_LINES:
        raise InputError(
            "Too few lines have both responses and features",
            found=len(lines),
            expected=f"at least {MIN_CORE_LINES}",
            remedy="check that both tables name lines alike, and the exclusion list",
        )
    return lines, modalities


def sets_of(modalities: str) -> tuple[str, ...]:
    """Return the sets of modalities that can be offered, richest first."""
    return tuple(s for s in SETS if set(s) <= set(modalities))


def hold_out(
    omics: Omics, y: Matrix, folds: Sequence[NDArray[np.intp]], plan: Plan, work: Path | None, label: str
) -> Unseen:
    """Predict every line while its fold is held out."""
    results = [cached_fold(work, f"{label}{i}", omics, y, rows, plan, plan.sets) for i, rows in enumerate(folds)]
    base = np.zeros_like(y)
    for result in results:
        base[result.rows] = result.means
    return Unseen(
        base,
        {s: _gather(results, y.shape, s, "pool") for s in plan.sets},
        {s: _gather(results, y.shape, s, "network") for s in plan.sets} if plan.networks else {},
        list(folds),
    )


def _gather(results: Sequence[FoldResult], shape: tuple[int, ...], name: str, member: str) -> Matrix:
    out = np.zeros(shape)
    for result in results:
        out[result.rows] = getattr(result, member)[name]
    return out


@dataclass(frozen=True)
class HeldOut:
    """What was learned while lines, tissues and drugs were held out, for the metrics of the card."""

    core: Panel
    omics: Omics
    unseen: Unseen
    foreign: Unseen
    shares: dict[str, float]
    drug_predictions: Matrix  # unseen drugs on lines the model knows
    drug_predictions_unseen: Matrix  # unseen drugs on unseen lines
    seed: int


def fit_model(panel: Panel, omics: Omics, plan: Plan, work: Path | None = None) -> tuple[ResponseModel, HeldOut]:
    """Return the fitted model, and the predictions of lines, tissues and drugs that were held out."""
    lines, modalities = core_lines(panel, omics)
    core, known = panel.restrict(lines), omics.take(lines)
    plan = Plan(plan.seed, sets_of(modalities), modalities, plan.networks, plan.schedule)
    unseen = hold_out(known, core.y, line_folds(len(lines), FOLDS, plan.seed), plan, work, "line")
    groups = group_folds(known.tissue, FOLDS, plan.seed)
    no_networks = Plan(plan.seed, plan.sets, modalities, 0, plan.schedule)
    # With one tissue alone there is no other tissue to learn from: unseen lines stand in for unseen tissues.
    foreign = hold_out(known, core.y, groups, no_networks, work, "tissue") if len(groups) > 1 else unseen
    shares = {s: network_share(core.y - unseen.base, unseen.pool[s], unseen.network.get(s)) for s in plan.sets}
    figures = _all_figures(core.y, known, unseen, foreign, shares, plan)
    members = _fit_members(known, core.y, plan)
    model = _assemble(panel, omics, core, known, plan, members, figures)
    drug_out, _ = leave_drugs_out(core.y, members.fitted, core.drugs, FOLDS, plan.seed, RANK)
    # What is promised for unseen drugs holds for samples that are new as well.
    new_lines = unseen.pool[plan.sets[0]]
    drug_out_new, nearest = leave_drugs_out(core.y, new_lines, core.drugs, FOLDS, plan.seed, RANK)
    model.unseen = unseen_figures(core.y, drug_out_new, nearest)[0].plain()
    return model, HeldOut(core, known, unseen, foreign, shares, drug_out, drug_out_new, plan.seed)


def _all_figures(
    y: Matrix, omics: Omics, unseen: Unseen, foreign: Unseen, shares: dict[str, float], plan: Plan
) -> dict[str, SetFigures]:
    tissue = out_of_fold(tissue_mean, omics, y, unseen.folds)
    return {
        s: _figures(
            y, blend(unseen, s, shares[s]), foreign.base + foreign.pool[s], tissue, shares[s], unseen.folds, plan.seed
        )
        for s in plan.sets
    }


def out_of_fold(baseline: Baseline, omics: Omics, y: Matrix, folds: Sequence[NDArray[np.intp]]) -> Matrix:
    """Return a baseline's prediction of every line from the lines of the other folds."""
    out = np.zeros_like(y)
    for rows in folds:
        train = np.setdiff1d(np.arange(len(y)), rows)
        inner, outer = (omics.take([omics.samples[i] for i in part]) for part in (train, rows))
        out[rows] = baseline(inner, y[train], outer)
    return out


def blend(unseen: Unseen, name: str, share: float) -> Matrix:
    """Return the ensemble's out-of-fold prediction of one set."""
    residual = unseen.pool[name]
    if share:
        residual = (1 - share) * residual + share * unseen.network[name]
    return unseen.base + residual


def network_share(truth: Matrix, pool: Matrix, network: Matrix | None) -> float:
    """Return the weight (0..0.6) of the network that fits residuals of unseen lines best by least squares."""
    if network is None:
        return 0.0
    seen = np.isfinite(truth)
    step, gap = (network - pool)[seen], (truth - pool)[seen]
    return float(np.clip(float(step @ gap) / max(float(step @ step), 1e-9), 0.0, 0.6))


def fold_mean_strict(y: Matrix, predicted: Matrix, folds: Sequence[NDArray[np.intp]]) -> NDArray[np.float64]:
    """Return each drug's strict correlation, averaged over the folds where it has enough lines.

    A drug that reaches `MIN_LINES` in no fold takes its pooled value if it has as many lines in all.
    """
    stack = np.array([strict_per_drug(y[rows], predicted[rows]) for rows in folds])
    seen = np.isfinite(stack)
    mean = np.where(seen, stack, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    return np.where(seen.any(axis=0), mean, strict_per_drug(y, predicted, MIN_LINES))


def _figures(
    y: Matrix, ours: Matrix, foreign: Matrix, tissue: Matrix, share: float, folds: Sequence[NDArray[np.intp]], seed: int
) -> SetFigures:
    gain, low, high = gain_interval(y, ours, tissue, seed)
    widths = half_widths(y - ours)
    return SetFigures(
        share, widths, np.maximum(widths, half_widths(y - foreign)), fold_mean_strict(y, ours, folds), gain, low, high
    )


def gain_interval(y: Matrix, ours: Matrix, baseline: Matrix, seed: int) -> tuple[NDArray[np.float64], ...]:
    """Return per drug the relative drop of squared error against a baseline, with a 95 % bootstrap interval.

    Lines are resampled, the same for every drug.
    """
    seen = np.isfinite(y)
    a, b = (np.where(seen, (y - p) ** 2, 0.0) for p in (baseline, ours))
    counts = generator(seed, "gain").multinomial(len(y), np.full(len(y), 1 / len(y)), size=GAIN_ROUNDS)
    rounds = 1 - (counts @ b) / np.maximum(counts @ a, 1e-12)
    low, high = np.quantile(rounds, [0.025, 0.975], axis=0)
    return 1 - b.sum(axis=0) / np.maximum(a.sum(axis=0), 1e-12), low, high


@dataclass(frozen=True)
class Members:
    """What all lines taught: blocks, pools per set, networks, the weights for unseen drugs and what they fit."""

    blocks: Blocks
    pools: dict[str, PoolWeights]
    networks: list[ResponseNet]
    transfer: PoolWeights
    fitted: Matrix


def _fit_members(omics: Omics, y: Matrix, plan: Plan) -> Members:
    wanted = set_blocks(plan.modalities)
    blocks = fit_blocks(omics, wanted, plan.seed)
    z = blocks.transform(omics, wanted)
    residual = y - drug_means(y)
    pools: dict[str, PoolWeights] = {}
    teacher = None
    richest = plan.sets[0]
    sharp = fit_sharp({b: z[b] for b in set_blocks(richest) if b in z}, residual, richest)
    fitted = SHARP_SHARE * np.asarray(sum(z[b] @ w for b, w in sharp.items()))
    for name in plan.sets:
        weights, left_out = fit_pool({b: z[b] for b in set_blocks(name) if b in z}, residual, name)
        pools[name] = compress(weights, z)
        if name == richest:
            teacher = left_out
            fitted += (1 - SHARP_SHARE) * np.asarray(sum(z[b] @ w for b, w in weights.items()))
    inputs = {b: z[b] for b in input_blocks(plan.modalities) if b in z}
    nets = [
        train_network(inputs, residual, teacher, derive_seed(plan.seed, "network", n), plan.schedule)
        for n in range(plan.networks)
        if teacher is not None
    ]
    log.info("members fitted on all %d lines", len(y))
    return Members(blocks, pools, nets, compress(sharp, z), fitted)


def compress(weights: dict[str, Matrix], blocks: dict[str, Matrix], rank: int = RANK) -> PoolWeights:
    """Return the weights in low rank: the drug directions in which the training predictions vary most."""
    fitted = np.asarray(sum(blocks[b] @ w for b, w in weights.items()))
    _, _, vt = np.linalg.svd(fitted, full_matrices=False)
    directions = vt[:rank]
    return PoolWeights({b: w @ directions.T for b, w in weights.items()}, directions)


def _assemble(
    panel: Panel,
    omics: Omics,
    core: Panel,
    known: Omics,
    plan: Plan,
    members: Members,
    figures: dict[str, SetFigures],
) -> ResponseModel:
    blocks = members.blocks
    everyone = omics.take([s for s in panel.lines if s in set(omics.samples)])
    at = {line: i for i, line in enumerate(panel.lines)}
    column = {d.key: j for j, d in enumerate(panel.drugs)}
    y_all = panel.y[[at[s] for s in everyone.samples]][:, [column[d.key] for d in core.drugs]]
    expression = standardise(blocks.scalers["expr"], "expr", known) if "expr" in blocks.scalers else None
    quantiles = np.zeros((0, len(LEVELS))) if expression is None else np.quantile(expression, LEVELS, axis=0).T
    burden = known.frames["any"].mean(axis=1).quantile(0.995) if "any" in known.frames else 1.0
    return ResponseModel(
        core.drugs,
        drug_means(core.y),
        blocks,
        members.pools,
        members.networks,
        figures,
        group_means(y_all, everyone.tissue),
        distributions(y_all, everyone.tissue),
        None if expression is None else fit_domain(expression, plan.seed),
        float(burden),
        quantiles,
        modalities=plan.modalities,
        transfer=members.transfer,
    )
