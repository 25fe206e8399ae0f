"""The line of therapy that a label or statement asks for, read from its words."""

import re

FIRST, LATER, ADJUVANT, UNSTATED = "first line", "after prior therapy", "adjuvant", ""
_FIRST = re.compile(
    r"(?i)first[- ]line|previously untreated|treatment[- ]na[iï]ve|newly diagnosed|initial treatment|"
    r"not received prior|no prior systemic"
)
_LATER = re.compile(
    r"(?i)(?<!without )(?<!no )after (?:\w+ ){0,3}?(?:prior|previous|progress|failure)|"
    r"following (?:\w+ ){0,4}?(?:progression|recurrence|prior)|"
    r"previously treated|received (?:\w+ ){0,3}?prior|prior (?:systemic )?(?:therapy|treatment)|progressed|"
    r"second[- ]line|third[- ]line|relapsed|refractory|prior lines|disease progression|recurrence on or"
)
_ADJUVANT = re.compile(r"(?i)(neo)?adjuvant")


def line_of(text: str) -> str:
    """Return FIRST, LATER, both joined by " or ", ADJUVANT, or UNSTATED."""
    found = [name for name, pattern in ((FIRST, _FIRST), (LATER, _LATER)) if pattern.search(text)]
    if found:
        return " or ".join(found)
    return ADJUVANT if _ADJUVANT.search(text) else UNSTATED
