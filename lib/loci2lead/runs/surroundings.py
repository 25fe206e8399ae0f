"""What a run's bytes can depend on besides its inputs: the code, the installed packages, the kind of CPU."""

import hashlib
import platform
import re
from importlib import metadata
from importlib.resources import files
from pathlib import Path

PACKAGE = Path(str(files("loci2lead")))


def code_digest() -> str:
    """Return the SHA-256 of the package's modules and tables; model weights have digests of their own."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and path.suffix != ".pt" and "__pycache__" not in path.parts:
            digest.update(path.relative_to(PACKAGE).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def environment() -> list[str]:
    """Return Python and every installed package as sorted `name==version` lines."""
    packages = {d.metadata["Name"].lower(): d.version for d in metadata.distributions() if d.metadata["Name"]}
    packages.pop("loci2lead", None)
    return [
        f"python=={platform.python_version()}",
        *(f"{name}=={version}" for name, version in sorted(packages.items())),
    ]


def cpu() -> str:
    """Return the architecture and the model of the CPU, which decide the last digits of sums."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    model = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return f"{platform.machine()}, {model[1].strip() if model else platform.processor() or 'unknown model'}"
