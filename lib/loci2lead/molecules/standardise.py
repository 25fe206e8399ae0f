"""From structure text to the structure that is scored: checks, parent fragment, neutral form, identity.

Stereochemistry and isotopes are kept: the full InChIKey is the identity of a compound. What was changed is
recorded as codes. Every row gets a status: accepted, flagged (scored, but read the codes) or rejected.
"""

import re
from dataclasses import dataclass, replace

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors, rdqueries
from rdkit.Chem.MolStandardize import rdMolStandardize
from rdkit.rdBase import BlockLogs

from loci2lead.io.libraries import LibraryRow
from loci2lead.io.smiles import split_smiles_text

MAX_TEXT = 4000  # characters of SMILES that are parsed at all
MAX_HEAVY_ATOMS = 500  # beyond this a structure is a polymer or a mistake, and rejected
LARGE = 70  # heavy atoms; the training sets hold next to nothing above
NONMETALS = frozenset({0, 1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 32, 33, 34, 35, 36, 52, 53, 54, 85, 86})
COUNTER_IONS = frozenset({3, 11, 12, 19, 20})  # Li, Na, Mg, K, Ca: no metal compound once stripped as ions
TRAINED_ELEMENTS = frozenset({1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53})
QUERY_MARKS = re.compile(r"[*~]|\[#\d|\[R\d*[\]:]|\[[AQXM][\]:;,]")
OLIGOPEPTIDE = Chem.MolFromSmarts("O=C[NX3][CX4]C(=O)[NX3][CX4]C(=O)[NX3][CX4]C(=O)[NX3][CX4]C=O")
SYMBOL = re.compile(r"[A-Z][a-z]?|\*")
# Made once: to read the patterns anew for every structure takes as long as to apply them.
FRAGMENTS = rdMolStandardize.LargestFragmentChooser(True)
NORMALIZER = rdMolStandardize.Normalizer()
UNCHARGER = rdMolStandardize.Uncharger()
LABELLED = rdqueries.IsotopeGreaterQueryAtom(0)
_NUMBER_OF = {"*": 0} | {Chem.GetPeriodicTable().GetElementSymbol(number): number for number in range(1, 119)}

REASONS = {
    "empty": "there is no structure in this row",
    "invalid_smiles": "the structure is not valid SMILES",
    "invalid_record": "the SDF record cannot be read",
    "reaction": "this is a reaction, not a compound",
    "query_atom": "the structure holds a wildcard, R group or query atom",
    "too_large": f"more than {MAX_HEAVY_ATOMS} heavy atoms",
}
FLAGS = {
    "metal": "holds a metal; metals are rare in the training sets and are not removed",
    "out_of_domain_size": f"a peptide of four or more residues, or more than {LARGE} heavy atoms in the parent",
    "trivial": "a single atom or ion",
    "no_carbon": "no carbon",
    "unusual_element": "holds an element that the training sets hardly know",
}


@dataclass(frozen=True)
class Compound:
    """One library row after standardising. `mol` is what is scored; None where the row is rejected."""

    row: int
    id: str
    smiles: str
    canonical: str = ""
    inchikey: str = ""
    status: str = "rejected"
    codes: tuple[str, ...] = ()
    mol: Chem.Mol | None = None

    @property
    def reason(self) -> str:
        """Say in words why the row was rejected."""
        return REASONS[self.codes[0]] if self.status == "rejected" else ""


def standardise(row: LibraryRow, tautomers: bool = False, with_key: bool = True) -> Compound:
    """Check and standardise one row. Never raises for a bad structure: the status says what became of it.

    With `tautomers` the canonical tautomer is scored (RDKit's TautomerEnumerator; about 2 ms a molecule). The
    InChIKey, a quarter of a millisecond, is left out without `with_key`.
    """
    text = split_smiles_text(row.smiles)
    rejected = Compound(row.row, row.id, row.smiles)
    if code := text_problem(text.smiles):
        return replace(rejected, codes=(code,))
    with BlockLogs():
        mol = Chem.MolFromSmiles(text.smiles)
        if mol is None:
            return replace(rejected, codes=("invalid_smiles",))
        if code := structure_problem(mol):
            return replace(rejected, codes=(code,))
        parent, changed = parent_of(mol, text.smiles, tautomers)
        canonical = Chem.MolToSmiles(parent)
        flags = flags_of(mol, parent)
        return Compound(
            row=row.row,
            id=row.id,
            smiles=row.smiles,
            canonical=canonical,
            inchikey=Chem.MolToInchiKey(parent) if with_key else "",
            status="flagged" if flags else "accepted",
            codes=(*text.codes, *changed, *flags),
            mol=parent,
        )


def text_problem(smiles: str) -> str | None:
    """Return the code of what the text alone shows to be wrong, or None."""
    if not smiles:
        return "empty"
    if not smiles.isascii():
        return "invalid_smiles"
    if ">" in smiles and "->" not in smiles and "<-" not in smiles:
        return "reaction"
    if QUERY_MARKS.search(smiles):
        return "query_atom"
    return "too_large" if len(smiles) > MAX_TEXT else None


def structure_problem(mol: Chem.Mol) -> str | None:
    """Return the code of what makes a parsed structure unusable, or None."""
    if mol.GetNumAtoms() == 0:
        return "empty"
    if mol.GetNumHeavyAtoms() > MAX_HEAVY_ATOMS:
        return "too_large"
    return None


def parent_of(mol: Chem.Mol, smiles: str, tautomers: bool = False) -> tuple[Chem.Mol, tuple[str, ...]]:
    """Return the structure to score and codes of what was changed.

    Only structures of several fragments or with charges need RDKit's MolStandardize; the rest passes as it
    is, which is most of a library and ten times faster. Isotopes are kept and recorded.
    """
    codes: list[str] = []
    parent = mol
    if "." in smiles and len(Chem.GetMolFrags(mol)) > 1:
        parent = _largest_fragment(mol)
        codes.append("parent_fragment")
    if "[" in smiles and ("+" in smiles or "-" in smiles):
        neutral = _neutral(parent)
        if Chem.MolToSmiles(neutral) != Chem.MolToSmiles(parent):
            codes.append("neutralised")
            parent = neutral
    if "[" in smiles and _has_isotopes(parent):
        codes.append("isotope_kept")
    if tautomers and parent.GetNumHeavyAtoms() <= LARGE:
        parent = rdMolStandardize.TautomerEnumerator().Canonicalize(parent)
        codes.append("tautomer_canonical")
    return parent, tuple(codes)


def flags_of(mol: Chem.Mol, parent: Chem.Mol) -> tuple[str, ...]:
    """Return the codes that make a reader careful; `mol` is the structure as given, `parent` what is scored."""
    elements = _elements(parent)
    given = elements if mol is parent else _elements(mol)
    if not given <= NONMETALS:
        given = {atom.GetAtomicNum() for atom in mol.GetAtoms() if not _is_counter_ion(atom)}
    flags = []
    if not (given | elements) <= NONMETALS:
        flags.append("metal")
    if _is_large(mol, parent):
        flags.append("out_of_domain_size")
    if parent.GetNumHeavyAtoms() <= 1 and not _has_isotopes(parent):
        flags.append("trivial")
    elif 6 not in elements:
        flags.append("no_carbon")
    if elements & NONMETALS and not (elements & NONMETALS) <= TRAINED_ELEMENTS:
        flags.append("unusual_element")
    return tuple(flags)


def _is_large(mol: Chem.Mol, parent: Chem.Mol) -> bool:
    if mol.GetNumHeavyAtoms() > LARGE and parent.GetNumHeavyAtoms() > LARGE // 2:
        return True
    if parent.GetNumHeavyAtoms() < 20 or rdMolDescriptors.CalcNumAmideBonds(parent) < 4:
        return False
    return parent.HasSubstructMatch(OLIGOPEPTIDE)


def _elements(mol: Chem.Mol) -> set[int]:
    """Return the atomic numbers in a structure, read from its formula: one call instead of one per atom."""
    return {_NUMBER_OF[symbol] for symbol in SYMBOL.findall(rdMolDescriptors.CalcMolFormula(mol))}


def _has_isotopes(mol: Chem.Mol) -> bool:
    return len(mol.GetAtomsMatchingQuery(LABELLED)) > 0


def _is_counter_ion(atom: Chem.Atom) -> bool:
    return atom.GetAtomicNum() in COUNTER_IONS and atom.GetFormalCharge() > 0 and atom.GetDegree() == 0


def _largest_fragment(mol: Chem.Mol) -> Chem.Mol:
    return FRAGMENTS.choose(mol)


def _neutral(mol: Chem.Mol) -> Chem.Mol:
    """Return the neutral form; a metal compound is left alone, since its charges are its structure."""
    charged = any(atom.GetFormalCharge() for atom in mol.GetAtoms())
    if not charged or any(atom.GetAtomicNum() not in NONMETALS for atom in mol.GetAtoms()):
        return mol
    try:
        neutral = UNCHARGER.uncharge(NORMALIZER.normalize(mol))
    except ValueError:  # a structure that no longer sanitises once changed is scored as drawn
        return mol
    readable = Chem.MolFromSmiles(Chem.MolToSmiles(neutral)) is not None  # not so for [c-]1cccc1
    return neutral if readable else mol


def without_isotopes(mol: Chem.Mol) -> Chem.Mol:
    """Return the structure that the models see: isotope labels cleared, explicit hydrogens folded in."""
    if not _has_isotopes(mol):
        return mol
    copy = Chem.Mol(mol)
    for atom in copy.GetAtoms():
        atom.SetIsotope(0)
    try:
        return Chem.RemoveHs(copy)
    except ValueError:  # a hydrogen with an unusual valence stays an atom
        return copy
