"""Annotation against names that are public knowledge, on real slices of GRCh38 and real transcripts."""

import csv
import gzip
import re
from collections import defaultdict
from pathlib import Path

import pysam
import pytest

from loci2lead.io.amino_acids import THREE_LETTERS
from loci2lead.io.gff import read_transcripts
from loci2lead.io.vcf import AnnotatedVariant, read_annotated
from loci2lead.variants.annotate import annotate
from loci2lead.variants.transcripts import TranscriptMap, reverse_complement

pytestmark = pytest.mark.data

GENES = ("EGFR", "KIT", "PDGFRA", "BRCA1", "BRCA2", "VHL", "TERT")

# Names as ClinVar, COSMIC and papers give them on NM_005228, NM_000222, NM_006206, NM_007294, NM_000059,
# NM_000551 and NM_198253; written from memory, not derived with this package.
KNOWN = """
EGFR c.2573T>G p.Leu858Arg
EGFR c.2369C>T p.Thr790Met
EGFR c.2235_2249del p.Glu746_Ala750del
EGFR c.2236_2250del p.Glu746_Ala750del
EGFR c.2237_2255delinsT p.Glu746_Ser752delinsVal
EGFR c.2239_2247del p.Leu747_Glu749del
EGFR c.2239_2248delinsC p.Leu747_Ala750delinsPro
EGFR c.2240_2254del p.Leu747_Thr751del
EGFR c.2240_2257del p.Leu747_Pro753delinsSer
EGFR c.2300_2308dup p.Ala767_Val769dup
EGFR c.2303_2311dup p.Ser768_Asp770dup
EGFR c.2310_2311insGGT p.Asp770_Asn771insGly
EGFR c.2317_2319dup p.His773dup
KIT c.1669_1674del p.Trp557_Lys558del
KIT c.1679_1681del p.Val560del
KIT c.1735_1737del p.Asp579del
KIT c.1504_1509dup p.Ala502_Tyr503dup
KIT c.2447A>T p.Asp816Val
PDGFRA c.2526_2537del p.Ile843_Asp846del
PDGFRA c.2525A>T p.Asp842Val
BRCA1 c.68_69del p.Glu23ValfsTer17
BRCA1 c.5266dup p.Gln1756ProfsTer74
BRCA1 c.3756_3759del p.Ser1253ArgfsTer10
BRCA1 c.4065_4068del p.Asn1355LysfsTer10
BRCA1 c.1961del p.Lys654SerfsTer47
BRCA1 c.3700_3704del p.Val1234GlnfsTer8
BRCA1 c.2475del p.Asp825GlufsTer21
BRCA1 c.181T>G p.Cys61Gly
BRCA1 c.5503C>T p.Arg1835Ter
BRCA2 c.5946del p.Ser1982ArgfsTer22
BRCA2 c.6275_6276del p.Leu2092ProfsTer7
BRCA2 c.8537_8538del p.Glu2846GlyfsTer22
BRCA2 c.1813dup p.Ile605AsnfsTer11
BRCA2 c.3847_3848del p.Val1283LysfsTer2
BRCA2 c.658_659del p.Val220IlefsTer4
BRCA2 c.771_775del p.Asn257LysfsTer17
BRCA2 c.4478_4481del p.Glu1493ValfsTer10
BRCA2 c.9097del p.Thr3033LeufsTer29
BRCA2 c.9097dup p.Thr3033AsnfsTer11
BRCA2 c.3G>A p.Met1?
VHL c.227_229del p.Phe76del
VHL c.499C>T p.Arg167Trp
TERT c.-124C>T None
TERT c.-146C>T None
BRCA1 c.5074+1G>A p.?
BRCA1 c.213-11T>G None
BRCA2 c.8488-1G>A p.?
"""
# Worked out by hand on the codons of the same transcripts: the bases that go or come, the 3' rule on the strand of the
# transcript but never across an exon's edge (BRCA1 c.80), the frame read on to its stop. Many are also in COSMIC or
# ClinVar under these names.
DERIVED = """
EGFR c.2236_2253del p.Glu746_Thr751del
EGFR c.2237_2251del p.Glu746_Thr751delinsAla
EGFR c.2237_2254del p.Glu746_Ser752delinsAla
EGFR c.2238_2255del p.Glu746_Ser752delinsAsp
EGFR c.2239_2256del p.Leu747_Ser752del
EGFR c.2240_2251del p.Leu747_Thr751delinsSer
EGFR c.2239_2251delinsC p.Leu747_Thr751delinsPro
EGFR c.2252_2276delinsA p.Thr751_Ile759delinsAsn
EGFR c.2253_2276del p.Ser752_Ile759del
EGFR c.2319_2320insCCC p.His773_Val774insPro
EGFR c.2311_2312insGCA p.Asp770_Asn771insSer
EGFR c.2314_2319dup p.Pro772_His773dup
EGFR c.2573_2574delinsGT p.Leu858Arg
EGFR c.2155_2156delinsTT p.Gly719Phe
KIT c.1671_1676del p.Trp557_Val559delinsCys
KIT c.1727_1738dup p.Leu576_Asp579dup
KIT c.1655_1672del p.Met552_Trp557del
KIT c.1674_1675insTCC p.Lys558_Val559insSer
KIT c.1679_1680delinsAG p.Val560Glu
KIT c.2446_2447delinsAT p.Asp816Ile
KIT c.2447_2448delinsTT p.Asp816Val
PDGFRA c.2524_2532del p.Asp842_Met844del
PDGFRA c.2527_2538del p.Ile843_Asp846del
PDGFRA c.1681_1683del p.Val561del
PDGFRA c.2525_2526delinsTT p.Asp842Val
BRCA1 c.66dup p.Glu23ArgfsTer18
BRCA1 c.68_69dup p.Cys24SerfsTer8
BRCA1 c.70_71insA p.Cys24Ter
BRCA1 c.70_80del p.Cys24SerfsTer13
BRCA1 c.181_183del p.Cys61del
BRCA1 c.181_183delinsCGG p.Cys61Arg
BRCA1 c.5263_5265del p.Ser1755del
BRCA1 c.5503_5505del p.Arg1835del
BRCA1 c.5584_5586dup p.His1862dup
BRCA2 c.2dup p.Met1?
BRCA2 c.3del p.Met1?
BRCA2 c.4_6del p.Pro2del
BRCA2 c.5944_5946del p.Ser1982del
BRCA2 c.5946dup p.Gly1983TrpfsTer20
BRCA2 c.5950_5952del p.Lys1984del
BRCA2 c.5952del p.Lys1984AsnfsTer20
BRCA2 c.9095_9097del p.Lys3032del
BRCA2 c.10249_10251del p.Tyr3417del
VHL c.233_235del p.Asn78_Arg79delinsSer
VHL c.242_243insCCC p.Pro81dup
VHL c.499_501del p.Arg167del
"""
CASES = [tuple(line.split()) for line in (KNOWN + DERIVED.lstrip()).strip().splitlines()]
INDELS = [case for case in CASES if ">" not in case[1]]


@pytest.fixture(scope="module")
def slices(data_dir: Path) -> tuple[Path, Path]:
    """Return the FASTA of slices and the gene models."""
    clinical = data_dir / "clinical"
    return clinical / "refslices/tinygenome.hg38.fa.gz", clinical / "genemodel/refGene_canonical.hg38.gff3.gz"


@pytest.fixture(scope="module")
def maps(slices: tuple[Path, Path]) -> dict[str, TranscriptMap]:
    """Return the transcripts of the tested genes by symbol."""
    fasta = pysam.FastaFile(str(slices[0]))

    def mapped(transcript: object) -> TranscriptMap:
        contig = transcript.gene.contig  # type: ignore[attr-defined]
        return TranscriptMap(transcript, lambda s, e: fasta.fetch(contig, s, e).upper())  # type: ignore[arg-type]

    return {t.gene.name: mapped(t) for t in read_transcripts(slices[1], lambda gene: gene.name in GENES)}


def to_vcf(name: str, transcript: TranscriptMap, *, leftmost: bool) -> tuple[str, int, str, str]:
    """Return contig, 1-based position, REF and ALT of a c. name: an oracle that knows no 3' rule.

    Indels get the base before them; `leftmost` moves them one base at a time as far left as they go.
    """
    match = re.fullmatch(r"c\.([^_a-zA-Z>]+)(?:_([^a-zA-Z>]+))?(del|dup|ins|delins|[ACGT]>)([ACGT]*)", name)
    assert match, name
    ends = sorted(transcript.genomic_base(transcript.parse_position(p)) for p in match.group(1, 2) if p)
    start, end = ends[0], ends[-1] + 1
    kind, given = str(match.group(3)), str(match.group(4))
    given = given if transcript.strand > 0 else reverse_complement(given)
    fetch = transcript._fetch
    assert fetch is not None
    if kind == "ins":
        start, end = start + 1, start + 1
    if kind == "dup":
        given, start = fetch(start, end), end
    ref, alt = fetch(start, end), "" if kind == "del" else given
    contig = transcript.transcript.gene.contig
    if len(ref) == len(alt):
        return contig, start + 1, ref, alt
    ref, alt, start = fetch(start - 1, start) + ref, fetch(start - 1, start) + alt, start - 1
    while leftmost and ref[-1] == alt[-1]:
        before: str = fetch(start - 1, start)
        ref, alt, start = before + ref[:-1], before + alt[:-1], start - 1
    return contig, start + 1, ref, alt


def annotated(
    records: list[tuple[str, int, str, str]], slices: tuple[Path, Path], folder: Path
) -> dict[tuple[str, int, str, str], AnnotatedVariant]:
    """Annotate records one VCF line each; return the results by input record."""
    order = sorted(set(records))
    lines = ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    lines += [f"{c}\t{p}\tr{i}\t{r}\t{a}\t.\tPASS\tTVAF=0.5" for i, (c, p, r, a) in enumerate(order)]
    (folder / "in.vcf").write_text("\n".join(lines) + "\n")
    summary = annotate(folder / "in.vcf", slices[1], folder / "out.vcf", reference=slices[0])
    assert summary.rejected == 0 and summary.blind == 0
    with pysam.VariantFile(str(folder / "out.vcf")) as source:
        ids = [record.id for record in source]
    variants = read_annotated(folder / "out.vcf")
    assert len(ids) == len(variants) == len(order)
    return {order[int(name[1:])]: variant for name, variant in zip(ids, variants, strict=True)}


def test_there_are_enough_indels_of_every_kind() -> None:
    assert len(INDELS) == len(set(INDELS)) >= 60
    for kind in ("del", "dup", "ins", "delins", "fsTer"):
        assert sum(kind in "".join(case[1:]) for case in INDELS) >= 5


@pytest.mark.parametrize("leftmost", [True, False], ids=["leftmost", "rightmost"])
def test_public_names(
    slices: tuple[Path, Path], maps: dict[str, TranscriptMap], tmp_path: Path, leftmost: bool
) -> None:
    records = {case: to_vcf(case[1], maps[case[0]], leftmost=leftmost) for case in CASES}
    found = annotated(list(records.values()), slices, tmp_path)
    for (gene, coding, protein), record in records.items():
        variant = found[record]
        assert (variant.gene, variant.hgvs_c, str(variant.hgvs_p)) == (gene, coding, protein)


def test_absolute_places(slices: tuple[Path, Path], tmp_path: Path) -> None:
    """Genomic places from ClinVar and COSMIC, so that coordinates are not taken from our own map."""
    places = {
        ("chr7", 55191822, "T", "G"): ("EGFR", "c.2573T>G", "p.Leu858Arg"),
        ("chr7", 55174771, "AGGAATTAAGAGAAGC", "A"): ("EGFR", "c.2235_2249del", "p.Glu746_Ala750del"),
        ("chr7", 55174772, "GGAATTAAGAGAAGCA", "G"): ("EGFR", "c.2236_2250del", "p.Glu746_Ala750del"),
        ("chr17", 43124027, "ACT", "A"): ("BRCA1", "c.68_69del", "p.Glu23ValfsTer17"),
        ("chr17", 43057062, "T", "TG"): ("BRCA1", "c.5266dup", "p.Gln1756ProfsTer74"),
        ("chr13", 32340300, "GT", "G"): ("BRCA2", "c.5946del", "p.Ser1982ArgfsTer22"),
        ("chr5", 1295113, "G", "A"): ("TERT", "c.-124C>T", None),
        ("chr5", 1295135, "G", "A"): ("TERT", "c.-146C>T", None),
        ("chr4", 54733155, "A", "T"): ("KIT", "c.2447A>T", "p.Asp816Val"),
    }
    found = annotated(list(places), slices, tmp_path)
    for record, expected in places.items():
        variant = found[record]
        assert (variant.gene, variant.hgvs_c, variant.hgvs_p) == expected
    assert found["chr5", 1295113, "G", "A"].rules == ("TERT_promoter",)


# Where the curated text is not what its own coordinates say, or HGVS asks for another form.
EXPLAINED = {
    ("chr13", 32316463, "p.Met1Ile"): "p.Met1?",  # a changed start codon has no predictable protein
    ("chr13", 32326614, "p.Val211Ile"): "p.?",  # c.631+1G>A: the curated base is one to the right of c.631
    ("chr13", 32326614, "p.Val211Leu"): "p.?",
}


def test_curated_protein_changes(data_dir: Path, slices: tuple[Path, Path], tmp_path: Path) -> None:
    """Substitutions of MOAlmanac and CIViC, lifted to GRCh38, get the curated protein change."""
    curated = _curated(data_dir / "clinical", pysam.FastaFile(str(slices[0])))
    assert len(curated) >= 94  # the 74 of the first count among them
    found = annotated(list(curated), slices, tmp_path)
    wrong = []
    for record, names in curated.items():
        for name in names:
            expected = EXPLAINED.get((record[0], record[1], name), name)
            if found[record].hgvs_p != expected:
                wrong.append((record, name, found[record].hgvs_p))
    assert wrong == []


def _curated(clinical: Path, fasta: pysam.FastaFile) -> dict[tuple[str, int, str, str], set[str]]:
    chain = _chain(clinical / "genemodel/hg19ToHg38.over.chain.gz")
    curated: dict[tuple[str, int, str, str], set[str]] = defaultdict(set)
    for contig, position, ref, alt, name in _substitutions(clinical / "kb"):
        target = _lift(chain, f"chr{contig}", position - 1)
        if target is None or target[0] not in fasta.references:
            continue
        if fasta.fetch(target[0], target[1], target[1] + 1).upper() == ref:
            curated[target[0], target[1] + 1, ref, alt].add(name)
    return curated


def _substitutions(folder: Path) -> list[tuple[str, int, str, str, str]]:
    rows = []
    for row in _rows(folder / "moalmanac_assertions.tsv.gz"):
        if re.fullmatch(r"[ACGT]{2}", row["reference_allele"] + row["alternate_allele"]):
            name = _three_letters(row["protein_change"].removeprefix("p."))
            place = row["chromosome"], int(float(row["start_position"]))
            rows.append((*place, row["reference_allele"], row["alternate_allele"], name))
    for row in _rows(folder / "civic_variant_descriptors_2022-09.tsv.gz"):
        if re.fullmatch(r"[ACGT]{2}", row["ref"] + row["alt"]) and row["start"] == row["stop"]:
            named = re.search(r"p\.[A-Z][a-z]{2}\d+[A-Z][a-z]{2}", row["hgvs"])
            name = named.group() if named else _three_letters(row["label"])
            rows.append((row["chromosome"], int(row["start"]), row["ref"], row["alt"], name))
    return [row for row in rows if row[4]]


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def _three_letters(name: str) -> str:
    match = re.fullmatch(r"([A-Z])(\d+)([A-Z*])", name)
    return f"p.{THREE_LETTERS[match.group(1)]}{match.group(2)}{THREE_LETTERS[match.group(3)]}" if match else ""


def _chain(path: Path) -> dict[str, list[tuple[int, int, str, int]]]:
    """Read the forward blocks of a chain file: start, end, target contig, target start."""
    blocks: dict[str, list[tuple[int, int, str, int]]] = defaultdict(list)
    source = target = ""
    at = to = 0
    forward = True
    with gzip.open(path, "rt") as handle:
        for parts in map(str.split, handle):
            if len(parts) > 3:
                source, at, target, to, forward = parts[2], int(parts[5]), parts[7], int(parts[10]), parts[9] == "+"
            elif parts:
                size = int(parts[0])
                if forward:
                    blocks[source].append((at, at + size, target, to))
                at, to = at + size + int((*parts, "0", "0")[1]), to + size + int((*parts, "0", "0")[2])
    return blocks


def _lift(chain: dict[str, list[tuple[int, int, str, int]]], contig: str, position: int) -> tuple[str, int] | None:
    hits = [(t, to + position - s) for s, e, t, to in chain[contig] if s <= position < e and t == contig]
    return hits[0] if hits else None
