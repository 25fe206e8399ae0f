"""A linter for pseudonyms: refuses what looks like something that identifies a person.

Kinds follow the identifiers of the HIPAA Safe Harbor list (45 CFR 164.514(b)(2)) that can stand in a
sheet. It helps to keep identities out of the pipeline; it cannot prove that a word is a pseudonym.
"""

import re

ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
EXPECTED = "a pseudonym of letters, digits, '-', '_' or '.', at least one digit, such as P001"
REMEDY = "put a pseudonym here and keep the key to it outside of the pipeline"

_PATTERNS = (
    ("an e-mail address", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    ("a web address", re.compile(r"(?i)^(https?|ftp)://|^www\.")),
    ("a TCGA barcode", re.compile(r"(?i)\bTCGA[-_.][A-Z0-9]{2}[-_.][A-Z0-9]{4}")),
    ("an IP address", re.compile(r"^(\d{1,3}\.){3}\d{1,3}$")),
    (
        "a social security or insurance number",
        re.compile(r"(?<!\d)\d{3}[- ]\d{2}[- ]\d{4}(?!\d)|^\d{3}[- ]\d{3}[- ]\d{3}$"),
    ),
    ("a telephone number", re.compile(r"(?<!\d)(\+?1[-. ]?)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?!\d)|^\+\d{8,15}$")),
    ("a date", re.compile(r"(?<!\d)(19|20)\d\d[-_./]?(0[1-9]|1[0-2])[-_./]?(0[1-9]|[12]\d|3[01])(?!\d)")),
    ("a date", re.compile(r"(?<!\d)(0?[1-9]|[12]\d|3[01])[-_./](0?[1-9]|1[0-2])[-_./](19|20)\d\d(?!\d)")),
    ("a date", re.compile(r"(?<!\d)(0[1-9]|1[0-2])[-_./](0[1-9]|[12]\d|3[01])[-_./](19|20)\d\d(?!\d)")),
    ("a postcode", re.compile(r"(?i)^[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d$")),
    ("a health card or record number", re.compile(r"(?i)^(mrn|hcn|ramq|nhs|ssn|sin|ohip)[-_. #:]*\d")),
    ("a health card number", re.compile(r"(?i)^[A-Z]{4}[- ]?\d{4}[- ]?\d{4}$")),
    ("a medical record number", re.compile(r"^\d{6,}$")),
)
_LONG_NUMBER = re.compile(r"\d{7,}")
_PUBLIC_ACCESSION = re.compile(r"(?i)^((SRR|ERR|DRR|SRS|ERS|DRS|EGAN|EGAF|GSM)\d+|SAM(N|EA|D)\d+)$")
_WORD = re.compile(r"[A-Z][a-z]+|[A-Z]+|[a-z]+")
_TITLE_WORDS = re.compile(r"([A-Z][a-z]{1,}[-_. ,']*){1,4}")
_LABELS = """
tumor tumour normal germline somatic blood plasma sample patient demo test control case proband mother father
"""
_LABEL_WORDS = frozenset(_LABELS.split())
# The commonest given names of North America; words that also serve as labels (Mark, Grace, May) are left out.
_NAMES = """
james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony
donald steven paul andrew joshua kenneth kevin brian george timothy ronald edward jason jeffrey ryan jacob
gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory alexander patrick
frank raymond jack dennis jerry mary patricia jennifer linda elizabeth barbara susan jessica sarah karen
lisa nancy betty sandra margaret ashley kimberly emily donna michelle carol amanda melissa deborah stephanie
rebecca sharon laura cynthia kathleen amy angela shirley anna brenda pamela emma nicole helen samantha
katherine christine debra rachel carolyn janet catherine maria heather diane olivia julie joyce victoria
jane joan alice martha marie jean pierre jacques michel andre claude francois louis philippe sophie isabelle
nathalie sylvie chantal genevieve mohammed muhammad ahmed ali wei ming carlos jose juan luis miguel sofia
"""
_GIVEN_NAMES = frozenset(_NAMES.split())


def identifier_kind(text: str) -> str | None:
    """Return what an identifying text looks like ("a date", "a person's name"), or None for a pseudonym.

    Public accessions (SRR, SAMN, GSM, ...) pass. The caller must not repeat the text in a message.
    """
    text = text.strip()
    if _PUBLIC_ACCESSION.match(text):
        return None
    for kind, pattern in _PATTERNS:
        if pattern.search(text):
            return kind
    number = _LONG_NUMBER.search(text)
    if number and not number.group().startswith("000"):  # P0000123 counts, M4471839 is a record
        return "a record number"
    words = _WORD.findall(text)
    named = any(word.casefold() in _GIVEN_NAMES for word in words)
    labelled = all(word.casefold() in _LABEL_WORDS for word in words)
    if named or (_TITLE_WORDS.fullmatch(text) and not labelled):
        return "a person's name"
    if "," in text or " " in text:
        return "free text, perhaps a name"
    return None


def problem_with(text: str, *, needs_digit: bool) -> str | None:
    """Return in words why `text` may not serve as a pseudonym, without repeating it, or None if it may.

    `needs_digit` is set for patients: a word without any digit may be a surname.
    """
    kind = identifier_kind(text)
    if kind:
        return f"what looks like {kind} (not repeated here)"
    if not ALLOWED.fullmatch(text):
        return "characters that may not stand in a pseudonym (not repeated here)"
    if needs_digit and not any(c.isdigit() for c in text):
        return "a word without a digit, perhaps a name (not repeated here)"
    return None
