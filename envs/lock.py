"""Print the lock file of an environment: `lock.py PIP NAME` (see `make lock`)."""

import subprocess
import sys

HEADERS = {
    "cpu": "# What `make` installs: torch first, so that a wheel you chose yourself is kept, then the rest.",
    "gpu": "# The same pins. The registry's Linux wheel of torch is built for CUDA and brings its libraries itself.",
    "dev": "# Everything for tests and lint, on top of the same pins.",
    "conda": "# For `--software-deployment-method conda`; loci2lead.post-deploy.sh beside it installs the package.",
}
# torch pulls these in by itself where its wheel needs them; pinned here they would force CUDA on everyone.
LEFT_OUT = ("nvidia-", "cuda-", "triton", "loci2lead", "pip==")


def pins(pip: str) -> list[str]:
    """Return `name==version` of what is installed, torch without its local version."""
    frozen = subprocess.run([pip, "freeze", "--all"], capture_output=True, text=True, check=True).stdout
    lines = [line.split("+", 1)[0] if line.startswith("torch==") else line for line in frozen.splitlines()]
    return [line for line in lines if "==" in line and not line.lower().startswith(LEFT_OUT)]


def as_conda(lines: list[str]) -> list[str]:
    """Return the lines of a conda environment that holds the same pins."""
    head = [
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        "  - python=3.11",
        "  - pip=25.3",
        "  - pip:",
    ]
    return [*head, *(f"      - {line}" for line in lines)]


if __name__ == "__main__":
    name = sys.argv[2]
    locked = pins(sys.argv[1])
    body = as_conda(locked) if name == "conda" else locked
    print("\n".join([HEADERS[name], "# Written by `make lock` from pyproject.toml: do not edit.", *body]))
