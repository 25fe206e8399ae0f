"""What ships with the package is complete, small and inside the package."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from loci2lead.models.checkpoint import WEIGHTS, load_checkpoint

ROOT = Path(__file__).parents[1]
MODELS = sorted(WEIGHTS.glob("*.pt"))
CARD_KEYS = {"data", "seed", "command", "licence", "limits", "sha256"}
FIGURES = {"variants": "test", "response": "LCO", "molecules": "out_of_fold"}


def test_git_sees_the_package() -> None:
    done = subprocess.run(
        ["git", "check-ignore", "lib/loci2lead/__init__.py"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.stdout == b"", "a .gitignore rule hides the package"


def test_weights_are_small_together() -> None:
    assert sum(p.stat().st_size for p in MODELS) <= 25e6


def test_there_is_a_model_for_every_stage() -> None:
    assert {"variants", "response", "molecules"} <= {p.name.split("-")[0] for p in MODELS}


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_every_model_has_a_complete_card(path: Path) -> None:
    card = json.loads(path.with_suffix(".json").read_text())
    assert set(card) >= CARD_KEYS, f"missing: {CARD_KEYS - set(card)}"
    assert card[FIGURES[path.name.split("-")[0]]], "no figures"
    assert card["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_every_model_loads_without_pickled_code(path: Path) -> None:
    checkpoint = load_checkpoint(path)
    assert checkpoint.settings and checkpoint.state
