"""Which of many SMARTS patterns a molecule could hold at all, told from counts of its kinds of atoms and bonds.

A pattern needs, for each of its atoms, an atom of an allowed kind (element, aromatic or not, charged or not), for
each of its bonds a bond of an allowed order between such atoms, and as many rings as it has itself, none larger: each
ring of a match is a sum of rings of the molecule's smallest set, none of them larger (Horton 1987). A molecule has
about 20 different kinds, so hundreds of patterns are ruled out by a few sums; only the rest goes to RDKit's matcher.
Whatever else a query says counts as "anything", so that no match can be missed.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

Mask = NDArray[np.bool_]
Features = tuple[NDArray[np.int64], NDArray[np.int64]]
ELEMENTS = (0, 5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53)  # 0 stands for every other element
KINDS = 4 * len(ELEMENTS)  # an element's place times 4, plus 1 if aromatic, plus 2 if charged
SINGLE, DOUBLE, TRIPLE, AROMATIC, OTHER = range(5)
ORDERS = 5
LARGEST_RING = 20  # the last ring feature stands for all larger ones
RINGS = KINDS + KINDS * KINDS * ORDERS  # where the features of rings begin, that of three members first
FEATURES = RINGS + LARGEST_RING - 1  # atoms, bonds, rings by size
_ORDERS_OF = {"-": [SINGLE], "=": [DOUBLE], "#": [TRIPLE], ":": [AROMATIC], "": [SINGLE, AROMATIC]}
_ORDER_OF_DOUBLED = np.full(16, OTHER, dtype=np.int64)  # RDKit's bond order, doubled
_ORDER_OF_DOUBLED[[2, 3, 4, 6]] = [SINGLE, AROMATIC, DOUBLE, TRIPLE]
_NUMBER_OF = {Chem.GetPeriodicTable().GetElementSymbol(number): number for number in range(2, 119)}
_AROMATIC_SYMBOLS = frozenset({"b", "c", "n", "o", "p", "s", "se", "as", "te", "si"})
_kind_of_invariant: dict[int, int] = {}


class SmartsScreen:
    """The necessary conditions of a list of patterns."""

    def __init__(self, patterns: Sequence[Chem.Mol]) -> None:
        needs = [_needs(pattern) for pattern in patterns]
        number = {need: i for i, need in enumerate(dict.fromkeys(need for one in needs for need in one))}
        self._required = np.zeros((len(patterns), len(number)), dtype=np.uint8)
        for i, one in enumerate(needs):
            for need, count in one.items():
                self._required[i, number[need]] = count
        masks = [np.frombuffer(need, dtype=bool) for need in number]
        self._counted = np.stack(masks, axis=1).astype(np.int16) if masks else np.zeros((FEATURES, 0), np.int16)

    def possible(self, features: Features) -> NDArray[np.int64]:
        """Return the numbers of the patterns that a molecule (see `features_of`) could hold, ascending."""
        kinds, counts = features
        found = np.minimum(counts.astype(np.int16) @ self._counted[kinds], 255).astype(np.uint8)
        return np.flatnonzero((self._required <= found).all(axis=1))


def features_of(mol: Chem.Mol) -> Features:
    """Return the kinds of atoms and bonds of a molecule, and its rings, as numbers, and how often each occurs."""
    order = Chem.GetAdjacencyMatrix(mol, useBO=True)
    source, target = np.nonzero(np.triu(order))
    place = _ORDER_OF_DOUBLED[np.minimum(2 * order[source, target], 15).astype(np.int64)]
    kinds = _plain_kinds(mol)
    aromatic = place == AROMATIC
    kinds[source[aromatic]] |= 1
    kinds[target[aromatic]] |= 1
    bonds = KINDS + (kinds[source] * KINDS + kinds[target]) * ORDERS + place
    rings = [_ring_feature(len(ring)) for ring in mol.GetRingInfo().AtomRings()]
    features, counts = np.unique(np.concatenate([kinds, bonds, np.array(rings, dtype=np.int64)]), return_counts=True)
    return features, counts


def _needs(pattern: Chem.Mol) -> "Counter[bytes]":
    """Return sets of features (as bytes of a mask) and how many of each a molecule must have at least."""
    atoms = [atom.GetSmarts() for atom in pattern.GetAtoms()]
    needs = Counter(_atom_need(atom) for atom in atoms if not atom_kinds(atom).all())
    for bond in pattern.GetBonds():
        ends = atoms[bond.GetBeginAtomIdx()], atoms[bond.GetEndAtomIdx()]
        needs[_bond_need(ends[0], bond.GetSmarts(), ends[1])] += 1  # type: ignore[call-arg]  # wrong stub of RDKit
    sizes = [len(ring) for ring in Chem.GetSSSR(pattern)]
    for size in set(sizes):
        needs[_ring_need(3, size)] = sum(other <= size for other in sizes)
    for atom in atoms:  # what surrounds an atom may be counted already: the larger count holds
        needs |= _surroundings(_inside(atom))
    return needs


@cache
def atom_kinds(smarts: str) -> Mask:
    """Return which kinds of atom an atom query can match: the mask may be too wide, never too narrow."""
    return _allowed(_inside(smarts), _kinds_of_primitive, np.ones(KINDS, dtype=bool))


def bond_orders(smarts: str) -> Mask:
    """Return which bond orders a bond query can match."""

    def primitive(text: str) -> Mask:
        mask = np.zeros(ORDERS, dtype=bool)
        mask[_ORDERS_OF.get(text, range(ORDERS))] = True
        return mask

    return _allowed(smarts, primitive, np.ones(ORDERS, dtype=bool))


@cache
def _surroundings(smarts: str) -> "Counter[bytes]":
    """Return what the recursive parts of an atom query, as $(C=O), need of the molecule."""
    for mark in ";,&":
        parts = _split(smarts, mark)
        if len(parts) > 1:
            needs = [_surroundings(part) for part in parts]
            return _either(needs) if mark == "," else _all_of(needs)
    if smarts.startswith("$(") and smarts.endswith(")"):
        inner = Chem.MolFromSmarts(smarts[2:-1])
        return _needs(inner) if inner is not None else Counter()
    if found := re.fullmatch(r"r(\d+)", smarts):
        return Counter({_ring_need(int(found[1]), int(found[1])): 1})
    return Counter() if atom_kinds(smarts).all() else Counter({_atom_need(smarts): 1})


def _all_of(needs: Sequence["Counter[bytes]"]) -> "Counter[bytes]":
    total: Counter[bytes] = Counter()
    for one in needs:
        total |= one
    return total


def _either(alternatives: Sequence["Counter[bytes]"]) -> "Counter[bytes]":
    """Return what is needed when one of several must hold: what all of them need, and the rarest needs, joined."""
    joined = Counter(alternatives[0])
    for one in alternatives[1:]:
        joined &= one
    ranked = [sorted((np.frombuffer(need, dtype=bool) for need in one), key=_commonness) for one in alternatives]
    for place in range(min(3, *map(len, ranked))):
        joined |= Counter({np.logical_or.reduce([one[place] for one in ranked]).tobytes(): 1})
    return joined


def _commonness(need: Mask) -> float:
    return float(_usual_features()[need].sum())


@cache
def _usual_features() -> NDArray[np.float64]:
    """Return roughly how common a feature is in drug-like molecules; it guides a choice, no answer rests on it."""
    atoms = np.zeros((len(ELEMENTS), 2, 2))
    atoms[:, 0] = 0.05
    atoms[[_place(6), _place(7), _place(8)], 0] = [[1.0, 0.9], [0.5, 0.3], [0.6, 0.1]]
    plain = atoms.ravel()
    bonds = plain[:, None, None] * plain[:, None] * np.array([1, 0.3, 0.05, 1, 0.01])
    rings = np.full(FEATURES - RINGS, 0.01)
    rings[2:4] = 0.5, 0.9  # of five and six members
    return np.concatenate([plain, bonds.ravel(), rings])


@cache
def _atom_need(atom: str) -> bytes:
    mask = np.zeros(FEATURES, dtype=bool)
    mask[:KINDS] = atom_kinds(atom)
    return mask.tobytes()


@cache
def _bond_need(begin: str, bond: str, end: str) -> bytes:
    mask = np.zeros(FEATURES, dtype=bool)
    pairs = np.outer(atom_kinds(begin), atom_kinds(end))
    mask[KINDS:RINGS] = ((pairs | pairs.T)[:, :, None] & bond_orders(bond)).ravel()
    return mask.tobytes()


@cache
def _ring_need(smallest: int, largest: int) -> bytes:
    mask = np.zeros(FEATURES, dtype=bool)
    mask[_ring_feature(smallest) : _ring_feature(largest) + 1] = True
    return mask.tobytes()


def _ring_feature(size: int) -> int:
    return RINGS + min(size, LARGEST_RING + 1) - 3


def _allowed(smarts: str, primitive: Callable[[str], Mask], everything: Mask) -> Mask:
    """Evaluate SMARTS logic: `;` and, `,` or, `&` and, from loose to tight; `!` allows everything."""
    for mark, join in ((";", np.logical_and), (",", np.logical_or), ("&", np.logical_and)):
        parts = _split(smarts, mark)
        if len(parts) > 1:
            return join.reduce([_allowed(part, primitive, everything) for part in parts])
    return everything if smarts.startswith("!") else primitive(smarts)


def _split(smarts: str, mark: str) -> list[str]:
    """Split at a mark that stands in no bracket."""
    parts, depth = [""], 0
    for letter in smarts:
        depth += (letter in "([") - (letter in ")]")
        if letter == mark and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _inside(smarts: str) -> str:
    return smarts[1:-1] if smarts.startswith("[") and smarts.endswith("]") else smarts


def _kinds_of_primitive(text: str) -> Mask:
    mask = np.zeros((len(ELEMENTS), 2, 2), dtype=bool)  # element, charged, aromatic
    if text.startswith("$(") and text.endswith(")"):
        inner = Chem.MolFromSmarts(text[2:-1])
        return np.ones(KINDS, dtype=bool) if inner is None else atom_kinds(inner.GetAtomWithIdx(0).GetSmarts())
    if found := re.fullmatch(r"#(\d+)", text):
        mask[_place(int(found[1]))] = True
    elif text in _AROMATIC_SYMBOLS:
        mask[_place(_NUMBER_OF[text.capitalize()]), :, 1] = True
    elif text in _NUMBER_OF:
        mask[_place(_NUMBER_OF[text]), :, 0] = True
    elif text in {"a", "A"}:
        mask[:, :, int(text == "a")] = True
    elif text in {"+", "-"}:
        mask[:, 1] = True
    else:
        mask[:] = True
    return mask.ravel()


def _plain_kinds(mol: Chem.Mol) -> NDArray[np.int64]:
    """Return each atom's kind but for aromaticity, by way of RDKit's invariants: one call instead of one per atom."""
    invariants = list(rdMolDescriptors.GetConnectivityInvariants(mol))
    for i, invariant in enumerate(invariants):
        if invariant not in _kind_of_invariant:
            atom = mol.GetAtomWithIdx(i)
            _kind_of_invariant[invariant] = 4 * _place(atom.GetAtomicNum()) + 2 * (atom.GetFormalCharge() != 0)
    return np.array([_kind_of_invariant[invariant] for invariant in invariants], dtype=np.int64)


def _place(number: int) -> int:
    return ELEMENTS.index(number) if number in ELEMENTS else 0
