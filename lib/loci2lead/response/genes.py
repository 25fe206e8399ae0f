"""Gene names: driver genes whose single states matter, and symbols that were renamed."""

import csv
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

ALIAS_TABLE = Path(str(files("loci2lead") / "resources" / "tables" / "gene_aliases.tsv"))

# Genes in which a mutation or a copy-number change is a driver in many solid or blood cancers. Our own list:
# the union of what the public driver catalogues agree on, restricted to genes that clinical panels cover.
_DRIVER_TEXT = (
    "TP53 KRAS NRAS HRAS BRAF PIK3CA PTEN EGFR ERBB2 APC RB1 CDKN2A CDKN2B SMAD4 FBXW7 CTNNB1 ARID1A NF1 "
    "NF2 STK11 KEAP1 VHL IDH1 IDH2 FLT3 NPM1 KIT PDGFRA MET ALK FGFR1 FGFR2 FGFR3 MYC MYCN CCND1 CDK4 "
    "MDM2 BRCA1 BRCA2 ATM NOTCH1 JAK2 EZH2 KMT2D KMT2C CREBBP EP300 SMARCA4 SMARCB1 BAP1 TSC1 TSC2 MAP2K1 "
    "MAP2K4 MAP3K1 PIK3R1 AKT1 GNAS GNAQ GNA11 CBL PTPN11 RAC1 EWSR1 BCR ABL1 TERT NFE2L2 CDH1 RNF43 B2M "
    "MSH2 MSH6 MLH1 SF3B1 WT1 GATA3 FOXA1 AR ESR1 CCNE1 MCL1 BCL2 BCL2L1 AXIN1 SOX2 KDM6A STAG2 SETD2 "
    "PBRM1 TET2 DNMT3A RUNX1 PHF6"
)
DRIVERS = tuple(_DRIVER_TEXT.split())

# Earlier HGNC symbols and common aliases of panel genes. HGNC's own history, only one-to-one renamings.
RENAMED = {
    "MLL": "KMT2A",
    "MLL2": "KMT2D",
    "MLL3": "KMT2C",
    "MLL4": "KMT2B",
    "PARK2": "PRKN",
    "FAM123B": "AMER1",
    "WHSC1": "NSD2",
    "WHSC1L1": "NSD3",
    "MRE11A": "MRE11",
    "FAM46C": "TENT5C",
    "HER2": "ERBB2",
    "HER3": "ERBB3",
    "HER4": "ERBB4",
    "C11ORF30": "EMSY",
    "FAM175A": "ABRAXAS1",
    "GPR124": "ADGRA2",
    "SEPT9": "SEPTIN9",
    "SEPT6": "SEPTIN6",
    "SEPT5": "SEPTIN5",
    "HIST1H3B": "H3C2",
    "H3F3A": "H3-3A",
    "H3F3B": "H3-3B",
    "HIST1H1E": "H1-4",
    "TCEB1": "ELOC",
    "FGFR1OP": "CEP43",
    "SETD8": "KMT5A",
    "MYCL1": "MYCL",
    "RFWD2": "COP1",
    "CARS": "CARS1",
    "MKL1": "MRTFA",
    "P53": "TP53",
    "C-MYC": "MYC",
    "FAM58A": "CCNQ",
    "PAK7": "PAK5",
    "ZNF278": "PATZ1",
    "CSDA": "YBX3",
    "SUV420H1": "KMT5B",
    "PDL1": "CD274",
    "PD-L1": "CD274",
    "VEGFR2": "KDR",
    "CD20": "MS4A1",
    "BCLXL": "BCL2L1",
}


@cache
def newer_symbols() -> dict[str, str]:
    """Return earlier symbols and aliases (upper case) with the symbol in use: `RENAMED` and the alias table."""
    with ALIAS_TABLE.open(encoding="utf-8", newline="") as handle:
        rows = csv.DictReader((line for line in handle if not line.startswith("#")), delimiter="\t")
        return {row["alias"].upper(): row["gene"] for row in rows} | RENAMED


def resolve(names: Iterable[str], known: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Map `names` to the symbols in `known`; return the renamings done and the names that match nothing.

    A name is kept where `known` holds it. Otherwise its newer or older symbol is tried, in upper case. Two
    names that would meet in one symbol are not both renamed: the one already present wins.
    """
    known_set = set(known)
    newer = newer_symbols()
    older = {new: old for old, new in newer.items()}
    names = list(names)
    taken = known_set & set(names)
    renamed: dict[str, str] = {}
    unknown: list[str] = []
    for name in names:
        if name in known_set:
            continue
        upper = name.upper()
        for candidate in (upper, newer.get(upper), older.get(upper)):
            if candidate in known_set and candidate not in taken:
                renamed[name] = candidate
                taken.add(candidate)
                break
        else:
            unknown.append(name)
    return renamed, unknown
