"""Gradient-boosted trees over real-valued features: trained by LightGBM, kept as plain arrays, walked by numba.

A forest needs neither LightGBM nor pickle where it is used, and gives the booster's own scores to the last bit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@dataclass(frozen=True)
class Forest:
    """Trees of several outputs.

    Per split: `feature`, `threshold` (go left where value <= threshold), `left` and `right` (a split's number
    inside its tree, or ~leaf). Per leaf: `value`. `split_start` and `leaf_start` (trees + 1) and `output`
    (trees) say where a tree begins and which score it adds to.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float64]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float64]
    split_start: NDArray[np.int64]
    leaf_start: NDArray[np.int64]
    output: NDArray[np.int64]

    def scores(self, features: NDArray[np.floating], outputs: int) -> NDArray[np.float64]:
        """Return the summed leaf values (rows × outputs); a row's scores do not depend on the other rows."""
        total = np.zeros((len(features), outputs))
        rows = np.ascontiguousarray(features, dtype=np.float64)
        _walk(
            rows, self.feature, self.threshold, self.left, self.right, self.value,
            self.split_start, self.leaf_start, self.output, total,
        )  # fmt: skip
        return total

    def arrays(self, prefix: str = "") -> dict[str, NDArray[Any]]:
        """Return the arrays by name, `prefix` before each."""
        return {prefix + field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], prefix: str = "") -> "Forest":
        """Return the forest that `arrays` made."""
        return cls(**{field.name: arrays[prefix + field.name] for field in fields(cls)})


def train_forest(
    features: NDArray[np.floating],
    labels: NDArray[np.int64],
    weights: NDArray[np.floating],
    parameters: Mapping[str, Any],
    rounds: int,
    seed: int,
) -> Forest:
    """Fit `rounds` trees per class (0 to the highest label), single-threaded and reproducible from the seed."""
    import lightgbm

    classes = int(labels.max()) + 1
    fixed = {
        "objective": "multiclass", "num_class": classes, "num_threads": 1, "deterministic": True,
        "force_row_wise": True, "verbosity": -1, "use_missing": False, "seed": seed % (1 << 31),
    }  # fmt: skip
    data = lightgbm.Dataset(features.astype(np.float64), labels, weight=weights, params={"verbosity": -1})
    booster = lightgbm.train({**parameters, **fixed}, data, num_boost_round=rounds)
    return forest_of(booster.model_to_string(), classes)


def forest_of(model: str, outputs: int) -> Forest:
    """Read the trees out of LightGBM's text form (its model file, version 4); tree i adds to i mod `outputs`."""
    kinds = {"feature": np.int16, "threshold": np.float64, "left": np.int16, "right": np.int16, "value": np.float64}
    keys = dict(zip(kinds, ("split_feature", "threshold", "left_child", "right_child", "leaf_value"), strict=True))
    parts: dict[str, list[NDArray[Any]]] = {name: [np.zeros(0, kind)] for name, kind in kinds.items()}
    splits, leaves = [0], [0]
    for block in model.split("\nTree=")[1:]:
        lines = dict(line.split("=", 1) for line in block.split("\n\n")[0].splitlines() if "=" in line)
        for name, kind in kinds.items():
            if name == "value" or int(lines["num_leaves"]) > 1:
                parts[name].append(np.array(lines[keys[name]].split(), dtype=np.float64).astype(kind))
        splits.append(splits[-1] + int(lines["num_leaves"]) - 1)
        leaves.append(leaves[-1] + int(lines["num_leaves"]))
    joined = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    trees = np.arange(len(splits) - 1)
    return Forest(
        **joined, split_start=np.array(splits), leaf_start=np.array(leaves), output=(trees % outputs).astype(np.int64)
    )


@njit(cache=True)
def _walk(
    rows: NDArray[np.float64],
    feature: NDArray[np.int16],
    threshold: NDArray[np.float64],
    left: NDArray[np.int16],
    right: NDArray[np.int16],
    value: NDArray[np.float64],
    split_start: NDArray[np.int64],
    leaf_start: NDArray[np.int64],
    output: NDArray[np.int64],
    total: NDArray[np.float64],
) -> None:
    # Tree by tree, so that a tree's nodes stay in the cache for all rows.
    for tree in range(len(output)):
        first, leaf, column = split_start[tree], leaf_start[tree], output[tree]
        root = 0 if split_start[tree + 1] > first else -1
        for row in range(len(rows)):
            node = root
            while node >= 0:
                at = first + node
                node = left[at] if rows[row, feature[at]] <= threshold[at] else right[at]
            total[row, column] += value[leaf + ~node]
