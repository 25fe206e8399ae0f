"""A drawn study and a small model trained on it, shared by the room's tests."""

from pathlib import Path

import pytest

from loci2lead.response.train import Sources, read_settings, train
from tests.response.drawn import Study, draw_study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a drawn study of 96 lines, 4 tissues and 7 drugs."""
    return draw_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def model_file(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model trained on the drawn study with one short network."""
    folder = tmp_path_factory.mktemp("model")
    settings = {**read_settings(None), "networks": 1, "epochs": 2}
    train(Sources([study.responses], study.folder), settings, folder / "small.pt", folder / "metrics.json")
    return folder / "small.pt"
