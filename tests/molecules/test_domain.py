"""Nearness to training molecules, against RDKit's own Tanimoto."""

import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from loci2lead.molecules.domain import BITS, landmarks, nearest_similarity, packed_fingerprints


def test_similarity_is_rdkits_tanimoto(mols: list[Chem.Mol]) -> None:
    packed = packed_fingerprints(mols)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=BITS)
    vectors = [generator.GetFingerprint(mol) for mol in mols]
    found = nearest_similarity(packed[:20], packed[20:])
    expected = [max(DataStructs.BulkTanimotoSimilarity(v, vectors[20:])) for v in vectors[:20]]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_training_molecule_is_its_own_neighbour(mols: list[Chem.Mol]) -> None:
    packed = packed_fingerprints(mols)
    np.testing.assert_array_equal(nearest_similarity(packed, packed), 1.0)
    assert nearest_similarity(packed[:3], packed[:0]).tolist() == [0, 0, 0]


def test_landmarks_are_unlike_each_other_and_come_from_the_set(mols: list[Chem.Mol]) -> None:
    packed = packed_fingerprints(mols)
    chosen = landmarks(packed, most=1000, seed=1, similarity=0.4)
    assert {row.tobytes() for row in chosen} <= {row.tobytes() for row in packed}
    for i in range(len(chosen)):
        others = np.delete(chosen, i, axis=0)
        assert nearest_similarity(chosen[i : i + 1], others)[0] <= 0.4
    assert nearest_similarity(packed, chosen).min() >= 0.4
    np.testing.assert_array_equal(chosen, landmarks(packed, most=1000, seed=1, similarity=0.4))
    assert len(landmarks(packed, most=7, seed=1)) == 7
