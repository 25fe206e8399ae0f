"""From the words of a source to biomarkers: "EGFR Exon 19 (Deletion)", "KRAS G12/G13", "v::ALK", "HER2-negative"."""

import re
from collections.abc import Callable

from loci2lead.report.evidence.spelling import short_change
from loci2lead.report.evidence.statement import AllOf, AnyOf, Biomarker, Expression, Not, Site

_AMINO = "ACDEFGHIKLMNPQRSTVWY"
_CHANGE = re.compile(rf"^([{_AMINO}]\d+([{_AMINO}*X]|=)|M1\?)$", re.IGNORECASE)
_RANGE_CHANGE = re.compile(
    rf"^[{_AMINO}]\d+(_[{_AMINO}]\d+)?(del|dup|ins|delins|[{_AMINO}]?fs)[{_AMINO}*\d]*$", re.IGNORECASE
)
_LONG_CHANGE = re.compile(r"^(p\.)?\(?[A-Z][a-z]{2}\d")
_CODING = re.compile(r"^(?:N[MR]_[\d.]+:)?(c\.[-*\d+_]+(?:[ACGT]>[ACGT]|(?:del|dup|ins|delins)[ACGT]*))$")
_GENOMIC = re.compile(r"^(?:(GRCh37|GRCh38):(?:chr)?([0-9XY]+)|(NC_0000\d\d\.\d+)):g\.(\d+)([ACGT])>([ACGT])$")
_GRCH37_VERSIONS = (10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9)
"""Versions of NC_000001 to NC_000024 in GRCh37; those of GRCh38 are one higher."""
_CODON = re.compile(rf"^([{_AMINO}])(\d+)$")
_EXON = re.compile(r"(?i)^EXON (\d+)\s*\(?(deletion|insertion|skipping|splice site|mutation|frameshift)?")
_WHOLE_GENE = re.compile(
    r"(?i)^(somatic |oncogenic |pathogenic |activating |deleterious |(?:tkd|kinase domain) (?:activating )?|"
    r"loss-of-function )*(mutations?|variants?|loss-of-function|alterations?)$"
)
_TRUNCATING = re.compile(r"(?i)(nonsense|frameshift|splice site|truncat)")
_AMPLIFIED = re.compile(r"(?i)^(amplification|gain)$")
_DELETED = re.compile(r"(?i)^(deletion|loss|homozygous deletion|copy number loss)$")
_FUSED = re.compile(r"(?i)(fusions?|rearrangements?|translocation)$")
_MARKERS: tuple[tuple[re.Pattern[str], str, Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?i)^HER2[- ](positive|negative|low|ultralow)$"), "HER2", lambda m: m[1].lower()),
    (re.compile(r"(?i)^(?:ER|estrogen receptor)[- ](positive|negative)$"), "ER", lambda m: m[1].lower()),
    (re.compile(r"(?i)^(?:PR|progesterone receptor)[- ](positive|negative)$"), "PR", lambda m: m[1].lower()),
    (re.compile(r"(?i)^(dMMR|mismatch repair deficien(?:t|cy))$"), "MMR", lambda m: "deficient"),
    (re.compile(r"(?i)^(pMMR|mismatch repair proficien(?:t|cy))$"), "MMR", lambda m: "proficient"),
    (re.compile(r"(?i)^MSI-?(H|HIGH)$|^microsatellite instability-high$"), "MSI", lambda m: "high"),
    (re.compile(r"(?i)^(MSS|MSI-?L)$"), "MSI", lambda m: "not high"),
    (re.compile(r"(?i)^TMB-?(H|HIGH)\b"), "TMB", lambda m: "high"),
    (re.compile(r"(?i)^PD-?L1\b[^<>]*(>=|<)\s*(\d+)"), "PD-L1", lambda m: f"{m[1]}{m[2]}"),
    (re.compile(r"(?i)^HRD$|^homologous recombination deficien"), "HRD", lambda m: "positive"),
    (re.compile(r"(?i)^(?:CD\d+|FOLR1|EGFR|c-Met|CLDN18\.2) ?(\+|positive|>=.*)$"), "IHC", lambda m: m[0]),
)


def parse_expression(text: str, gene: str = "") -> Expression:
    """Parse biomarkers joined by AND, OR, NOT, &, | and brackets; `gene` is put before leaves without one.

    Words that cannot be read become a leaf of kind "other", which never matches.
    """
    tokens = _tokens(text)
    expression, rest = _parse_any(tokens, gene)
    return expression if not rest else Biomarker("other", gene, "", text)


def parse_leaf(text: str, gene: str = "") -> Expression:
    """Parse one biomarker. "G12/G13" and "V600E/K" become alternatives."""
    text = " ".join(text.split())
    marker = _marker(text)
    if marker:
        return marker
    wild = re.match(r"(?i)^wild[- ]?type (\w[\w-]*)$|^(\w[\w-]*) wild[- ]?type$", text)
    if wild or (gene and re.match(r"(?i)^wild ?type$", text)):
        name = (wild[1] or wild[2]) if wild else gene
        return Biomarker("wild_type", name, "", text if wild else f"{gene} wild type")
    fusion = _fusion(text, gene)
    if fusion:
        return fusion
    name, detail = (gene, text) if gene else _split_gene(text)
    shown = text if text.upper().startswith(name.upper()) else f"{name} {text}"
    alternatives = _alternatives(detail)
    if len(alternatives) > 1:
        return AnyOf(tuple(_small(name, part, f"{name} {part}") for part in alternatives))
    return _small(name, detail, shown)


def _small(gene: str, detail: str, text: str) -> Biomarker:
    """Return the biomarker of a small variant or a copy number of one gene."""
    coding = _CODING.match(detail)
    if coding:
        return Biomarker("change", gene, coding[1], text)
    site = _site(detail)
    if site:
        return Biomarker("change", gene, f"g.{site.position + 1}{site.ref}>{site.alt}", text, sites=(site,))
    bare = short_change(detail) if _LONG_CHANGE.match(detail) else detail.removeprefix("p.").strip()
    exon = _EXON.match(bare)
    codon = _CODON.match(re.sub(r"(?i) ?mutations?$", "", bare))
    if _CHANGE.match(bare) or _RANGE_CHANGE.match(bare):
        return Biomarker("change", gene, bare, text)
    if codon:
        return Biomarker("codon", gene, codon[2], text)
    if exon:
        what = (exon[2] or "mutation").lower()
        return Biomarker("exon", gene, f"{exon[1]} {what}", text)
    if re.match(r"(?i)^[- ]?ITD$|^internal (tandem )?duplication", bare):
        return Biomarker("exon", gene, "14 insertion", text)
    if _AMPLIFIED.match(bare):
        return Biomarker("copy_number", gene, "amplification", text)
    if _DELETED.match(bare) and gene and not re.match(r"^\d+[pq]$", gene):
        return Biomarker("copy_number", gene, "deletion", text)
    if _WHOLE_GENE.match(bare):
        return Biomarker("gene", gene, "", text)
    if _TRUNCATING.search(bare):
        return Biomarker("truncating", gene, "", text)
    return Biomarker("other", gene, bare, text)


def _site(detail: str) -> Site | None:
    """Return the place of a genomic name such as NC_000007.14:g.140753336A>T or GRCh38:7:g.140753336A>T."""
    found = _GENOMIC.match(detail)
    if found is None:
        return None
    build, contig = found[1], found[2]
    if found[3]:
        number, version = int(found[3][3:9]), int(found[3].partition(".")[2])
        known = _GRCH37_VERSIONS[number - 1] if 1 <= number <= 24 else 0
        build = {known: "GRCh37", known + 1: "GRCh38"}.get(version, "")
        contig = {23: "X", 24: "Y"}.get(number, str(number))
    return Site(build, contig, int(found[4]) - 1, found[5], found[6]) if build else None


def _marker(text: str) -> Biomarker | None:
    for pattern, name, detail in _MARKERS:
        match = pattern.match(text)
        if match:
            return Biomarker("marker", name, detail(match), text)
    return None


def _fusion(text: str, gene: str) -> Biomarker | None:
    bare = re.sub(r"(?i) fusions?$", "", text)
    pair = re.match(r"^([A-Za-z0-9.-]+)::([A-Za-z0-9.-]+)$", bare)
    if pair:
        known = [p for p in pair.groups() if p.lower() != "v"]
        return Biomarker("fusion", known[-1] if known else "", known[0] if len(known) > 1 else "", text)
    joined = re.match(r"^([A-Z0-9]{2,})-([A-Z0-9]{2,})(?: fusion)?$", text)
    if joined and gene in joined.groups():
        partner = joined[1] if joined[2] == gene else joined[2]
        return Biomarker("fusion", gene, partner, text)
    if _FUSED.search(text):
        name = gene or text.split()[0]
        return Biomarker("fusion", name, "", text if gene in text else f"{gene} {text}")
    return None


def _split_gene(text: str) -> tuple[str, str]:
    itd = re.match(r"^([A-Z0-9]+)-(ITD)$", text)
    if itd:
        return itd[1], itd[2]
    first, _, rest = text.partition(" ")
    return first, rest


def _alternatives(detail: str) -> list[str]:
    """Return "G12/G13" as G12, G13 and "V600E/K" as V600E, V600K; else the detail itself."""
    residues = re.match(rf"^([{_AMINO}]\d+)([{_AMINO}])/([{_AMINO}])$", detail)
    if residues:
        return [residues[1] + residues[2], residues[1] + residues[3]]
    parts = detail.split("/")
    return parts if len(parts) > 1 and all(_CODON.match(p) or _CHANGE.match(p) for p in parts) else [detail]


def _tokens(text: str) -> list[str]:
    """Split at operators; a bracket groups only where a biomarker may begin, else it belongs to the words."""
    pieces = re.split(r"(\(|\)|\s+AND\s+|\s+OR\s+|\bNOT\s+|\s*&\s*|\s*\|\s*)", text)
    tokens: list[str] = []
    depth = 0
    for piece in pieces:
        word = piece.strip()
        if not word:
            continue
        starts = not tokens or tokens[-1] in {"AND", "OR", "NOT", "("}
        if word == "(" and starts:
            depth += 1
            tokens.append("(")
        elif word == ")" and depth and not (tokens and tokens[-1].count("(") > tokens[-1].count(")")):
            depth -= 1
            tokens.append(")")
        elif word in {"AND", "OR", "NOT", "&", "|"}:
            tokens.append({"&": "AND", "|": "OR"}.get(word, word))
        elif starts or tokens[-1] == ")":
            tokens.append(piece.lstrip())
        else:
            tokens[-1] += piece
    return [token.strip() for token in tokens]


def _parse_any(tokens: list[str], gene: str) -> tuple[Expression, list[str]]:
    first, rest = _parse_all(tokens, gene)
    parts = [first]
    while rest and rest[0] == "OR":
        part, rest = _parse_all(rest[1:], gene)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else AnyOf(tuple(parts))), rest


def _parse_all(tokens: list[str], gene: str) -> tuple[Expression, list[str]]:
    first, rest = _parse_one(tokens, gene)
    parts = [first]
    while rest and rest[0] == "AND":
        part, rest = _parse_one(rest[1:], gene)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else AllOf(tuple(parts))), rest


def _parse_one(tokens: list[str], gene: str) -> tuple[Expression, list[str]]:
    if not tokens:
        return Biomarker("other", gene, "", ""), []
    if tokens[0] == "NOT":
        part, rest = _parse_one(tokens[1:], gene)
        return Not(part), rest
    if tokens[0] == "(":
        part, rest = _parse_any(tokens[1:], gene)
        return part, rest[1:] if rest and rest[0] == ")" else rest
    return parse_leaf(tokens[0], gene), tokens[1:]
