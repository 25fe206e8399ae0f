"""Published screens become response tables: units, censoring, who is who, and what is refused."""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from loci2lead.errors import InputError
from loci2lead.response.compounds import Drug
from loci2lead.response.release_formats import RELEASES
from loci2lead.response.releases import OUTPUT, Drugs, Lines, import_release
from loci2lead.response.tables import read_panel
from tests.response import drawn_releases as drawn

AFATINIB = Drug("Afatinib", "K", "ULXXDDBFHOBEHA", "CN(C)CC=CC(=O)Nc1cc2c(Nc3ccc(F)c(Cl)c3)ncnc2cc1OC1CCOC1", "EGFR")
CRIZOTINIB = Drug("Crizotinib", "K", "KTEIFNKAUNYNJU", "CC(Oc1cc(-c2cnn(C3CCNCC3)c2)cnc1N)c1c(Cl)ccc(F)c1Cl", "MET")


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    return Lines.read(drawn.write_model(tmp_path / "Model.csv"))


@pytest.fixture
def drugs() -> Drugs:
    return Drugs.read(None, [AFATINIB, CRIZOTINIB])


def codes(rejected: list) -> dict[str, int]:
    return dict(Counter(r.code for r in rejected))


def test_gdsc_is_ln_micromolar_and_says_what_lies_beyond_the_doses(tmp_path: Path, lines: Lines, drugs: Drugs) -> None:
    table, rejected = import_release("GDSC2", [drawn.write_gdsc(tmp_path / "g.csv")], lines, drugs)
    assert list(table.columns) == list(OUTPUT)
    afatinib = table[table["name"] == "Afatinib"].set_index("line")
    assert afatinib["ln_ic50"].to_dict() == {"ACH-000001": 4.5, "ACH-000002": 1.5}
    assert afatinib["extrapolated"].to_dict() == {"ACH-000001": True, "ACH-000002": False}
    assert set(afatinib["drug"]) == {AFATINIB.compound} and (afatinib["smiles"] == AFATINIB.smiles).all()
    assert set(table[table["name"] == "Newdrug"]["drug"]) == {"NAME-NEWDRUG"}
    assert codes(rejected) == {"duplicate": 1, "unknown_line": 1, "no_number": 1, "no_drug_name": 1}
    assert [r.row for r in rejected] == [2, 3, 4, 5] and len(table) + len(rejected) == len(drawn.gdsc_rows())


@pytest.mark.parametrize("shared", [True, False])
def test_gdsc_workbook_equals_its_csv(tmp_path: Path, lines: Lines, drugs: Drugs, shared: bool) -> None:
    rows = list(csv.reader([drawn.GDSC, *drawn.gdsc_rows()]))
    book = drawn.write_xlsx(tmp_path / "GDSC2_fitted_dose_response_27Oct23.xlsx", rows, shared)
    first, _ = import_release("gdsc2", [book], lines, drugs)
    second, _ = import_release("gdsc2", [drawn.write_gdsc(tmp_path / "g.csv")], lines, drugs)
    pd.testing.assert_frame_equal(first, second)


def test_ccle_is_cut_at_the_highest_dose(tmp_path: Path, lines: Lines, drugs: Drugs) -> None:
    table, rejected = import_release("ccle", [drawn.write_ccle(tmp_path / "c.csv")], lines, drugs)
    found = table.set_index("line")
    assert found["ln_ic50"].to_dict() == pytest.approx({"ACH-000001": np.log(8), "ACH-000002": np.log(2)})
    assert found["censored"].to_dict() == {"ACH-000001": True, "ACH-000002": False}
    assert found["act_area"].to_dict() == {"ACH-000001": 0.1, "ACH-000002": 2.5}
    assert set(found["drug"]) == {CRIZOTINIB.compound}, "PF2341066 is crizotinib"
    assert codes(rejected) == {"unknown_line": 1}
    table.to_parquet(tmp_path / "imported.parquet")
    panel = read_panel([tmp_path / "imported.parquet"])
    assert panel.lines == ["ACH-000001", "ACH-000002"] and panel.drugs[0].study == "CCLE"
    np.testing.assert_allclose(panel.y[:, 0], [np.log(8), np.log(2)])


def test_prism_takes_the_newer_screen_and_refuses_failed_lines(tmp_path: Path, lines: Lines, drugs: Drugs) -> None:
    table, rejected = import_release("prism", [drawn.write_prism(tmp_path / "p.csv")], lines, drugs)
    found = table.set_index("line")
    expected = {"ACH-000001": np.log(2), "ACH-000002": np.log(10), "ACH-000004": np.log(10)}
    assert found["ln_ic50"].to_dict() == pytest.approx(expected)
    assert found["censored"].to_dict() == {"ACH-000001": False, "ACH-000002": True, "ACH-000004": True}
    assert set(found["smiles"]) == {"CCOC(=O)C"} and set(found["targets"]) == {"EGFR, ERBB2"}
    assert set(found["drug"]) == {"XEKOWRVHYACXOJ"}, "the compound is the structure's InChIKey block"
    assert codes(rejected) == {"older_screen": 1, "failed_str_profiling": 1}


def test_ctrp_curves_are_solved_for_half_viability(tmp_path: Path, lines: Lines, drugs: Drugs) -> None:
    table, rejected = import_release("ctrp2", [drawn.write_ctrp(tmp_path / "ctrp")], lines, drugs)
    values = {(r.line, r.name): (r.ln_ic50, r.censored) for r in table.itertuples(index=False)}
    assert values["ACH-000002", "Newdrug"] == (pytest.approx(np.log(2)), False)
    assert values["ACH-000002", "Other"] == (pytest.approx(np.log(33)), True)
    assert values["ACH-000001", "Newdrug"] == (pytest.approx(np.log(66) - 15 * np.log(2)), True)
    assert [(r.id, r.code) for r in rejected] == [("TT Newdrug", "unknown_line")], "two lines are called TT"


def test_lines_are_found_by_identifier_before_name(lines: Lines) -> None:
    nobody = {"depmap_id": "", "cosmic_id": "", "sanger_id": "", "line_name": ""}
    assert lines.find(nobody | {"cosmic_id": "753565.0", "line_name": "TT"}) == "ACH-000003"
    assert lines.find(nobody | {"sanger_id": "SIDM00250"}) == "ACH-000004"
    assert lines.find(nobody | {"line_name": "T-T"}) == "ACH-000003"
    assert lines.find(nobody | {"line_name": "hl60"}) == "ACH-000002"
    assert lines.find(nobody | {"line_name": "t.t"}) is None, "the plain name stands for two lines"
    assert Lines({}).find(nobody | {"cosmic_id": "905938"}) == "COSMIC-905938"
    assert Lines({}).find(nobody | {"line_name": "HL-60"}) is None


def test_the_users_drug_table_wins(tmp_path: Path, lines: Lines) -> None:
    (tmp_path / "d.csv").write_text("name,smiles,synonyms,targets\nOther name,CCOC(C)=O,Newdrug;New-1,KIN2\n")
    drugs = Drugs.read(tmp_path / "d.csv", [AFATINIB])
    table, _ = import_release("gdsc2", [drawn.write_gdsc(tmp_path / "g.csv")], lines, drugs)
    assert set(table[table["name"] == "Newdrug"]["drug"]) == {"XEKOWRVHYACXOJ"}


@pytest.mark.parametrize("release", sorted(RELEASES))
def test_another_header_is_refused_by_name(tmp_path: Path, lines: Lines, drugs: Drugs, release: str) -> None:
    path = tmp_path / "curves_post_qc.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"Columns are missing|file of the CTRP v2 release is missing"):
        import_release(release, [path], lines, drugs)


def nothing_known(path: Path) -> Lines:
    return Lines({"name X": "ACH-9"})


@pytest.mark.parametrize(
    ("release", "write", "words"),
    [
        ("gdsc3", drawn.write_gdsc, "Unknown release"),
        ("ccle", drawn.write_ccle, "No row of the release can be used"),
        ("gdsc2", lambda p: p, "File not found"),
    ],
)
def test_nothing_usable(tmp_path: Path, drugs: Drugs, release: str, write: Callable[[Path], Path], words: str) -> None:
    with pytest.raises(InputError, match=words):
        import_release(release, [write(tmp_path / "x.csv")], nothing_known(tmp_path), drugs)


def test_a_table_of_lines_needs_identifiers(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("name\nHL-60\n")
    with pytest.raises(InputError, match="Not a table of lines"):
        Lines.read(tmp_path / "m.csv")


def test_imported_tables_carry_study_and_structures_into_training(tmp_path: Path) -> None:
    """Two parts of one study are one study; structures come from the table itself."""
    rng = np.random.default_rng(1)
    for part in (0, 1):
        rows = [
            (f"L{i}", "XEKOWRVHYACXOJ", float(rng.normal()), "7", "Newdrug", "CCOC(C)=O", "KIN2", "Other", "PRISM")
            for i in range(30 * part, 30 * part + 30)
        ]
        columns = ["line", "drug", "ln_ic50", "drug_id", "name", "smiles", "targets", "pathway", "study"]
        pd.DataFrame(rows, columns=columns).to_parquet(tmp_path / f"part{part}.parquet")
    panel = read_panel([tmp_path / "part0.parquet", tmp_path / "part1.parquet"])
    assert len(panel.lines) == 60 and len(panel.drugs) == 1
    drug = panel.drugs[0]
    assert (drug.name, drug.study, drug.targets) == ("Newdrug", "PRISM", "KIN2") and drug.key.startswith(
        "XEKOWRVHYACXOJ-"
    )
