"""Suite-wide fixtures: the command line in process, real data, seeded randomness."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from loci2lead.cli import main


@pytest.fixture
def run_cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a subcommand in process; return its exit code, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real data, or skip the test where it is absent."""
    folder = os.environ.get("LOCI2LEAD_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("real data not found: set LOCI2LEAD_DATA to its folder")
    return Path(folder)


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a generator with a fixed seed."""
    return np.random.default_rng(20)
