"""One short spelling for protein changes, whoever wrote them."""

import re

from loci2lead.io.amino_acids import THREE_LETTERS

_ONE = {name: letter for letter, name in THREE_LETTERS.items() if name != "Xaa"} | {"Sec": "U"}


def short_change(hgvs_p: str) -> str:
    """Return "V600E" for "p.Val600Glu", "p.(Val600Glu)" or "p.V600E"; "M1?" for any start lost.

    Raises no error: what is not understood comes back without its "p.".
    """
    text = re.sub("|".join(_ONE), lambda match: _ONE[match.group()], hgvs_p.removeprefix("p.").strip("()"))
    return "M1?" if re.match(r"M1(\?|[A-Z*]|ext)", text) else text
