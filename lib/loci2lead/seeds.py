"""Seeds handed down by name, so that adding one random step never changes another."""

import hashlib

import numpy as np


def derive_seed(seed: int, *names: str | int) -> int:
    """Return a 63-bit seed that depends on `seed` and on every name, and on nothing else."""
    digest = hashlib.sha256(repr((seed, *names)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Return a NumPy generator for the step called `names` of a run seeded with `seed`."""
    return np.random.default_rng(derive_seed(seed, *names))
