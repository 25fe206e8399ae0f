"""`loci2lead screen-library` with the shipped model, and what it refuses."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from loci2lead.cli import main
from loci2lead.io.tables import read_provenance
from loci2lead.molecules.endpoints import endpoint_table
from loci2lead.records import REJECTED_COLUMNS

Run = Callable[..., tuple[int, str, str]]
DEMO = Path(str(files("loci2lead") / "resources" / "demo" / "compounds.csv"))
SECRET = "C1CC(F)(Br)CCOC1CC"


def test_the_demo_library_is_scored_and_accounted_for(run_cli: Run, tmp_path: Path) -> None:
    output, cmax = tmp_path / "scores.parquet", tmp_path / "cmax.csv"
    cmax.write_text("id,cmax_um\nL2L-0001,12\n")
    code, _, log = run_cli("screen-library", "--library", DEMO, "--output", output, "--cmax", cmax)
    assert code == 0, log
    table, given = pd.read_parquet(output), pd.read_csv(DEMO)
    assert table["id"].tolist() == given["id"].tolist()
    counts = table["status"].value_counts()
    assert counts.sum() == len(given)
    assert counts["rejected"] == 5
    rejected = pd.read_csv(tmp_path / "scores.rejected.tsv", sep="\t")
    assert rejected.columns.tolist() == list(REJECTED_COLUMNS)
    assert rejected["id"].tolist() == table.loc[table["status"] == "rejected", "id"].tolist()
    scored = table[table["status"] != "rejected"]
    for name, endpoint in endpoint_table().items():
        assert scored[[name, f"{name}_std"]].notna().all(axis=None)
        if endpoint.task == "classification":
            assert scored[name].between(0, 1).all()
            assert set(scored[f"{name}_set"]) <= {"0", "1", "0|1"}
        else:
            assert (scored[f"{name}_low"] <= scored[name]).all()
    named = table.merge(given[["id", "name"]], on="id").set_index("name")
    assert named.loc["estradiol", "NR-ER"] > named.loc["glycerol", "NR-ER"]
    assert named.loc["benzo[a]pyrene", "NR-AhR"] > named.loc["urea", "NR-AhR"]
    assert "duplicate_of:L2L-0001" in named.loc["acetylsalicylate (same as aspirin)", "codes"]
    assert read_provenance(output)["subcommand"] == "screen-library"
    margins = table.set_index("id")["herg_pic50_margin"].dropna()
    potency = table.set_index("id").loc["L2L-0001", "herg_pic50"]
    assert margins.to_dict() == {"L2L-0001": pytest.approx(10 ** (6 - potency) / 12, abs=1e-3)}


def test_the_same_library_gives_the_same_bytes(run_cli: Run, tmp_path: Path) -> None:
    library = tmp_path / "x.smi"
    library.write_text("CCO a\nc1ccccc1 b\nC1CC c\n")
    for name in ("one", "two"):
        code, _, _ = run_cli(
            "screen-library",
            "--library",
            library,
            "--output",
            tmp_path / f"{name}.parquet",
            "--endpoints",
            "herg,NR-AhR",
        )
        assert code == 0
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    columns = pd.read_parquet(tmp_path / "one.parquet").columns
    assert "NR-AhR" in columns
    assert "ames" not in columns


@pytest.mark.parametrize(
    ("name", "content", "flags", "words"),
    [
        ("x.csv", "id,formula\n1,CH4\n", [], ["smiles", "id, formula", "--smiles-column"]),
        ("x.csv", "id,smiles\n", [], ["empty"]),
        ("x.doc", "CCO\n", [], ["Unknown kind of library", ".parquet"]),
        ("x.smi", "CCO\n", ["--endpoints", "nonsense"], ["Unknown endpoint", "NR-AhR"]),
        ("x.smi", "CCO\n", ["--model", "nothing"], ["Model not found"]),
        ("x.smi", "CCO\n", ["--threads", "0"], ["thread"]),
    ],
)
def test_mistakes_end_with_code_2_and_a_remedy(
    run_cli: Run, tmp_path: Path, name: str, content: str, flags: list[str], words: list[str]
) -> None:
    (tmp_path / name).write_text(content)
    output = tmp_path / "out.parquet"
    code, _, log = run_cli("screen-library", "--library", tmp_path / name, "--output", output, *flags)
    assert code == 2
    assert all(word in log for word in words), log
    assert not output.exists()


def test_a_missing_library_and_a_wrong_output(run_cli: Run, tmp_path: Path) -> None:
    assert run_cli("screen-library", "--library", tmp_path / "no.smi", "--output", tmp_path / "o.parquet")[0] == 2
    (tmp_path / "x.smi").write_text("CCO\n")
    assert run_cli("screen-library", "--library", tmp_path / "x.smi", "--output", tmp_path / "o.csv")[0] == 2


def test_structures_are_secrets(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    library = tmp_path / "x.smi"
    library.write_text(f"{SECRET} a\n{SECRET}C1 b\n{SECRET}(C)(C)(C)(C)C c\n")
    code = main(["screen-library", "--library", str(library), "--output", str(tmp_path / "o.parquet"), "--debug"])
    captured = capfd.readouterr()
    assert code == 0
    assert SECRET not in captured.out + captured.err
    assert SECRET not in (tmp_path / "o.rejected.tsv").read_text()


@pytest.mark.slow
@pytest.mark.data
def test_every_bad_input_is_in_the_output(run_cli: Run, tmp_path: Path, data_dir: Path) -> None:
    library = data_dir / "molecules" / "dev" / "bad_inputs.csv"
    assert run_cli("screen-library", "--library", library, "--output", tmp_path / "o.parquet")[0] == 0
    table = pd.read_parquet(tmp_path / "o.parquet")
    expected = pd.read_csv(library, keep_default_na=False)["expected"]
    assert len(table) == 487
    assert ((table["status"] == "rejected") == expected.str.startswith("reject:")).all()
    repeats = table["codes"].str.contains("duplicate_of:")
    assert repeats[359:439].all()


@pytest.mark.data
def test_the_first_pass_accounts_for_every_bad_input_as_the_others_do(
    run_cli: Run, tmp_path: Path, data_dir: Path
) -> None:
    library = data_dir / "molecules" / "dev" / "bad_inputs.csv"
    for depth in ("fast", "parse"):
        output = tmp_path / f"{depth}.parquet"
        code, _, log = run_cli("screen-library", "--library", library, "--output", output, "--depth", depth)
        assert code == 0, log
    fast, parsed = (pd.read_parquet(tmp_path / f"{depth}.parquet") for depth in ("fast", "parse"))
    pd.testing.assert_frame_equal(
        fast[["id", "canonical_smiles", "status"]], parsed[["id", "canonical_smiles", "status"]]
    )
    assert (tmp_path / "fast.rejected.tsv").read_text() == (tmp_path / "parse.rejected.tsv").read_text()
    differ = (fast["codes"] != parsed["codes"]).to_numpy().nonzero()[0].tolist()
    assert differ == [476], "two tautomers with one InChIKey have two canonical SMILES"
    assert (fast["herg"].notna() == (fast["status"] != "rejected")).all()
    assert fast["herg_std"].isna().all() and "mw" not in fast


def test_depths_without_a_model_the_best_rows_and_cmax(run_cli: Run, tmp_path: Path) -> None:
    cmax = tmp_path / "cmax.csv"
    cmax.write_text("id,cmax_um\nL2L-0001,12\n")
    output = tmp_path / "scores.parquet"
    code, _, log = run_cli(
        "screen-library", "--library", DEMO, "--output", output, "--depth", "properties",
        "--top", 7, "--by", "logp:low", "--cmax", cmax,
    )  # fmt: skip
    assert code == 0, log
    table, best = pd.read_parquet(output), pd.read_parquet(tmp_path / "scores.top.parquet")
    assert not {"herg", "alerts", "qed", "in_domain"} & set(table.columns)
    distinct = table[~table["codes"].str.contains("duplicate_of")].dropna(subset=["logp"])
    assert best["logp"].tolist() == sorted(distinct["logp"])[:7]
    assert table.set_index("id")["cmax_um"].dropna().to_dict() == {"L2L-0001": 12.0}
    assert "properties" not in read_provenance(output)["models"]
    code, _, _ = run_cli("screen-library", "--library", DEMO, "--output", output, "--depth", "parse")
    assert code == 0
    parsed = pd.read_parquet(output)
    assert parsed.columns.tolist() == ["id", "smiles", "canonical_smiles", "inchikey", "status", "codes"]
    pd.testing.assert_frame_equal(parsed, table[parsed.columns])


def test_commercial_use_leaves_out_endpoints(run_cli: Run, tmp_path: Path) -> None:
    library, output = tmp_path / "x.smi", tmp_path / "x.parquet"
    library.write_text("CCO a\n")
    code, _, log = run_cli("screen-library", "--library", library, "--output", output, "--commercial")
    assert code == 0, log
    endpoints = endpoint_table()
    for name in set(pd.read_parquet(output).columns) & set(endpoints):
        assert endpoints[name].commercial == "yes"
    barred = next(name for name, endpoint in endpoints.items() if endpoint.commercial != "yes")
    flags = ["screen-library", "--library", library, "--output", output]
    code, _, log = run_cli(*flags, "--commercial", "--endpoints", barred)
    assert code == 2
    assert barred in log
    for wrong in (["--top", 5], ["--top", 5, "--by", "nothing"], ["--top", 5, "--by", "herg", "--rows", "0-2048"]):
        code, _, _ = run_cli(*flags, *wrong)
        assert code == 2


def test_a_function_as_the_model(run_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def carbons(smiles):\n    return {'carbons': [t.count('C') for t in smiles]}\n")
    library, output = tmp_path / "x.smi", tmp_path / "x.parquet"
    library.write_text("CCO a\nC1CC b\nCCCC c\n")
    model = f"python:{tmp_path / 'mine.py'}:carbons"
    code, _, log = run_cli("screen-library", "--library", library, "--output", output, "--model", model)
    assert code == 0, log
    table = pd.read_parquet(output)
    assert table["carbons"].fillna(-1).tolist() == [2, -1, 4]
    assert table["status"].tolist() == ["accepted", "rejected", "accepted"]
    assert read_provenance(output)["parameters"]["function"] == "carbons"
