"""One network on a GPU for many calling processes: they prepare pileups on CPU cores, it answers.

The calling processes load neither torch nor a CUDA context. Each connects over a local socket that only this run can
open (a random name and key) and waits for its own answer while the others go on, so the GPU is fed by all of them.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from threading import Event, Lock, Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.errors import Loci2leadError
from loci2lead.variants.scorer import Forward


@dataclass(frozen=True)
class Address:
    """Where a network answers, and the key that opens the connection."""

    name: str
    key: bytes


@contextmanager
def served(forward: Forward) -> Iterator[Address]:
    """Answer with `forward` under the address, until the block ends."""
    key, ended = secrets.token_bytes(32), Event()
    with Listener(authkey=key) as listener:
        address = Address(str(listener.address), key)
        waiting = Thread(target=_accept, args=(listener, forward, ended), daemon=True)
        waiting.start()
        try:
            yield address
        finally:
            ended.set()
            Client(address.name, authkey=key).close()  # wakes who waits
            waiting.join()


def remote(address: Address) -> Forward:
    """Return a forward pass that asks the network at `address`."""
    connection = Client(address.name, authkey=address.key)

    def forward(
        images: NDArray[np.uint8], features: NDArray[np.float32], costs: NDArray[np.float32]
    ) -> tuple[Any, Any]:
        connection.send((images, features, costs))
        answer = connection.recv()
        if isinstance(answer, str):
            raise Loci2leadError("The network's process failed", found=answer, remedy="call with --device cpu")
        return answer

    return forward


def _accept(listener: Listener, forward: Forward, ended: Event) -> None:
    turn = Lock()
    while not ended.is_set():
        try:
            connection = listener.accept()
        except (AuthenticationError, EOFError, ConnectionError):  # not one of ours, or gone already
            continue
        Thread(target=_answer, args=(connection, forward, turn), daemon=True).start()


def _answer(connection: Connection, forward: Forward, turn: Lock) -> None:
    """Answer one process until it hangs up; a failure is told to it, and it stops the run."""
    with connection:
        while True:
            try:
                request = connection.recv()
            except (EOFError, OSError):
                return
            try:
                with turn:
                    answer: Any = forward(*request)
            except Exception as error:
                answer = f"{type(error).__name__}: {error}"
            connection.send(answer)
