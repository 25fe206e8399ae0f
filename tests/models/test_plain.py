"""Checkpoints read without torch: the same settings and arrays, damage named, torch only where there is no index."""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from loci2lead.errors import InputError
from loci2lead.models.checkpoint import load_checkpoint, save_checkpoint
from loci2lead.models.devices import choose_device
from loci2lead.models.plain import INDEX, load_plain

SETTINGS = {"features": ["a", "b"], "settled": 0.995}
STATE = {
    "zeros": torch.zeros(3),
    "more zeros": torch.zeros(3),
    "matrix": torch.arange(6, dtype=torch.float64).reshape(2, 3),
    "numbers": torch.tensor([1, -2], dtype=torch.int16),
    "scalar": torch.tensor(7),
}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save_checkpoint(tmp_path / "m.pt", settings=SETTINGS, state=STATE, card={"name": "m"})
    return tmp_path / "m.pt"


def check(path: Path) -> None:
    found = load_plain(path)
    assert found.settings == SETTINGS and found.arrays.keys() == STATE.keys()
    for name, tensor in STATE.items():
        assert found.arrays[name].dtype == tensor.numpy().dtype and np.array_equal(found.arrays[name], tensor.numpy())


def test_the_same_arrays_with_and_without_torch(saved: Path) -> None:
    check(saved)
    state = load_checkpoint(saved).state
    assert all(torch.equal(state[name], tensor) for name, tensor in STATE.items())


def test_the_same_content_gives_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "other.pt", settings=SETTINGS, state=STATE, card={})
    assert (tmp_path / "other.pt").read_bytes() == saved.read_bytes()


def test_a_file_without_index_is_read_through_torch(saved: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.pt"
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(bare, "w") as target:
        for entry in source.infolist():
            if not entry.filename.endswith(INDEX):
                target.writestr(entry, source.read(entry))
    check(bare)


@pytest.mark.parametrize("content", [b"", b"no zip at all", None])
def test_damage_is_named(saved: Path, content: bytes | None) -> None:
    saved.write_bytes(saved.read_bytes()[:-300] if content is None else content)
    with pytest.raises(InputError, match=r"m\.pt"):
        load_plain(saved)


def test_loading_needs_no_torch(saved: Path) -> None:
    code = (
        "import sys; from loci2lead.models import plain; plain.load_plain(sys.argv[1]); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(saved)], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_devices() -> None:
    assert choose_device("cpu") == "cpu"
    with pytest.raises(InputError, match="auto, cpu or cuda"):
        choose_device("tpu")
    if not torch.cuda.is_available():
        assert choose_device("auto") == "cpu"
        with pytest.raises(InputError, match="cuda"):
            choose_device("cuda")
