"""Outputs encrypted at rest in the GA4GH format crypt4gh, for the holder of one key. Needs the extra `encrypt`."""

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loci2lead.errors import InputError
from loci2lead.io.atomic import atomic_path

SUFFIX = ".c4gh"


@contextmanager
def encrypted_folder(final: Path, public_key: Path) -> Iterator[Path]:
    """Yield a private folder to write into; its files come to `final` encrypted, and their plain text is removed.

    The key is read first. Raises InputError for a missing package or key.
    """
    key = _read_key(public_key)
    final.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=final, prefix=".plain-") as plain:
        yield Path(plain)
        for path in sorted(Path(plain).iterdir()):
            _encrypt(path, final / (path.name + SUFFIX), key)


def _read_key(path: Path) -> bytes:
    try:
        from crypt4gh.keys import get_public_key
    except ImportError as error:
        raise InputError(
            "Encryption needs the package crypt4gh", found=error, remedy='pip install "loci2lead[encrypt]"'
        ) from error
    if not path.is_file():
        raise InputError("The public key was not found", file=path, remedy="check --encrypt-for")
    try:
        key: bytes = get_public_key(str(path))
    except Exception as error:  # the package raises whatever its parser met
        raise InputError(
            "The public key cannot be read", file=path, found=error, expected="a crypt4gh or OpenSSH ed25519 key"
        ) from error
    return key


def _encrypt(source: Path, target: Path, key: bytes) -> None:
    from crypt4gh.lib import encrypt

    logging.getLogger("crypt4gh").setLevel(logging.WARNING)  # it would write keys into a log of --debug
    # A key pair for this file alone: only the holder of `key` can read it, and nobody can tell who wrote it.
    own: Any = os.urandom(32)
    with atomic_path(target) as temporary, source.open("rb") as plain, temporary.open("wb") as sealed:
        encrypt([(0, own, key)], plain, sealed)
