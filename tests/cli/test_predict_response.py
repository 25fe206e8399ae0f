"""predict-response: the contract's columns, patients' refusals, further drugs, invariance."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from loci2lead.io.tables import read_provenance, write_parquet
from loci2lead.records import RESPONSE_COLUMNS, names
from loci2lead.response.train import Sources, read_settings, train
from tests.response.drawn import GENES, SMILES, Study, draw_profile, draw_study

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return draw_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def model(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    train(
        Sources([study.responses], study.folder),
        {**read_settings(None), "networks": 1, "epochs": 2},
        folder / "m.pt",
        folder / "x.json",
    )
    return folder / "m.pt"


def predict(run_cli: Cli, model: Path, output: Path, *more: object) -> pd.DataFrame:
    code, _, err = run_cli("predict-response", *more, "--model", model, "--output", output)
    assert code == 0, err
    return pd.read_parquet(output)


def test_a_row_for_every_pair_with_the_contract_columns(
    run_cli: Cli, model: Path, study: Study, tmp_path: Path
) -> None:
    table = predict(run_cli, model, tmp_path / "x.parquet", "--features", study.folder)
    assert list(table.columns[: len(RESPONSE_COLUMNS)]) == names(RESPONSE_COLUMNS)
    assert len(table) == len(study.lines) * len(SMILES) == len(table.drop_duplicates(["sample", "drug_key"]))
    assert (table["lower_90"] < table["ln_ic50"]).all() and (table["ln_ic50"] < table["upper_90"]).all()
    assert {"mutation,copy_number,expression,tissue"} == set(table["modalities"])
    assert read_provenance(tmp_path / "x.parquet")["subcommand"] == "predict-response"
    distributions = pd.read_csv(tmp_path / "x.distributions.tsv", sep="\t")
    assert list(distributions.columns) == ["drug", "drug_key", "scope", "n", "q05", "q25", "q50", "q75", "q95"]
    assert (distributions[["q05", "q25", "q50", "q75", "q95"]].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_threads_change_nothing(
    run_cli: Cli, model: Path, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loci2lead.response.prediction.SHARD", 40)
    for threads in (1, 2):
        predict(run_cli, model, tmp_path / f"{threads}.parquet", "--features", study.folder, "--threads", threads)
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()


def test_patients_get_no_number_for_what_a_culture_cannot_see(run_cli: Cli, model: Path, tmp_path: Path) -> None:
    table = predict(
        run_cli, model, tmp_path / "x.parquet", "--profile", draw_profile(tmp_path / "p.parquet")
    ).set_index("drug")
    for drug, word in (("Cetuximab", "antibody"), ("Tamoxifen", "endocrine")):
        assert pd.isna(table.loc[drug, "ln_ic50"]) and table.loc[drug, "top_genes"] == ""
        assert table.loc[drug, "note"].startswith("not predicted for patients") and word in table.loc[drug, "note"]
    assert table.loc["Drugone", "ln_ic50"] < table.loc["Drugone", "ln_ic50"] + 1 and table.loc["Drugone", "note"] == ""
    assert table.loc["Drugone", "delta_from_tissue_mean"] < -0.5  # it carries the planted BRAF hotspot


def test_unknown_coverage_is_not_a_high_burden(run_cli: Cli, model: Path, tmp_path: Path) -> None:
    """Where only the mutated genes are known, they are still few of all genes; many of all are too many."""
    few = draw_profile(tmp_path / "few.parquet", covered=None)
    many = draw_profile(tmp_path / "many.parquet", sample="T2", mutation_state="missense", covered=None)
    table = predict(run_cli, model, tmp_path / "x.parquet", "--profile", few, many).groupby("sample")
    flagged = table["note"].apply(lambda notes: notes.str.contains("more mutated genes").any())
    assert flagged.to_dict() == {"T1": False, "T2": True}


def test_unfiltered_inherited_variants_are_noted(run_cli: Cli, model: Path, tmp_path: Path) -> None:
    for name, more in (("T1", {}), ("T2", {"population_frequencies": "y"})):
        table = pd.read_parquet(draw_profile(tmp_path / f"{name}.parquet", sample=name))
        described = {"subcommand": "profile-tumour", "inputs": {"variants": "x", **more}}
        write_parquet(tmp_path / f"{name}.parquet", table, described)
    files = [tmp_path / "T1.parquet", tmp_path / "T2.parquet"]
    table = predict(run_cli, model, tmp_path / "x.parquet", "--profile", *files)
    refused = table[table["drug"] == "Cetuximab"].set_index("sample")["note"]
    assert "inherited variants were not filtered" in refused["T1"] and "inherited" not in refused["T2"]
    plain = table[(table["sample"] == "T1") & table["ln_ic50"].notna() & table["in_domain"]]
    assert (plain["note"] == "").any(), "the remark alone refuses nothing"


def test_cell_lines_keep_every_number(run_cli: Cli, model: Path, study: Study, tmp_path: Path) -> None:
    table = predict(run_cli, model, tmp_path / "x.parquet", "--features", study.folder)
    assert table["ln_ic50"].notna().all()
    assert not table["note"].str.contains("patients").any()


def test_without_expression_a_gain_that_may_be_nothing_gives_no_number(
    run_cli: Cli, model: Path, tmp_path: Path
) -> None:
    profile = draw_profile(tmp_path / "p.parquet", copies_relative=None)
    table = predict(run_cli, model, tmp_path / "x.parquet", "--profile", profile).set_index("drug")
    assert set(table["modalities"]) == {"mutation,tissue"}
    refused = table[table["note"].str.contains("may be nothing")]
    assert len(refused) and refused["ln_ic50"].isna().all()
    assert pd.notna(table.loc["Drugone", "ln_ic50"])


def test_expression_without_a_reference_is_not_used(run_cli: Cli, model: Path, tmp_path: Path) -> None:
    """The number is that of the same profile without expression; what is refused says why RNA did not help."""
    rng = np.random.default_rng(1)
    with_rna = draw_profile(tmp_path / "p.parquet", log2_tpm=rng.random(len(GENES)) * 10)
    without = draw_profile(tmp_path / "q.parquet")
    first = predict(run_cli, model, tmp_path / "x.parquet", "--profile", with_rna).set_index("drug")
    second = predict(run_cli, model, tmp_path / "y.parquet", "--profile", without).set_index("drug")
    pd.testing.assert_frame_equal(first.drop(columns="note"), second.drop(columns="note"))
    assert "expression was not used: no reference" in first.loc["Cetuximab", "note"]


def test_a_reference_cohort_puts_expression_on_the_training_scale(run_cli: Cli, model: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    level = rng.random(len(GENES)) * 8 + 2
    cohort = pd.DataFrame((level + rng.standard_normal((60, len(GENES)))).clip(0), columns=GENES)
    cohort.insert(0, "sample", [f"R{i}" for i in range(60)])
    cohort.to_csv(tmp_path / "ref.tsv", sep="\t", index=False)
    high = level.copy()
    high[GENES.index("AKT3")] += 3
    reference = ["--expression-reference", tmp_path / "ref.tsv"]
    usual = predict(
        run_cli,
        model,
        tmp_path / "a.parquet",
        "--profile",
        draw_profile(tmp_path / "p.parquet", log2_tpm=level),
        *reference,
    )
    raised = predict(
        run_cli,
        model,
        tmp_path / "b.parquet",
        "--profile",
        draw_profile(tmp_path / "q.parquet", log2_tpm=high),
        *reference,
    )
    assert "expression" in usual["modalities"].iloc[0] and "expression" in raised["modalities"].iloc[0]
    gap = raised.set_index("drug")["ln_ic50"] - usual.set_index("drug")["ln_ic50"]
    assert gap["Drugtwo"] > 0.3  # AKT3 was planted as resistance to every second drug


def test_further_drugs_follow_those_they_resemble(run_cli: Cli, model: Path, study: Study, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(
        "drug,smiles,targets,pathway\nLike one,CCCO,BRAF,ERK MAPK signaling\nAlien,[Xe],,\nBad,C1,,\n"
    )
    table = predict(run_cli, model, tmp_path / "x.parquet", "--features", study.folder, "--drugs", tmp_path / "d.csv")
    wide = table.pivot(index="sample", columns="drug", values="ln_ic50").astype(float)
    assert wide["Like one"].corr(wide["Drugone"]) > 0.6
    alien = table[table["drug"] == "Alien"]
    assert not alien["in_domain"].any() and alien["note"].str.contains("shares neither").all()
    assert table.loc[table["drug"] == "Like one", "percentile_overall"].isna().all()
    rejected = pd.read_csv(tmp_path / "x.rejected.tsv", sep="\t")
    assert rejected["code"].tolist() == ["invalid_smiles"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["--features", "nowhere"], "not found"),
        (["--features", ".", "--model", "no-such-model"], "Model not found"),
        (["--profile", "missing.parquet"], "File not found"),
    ],
)
def test_mistakes(
    run_cli: Cli, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run_cli("predict-response", "--model", model, *line, "--output", tmp_path / "x.parquet")
    assert code == 2 and words in err and not (tmp_path / "x.parquet").exists()
