"""Gene names of an input brought to the symbols in use, old names and aliases reported."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

from loci2lead.io.tables import read_table

TABLES = Path(str(files("loci2lead") / "resources" / "tables"))


@cache
def aliases() -> dict[str, str]:
    """Return former symbols and aliases (upper case) with the symbol in use."""
    table = read_table(TABLES / "gene_aliases.tsv", columns=("alias", "gene"), dtype=str, comment="#")
    return dict(zip(table["alias"].str.upper(), table["gene"], strict=True))


def current_names(names: Iterable[str]) -> dict[str, str]:
    """Return the renamings to apply: each former symbol or alias among `names` with the symbol in use.

    A name is left alone where its symbol in use is among `names` too, or another name was already renamed to it,
    so that two genes of one input never fall into one.
    """
    taken = set(names)
    renamed: dict[str, str] = {}
    for name in sorted(taken):
        target = aliases().get(name.upper())
        if target is not None and target not in taken:
            renamed[name] = target
            taken.add(target)
    return renamed
