"""Clusters, scaffolds and picks against slow, obvious versions."""

import numpy as np
import pytest
from rdkit.ML.Cluster import Butina

from loci2lead.molecules import diversity
from tests.drawn_scores import SMILES

MORE = (
    *SMILES,
    "CC(=O)Oc1ccccc1C(=O)OC",
    "CC(=O)Nc1ccc(OCC)cc1",
    "CCCCCCC",
    "CCCCCCCC",
    "Oc1ccccc1",
    "CC(=O)Nc1ccccc1",
)


@pytest.fixture(scope="module")
def prints() -> list:
    return diversity.fingerprints(MORE)


def distances(prints: list) -> np.ndarray:
    return np.array([1 - diversity.similarities(p, prints) for p in prints])


def test_cluster_numbers_follow_the_rank(prints: list) -> None:
    clusters = diversity.cluster(prints, 0.6, 100)
    first = [int(np.flatnonzero(clusters == c)[0]) for c in range(1, clusters.max() + 1)]
    assert clusters[0] == 1 and first == sorted(first)


@pytest.mark.parametrize("distance", [0.3, 0.5, 0.7])
def test_butina_covers_as_rdkit_does(prints: list, distance: float) -> None:
    apart = distances(prints)
    lower = [apart[i, j] for i in range(len(prints)) for j in range(i)]
    theirs = Butina.ClusterData(lower, len(prints), distance, isDistData=True)
    ours = diversity.butina(prints, distance)
    sizes = sorted(int((ours == centre).sum()) for centre in set(ours.tolist()))
    assert sizes == sorted(map(len, theirs))


@pytest.mark.parametrize("method", [diversity.butina, diversity.leaders])
def test_every_member_lies_within_reach_of_its_centre(prints: list, method) -> None:  # type: ignore[no-untyped-def]
    centre = method(prints, 0.6)
    apart = distances(prints)
    assert all(apart[i, centre[i]] <= 0.6 + 1e-12 for i in range(len(prints)))
    assert all(centre[c] == c for c in centre)


def test_leaders_lie_beyond_reach_of_each_other(prints: list) -> None:
    chosen = sorted(set(diversity.leaders(prints, 0.6).tolist()))
    apart = distances(prints)
    assert all(apart[a, b] > 0.6 for a in chosen for b in chosen if a != b)


def test_large_sets_go_to_leader_clustering(prints: list) -> None:
    led = diversity.leaders(prints, 0.6)
    assert len(set(diversity.cluster(prints, 0.6, 5).tolist())) == len(set(led.tolist()))


def test_maxmin_against_the_slow_version(prints: list) -> None:
    apart = distances(prints)
    chosen = [0]
    while len(chosen) < 8:
        rest = [i for i in range(len(prints)) if i not in chosen]
        chosen.append(max(rest, key=lambda i: (min(apart[i, c] for c in chosen), -i)))
    assert diversity.maxmin_picks(prints, 8) == chosen


def test_picks_of_few_molecules_are_all_of_them(prints: list) -> None:
    assert sorted(diversity.maxmin_picks(prints[:3], 20)) == [0, 1, 2]
    assert diversity.maxmin_picks([], 5) == []
    assert diversity.cluster([], 0.5, 10).tolist() == []


def test_best_of_each_takes_the_better_rank() -> None:
    assert diversity.best_of_each(["b", "a", "b", "c", "a"], 2) == [0, 1]
    assert diversity.best_of_each(["b", "a", "b", "c", "a"], 9) == [0, 1, 3]


@pytest.mark.parametrize(
    ("smiles", "scaffold"), [("CC(=O)Oc1ccccc1C(=O)O", "c1ccccc1"), ("CCCCCC", ""), ("C[C@H]1CCCN1", "C1CCNC1")]
)
def test_scaffolds(smiles: str, scaffold: str) -> None:
    assert diversity.murcko_scaffold(smiles) == scaffold
