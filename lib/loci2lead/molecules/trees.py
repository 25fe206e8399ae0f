"""Gradient-boosted trees as plain arrays: trained by LightGBM, stored as tensors, scored as bit vectors.

Every feature is one byte (counts as they are, descriptors as the number of their quantile bin), so a split is
a feature's number and a byte. A node takes 5 bytes and a leaf 2, and no pickle is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.molecules.tree_scores import BitForest, lay_out

LEVELS = 64  # bins of a descriptor; MAX_LEAVES keeps child numbers within a signed byte
MAX_LEAVES = 64


@dataclass(frozen=True)
class Forest:
    """Trees of one or many outputs.

    Per split: `feature` uint16, `threshold` uint8 (go left where value <= threshold), `left` and `right` int8
    (a split's number inside its tree, or ~leaf). Per leaf: `value` float16. `split_start`, `leaf_start` int64
    (trees + 1) and `output` int64 (trees) say where a tree begins and which score it adds to.
    """

    feature: NDArray[np.uint16]
    threshold: NDArray[np.uint8]
    left: NDArray[np.int8]
    right: NDArray[np.int8]
    value: NDArray[np.float16]
    split_start: NDArray[np.int64]
    leaf_start: NDArray[np.int64]
    output: NDArray[np.int64]

    def scores(self, features: NDArray[np.uint8], outputs: int) -> NDArray[np.float64]:
        """Return the summed leaf values (molecules, outputs)."""
        return self._laid_out.scores(features, outputs)

    @cached_property
    def _laid_out(self) -> BitForest:
        return lay_out(**self.arrays())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def join_forests(forests: list[Forest]) -> Forest:
    """Return one forest whose output number i is that of `forests[i]`'s only output."""
    parts: dict[str, list[NDArray[Any]]] = {field.name: [] for field in fields(Forest)}
    splits = leaves = 0
    for number, forest in enumerate(forests):
        for name, array in forest.arrays().items():
            parts[name].append(array)
        parts["split_start"][-1] = forest.split_start[:-1] + splits
        parts["leaf_start"][-1] = forest.leaf_start[:-1] + leaves
        parts["output"][-1] = np.full(len(forest.output), number, dtype=np.int64)
        splits += len(forest.feature)
        leaves += len(forest.value)
    joined = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    joined["split_start"] = np.append(joined["split_start"], splits)
    joined["leaf_start"] = np.append(joined["leaf_start"], leaves)
    return Forest(**joined)


def mean_forest(forests: list[Forest]) -> Forest:
    """Return one forest of one output that scores as the mean of forests of one output."""
    if len(forests) == 1:
        return forests[0]
    joined = join_forests(forests)
    value = (joined.value.astype(np.float64) / len(forests)).astype(np.float16)
    return replace(joined, value=value, output=np.zeros_like(joined.output))


def bin_edges(descriptors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ascending bin edges (LEVELS - 1, descriptors) at equally spaced quantiles of a training set."""
    return np.quantile(descriptors, np.linspace(0, 1, LEVELS + 1)[1:-1], axis=0).astype(np.float32)


def tree_features(
    descriptors: NDArray[np.float32], counts: NDArray[np.uint8], edges: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Return the bytes the trees look at: counts first, then the descriptors' bins."""
    binned = np.empty(descriptors.shape, dtype=np.uint8)
    for column in range(descriptors.shape[1]):
        binned[:, column] = np.searchsorted(edges[:, column], descriptors[:, column], side="left")
    return np.concatenate([counts, binned], axis=1)


def train_forest(
    features: NDArray[np.uint8], target: NDArray[np.float64], parameters: Mapping[str, Any], rounds: int, seed: int
) -> Forest:
    """Fit `rounds` trees to one target with LightGBM, single-threaded and reproducible from the seed."""
    import lightgbm

    fixed = {
        "num_threads": 1, "deterministic": True, "force_col_wise": True, "verbosity": -1, "use_missing": False,
        "seed": seed % (1 << 31), "boost_from_average": True,
    }  # fmt: skip
    chosen = {**parameters, **fixed}
    chosen["num_leaves"] = min(int(chosen.get("num_leaves", 31)), MAX_LEAVES)
    data = lightgbm.Dataset(features, target, params={"verbosity": -1, "max_bin": 255}, free_raw_data=True)
    return forest_of(lightgbm.train(chosen, data, num_boost_round=rounds).model_to_string())


def forest_of(model: str) -> Forest:
    """Read the trees out of LightGBM's text form (its documented model file, version 4)."""
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in ("feature", "threshold", "left", "right", "value")}
    splits, leaves = [0], [0]
    for block in model.split("\nTree=")[1:]:
        lines = dict(line.split("=", 1) for line in block.split("\n\n")[0].splitlines() if "=" in line)
        value = np.array(lines["leaf_value"].split(), dtype=np.float64)
        if int(lines["num_leaves"]) > 1:
            parts["feature"].append(np.array(lines["split_feature"].split(), dtype=np.uint16))
            parts["threshold"].append(np.floor(np.array(lines["threshold"].split(), dtype=float)).astype(np.uint8))
            parts["left"].append(np.array(lines["left_child"].split(), dtype=np.int8))
            parts["right"].append(np.array(lines["right_child"].split(), dtype=np.int8))
            splits.append(splits[-1] + len(value) - 1)
        else:
            splits.append(splits[-1])
        parts["value"].append(value.astype(np.float16))
        leaves.append(leaves[-1] + len(value))
    kinds = {"feature": np.uint16, "threshold": np.uint8, "left": np.int8, "right": np.int8, "value": np.float16}
    joined = {name: np.concatenate([np.zeros(0, kinds[name]), *arrays]) for name, arrays in parts.items()}
    return Forest(
        **joined,
        split_start=np.array(splits),
        leaf_start=np.array(leaves),
        output=np.zeros(len(splits) - 1, dtype=np.int64),
    )
