"""How near a molecule is to the training molecules: Tanimoto to landmarks kept as folded fingerprints.

A diverse subset (sphere exclusion) stands for the training set, so that no structure is stored in a model.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator
from rdkit.SimDivFilters import rdSimDivPickers

from loci2lead.seeds import generator

BITS = 1024
WORDS = BITS // 64
_MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=BITS)


def packed_fingerprints(mols: Sequence[Chem.Mol]) -> NDArray[np.uint64]:
    """Return Morgan radius-2 fingerprints folded to 1024 bits, 64 to a word: (molecules, 16)."""
    packed = np.zeros((len(mols), WORDS), dtype=np.uint64)
    for i, mol in enumerate(mols):
        text = DataStructs.BitVectToBinaryText(_MORGAN.GetFingerprint(mol))
        packed[i] = np.frombuffer(text, dtype=np.uint64)
    return packed


def landmarks(fingerprints: NDArray[np.uint64], most: int, seed: int, similarity: float = 0.4) -> NDArray[np.uint64]:
    """Return at most `most` fingerprints no two of which are as similar as `similarity`.

    Sphere exclusion (Gobbi and Lee 2003) by RDKit's LeaderPicker, in an order drawn from `seed`.
    """
    order = generator(seed, "landmarks").permutation(len(fingerprints))
    vectors = [DataStructs.CreateFromBinaryText(fingerprints[i].tobytes()) for i in order]
    picked = rdSimDivPickers.LeaderPicker().LazyBitVectorPick(
        vectors, len(vectors), 1 - similarity, min(most, len(vectors))
    )
    return fingerprints[order[np.array(picked, dtype=np.int64)]]


def nearest_similarity(fingerprints: NDArray[np.uint64], references: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return the largest Tanimoto similarity of each fingerprint to any reference; 0 without references."""
    return _nearest(fingerprints, references)


@intrinsic
def _popcount(typing_context, word):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@njit(cache=True)
def _nearest(fingerprints, references):  # type: ignore[no-untyped-def]
    sizes = np.zeros(len(references))
    for j in range(len(references)):
        for w in range(references.shape[1]):
            sizes[j] += _popcount(references[j, w])
    best = np.zeros(len(fingerprints))
    for i in range(len(fingerprints)):
        own = 0.0
        for w in range(references.shape[1]):
            own += _popcount(fingerprints[i, w])
        for j in range(len(references)):
            common = 0
            for w in range(references.shape[1]):
                common += _popcount(fingerprints[i, w] & references[j, w])
            union = own + sizes[j] - common
            if union > 0 and common > best[i] * union:
                best[i] = common / union
    return best
