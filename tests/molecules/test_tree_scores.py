"""Bit-vector scores are those of a plain walk, to the last bit."""

import numpy as np
import pytest

from loci2lead.molecules.trees import Forest


def drawn_forest(trees: int, most_leaves: int, features: int, seed: int) -> Forest:
    """Grow trees by splitting leaves at random; some trees are a single leaf."""
    rng = np.random.default_rng(seed)
    left, right, splits, leaves = [], [], [0], [0]
    for _ in range(trees):
        wanted = int(rng.integers(1, most_leaves + 1))
        children: list[list[int]] = []
        places: list[tuple[int, int] | None] = [None]  # where each leaf hangs: (split, side)
        while len(places) < wanted:
            leaf = int(rng.integers(len(places)))
            place, split = places[leaf], len(children)
            if place is not None:
                children[place[0]][place[1]] = split
            children.append([~leaf, ~len(places)])
            places[leaf] = (split, 0)
            places.append((split, 1))
        left += [pair[0] for pair in children]
        right += [pair[1] for pair in children]
        splits.append(len(left))
        leaves.append(leaves[-1] + wanted)
    return Forest(
        feature=rng.integers(0, features, len(left)).astype(np.uint16),
        threshold=rng.integers(0, 256, len(left)).astype(np.uint8),
        left=np.array(left, dtype=np.int8),
        right=np.array(right, dtype=np.int8),
        value=rng.normal(size=leaves[-1]).astype(np.float16),
        split_start=np.array(splits),
        leaf_start=np.array(leaves),
        output=rng.integers(0, 3, trees),
    )


def walked(forest: Forest, features: np.ndarray) -> np.ndarray:
    """Follow every tree from its root, one molecule after another."""
    total = np.zeros((len(features), 3))
    for row, bytes_ in enumerate(features):
        for tree, output in enumerate(forest.output):
            begin = forest.split_start[tree]
            node = 0 if forest.split_start[tree + 1] > begin else -1
            while node >= 0:
                goes_left = bytes_[forest.feature[begin + node]] <= forest.threshold[begin + node]
                node = int((forest.left if goes_left else forest.right)[begin + node])
            total[row, output] += np.float32(forest.value[forest.leaf_start[tree] + ~node])
    return total


@pytest.mark.parametrize("most_leaves", [1, 2, 31, 32, 33, 64])
def test_bit_vectors_end_at_the_leaf_of_a_walk(most_leaves: int) -> None:
    forest = drawn_forest(40, most_leaves, 50, most_leaves)
    features = np.random.default_rng(1).integers(0, 256, (67, 50)).astype(np.uint8)
    np.testing.assert_array_equal(forest.scores(features, 3), walked(forest, features))


def test_a_block_that_is_not_full_scores_like_a_full_one() -> None:
    forest = drawn_forest(30, 31, 20, 7)
    features = np.random.default_rng(2).integers(0, 256, (130, 20)).astype(np.uint8)
    whole = forest.scores(features, 3)
    for first, last in ((0, 1), (1, 64), (3, 68), (129, 130), (5, 5)):
        np.testing.assert_array_equal(forest.scores(features[first:last], 3), whole[first:last])
