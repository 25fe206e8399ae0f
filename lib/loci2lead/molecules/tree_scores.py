"""Leaf values of many trees summed without a branch: every split is tested for 64 molecules at once.

QuickScorer (Lucchese et al. 2015, SIGIR; vectorised 2016): leaves are numbered from left to right and a molecule
starts with all of them possible. A split that sends it to the right strikes out the leaves of its left subtree;
the leftmost leaf that remains is the one a walk would reach. A test is a compare and an "and" on vectors, where
a walk waits for a mispredicted branch at nearly every node: ten times sooner, and the same sums to the last bit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite.ir import Constant, IntType
from numba import njit
from numba.extending import intrinsic
from numpy.typing import NDArray

BLOCK = 64  # molecules tested together: a compare of one 512-bit register, and features that stay in the cache


@dataclass(frozen=True)
class BitForest:
    """Trees laid out for bit-vector scoring.

    `kept` holds per split the leaves that remain when it sends a molecule to the right (uint32, or uint64 where a
    tree has more than 32 leaves); `value` the leaves of each tree from left to right; the rest as in Forest.
    """

    feature: NDArray[np.uint16]
    threshold: NDArray[np.uint8]
    kept: NDArray[Any]
    value: NDArray[np.float32]
    split_start: NDArray[np.int64]
    leaf_start: NDArray[np.int64]
    output: NDArray[np.int64]

    def scores(self, features: NDArray[np.uint8], outputs: int) -> NDArray[np.float64]:
        """Return the summed leaf values (molecules, outputs), each sum in the order of the trees."""
        total = np.zeros((len(features), outputs))
        block = np.zeros((features.shape[1], BLOCK), dtype=np.uint8)
        for first in range(0, len(features), BLOCK):
            rows = features[first : first + BLOCK]
            block[:, : len(rows)] = rows.T
            sums = np.zeros((outputs, BLOCK))
            _score_block(
                block, self.feature, self.threshold, self.kept, self.value,
                self.split_start, self.leaf_start, self.output, ~self.kept.dtype.type(0), sums,
            )  # fmt: skip
            total[first : first + BLOCK] = sums[:, : len(rows)].T
        return total


def lay_out(
    feature: NDArray[np.uint16],
    threshold: NDArray[np.uint8],
    left: NDArray[np.int8],
    right: NDArray[np.int8],
    value: NDArray[np.float16],
    split_start: NDArray[np.int64],
    leaf_start: NDArray[np.int64],
    output: NDArray[np.int64],
) -> BitForest:
    """Return a forest's arrays (as in trees.Forest, at most 64 leaves a tree) laid out for scoring."""
    most = int(np.diff(leaf_start).max(initial=1))
    kept = np.zeros(len(feature), dtype=np.uint64)
    ordered = np.zeros(len(value), dtype=np.float32)
    _number_leaves(left, right, value.astype(np.float32), split_start, leaf_start, kept, ordered)
    width = np.uint32 if most <= 32 else np.uint64
    return BitForest(feature, threshold, kept.astype(width), ordered, split_start, leaf_start, output)


@njit(cache=True)
def _number_leaves(left, right, value, split_start, leaf_start, kept, ordered):  # type: ignore[no-untyped-def]
    """Visit every tree's nodes from left to right: write leaves in that order, and for a split who stays."""
    path = np.zeros(128, np.int64)
    first = np.zeros(128, np.int64)  # a split's first leaf; -1 before it is visited
    for tree in range(len(split_start) - 1):
        begin, leaf = split_start[tree], leaf_start[tree]
        first[:] = -1
        depth, path[0] = 0, (0 if split_start[tree + 1] > begin else -1)
        while depth >= 0:
            node = path[depth]
            if node < 0:  # a leaf
                ordered[leaf] = value[leaf_start[tree] + ~node]
                leaf += 1
                depth -= 1
            elif first[node] < 0:  # go down to the left, and come back
                first[node] = leaf - leaf_start[tree]
                depth += 1
                path[depth] = left[begin + node]
            else:  # the left side is done: its leaves are those numbered since
                struck = np.uint64(0)
                for number in range(first[node], leaf - leaf_start[tree]):
                    struck |= np.uint64(1) << np.uint64(number)
                kept[begin + node] = ~struck
                path[depth] = right[begin + node]


@intrinsic
def _lowest_bit(typing_context, word):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.cttz(arguments[0], Constant(IntType(1), 0))

    return word(word), generate


@njit(cache=True)
def _score_block(block, feature, threshold, kept, value, split_start, leaf_start, output, every, sums):  # type: ignore[no-untyped-def]
    """Add every tree's leaf value to its output, tree by tree in order, so that sums never change."""
    possible = np.empty(BLOCK, kept.dtype)
    for tree in range(len(output)):
        possible[:] = every
        for split in range(split_start[tree], split_start[tree + 1]):
            values, bound, mask = block[feature[split]], threshold[split], kept[split]
            for i in range(BLOCK):
                possible[i] &= every if values[i] <= bound else mask
        for i in range(BLOCK):
            sums[output[tree], i] += value[leaf_start[tree] + _lowest_bit(possible[i])]
