"""Outputs at rest: only the holder of the key reads them, a flipped bit is found, no plain text stays."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.report.builders import Call, write_context, write_vcf

RunCli = Callable[..., tuple[int, str, str]]
keys: Any = pytest.importorskip("crypt4gh.keys.c4gh", reason="the extra `encrypt` (crypt4gh) is not installed")


@pytest.fixture
def sealed(tmp_path: Path, run_cli: RunCli) -> Path:
    """Return a folder with a report encrypted for a key that lies beside it."""
    keys.generate(str(tmp_path / "key.sec"), str(tmp_path / "key.pub"), b"secret", None)
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    write_vcf(inputs / "annotated.vcf.gz", [Call("BRAF", "p.Val600Glu")])
    write_context(inputs / "context.json")
    command = ("report-patient", "--sample", "S1", "--inputs", inputs, "--output", tmp_path / "out", "--demo-evidence")
    code, _, err = run_cli(*command, "--formats", "json", "tsv", "html", "--encrypt-for", tmp_path / "key.pub")
    assert code == 0, err
    return tmp_path / "out"


def opened(path: Path, secret: Path) -> bytes:
    from crypt4gh.keys import get_private_key
    from crypt4gh.lib import decrypt

    key = get_private_key(str(secret), lambda: "secret")
    with path.open("rb") as source:
        plain = io.BytesIO()
        decrypt([(0, key, None)], source, plain)
    return plain.getvalue()


def test_the_holder_of_the_key_reads_and_nobody_else(sealed: Path) -> None:
    names = {p.name for p in sealed.iterdir()}
    assert names and all(name.endswith(".c4gh") for name in names)
    assert not any(b"BRAF" in p.read_bytes() or b"Research use" in p.read_bytes() for p in sealed.iterdir())
    assert {p.stat().st_mode & 0o777 for p in sealed.iterdir()} == {0o600}
    assert b"BRAF V600E" in opened(sealed / "report.json.c4gh", sealed.parent / "key.sec")
    keys.generate(str(sealed.parent / "other.sec"), str(sealed.parent / "other.pub"), b"secret", None)
    with pytest.raises(ValueError):
        opened(sealed / "report.json.c4gh", sealed.parent / "other.sec")


def test_a_flipped_bit_is_found(sealed: Path) -> None:
    path = sealed / "findings.tsv.c4gh"
    data = bytearray(path.read_bytes())
    data[-10] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ValueError):
        opened(path, sealed.parent / "key.sec")


@pytest.mark.parametrize("key", ["missing.pub", "inputs/context.json"])
def test_a_bad_key_writes_nothing(key: str, sealed: Path, run_cli: RunCli) -> None:
    folder = sealed.parent
    command = ("report-patient", "--sample", "S1", "--inputs", folder / "inputs", "--output", folder / "second")
    code, _, err = run_cli(*command, "--encrypt-for", folder / key)
    assert code == 2 and "public key" in err
    assert not (folder / "second").exists()
