"""Which device, and one thread on it, decided without importing torch where no GPU can be there."""

from functools import cache
from pathlib import Path

from loci2lead.errors import InputError


def choose_device(device: str = "auto") -> str:
    """Return "cpu" or "cuda". Raises InputError where a GPU is asked for and there is none."""
    if device not in {"auto", "cpu", "cuda"}:
        raise InputError("Unknown device", found=device, expected="auto, cpu or cuda")
    if device == "cpu" or (device == "auto" and not _has_driver()):
        return "cpu"
    from loci2lead.models.runtime import prepare_device

    return prepare_device(device).type


def _has_driver() -> bool:
    return any(Path("/dev", name).exists() for name in ("nvidiactl", "nvidia0", "dxg"))


@cache
def single_threaded() -> None:
    """Keep numpy's matrix products on one thread: sums split over threads change in their last digits."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
