"""import-response: from a release's files to what train-response reads."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from loci2lead.io.tables import read_provenance
from loci2lead.response.genes import DRIVERS
from loci2lead.response.omics import read_folder
from tests.response import drawn_releases as drawn

Cli = Callable[..., tuple[int, str, str]]
GENES = [*DRIVERS[:30], "MLL2", "NOTAGENE"]


def test_a_screen_becomes_a_table_with_its_rejected_rows(run_cli: Cli, tmp_path: Path) -> None:
    model = drawn.write_model(tmp_path / "Model.csv")
    output = tmp_path / "gdsc2.parquet"
    code, _, err = run_cli(
        "import-response", "--release", "gdsc2", "--input", drawn.write_gdsc(tmp_path / "g.csv"),
        "--lines", model, "--output", output,
    )  # fmt: skip
    assert code == 0, err
    table = pd.read_parquet(output)
    afatinib = table[table["name"] == "Afatinib"]
    assert set(afatinib["drug"]) == {"ULXXDDBFHOBEHA"}, "the shipped model's drugs give the structure"
    assert len(pd.read_csv(tmp_path / "gdsc2.rejected.tsv", sep="\t")) == 4
    assert read_provenance(output)["parameters"] == {"release": "gdsc2"}


def test_depmap_becomes_a_folder_of_features(run_cli: Cli, tmp_path: Path) -> None:
    folder = drawn.write_depmap(tmp_path / "depmap", GENES)
    output = tmp_path / "features"
    code, _, err = run_cli("import-response", "--release", "depmap", "--input", folder, "--output", output)
    assert code == 0, err
    omics = read_folder(output)
    expression = omics.frames["expr"].loc[[f"ACH-1{i:05d}" for i in range(24)]]
    assert expression.mean().abs().max() < 1e-5 and expression.std(ddof=0).sub(1).abs().max() < 1e-4
    assert "NOTAGENE" not in expression and "KMT2D" in expression and "MLL2" not in expression
    assert set(np.unique(omics.frames["cn"].dropna().round(3))) == {0.5, 1.0, 3.0}
    assert omics.frames["hot"].loc["ACH-100000", "BRAF"] == 1 and omics.frames["any"].loc["ACH-100000", "TP53"] == 0
    assert omics.frames["any"].loc["ACH-100001", "KMT2D"] == 1
    assert "all mutation calls are 0" in omics.notes["ACH-100002"]
    assert omics.tissue[omics.samples.index("ACH-100000")] == "lung"
    first = {p.name: p.read_bytes() for p in sorted(output.iterdir())}
    run_cli("import-response", "--release", "depmap", "--input", folder, "--output", output)
    assert first == {p.name: p.read_bytes() for p in sorted(output.iterdir())}


def counts(path: Path) -> None:
    table = pd.read_csv(path, index_col=0)
    genes = [c for c in table.columns if "(" in c]
    table[genes] = (table[genes] * 1000).round()
    table.to_csv(path)


def doubled(path: Path) -> None:
    table = pd.read_csv(path, index_col=0)
    pd.concat([table, table.iloc[:1]]).to_csv(path)


def absolute(path: Path) -> None:
    table = pd.read_csv(path, index_col=0)
    (2 * (2**table - 1)).to_csv(path)


EXPRESSION = "OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv"


@pytest.mark.parametrize(
    ("file", "damage", "words"),
    [
        (EXPRESSION, counts, "Expression is not log2"),
        (EXPRESSION, doubled, "Lines are listed twice"),
        (EXPRESSION, lambda p: p.write_text("ModelID,A (1)\nACH-1,2\n"), "No known gene"),
        ("OmicsCNGene.csv", absolute, "neither log2"),
        ("OmicsSomaticMutations.csv", lambda p: p.write_text("HugoSymbol,ProteinChange\nKRAS,p.G1D\n"), "mutation"),
        ("Model.csv", Path.unlink, "Not a DepMap release"),
    ],
    ids=["counts", "line twice", "no gene", "absolute copies", "no line column", "no Model.csv"],
)  # fmt: skip
def test_wrong_omics_are_refused(
    run_cli: Cli, tmp_path: Path, file: str, damage: Callable[[Path], object], words: str
) -> None:
    folder = drawn.write_depmap(tmp_path / "depmap", GENES)
    damage(folder / file)
    code, _, err = run_cli("import-response", "--release", "depmap", "--input", folder, "--output", tmp_path / "out")
    assert code == 2 and words in err and file in err


def test_a_broken_workbook(run_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "g.xlsx").write_bytes(b"not a workbook")
    code, _, err = run_cli(
        "import-response", "--release", "gdsc1", "--input", tmp_path / "g.xlsx", "--output", tmp_path / "x.parquet"
    )
    assert code == 2 and "workbook cannot be read" in err and "g.xlsx" in err
