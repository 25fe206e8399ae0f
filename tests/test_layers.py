"""Imports go down only, and nothing heavy is imported at start-up."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import loci2lead

PACKAGE = Path(loci2lead.__file__).parent
BOTTOM = {"errors", "records", "seeds"}
MAY_IMPORT = {
    "errors": set(),
    "records": set(),
    "seeds": set(),
    "provenance": BOTTOM,
    "config": BOTTOM | {"provenance"},
    "io": BOTTOM | {"provenance", "config"},
    "models": BOTTOM | {"provenance", "config", "io"},
    "molecules": BOTTOM | {"provenance", "config", "io", "models"},
    "variants": BOTTOM | {"provenance", "config", "io", "models"},
    "response": BOTTOM | {"provenance", "config", "io", "models", "molecules"},
    "report": BOTTOM | {"provenance", "config", "io"},
    "runs": BOTTOM | {"provenance", "config", "io"},
    "cli": BOTTOM | {"provenance", "config", "io", "models", "molecules", "variants", "response", "report", "runs"},
}
HEAVY = {
    "torch",
    "torch_geometric",
    "deepchem",
    "rdkit",
    "pandas",
    "numba",
    "matplotlib",
    "pysam",
    "sklearn",
    "lightgbm",
}
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE or p.stem not in {"__init__", "__main__"})


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    own = layer_of(path)
    for name in imports_of(ast.parse(path.read_text())):
        parts = name.split(".")
        if parts[0] != "loci2lead" or len(parts) < 2 or parts[1] == "__version__":
            continue
        assert parts[1] == own or parts[1] in MAY_IMPORT[own], f"{own} may not import {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if layer_of(p) == "report"], ids=lambda p: p.stem)
def test_report_knows_no_model(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports_of(ast.parse(path.read_text()))}
    assert not roots & {"torch", "torch_geometric", "deepchem", "sklearn", "lightgbm"}


@pytest.mark.parametrize("path", [p for p in MODULES if layer_of(p) == "cli"], ids=lambda p: p.stem)
def test_cli_modules_import_nothing_heavy_at_the_top(path: Path) -> None:
    top = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.Import | ast.ImportFrom)]
    roots = {name.split(".")[0] for node in top for name in imports_of(node)}
    assert not roots & HEAVY


def test_start_up_imports_nothing_heavy() -> None:
    code = (
        "import sys, loci2lead.cli as c; c.main(['--version']);"
        f"print(sorted(set(sys.modules) & set({sorted(HEAVY)!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "path", [p for p in MODULES if layer_of(p) == "cli" and p.stem != "__init__"], ids=lambda p: p.stem
)
def test_every_subcommand_has_the_house_shape(path: Path) -> None:
    tree = ast.parse(path.read_text())
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert ast.get_docstring(tree), "the docstring is the help text"
    assert {"add_arguments", "run", "main"} <= functions
