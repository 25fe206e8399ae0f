"""Drug names on one spelling, and regimens as exact sets of drugs."""

import re

_SYNONYMS = {
    "5-fluorouracil": "fluorouracil",
    "5-fu": "fluorouracil",
    "folinic acid": "leucovorin",
    "leucovorin calcium": "leucovorin",
    "byl719": "alpelisib",
    "plx4032": "vemurafenib",
    "azd9291": "osimertinib",
    "lgx818": "encorafenib",
    "mek162": "binimetinib",
    "tdm-1": "trastuzumab emtansine",
    "ado-trastuzumab emtansine": "trastuzumab emtansine",
    "fam-trastuzumab deruxtecan-nxki": "trastuzumab deruxtecan",
    "imatinib mesylate": "imatinib",
    "erlotinib hydrochloride": "erlotinib",
    "lapatinib ditosylate": "lapatinib",
    "irinotecan hydrochloride": "irinotecan",
    "dabrafenib mesylate": "dabrafenib",
}
_PROTOCOLS = {
    "folfox": ("fluorouracil", "leucovorin", "oxaliplatin"),
    "mfolfox6": ("fluorouracil", "leucovorin", "oxaliplatin"),
    "folfiri": ("fluorouracil", "leucovorin", "irinotecan"),
    "capox": ("capecitabine", "oxaliplatin"),
}
_CHEMOTHERAPY = """
fluorouracil leucovorin oxaliplatin irinotecan capecitabine cisplatin carboplatin paclitaxel docetaxel
nab-paclitaxel gemcitabine pemetrexed etoposide doxorubicin epirubicin cyclophosphamide vinorelbine
dacarbazine temozolomide chemotherapy trifluridine tipiracil
"""
CHEMOTHERAPY = frozenset(_CHEMOTHERAPY.split())


def normalise(name: str) -> str:
    """Return a drug's name in lower case, without salt or code names where a common name is known."""
    text = re.sub(r"\s*\(.*?\)", "", " ".join(name.split())).casefold()
    return _SYNONYMS.get(text, text)


def regimen(names: list[str]) -> frozenset[str]:
    """Return the exact set of drugs; a protocol such as FOLFOX is written out."""
    drugs: set[str] = set()
    for name in names:
        drug = normalise(name)
        drugs.update(_PROTOCOLS.get(drug, (drug,)) if drug else ())
    return frozenset(drugs)


def display(drugs: frozenset[str]) -> str:
    """Return a regimen for people: small molecules, then antibodies, then chemotherapy, each by alphabet."""
    return " + ".join(sorted(drugs, key=lambda drug: (drug in CHEMOTHERAPY, drug.endswith("mab"), drug)))


def split_regimen(text: str) -> frozenset[str]:
    """Return the drugs of "A + B" or "A, B"."""
    return regimen(re.split(r"\s*[+,;]\s*", text))
