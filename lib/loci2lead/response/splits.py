"""Folds that ask honest questions: unseen pairs, unseen lines, unseen tissues, unseen drugs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loci2lead.seeds import generator

Mask = NDArray[np.bool_]
SPLITS = ("LPO", "LCO", "LTO", "LDO")


def line_folds(n_lines: int, folds: int, seed: int) -> list[NDArray[np.intp]]:
    """Return `folds` disjoint sets of line indices that together hold every line."""
    order = generator(seed, "line folds").permutation(n_lines)
    return [np.sort(part) for part in np.array_split(order, folds)]


def group_folds(groups: Sequence[str], folds: int, seed: int) -> list[NDArray[np.intp]]:
    """Return folds that never divide a group (a tissue, a compound), as even as the groups allow.

    Fewer folds come back where there are fewer groups. Largest groups are placed first, each into the fold that
    holds least; equal sizes in random order.
    """
    names, inverse, sizes = np.unique(np.asarray(groups, dtype=str), return_inverse=True, return_counts=True)
    order = generator(seed, "group folds").permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    load, home = np.zeros(folds), np.zeros(len(names), dtype=int)
    for g in order:
        home[g] = int(np.argmin(load))
        load[home[g]] += sizes[g]
    parts = [np.flatnonzero(home[inverse] == f) for f in range(folds)]
    return [part for part in parts if len(part)]


def held_out_masks(
    split: str, measured: Mask, tissues: Sequence[str], compounds: Sequence[str], folds: int, seed: int
) -> list[Mask]:
    """Return, per fold, which cells of the lines x drugs matrix are held out.

    Under LDO a whole compound leaves with all drugs that share its first InChIKey block.
    """
    shape = measured.shape
    if split == "LPO":
        label = generator(seed, "pair folds").integers(0, folds, shape)
        return [measured & (label == f) for f in range(folds)]
    if split in {"LCO", "LTO"}:
        parts = line_folds(shape[0], folds, seed) if split == "LCO" else group_folds(tissues, folds, seed)
        return [measured & np.isin(np.arange(shape[0]), part)[:, None] for part in parts]
    if split == "LDO":
        parts = group_folds(compounds, folds, seed)
        return [measured & np.isin(np.arange(shape[1]), part)[None, :] for part in parts]
    raise ValueError(f"unknown split {split!r}; known: {', '.join(SPLITS)}")
