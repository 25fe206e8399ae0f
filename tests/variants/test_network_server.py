"""A network that answers several processes: the answers of its own forward pass, and failures that are told."""

from concurrent.futures import ThreadPoolExecutor
from multiprocessing import AuthenticationError

import numpy as np
import pytest

from loci2lead.errors import Loci2leadError
from loci2lead.variants.network_server import Address, remote, served


def forward(images: np.ndarray, features: np.ndarray, costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if images.max() == 255:
        raise RuntimeError("out of memory")
    return features + images.sum(axis=1), costs * 2


def asked(address: Address, seed: int) -> bool:
    """Ask many times over one connection; return whether every answer is the forward pass's."""
    rng, network = np.random.default_rng(seed), remote(address)
    right = []
    for _ in range(50):
        given = rng.integers(0, 9, (4, 3)), rng.normal(size=4), rng.normal(size=4)
        right += [np.array_equal(a, b) for a, b in zip(network(*given), forward(*given), strict=True)]
    return all(right)


def test_each_asker_gets_its_own_answers() -> None:
    with served(forward) as address, ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda seed: asked(address, seed), range(4)))


def test_a_failure_is_told_to_who_asked_and_others_go_on() -> None:
    with served(forward) as address:
        network = remote(address)
        with pytest.raises(Loci2leadError, match="RuntimeError: out of memory"):
            network(np.full((1, 1), 255), np.zeros(1), np.zeros(1))
        assert asked(address, 1)


def test_nobody_else_can_connect() -> None:
    with served(forward) as address:
        with pytest.raises(AuthenticationError):
            remote(Address(address.name, b"guessed"))
        assert asked(address, 1), "and it goes on"


def test_it_ends_with_its_block() -> None:
    with served(forward) as address:
        assert asked(address, 1)
    with pytest.raises(OSError):
        remote(address)
