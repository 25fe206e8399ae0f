"""train-somatic-caller from the command line: a whole small training, its card, and what is refused."""

import json
from pathlib import Path

import pytest
import torch

from tests.variants.drawn_reads import CONTIG, DrawnSample

CONFIG = """
reference: ref.fa
truth: truth.vcf.gz
contig: {contig}
train_region: [0, 12000]
tune_region: [12000, 22000]
pairs: 1
tuning_pairs: 1
members: 1
epochs: 2
"""


@pytest.fixture(scope="module")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    DrawnSample(folder, length=23_000, depth=2.0)
    return folder


def test_trains_and_writes_a_card(run_cli, sample_folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("LOCI2LEAD_DATA", str(sample_folder))
    config, model = tmp_path / "train.yaml", tmp_path / "a.pt"
    config.write_text(CONFIG.format(contig=CONTIG))
    code, _, err = run_cli("train-somatic-caller", "--config", config, "--output", model)
    assert code == 0, err
    card = json.loads((tmp_path / "a.json").read_text())
    assert card["data"]["train_region"] == [CONTIG, 0, 12000]
    assert min(card["data"]["candidates"]["germline"], card["data"]["candidates"]["somatic"]) > 5
    assert {"network", "likelihoods"} <= set(card["tuning"]["pair"]["SNV"])
    assert set(torch.load(model, weights_only=True)) == {"settings", "state"}
    assert not list(tmp_path.glob("*.work"))


@pytest.mark.parametrize(
    ("change", "said"), [("pairs: 1\n", "pears: 1\n"), ("ref.fa", "none.fa")], ids=["unknown key", "missing file"]
)
def test_a_wrong_configuration_is_named(
    run_cli, sample_folder: Path, tmp_path: Path, monkeypatch, change: str, said: str
) -> None:
    monkeypatch.setenv("LOCI2LEAD_DATA", str(sample_folder))
    config = tmp_path / "train.yaml"
    config.write_text(CONFIG.format(contig=CONTIG).replace(change, said))
    code, _, err = run_cli("train-somatic-caller", "--config", config, "--output", tmp_path / "a.pt")
    assert code == 2
    assert said.split(":")[0].strip() in err
