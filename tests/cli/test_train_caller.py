"""train-caller from the command line: a whole small training, its card, and configurations that are refused."""

import json
from pathlib import Path

import pytest

from loci2lead.variants import tuning
from tests.variants.drawn_reads import CONTIG, DrawnSample

CONFIG = """
reference: ref.fa
truth: truth.vcf.gz
contig: {contig}
train_region: [0, 12000]
tune_region: [12000, 16000]
test_region: [16000, 22000]
libraries: 2
library_length: 8000
tuning_libraries: 1
tuning_length: 4000
depth_range: [15, 25]
image_share: 1.0
epochs: 2
test_depths: [20]
real:
  - name: absent
    reads: none.bam
    reference: none.fa
    truth: none.vcf.gz
    confident: none.bed
    regions: "chr1:1-5"
"""


@pytest.fixture(scope="module")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    DrawnSample(folder, length=23_000, depth=2.0)
    return folder


def test_trains_tests_and_writes_a_card(run_cli, sample_folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("LOCI2LEAD_DATA", str(sample_folder))
    config = tmp_path / "train.yaml"
    config.write_text(CONFIG.format(contig=CONTIG))
    models = []
    for name in ("a", "b"):
        code, _, err = run_cli("train-caller", "--config", config, "--output", tmp_path / f"{name}.pt")
        assert code == 0, err
        models.append((tmp_path / f"{name}.pt").read_bytes())
    assert models[0] == models[1]
    card = json.loads((tmp_path / "a.json").read_text())
    assert card["test"]["simulated"]["20x"]["SNP"]["truth"] > 10
    assert card["test"]["real"] == {"absent": None}
    assert card["data"]["train_region"] == [CONTIG, 0, 12000]
    assert not list(tmp_path.glob("*.work"))


def test_a_model_goes_on_from_another_unless_it_is_worse(
    run_cli, sample_folder: Path, tmp_path: Path, monkeypatch
) -> None:
    """Going on from itself without an epoch changes nothing, which is no worse."""
    monkeypatch.setenv("LOCI2LEAD_DATA", str(sample_folder))
    config, own, again = tmp_path / "train.yaml", tmp_path / "own.pt", tmp_path / "again.pt"
    plain = CONFIG.format(contig=CONTIG).replace("epochs: 2", "epochs: 1")
    config.write_text(plain)
    assert run_cli("train-caller", "--config", config, "--output", own)[0] == 0
    config.write_text(plain.replace("epochs: 1", "epochs: 0") + f"start: {own}\n")
    code, _, err = run_cli("train-caller", "--config", config, "--output", again)
    assert code == 0, err
    monkeypatch.setattr(tuning, "_errors_of_model", lambda *_: -1.0)
    code, _, err = run_cli("train-caller", "--config", config, "--output", tmp_path / "worse.pt")
    assert code == 2 and "worse than the one it started from" in err
    assert not (tmp_path / "worse.pt").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("epochs: 2", "epoch: 2"), "epochs"),
        (("truth: truth.vcf.gz", "truth: none.vcf.gz"), "none.vcf.gz"),
        (("contig: {contig}\n", ""), "contig"),
        (("reference: ref.fa", "reference: [unclosed"), "YAML"),
    ],
)
def test_wrong_configurations_are_named(
    run_cli, sample_folder: Path, tmp_path: Path, monkeypatch, change, said
) -> None:
    monkeypatch.setenv("LOCI2LEAD_DATA", str(sample_folder))
    config = tmp_path / "train.yaml"
    config.write_text(CONFIG.replace(*change).replace("{contig}", CONTIG))
    code, _, err = run_cli("train-caller", "--config", config, "--output", tmp_path / "m.pt")
    assert code == 2
    assert said in err
    assert not (tmp_path / "m.pt").exists()
