"""The trained model: what it learns, what it promises, what its file may hold."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.response.blocks import fit_blocks
from loci2lead.response.compounds import Drug
from loci2lead.response.extend import extend_model
from loci2lead.response.model import ResponseModel, set_blocks
from loci2lead.response.omics import read_folder
from loci2lead.response.pool import fit_pool, fit_sharp
from loci2lead.response.predict import predict_table
from loci2lead.response.storage import unpack
from tests.response.drawn import Study


@pytest.fixture(scope="session")
def model(model_file: Path) -> ResponseModel:
    return unpack(load_checkpoint(model_file))


def test_metrics_beat_the_naive_means(model_file: Path) -> None:
    metrics = json.loads((model_file.parent / "metrics.json").read_text())["LCO"]
    assert metrics["drug mean"]["npear"] == pytest.approx(0, abs=0.05)
    assert metrics["ours [all]"]["npear"] > metrics["tissue x drug mean"]["npear"] + 0.1
    assert metrics["ours [M]"]["npear"] > metrics["ours [subtype]"]["npear"]


def test_model_holds_no_training_row(model_file: Path, study: Study) -> None:
    state = load_checkpoint(model_file).state
    omics = read_folder(study.folder)
    rows = omics.frames["expr"].to_numpy()
    for name, tensor in state.items():
        values = tensor.double().numpy()
        if values.ndim != 2 or rows.shape[1] not in values.shape:
            continue
        values = values if values.shape[1] == rows.shape[1] else values.T
        a = (values - values.mean(1, keepdims=True)) / (values.std(1, keepdims=True) + 1e-9)
        b = (rows - rows.mean(1, keepdims=True)) / rows.std(1, keepdims=True)
        assert np.abs(a @ b.T / rows.shape[1]).max() < 0.95, name


def test_contributions_add_up_to_the_difference_from_the_drug_mean(model: ResponseModel, study: Study) -> None:
    table = predict_table(model, read_folder(study.folder).take(study.lines[:5]))
    means = dict(zip([d.key for d in model.drugs], model.means, strict=True))
    for row in table.itertuples():
        total = sum(float(part.rsplit(":", 1)[1]) for part in row.top_genes.split(";"))
        assert total == pytest.approx(row.ln_ic50 - means[row.drug_key], abs=0.011)


def test_explanation_names_the_gene_that_was_planted(model: ResponseModel, study: Study) -> None:
    omics = read_folder(study.folder)
    carriers = [s for s in omics.samples if omics.frames["hot"].loc[s, "BRAF"] == 1]
    table = predict_table(model, omics.take(carriers))
    lists = table.loc[table["drug"] == "Drugone", "top_genes"]
    assert np.mean([words.startswith("BRAF:-") for words in lists]) > 0.9


def test_a_sample_alone_gets_the_same_digits(model: ResponseModel, study: Study) -> None:
    omics = read_folder(study.folder)
    together = predict_table(model, omics.take(study.lines[:70]))
    alone = predict_table(model, omics.take([study.lines[66]]))
    same = together[together["sample"] == study.lines[66]].reset_index(drop=True)
    np.testing.assert_allclose(alone["ln_ic50"].astype(float), same["ln_ic50"].astype(float), atol=1e-6)
    assert list(alone["top_genes"]) == list(same["top_genes"])


@pytest.mark.parametrize(
    "dropped", [("expr",), ("cn",), ("hot", "any", "drv"), ("expr", "cn"), ("expr", "cn", "hot", "any", "drv")]
)
def test_any_subset_of_modalities_scores(model: ResponseModel, study: Study, dropped: tuple[str, ...]) -> None:
    omics = read_folder(study.folder).take(study.lines[:4])
    for name in dropped:
        omics.frames.pop(name, None)
    table = predict_table(model, omics)
    assert table["ln_ic50"].notna().all()
    words = table["modalities"].iloc[0]
    assert ("expression" in words) == ("expr" not in dropped)
    assert ("mutation" in words) == ("hot" not in dropped)


def test_fewer_modalities_never_narrow_the_mean_interval(model: ResponseModel) -> None:
    assert model.figures["EMC"].half_width.mean() <= model.figures[""].half_width.mean()


def test_unseen_tissue_is_outside_the_domain(model: ResponseModel, study: Study) -> None:
    omics = read_folder(study.folder).take(study.lines[:12])
    omics.tissue[:6] = ["kidney"] * 6
    table = predict_table(model, omics)
    moved = table["sample"].isin(study.lines[:6])
    assert not table.loc[moved, "in_domain"].any() and table.loc[~moved, "in_domain"].mean() > 0.5
    assert table.loc[moved, "note"].str.contains("tissue kidney has no training lines").all()
    assert table.loc[moved, "percentile_in_tissue"].isna().all()


def test_percentiles_need_fifteen_lines(model: ResponseModel, study: Study) -> None:
    table = predict_table(model, read_folder(study.folder).take(study.lines[:3]))
    assert (table["n_tissue_lines"] >= 15).all() and table["percentile_in_tissue"].between(0, 100).all()
    model.distribution.lines[:] = 14
    table = predict_table(model, read_folder(study.folder).take(study.lines[:3]))
    model.distribution.lines[:] = 24
    assert table["percentile_in_tissue"].isna().all() and table["percentile_overall"].notna().all()


def test_antibody_with_a_dye_for_a_structure_gets_no_graph(model: ResponseModel) -> None:
    drug = next(d for d in model.drugs if d.name == "Cetuximab")
    assert (drug.modality, drug.smiles, drug.key) == ("antibody", "", "NAME-CETUXIMAB")


def test_unseen_drugs_leave_known_drugs_as_they_are(model: ResponseModel, study: Study) -> None:
    """Further drugs come from their own weights; the columns of the drugs learned do not move."""
    omics = read_folder(study.folder).take(study.lines[:6])
    new = Drug("Newone", "NEW", "NEW", "CCCN", "BRAF", "ERK MAPK signaling", study="unseen")
    larger = extend_model(model, [new])
    before, _ = model.residuals(omics, model.modalities)
    after, _ = larger.residuals(omics, model.modalities)
    assert after.shape == (6, len(model.drugs) + 1)
    np.testing.assert_array_equal(after[:, :-1], before)
    plain, _ = replace(larger, transfer=None).residuals(omics, model.modalities)
    assert np.abs(after[:, -1] - plain[:, -1]).max() > 1e-3, "the nearly unshrunken weights take part"


def test_nearly_unshrunken_weights_give_back_the_training_lines(study: Study) -> None:
    omics = read_folder(study.folder)
    z = fit_blocks(omics, set_blocks("EMC"), 1).transform(omics, set_blocks("EMC"))
    y = np.random.default_rng(0).standard_normal((len(omics.samples), 3))
    y[::7, 1] = np.nan
    sharp, (pool, _) = fit_sharp(z, y, "EMC"), fit_pool(z, y, "EMC")
    seen = np.isfinite(y)
    errors = [np.abs(sum(z[b] @ w for b, w in weights.items()) - y)[seen].mean() for weights in (sharp, pool)]
    assert errors[0] < 0.7 * errors[1]
