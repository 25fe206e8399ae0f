"""Numbers that describe a molecule: quick properties, fast RDKit descriptors and folded count fingerprints.

Everything is computed by RDKit's C++ code from one parsed molecule; the slow descriptors (all of them run at
about 160 molecules a second) are left out on purpose.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Avalon import pyAvalonTools
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors
from rdkit.DataStructs import ConvertToNumpyArray, UIntSparseIntVect

from loci2lead.molecules.standardise import without_isotopes

PROPERTY_NAMES = (
    "exactmw", "NumHBD", "NumHBA", "NumRotatableBonds", "NumHeavyAtoms", "NumHeteroatoms", "NumAmideBonds",
    "FractionCSP3", "NumRings", "NumAromaticRings", "NumAliphaticRings", "NumSaturatedRings", "NumHeterocycles",
    "NumAromaticHeterocycles", "NumSaturatedHeterocycles", "NumSpiroAtoms", "NumBridgeheadAtoms",
    "NumAtomStereoCenters", "labuteASA", "tpsa", "CrippenClogP", "CrippenMR", "chi0v", "chi1v", "chi0n", "chi1n",
    "hallKierAlpha", "kappa1", "lipinskiHBA", "lipinskiHBD",
)  # fmt: skip
MORGAN_SIZE = 2048
AVALON_SIZE = 512
AVALON_BITS = pyAvalonTools.avalonSSSBits
PATH_SIZE = 512
_CALCULATOR = rdMolDescriptors.Properties(list(PROPERTY_NAMES))
_MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=MORGAN_SIZE)
_PAIRS = rdFingerprintGenerator.GetAtomPairGenerator(fpSize=PATH_SIZE)
N_VSA = 12 + 10 + 14
N_MQN = 42
N_AUTOCORRELATION = 192
N_DESCRIPTORS = len(PROPERTY_NAMES) + N_VSA + N_MQN + N_AUTOCORRELATION
N_COUNTS = MORGAN_SIZE + PATH_SIZE + AVALON_SIZE


def descriptors_of(mol: Chem.Mol) -> NDArray[np.float32]:
    """Return the `N_DESCRIPTORS` numbers of one molecule; what RDKit has no parameters for becomes 0."""
    values = [
        *_CALCULATOR.ComputeProperties(mol),
        *rdMolDescriptors.SlogP_VSA_(mol),
        *rdMolDescriptors.SMR_VSA_(mol),
        *_charged_surface(mol),
        *rdMolDescriptors.MQNs_(mol),
        *rdMolDescriptors.CalcAUTOCORR2D(mol),
    ]
    return np.nan_to_num(np.asarray(values, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)


def counts_of(mol: Chem.Mol) -> NDArray[np.uint8]:
    """Return the folded count fingerprints side by side: Morgan radius 2, atom pairs, Avalon (`N_COUNTS`)."""
    avalon = np.zeros(AVALON_SIZE, dtype=np.int32)
    ConvertToNumpyArray(_avalon_counts(mol), avalon)
    counts = (_MORGAN.GetCountFingerprintAsNumPy(mol), _PAIRS.GetCountFingerprintAsNumPy(mol), avalon)
    return np.minimum(np.concatenate(counts), 255).astype(np.uint8)


def morgan_counts(mol: Chem.Mol) -> NDArray[np.uint8]:
    """Return the first part of `counts_of` alone: the folded counts of the Morgan fingerprint, radius 2."""
    return np.minimum(_MORGAN.GetCountFingerprintAsNumPy(mol), 255).astype(np.uint8)


def describe(mols: Sequence[Chem.Mol], forget: bool = False) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return descriptors (n, N_DESCRIPTORS) and counts (n, N_COUNTS) of molecules, isotopes disregarded.

    RDKit keeps 30 kB of what it finds in each molecule. A screen needs that again for QED; `forget` spares the memory
    where there are very many molecules.
    """
    descriptors = np.zeros((len(mols), N_DESCRIPTORS), dtype=np.float32)
    counts = np.zeros((len(mols), N_COUNTS), dtype=np.uint8)
    for i, mol in enumerate(mols):
        plain = without_isotopes(mol)
        if forget:
            plain = Chem.Mol(plain, True)
        descriptors[i] = descriptors_of(plain)
        counts[i] = counts_of(plain)
    return descriptors, counts


def _avalon_counts(mol: Chem.Mol) -> UIntSparseIntVect:
    """Return what GetAvalonCountFP(mol) returns, twice as fast.

    Given a molecule, RDKit writes a mol block with stereochemistry, for which it lays out the drawing, and Avalon
    then makes no use of it. It also ignores the flags asked for and takes AVALON_BITS.
    """
    block = Chem.MolToMolBlock(mol, includeStereo=False)
    return pyAvalonTools.GetAvalonCountFP(block, False, AVALON_SIZE, False, AVALON_BITS)


def _charged_surface(mol: Chem.Mol) -> Sequence[float]:
    try:
        return rdMolDescriptors.PEOE_VSA_(mol)
    except ValueError:  # Gasteiger charges have no parameters for this element
        return [0.0] * 14
