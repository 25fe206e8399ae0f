"""evaluate-response on a drawn study: every split, intervals, controls, figures, continuing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.response.drawn import draw_study

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    study = draw_study(folder / "s", lines=120)
    for name in ("cn_census706", "mut_census706"):
        (study.folder / f"{name}.parquet").unlink()
    settings = {
        "responses": [str(study.responses)],
        "features": str(study.folder),
        "baselines": ["tissue x drug mean", "kernel ridge"],
        "networks": 1,
        "epochs": 2,
        "bootstrap_rounds": 8,
        "permutations": 2,
        "seeds": [3],
        "graph_network": False,
        "cross_study": str(study.responses),
        "cross_study_value": "ln_ic50",
    }
    (folder / "e.yaml").write_text(yaml.safe_dump(settings))
    return folder / "e.yaml"


@pytest.mark.slow
def test_every_split_is_measured(run_cli: Cli, config: Path, tmp_path: Path) -> None:
    code, _, err = run_cli("evaluate-response", "--config", config, "--output", tmp_path)
    assert code == 0, err
    metrics = pd.read_csv(tmp_path / "metrics.tsv", sep="\t")
    assert {"LPO", "LCO", "LTO", "LDO"} <= set(metrics["split"])
    lco = metrics[(metrics["split"] == "LCO") & (metrics["metric"] == "npear")].set_index("model")
    assert lco.loc["ours [EM]", "value"] > lco.loc["tissue x drug mean", "value"]
    assert (lco["low"] <= lco["high"]).all()
    assert lco.loc["ours [EM]", "against"] == "kernel ridge"
    coverage = pd.read_csv(tmp_path / "coverage.tsv", sep="\t").set_index("model")
    assert coverage["pooled"].between(0.8, 1).all()
    assert "pool [all], latent for all expression" in set(metrics.loc[metrics["split"] == "LTO", "model"])
    seeds = pd.read_csv(tmp_path / "seeds.tsv", sep="\t")
    assert set(seeds["split"]) == {"LCO", "LTO"} and (seeds["seeds"] == 2).all()
    assert (seeds["low"] <= seeds["mean"]).all() and (seeds["mean"] <= seeds["high"]).all()
    assert (tmp_path / "LCO.png").stat().st_size > 1000 and (tmp_path / "LCO.svg").read_text().startswith("<?xml")
    first = (tmp_path / "metrics.tsv").read_bytes()
    assert run_cli("evaluate-response", "--config", config, "--output", tmp_path)[0] == 0
    assert (tmp_path / "metrics.tsv").read_bytes() == first


@pytest.mark.parametrize(
    ("text", "words"),
    [("split: [LCO]", "Unknown key"), ("baselines: [magic]", "Unknown baseline"), (None, "File not found")],
)
def test_mistakes(run_cli: Cli, tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "c.yaml").write_text(text)
    code, _, err = run_cli("evaluate-response", "--config", tmp_path / "c.yaml", "--output", tmp_path / "o")
    assert code == 2 and words in err


def test_permuted_omics_score_near_zero(run_cli: Cli, config: Path, tmp_path: Path) -> None:
    import json

    settings = yaml.safe_load(config.read_text()) | {
        "splits": ["LCO"],
        "permutations": 6,
        "ablations": False,
        "networks": 0,
        "cross_study": None,
    }
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(settings))
    assert run_cli("evaluate-response", "--config", tmp_path / "c.yaml", "--output", tmp_path)[0] == 0
    control = json.loads((tmp_path / "controls.json").read_text())
    assert (
        abs(control["permuted_npear_mean"]) < 0.15
        and control["rounds"] == 6
        and np.isfinite(control["permuted_npear_sd"])
    )
