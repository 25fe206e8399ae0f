"""Models made elsewhere: Python functions and Chemprop files in the screening engine."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from loci2lead.errors import InputError
from loci2lead.io.libraries import LibraryRow
from loci2lead.molecules.foreign import foreign_file, is_foreign, load_foreign
from loci2lead.molecules.screening import ScreenPlan, score_block

MODULE = """
import pandas as pd

def table(smiles):
    return pd.DataFrame({"carbons": [text.upper().count("C") for text in smiles], "size": [len(t) for t in smiles]})

def numbers(smiles):
    return [float(len(text)) for text in smiles]

def columns(smiles):
    return {"size": [len(text) for text in smiles]}

def fragile(smiles):
    if any("Br" in text for text in smiles):
        raise RuntimeError("no bromine, please")
    return numbers(smiles)

def short(smiles):
    return numbers(smiles)[1:]

def words(smiles):
    return {"word": list(smiles)}
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "mine.py"
    path.write_text(MODULE)
    return path


def test_which_models_are_foreign() -> None:
    assert is_foreign("python:a.py:f")
    assert is_foreign("chemprop:m.pt")
    assert not is_foreign("molecules-properties-v1")
    assert not is_foreign("folder/m.pt")


@pytest.mark.parametrize(
    ("name", "columns"), [("table", ["carbons", "size"]), ("numbers", ["score"]), ("columns", ["size"])]
)
def test_a_function_may_answer_in_three_ways(module: Path, name: str, columns: list[str]) -> None:
    model = load_foreign(f"python:{module}:{name}")
    scores, failed = model.scores(["CCO", "c1ccccc1"])
    assert list(scores) == columns
    np.testing.assert_array_equal(scores[columns[-1]], [3, 8])
    assert not failed.any()
    assert model.scores([])[0][columns[0]].shape == (0,)


def test_one_bad_molecule_spoils_no_other(module: Path) -> None:
    model = load_foreign(f"python:{module}:fragile")
    rows = [LibraryRow(i, f"m{i}", text) for i, text in enumerate(["CCO", "CBr", "CC", "C1CC"])]
    table, rejections = score_block(rows, model, ScreenPlan(("score",)))
    assert table["score"].fillna(-1).tolist() == [3, -1, 2, -1]
    assert table["codes"].tolist() == ["", "model_failed", "", "invalid_smiles"]
    assert table["status"].tolist() == ["accepted", "accepted", "accepted", "rejected"]
    assert len(rejections) == 1
    assert table["in_domain"].isna().all(), "nothing is known of a foreign model's domain"
    assert table["mw"].notna().tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("python:{module}:absent", "No such function"),
        ("python:{module}:short", "cannot score ethanol"),
        ("python:{module}:words", "cannot score ethanol"),
        ("python:no_such_module_here:f", "No such module"),
        ("python:{module}.missing.py:f", "cannot be imported"),
        ("python:onlyone", "named by its module"),
        ("chemprop:{module}.pt", "Model not found"),
    ],
)
def test_what_is_refused(module: Path, model: str, message: str) -> None:
    text = model.format(module=module)
    with pytest.raises(InputError, match=message):
        if text.startswith("python"):
            foreign_file(text)
        load_foreign(text)


def test_chemprop_gives_the_numbers_of_chemprop_predict(tmp_path: Path, smiles: list[str]) -> None:
    pytest.importorskip("chemprop", reason="Chemprop is not installed (pip install 'chemprop>=2.2')")
    table = tmp_path / "t.csv"
    rng = np.random.default_rng(0)
    pd.DataFrame({"smiles": smiles, "a": rng.normal(size=len(smiles)), "b": rng.normal(size=len(smiles))}).to_csv(
        table, index=False
    )
    command = [sys.executable, "-c", "from chemprop.cli.main import main; main()"]
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    train = ["train", "-i", table, "-o", tmp_path / "m", "--epochs", "4", "--accelerator", "cpu", "-n", "0"]
    subprocess.run([*command, *map(str, train)], check=True, env=environment)
    model = tmp_path / "m" / "model_0" / "best.pt"
    answer = tmp_path / "p.csv"
    predict = ["predict", "-i", table, "-o", answer, "--model-paths", model, "--accelerator", "cpu", "-n", "0"]
    subprocess.run([*command, *map(str, predict)], check=True, env=environment)
    expected = pd.read_csv(answer)
    rows = [LibraryRow(i, str(i), text) for i, text in enumerate(smiles)]
    found, _ = score_block(rows, load_foreign(f"chemprop:{model}"), ScreenPlan(("a", "b")))
    assert np.ptp(expected["a"]) > 0
    for name in ("a", "b"):
        np.testing.assert_allclose(found[name].to_numpy(float), expected[name], atol=1e-5, rtol=0)
