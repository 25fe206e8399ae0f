"""Drugs: who is who across studies, and which of them a monoculture of cancer cells can speak about at all."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from rdkit import Chem
from rdkit.Chem.MolStandardize import rdMolStandardize
from rdkit.rdBase import BlockLogs

from loci2lead.errors import InputError
from loci2lead.io.tables import read_table

MODALITY_TABLE = Path(str(files("loci2lead") / "resources" / "tables" / "drugs.tsv"))
NOT_FOR_PATIENTS = {
    "antibody": "an antibody works through immune cells, which a monoculture lacks",
    "antibody_drug_conjugate": "an antibody-drug conjugate depends on its target and its release in the body",
    "protein": "a protein drug whose effect depends on the tissue around the tumour",
    "checkpoint": "an immune checkpoint drug works through immune cells, which a monoculture lacks",
    "endocrine": "an endocrine drug depends on the body's hormones, which the culture does not have",
    "anti_angiogenic": "an anti-angiogenic drug acts on blood vessels, which a monoculture lacks",
    "hepatic_prodrug": "the liver must activate this prodrug; the culture has none",
    "imid": "an immunomodulatory drug acts through immune cells and the marrow",
}


@dataclass(frozen=True)
class Drug:
    """One drug as one study gave it.

    `key` is the full InChIKey of the parent, or NAME-<name> without a structure. `compound` is the group for
    splits: the first InChIKey block, or the same NAME- word. `smiles` is "" where no structure may be used.
    """

    name: str
    key: str
    compound: str
    smiles: str = ""
    targets: str = ""
    pathway: str = ""
    modality: str = "small_molecule"
    study: str = ""

    @property
    def refusal(self) -> str:
        """Say why nothing is predicted for patients, or return an empty string."""
        return NOT_FOR_PATIENTS.get(self.modality, "")


def plain_name(name: str) -> str:
    """Return a drug's name in upper-case letters and digits only, for comparing."""
    return re.sub(r"[^A-Z0-9]", "", str(name).upper())


def modalities() -> dict[str, str]:
    """Return the curated modality by plain name; drugs that are not listed count as small molecules."""
    table = read_table(MODALITY_TABLE, columns=("name", "modality", "why"), comment="#")
    return {plain_name(name): modality for name, modality in zip(table["name"], table["modality"], strict=True)}


def read_drugs(path: str | Path, study: str | None = None) -> list[Drug]:
    """Read a table of drugs: `name` or `drug`, optionally smiles, targets, pathway, study, drug key.

    Raises InputError where neither a name column exists nor any row is left. The study's table
    (columns study, study_drug, name, ..., drug = compound key) and a user's table (columns drug, smiles,
    targets, pathway) are both understood.
    """
    table = read_table(path, dtype=str).fillna("")
    shared = "name" in table.columns
    name_column = "name" if shared else "drug"
    if name_column not in table.columns:
        raise InputError("No column with the drugs' names", file=path, expected="drug,smiles,targets,pathway")
    if study is not None and "study" in table.columns:
        table = table[table["study"].str.upper() == study.upper()]
    known = modalities()
    found = []
    for row in table.to_dict("records"):
        compound = row.get("drug", "") if shared else ""
        drug = Drug(
            row[name_column], "", compound, row.get("smiles", ""), row.get("targets", ""), row.get("pathway", "")
        )
        found.append(identify(replace(drug, study=row.get("study", "")), known))
    return found


def identify(drug: Drug, known: dict[str, str]) -> Drug:
    """Return the drug with modality, full key and compound group filled in.

    A biological drug gets no structure, whatever SMILES the source lists (GDSC1 gives cetuximab a dye's). The
    key is that of the parent where its first block agrees with the source's compound key, otherwise that of
    the structure as given (platinum complexes fall apart when desalted).
    """
    modality = known.get(plain_name(drug.name), "small_molecule")
    name_key = f"NAME-{plain_name(drug.name)}"
    if modality in {"antibody", "antibody_drug_conjugate", "protein", "checkpoint"}:
        return replace(drug, modality=modality, smiles="", key=name_key, compound=drug.compound or name_key)
    keys = _inchikeys(drug.smiles)
    if not keys:
        return replace(drug, modality=modality, smiles="", key=name_key, compound=drug.compound or name_key)
    agreeing = [k for k in keys if k[:14] == drug.compound]
    key = agreeing[0] if agreeing else keys[-1 if drug.compound else 0]
    return replace(drug, modality=modality, key=key, compound=drug.compound or key[:14])


def _inchikeys(smiles: str) -> list[str]:
    """Return the InChIKeys of the neutral parent and of the structure as given; [] where it does not parse."""
    with BlockLogs():
        mol = Chem.MolFromSmiles(smiles) if smiles else None
        if mol is None or mol.GetNumAtoms() == 0:
            return []
        parent = rdMolStandardize.Uncharger().uncharge(rdMolStandardize.FragmentParent(mol))
        return [k for k in (Chem.MolToInchiKey(parent), Chem.MolToInchiKey(mol)) if k]


def same_drug(a: Drug, b: Drug) -> bool:
    """Say whether two studies' entries are one drug: the same full key, or one compound under one name."""
    return a.key == b.key or (a.compound == b.compound and plain_name(a.name) == plain_name(b.name))


def read_exclusions(path: str | Path | None) -> set[str]:
    """Read a list of identifiers, one a line (a CSV's first column also does); '#' starts a comment."""
    if path is None:
        return set()
    file = Path(path)
    if not file.exists():
        raise InputError("File not found", file=path, remedy="check the path")
    words = (line.split("#")[0].split(",")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return {word.strip('"') for word in words if word} - {"line", "drug", "drug_key", "name"}


def excluded(drug: Drug, words: Iterable[str]) -> bool:
    """Say whether an exclusion list names this drug by compound, full key (its first block) or name."""
    return any(
        word == drug.compound
        or word == drug.key
        or word[:14] == drug.compound
        or plain_name(word) == plain_name(drug.name)
        for word in words
    )
