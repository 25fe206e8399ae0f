"""A linter for pseudonyms: refuses what looks like something that identifies a person.

Kinds follow the identifiers of the HIPAA Safe Harbor list (45 CFR 164.514(b)(2)) that can stand in a
sheet. It helps to keep identities out of the pipeline; it cannot prove that a word is a pseudonym.
"""

import re

ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
EXPECTED = "a pseudonym of letters, digits, '-', '_' or '.', at least one digit, such as P001"
REMEDY = "put a pseudonym here and keep the key to it outside of the pipeline"
REMEDY_PATH = "link or copy the file to a name that is a pseudonym"

_MONTHS = "jan|feb|fev|mar|apr|avr|may|mai|jun|jul|aug|sep|oct|nov|dec"
_STREETS = "street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|rue|chemin|way|place"
_RECORDS = "mrn|hcn|ramq|nhs|ssn|sin|ohip|phn|dossier|chart|medicare|medicaid|beneficiary|member|health[-_ ]?card"
# What looks like an identifier, kind by kind of the list. Patterns hold for a word alone (sheet, file name) and for
# words inside a text. Kinds without a form of their own: biometric records and photographs are told by their labels.
_PATTERNS = tuple(
    (kind, re.compile(pattern, re.I))
    for kind, pattern in (
        ("an e-mail address", r"[^@\s]+@[^@\s]+\.[^@\s]+"),
        ("a web address", r"\b(https?|ftp)://|\bwww\."),
        ("a TCGA barcode", r"\bTCGA[-_.][A-Z0-9]{2}[-_.][A-Z0-9]{4}"),
        ("an IP address", r"(?<![\d.])(\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)|\b([0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b"),
        ("a social security or insurance number", r"(?<!\d)\d{3}[- ]\d{2}[- ]\d{4}(?!\d)"),
        ("a social security or insurance number", r"(?<![\w-])\d{3}[- ]\d{3}[- ]\d{3}(?![\w-])"),
        ("a telephone or fax number", r"(?<!\d)(\+?1[-. ]?)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?!\d)|(?<!\w)\+\d{8,15}\b"),
        ("a date", r"(?<!\d)(19|20)\d\d[-_./]?(0[1-9]|1[0-2])[-_./]?(0[1-9]|[12]\d|3[01])(?!\d)"),
        ("a date", r"(?<!\d)(0?[1-9]|[12]\d|3[01])[-_./](0?[1-9]|1[0-2])[-_./](19|20)\d\d(?!\d)"),
        ("a date", r"(?<!\d)(0[1-9]|1[0-2])[-_./](0[1-9]|[12]\d|3[01])[-_./](19|20)\d\d(?!\d)"),
        ("a date", rf"(?<!\d)(0?[1-9]|[12]\d|3[01])[-_. ]?({_MONTHS})[a-z]*[-_. ]?(19|20)\d\d(?!\d)"),
        (
            "an age above 89",
            r"(?<![a-z0-9])(age[-_ :=]?)(9\d|1[01]\d)\b|(?<!\d)(9\d|1[01]\d)[-_ ]?(yo|y/o|years?|ans)\b",
        ),
        (
            "a postcode",
            r"(?<![a-z0-9])[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d(?![a-z0-9])|(?<![\w-])\d{5}-\d{4}(?![\w-])",
        ),
        ("an address", rf"(?<![a-z0-9])\d{{1,5}}[-_. ]([a-z]+[-_. ]){{1,3}}({_STREETS})(?![a-z])"),
        ("a health card or record number", rf"(?<![a-z0-9])({_RECORDS})[-_. #:]*[a-z]{{0,4}}\d{{3,}}"),
        ("a health card number", r"(?<![a-z0-9])[A-Z]{4}[- ]\d{4}[- ]\d{4}(?!\d)|^[A-Z]{4}\d{8}$"),
        ("an account number", r"(?<![a-z0-9])(acct|account|iban|visa|policy|claim)[-_. #:]*[a-z]{0,4}\d{3,}"),
        (
            "a licence or certificate number",
            r"(?<![a-z0-9])(licen[cs]e|lic|cert|certificate|npi|dea|passport)[-_. #:]*[a-z]{0,3}\d{3,}",
        ),
        ("a vehicle number", r"(?<![a-z0-9])(vin|plate)[-_. #:]*[a-z0-9]{4,}"),
        ("a vehicle number", r"(?<![a-z0-9])(?=[a-z]*\d)(?=\d*[a-z])[a-hj-npr-z0-9]{8}[\dx][a-hj-npr-z0-9]{2}\d{6}\b"),
        ("a device number", r"(?<![a-z0-9])(imei|udi|serial|device|implant|pacemaker)[-_. #:]*[a-z]{0,4}\d{3,}"),
        ("a device number", r"\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b"),
        (
            "a biometric record",
            r"(?<![a-z])(fingerprint|voiceprint|retina[-_ ]?scan|iris[-_ ]?scan|faceprint|biometric)",
        ),
        ("a photograph", r"(?<![a-z])(photo|portrait|selfie|headshot)|\.(jpe?g|png|heic|tiff?|dcm)$"),
        (
            "a unique number",
            r"(?<![a-z0-9])[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}(?![a-z0-9])|\b\d{4}-\d{4}-\d{4}-\d{3}[\dx]\b",
        ),
        ("a medical record number", r"(?<!pmid )(?<!pmid: )(?<!eid )(?<![\w.:-])\d{6,}(?![\w.-])"),
    )
)
_LONG_NUMBER = re.compile(r"\d{7,}")
_ACCESSION = r"(SRR|ERR|DRR|SRS|ERS|DRS|SRX|ERX|EGAN|EGAF|EGAR|GSM|PRJ[NED][AB])\d+|SAM(N|EA|D)\d+"
_PUBLIC_ACCESSION = re.compile(rf"(?i)^({_ACCESSION})$")
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
# Public accessions and genome regions inside a file's name.
_NOT_IDENTIFYING = re.compile(rf"(?i)(?<![a-z0-9])({_ACCESSION})(?![a-z0-9])|chr\w{{1,2}}[_.:-]\d+([-_]\d+)?")


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


def identifier_in(text: str) -> str | None:
    """Return what kind of identifier stands somewhere in a text, a common given name too, or None."""
    for kind, pattern in _PATTERNS:
        if pattern.search(text):
            return kind
    return "a person's name" if any(word.casefold() in _GIVEN_NAMES for word in _WORD.findall(text)) else None


_FILE_ADDRESS = re.compile(
    r"(?i)^https?://[a-z0-9.-]+(?::\d+)?(/(?:[^?#@]*/)?[^/?#@]*\d[^/?#@]*\.(?:bam|cram|vcf|fa|fasta|fq|fastq|bed|tsv|csv|parquet)(?:\.b?gz)?)$"
)


def problem_with_path(path: str) -> str | None:
    """Return in words why a file's path may not stand in a sheet, without repeating it, or None if it may.

    Paths stand in logs, in the plan of the workflow and in its records. Of the folders, /home/<user> is passed over.
    The address of a data file on a server is judged by its path, and its name needs a digit, as pseudonyms do; a page,
    a login or a query is a web address.
    """
    address = _FILE_ADDRESS.match(path)
    if address is None and re.search(r"(?i)^(https?|ftp)://|^www\.", path):
        return "a web address (not repeated here)"
    path = address[1] if address else path
    parts = [part for part in re.split(r"[\\/]", path) if part]
    if len(parts) > 1 and parts[0] in ("home", "Users"):
        parts = parts[2:]
    for part in parts:
        bare = _NOT_IDENTIFYING.sub("", part)
        kind = identifier_in(bare)
        number = _LONG_NUMBER.search(bare)
        if kind is None and part == parts[-1] and number and not number.group().startswith("000"):
            kind = "a record number"
        if kind:
            return f"a path with what looks like {kind} (not repeated here)"
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
