"""A published screen as one response table: lines and drugs under this package's names, values in ln(µM).

Values beyond the tested doses are flagged, and cut where the release itself does not extrapolate; every row that
cannot be used is listed with its reason, so that kept + rejected = rows of the release.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from loci2lead.errors import InputError
from loci2lead.io.tables import read_table
from loci2lead.records import Rejection
from loci2lead.response.compounds import Drug, identify, modalities, plain_name
from loci2lead.response.release_formats import RELEASES, Release

log = logging.getLogger(__name__)
ALIASES = Path(str(files("loci2lead") / "resources" / "tables" / "drug_aliases.tsv"))
OUTPUT = (
    "line", "drug", "ln_ic50", "drug_id", "name", "smiles", "targets", "pathway", "study", "extrapolated", "censored",
)  # fmt: skip
IDENTIFIERS = ("depmap_id", "cosmic_id", "sanger_id", "line_name")
LINE_COLUMNS = {  # our own lines table, DepMap's Model.csv, and its older sample_info.csv
    "line": ("line", "ModelID", "DepMap_ID"),
    "cosmic_id": ("cosmic_id", "COSMICID"),
    "sanger_id": ("sanger_id", "SangerModelID", "Sanger_Model_ID"),
    "names": ("ccle_name", "name", "CCLEName", "CCLE_Name", "StrippedCellLineName", "stripped_cell_line_name",
              "CellLineName", "cell_line_name"),
}  # fmt: skip


@dataclass(frozen=True)
class Lines:
    """Who a line is: identifiers and names to this package's line. None stands for a name that several bear."""

    known: dict[str, str | None]

    @classmethod
    def read(cls, path: Path | None) -> "Lines":
        """Read a table of lines: lines.csv of a features folder, or DepMap's Model.csv."""
        if path is None:
            return cls({})
        table = read_table(path, dtype=str)
        own = next((c for c in LINE_COLUMNS["line"] if c in table), None)
        if own is None:
            raise InputError(
                "Not a table of lines", file=path, expected="a column line, or DepMap's Model.csv with ModelID"
            )
        known: dict[str, str | None] = {}
        for role, columns in LINE_COLUMNS.items():
            for column in (c for c in columns if c in table):
                for line, word in zip(table[own], table[column], strict=True):
                    for key in _keys(role, word):
                        known[key] = line if known.get(key, line) == line else None
        return cls(known)

    def find(self, row: dict[str, str]) -> str | None:
        """Return the line of a release's row, None where it is unknown or ambiguous.

        Identifiers are tried before names. Without a table a DepMap id is taken as it is, and a COSMIC id as
        COSMIC-<id>.
        """
        words = [("line", row["depmap_id"]), ("cosmic_id", row["cosmic_id"]), ("sanger_id", row["sanger_id"])]
        for key in [k for role, word in [*words, ("names", row["line_name"])] for k in _keys(role, word)]:
            if key in self.known:
                return self.known[key]
        if not self.known and row["depmap_id"]:
            return row["depmap_id"]
        cosmic = _plain_number(row["cosmic_id"])
        return f"COSMIC-{cosmic}" if not self.known and cosmic else None


def _keys(role: str, word: object) -> list[str]:
    """Return the keys of an identifier or a name, the strictest first."""
    if not isinstance(word, str) or not word.strip():
        return []
    if role == "cosmic_id":
        return [f"cosmic {_plain_number(word)}"]
    if role == "names":
        return [f"name {word.strip()}", f"plain {plain_name(word)}"]
    return [f"{role} {word.strip()}"]


def _plain_number(word: str) -> str:
    return word.strip().removesuffix(".0")


@dataclass(frozen=True)
class Drugs:
    """Who a drug is: structures, targets and pathways by plain name, synonyms included."""

    known: dict[str, Drug]

    @classmethod
    def read(cls, table: Path | None, shipped: Iterable[Drug]) -> "Drugs":
        """Read the user's table of drugs (names, optional synonyms parted by ;) over the shipped model's."""
        known = {plain_name(d.name): d for d in shipped}
        aliases = read_table(ALIASES, columns=("alias", "name"), dtype=str, comment="#")
        for alias, name in zip(aliases["alias"], aliases["name"], strict=True):
            if plain_name(name) in known:
                known.setdefault(plain_name(alias), known[plain_name(name)])
        if table is not None:
            rows = read_table(table, dtype=str).fillna("")
            column = next((c for c in ("name", "drug", "DRUG_NAME") if c in rows), None)
            if column is None:
                raise InputError("No column with the drugs' names", file=table, expected="name or drug, smiles")
            for row in rows.to_dict("records"):
                drug = Drug(row[column], "", "", *(row.get(c, "") for c in ("smiles", "targets", "pathway")))
                for word in [row[column], *row.get("synonyms", "").split(";")]:
                    known |= {plain_name(word): drug} if plain_name(word) else {}
        return cls(known)

    def find(self, own: Drug, curated: dict[str, str]) -> Drug:
        """Return a release's drug with structure, key and compound; its own words win where it has them."""
        other = self.known.get(plain_name(own.name))
        if other is not None:
            smiles = own.smiles or other.smiles
            own = replace(
                own, smiles=smiles, targets=own.targets or other.targets, pathway=own.pathway or other.pathway
            )
            if smiles == other.smiles:
                own = replace(own, compound=other.compound)
        return identify(own, curated)


def import_release(
    name: str, paths: Sequence[Path], lines: Lines, drugs: Drugs
) -> tuple[pd.DataFrame, list[Rejection]]:
    """Return the response table of a release and the rows that could not be used.

    Raises InputError for an unknown release, other headers, and a file none of whose rows can be used.
    """
    release = RELEASES.get(name.lower())
    if release is None:
        raise InputError("Unknown release", found=name, expected=", ".join(RELEASES))
    raw = release.read(_files(paths))
    raw = raw.merge(_lines_of(raw, lines), on=list(IDENTIFIERS), how="left", validate="many_to_one")
    raw = _bounded(raw, release)
    problem = _problems(raw)
    kept = raw[problem == ""].copy()
    rejected = _rejections(raw, problem)
    log.info("%s: %d rows kept, %d rejected %s", release.study, len(kept), len(rejected), dict(Counter(problem)))
    if kept.empty:
        worst = Counter(r.code for r in rejected).most_common(1)
        raise InputError(
            "No row of the release can be used",
            file=paths[0],
            found=f"{worst[0][1]} times {worst[0][0]}" if worst else "no row",
            remedy="give --lines with DepMap's Model.csv or the features' lines.csv",
        )
    return _named(kept, release, drugs), rejected


def _rejections(raw: pd.DataFrame, problem: pd.Series) -> list[Rejection]:
    bad = raw.assign(problem=problem, row=np.arange(len(raw)))[problem != ""]
    who = bad["line_name"].where(bad["line_name"] != "", bad["depmap_id"]) + " " + bad["name"]
    return [
        Rejection(int(row), str(name).strip(), str(code), REASONS[str(code)])
        for row, name, code in zip(bad["row"], who, bad["problem"], strict=True)
    ]


def _lines_of(raw: pd.DataFrame, lines: Lines) -> pd.DataFrame:
    named = raw[list(IDENTIFIERS)].drop_duplicates()
    rows = [{str(k): str(v) for k, v in row.items()} for row in named.to_dict("records")]
    return named.assign(line=pd.Series([lines.find(row) for row in rows], index=named.index, dtype=object))


REASONS = {
    "unknown_line": "the line is not in the table of lines, or its name stands for several",
    "no_drug_name": "the drug has no name",
    "no_number": "no IC50 above 0 is given",
    "failed_str_profiling": "the line failed the release's own identity check",
    "older_screen": "a newer screen of the release has the same line and drug",
    "duplicate": "the same line, drug and value occur above",
}


def _files(paths: Sequence[Path]) -> list[Path]:
    found = [f for p in paths for f in (sorted(p.iterdir()) if p.is_dir() else [p]) if f.is_file() or not p.is_dir()]
    for path in found:
        if not path.exists():
            raise InputError("File not found", file=path, remedy="check the path")
    return found


def _bounded(raw: pd.DataFrame, release: Release) -> pd.DataFrame:
    """Flag values beyond the tested doses; cut them there unless the release extrapolates itself."""
    beyond = (raw["ln_ic50"] > raw["highest"]) | (raw["ln_ic50"] < raw["lowest"])
    raw["extrapolated"] = beyond if release.extrapolates else False
    at_the_edge = (raw["ln_ic50"] >= raw["highest"]) | (raw["ln_ic50"] <= raw["lowest"])
    raw["censored"] = False if release.extrapolates else at_the_edge
    if not release.extrapolates:
        raw["ln_ic50"] = raw["ln_ic50"].clip(raw["lowest"], raw["highest"])
    return raw


def _problems(raw: pd.DataFrame) -> pd.Series:
    """Return a code of `REASONS` per row, "" where nothing is wrong."""
    checks: dict[str, pd.Series] = {
        "unknown_line": raw["line"].isna(),
        "no_drug_name": raw["name"].map(plain_name) == "",
        "no_number": ~raw["ln_ic50"].astype(float).map(np.isfinite),
    }
    problem = raw["problem"].astype(str)
    for code, failed in checks.items():
        problem = problem.mask((problem == "") & failed, code)
    again = raw[problem == ""].duplicated(["line", "drug_id", "name", "ln_ic50"])
    problem[again[again].index] = "duplicate"
    return problem


def _named(kept: pd.DataFrame, release: Release, drugs: Drugs) -> pd.DataFrame:
    curated = modalities()
    own = kept.drop_duplicates(["drug_id", "name"])
    found = {
        (row["drug_id"], row["name"]): drugs.find(
            Drug(row["name"], "", "", row["smiles"], row["targets"], row["pathway"]), curated
        )
        for row in own.to_dict("records")
    }
    entries = [found[key] for key in zip(kept["drug_id"], kept["name"], strict=True)]
    table = kept.assign(
        drug=[d.compound for d in entries],
        smiles=[d.smiles for d in entries],
        targets=[d.targets for d in entries],
        pathway=[d.pathway for d in entries],
        study=release.study,
    )
    extra = [c for c in ("act_area",) if c in table]
    structures = sum(d.smiles != "" for d in found.values())
    log.info("%s: %d drugs, %d with a structure", release.study, len(found), structures)
    return table[[*OUTPUT, *extra]].sort_values(["drug", "drug_id", "line"], kind="stable").reset_index(drop=True)
