"""The two public tumours of the chain issue: what a careful reader expects of their first pages."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loci2lead.cli import annotate_variants
from loci2lead.config.oncotree import load_oncotree
from loci2lead.io.vcf import AnnotatedVariant
from loci2lead.report.evidence.civic import load_civic
from loci2lead.report.evidence.moalmanac import load_moalmanac_assertions
from loci2lead.report.evidence.resources import hotspot_codons
from loci2lead.report.evidence.sources import EvidenceFiles
from loci2lead.report.evidence.statement import leaves
from loci2lead.report.patient.protein import change_of
from loci2lead.report.patient.run import Request, make_report
from loci2lead.report.patient.settings import Settings
from tests.report.builders import write_context

pytestmark = pytest.mark.data
Report = tuple[dict[str, Any], str]


@pytest.fixture(scope="module")
def annotated(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the annotated VCF of a tumour, made once."""
    made: dict[str, Path] = {}
    clinical = data_dir / "clinical"

    def annotate(name: str) -> Path:
        if name not in made:
            output = tmp_path_factory.mktemp(name) / "annotated.vcf.gz"
            annotate_variants.run(
                variants=clinical / "pcgr_examples" / f"T001-{name}.grch37.vcf.gz",
                genes=clinical / "genemodel" / "refGene_canonical.GRCh37.gff3.gz",
                output=output,
                sample_name=f"T001-{name}",
            )
            made[name] = output
        return made[name]

    return annotate


@pytest.fixture
def report(data_dir: Path, annotated: Callable[[str], Path], tmp_path: Path) -> Callable[..., Report]:
    """Return a function that makes the report of a tumour with a context: its JSON and its HTML."""
    kb = data_dir / "clinical" / "kb"
    evidence = EvidenceFiles(
        civic=(kb / "civic_2018-05_predictive.tsv.gz",),
        moalmanac_statements=(kb / "moalmanac_regulatory_statements.tsv.gz",),
        moalmanac_assertions=(kb / "moalmanac_assertions.tsv.gz",),
    )

    def make(name: str, **context: Any) -> Report:
        sample = f"T001-{name}"
        inputs = tmp_path / "inputs"
        inputs.mkdir(exist_ok=True)
        (inputs / "annotated.vcf.gz").unlink(missing_ok=True)
        (inputs / "annotated.vcf.gz").symlink_to(annotated(name))
        write_context(inputs / "context.json", patient="T001", sample=sample, build="GRCh37", oncotree=name, **context)
        settings = Settings(report_date="2026-11-24")
        make_report(Request(sample, inputs, None, evidence, settings, None, None), tmp_path / "report")
        content = json.loads((tmp_path / "report" / "report.json").read_text())
        return content, (tmp_path / "report" / "report.html").read_text()

    return make


def test_coad_reads_as_the_chain_issue_describes(report: Callable[..., Report]) -> None:
    content, html = report("COAD")
    page = content["page_one"]
    braf = page["findings"][0]
    assert [f["label"] for f in page["findings"] if f["tier"].startswith("I-A")] == ["BRAF V600E"]
    assert braf["vaf"] == "VAF 0.315"
    regimens = " ".join(braf["regimens"])
    assert "encorafenib + cetuximab: after prior therapy" in regimens
    assert "encorafenib + cetuximab + fluorouracil + oxaliplatin" in regimens
    assert "MSI not determined; order MMR IHC or MSI testing" in page["markers"][0]
    assert "19.5 % of variants are indels" in page["markers"][0]
    assert html.index("MSI not determined") < html.index("encorafenib + cetuximab")
    assert any(w.startswith("Not offered: dabrafenib + trametinib") for w in page["warnings"])
    assert "resistance to cetuximab, panitumumab" in page["warnings"][0]
    assert page["words"] <= 350


def test_coad_never_claims_benefit_where_a_study_found_none(report: Callable[..., Report]) -> None:
    content, _ = report("COAD")
    outcomes = {row["regimen"]: row["says"] for row in content["options"]}
    assert outcomes["dabrafenib"] == "no benefit was found"
    assert outcomes["vemurafenib"].startswith("not offered")
    assert outcomes["dabrafenib + trametinib"].startswith("not offered")
    assert outcomes["vemurafenib + panitumumab"] == "sources conflict"
    assert outcomes["cetuximab"] == outcomes["panitumumab"] == "supports resistance"


def test_coad_with_deficient_mismatch_repair_puts_immunotherapy_first(report: Callable[..., Report]) -> None:
    content, html = report("COAD", mmr_ihc="deficient")
    markers = content["page_one"]["markers"]
    assert any("pembrolizumab: first line" in line for line in markers)
    assert html.index("pembrolizumab: first line") < html.index("encorafenib + cetuximab")
    assert content["page_one"]["words"] <= 350


def test_brca_with_unknown_receptors(report: Callable[..., Report]) -> None:
    content, _ = report("BRCA")
    pik3ca = content["page_one"]["findings"][0]
    assert pik3ca["label"] == "PIK3CA H1047R" and pik3ca["vaf"] == "VAF 0.419"
    assert pik3ca["regimens"] and all("conditions unknown: HER2, ER, PR" in r for r in pik3ca["regimens"])
    assert plain_benefits(content, "PIK3CA H1047R") == []


def test_brca_that_is_her2_positive(report: Callable[..., Report]) -> None:
    content, _ = report("BRCA", her2="positive")
    pik3ca = content["page_one"]["findings"][0]
    assert any(n.startswith("conditions not met: HER2 positive: alpelisib + fulvestrant") for n in pik3ca["notes"])
    assert plain_benefits(content, "PIK3CA H1047R") == []


def plain_benefits(content: dict[str, Any], finding: str) -> list[str]:
    """Return regimens that the report calls a benefit for a finding in this tumour, without any condition."""
    return [
        row["regimen"]
        for row in content["options"]
        if row["finding"] == finding and row["says"] == "supports sensitivity"
    ]


def test_no_public_barcode_is_left_in_any_output(report: Callable[..., Report], tmp_path: Path) -> None:
    report("BRCA")
    for path in (tmp_path / "report").iterdir():
        assert b"TCGA-" not in path.read_bytes()


# Where a source's own coordinates do not fit its protein change, or name it on another transcript.
KNOWN_ODDITIES = {("IDH2", "R172K"), ("FLT3", "D835E"), ("GNAS", "R201C")}


def test_hotspot_codons_agree_with_the_coordinates_of_the_sources(data_dir: Path) -> None:
    """Every coordinate of a knowledge base that falls into a hotspot codon gives the residue it names."""
    kb = data_dir / "clinical" / "kb"
    tree = load_oncotree()
    statements = load_civic(kb / "civic_2018-05_predictive.tsv.gz", tree)
    statements += load_moalmanac_assertions(kb / "moalmanac_assertions.tsv.gz", tree)
    named = {
        (leaf.name, leaf.detail, site)
        for statement in statements
        for leaf in leaves(statement.biomarkers)
        for site in leaf.sites
        if len(site.ref) == len(site.alt) == 1 and re.fullmatch(r"[A-Z]\d+[A-Z]", leaf.detail)
    }
    places = coding_places(
        data_dir / "clinical" / "genemodel" / "refGene_canonical.GRCh37.gff3.gz", {n[0] for n in named}
    )
    agreeing, odd = set(), set()
    for gene, change, site in named:
        codon = int(change[1:-1])
        if (gene, codon) not in hotspot_codons() or gene not in places:
            continue
        position, strand = place_of(places[gene], site.position)
        variant = AnnotatedVariant(
            *("7", site.position, site.ref, site.alt), gene=gene, codon=codon, cds_position=position, strand=strand
        )
        same = change_of(variant)[0] == change and (position + 2) // 3 == codon
        (agreeing if same else odd).add((gene, change))
    assert odd <= KNOWN_ODDITIES
    assert len({(gene, change[:-1]) for gene, change in agreeing}) >= 49


def coding_places(path: Path, genes: set[str]) -> dict[str, tuple[int, list[tuple[int, int]]]]:
    """Return strand and coding blocks (0-based half-open, in coding order) of genes."""
    names: dict[str, str] = {}
    blocks: dict[str, tuple[int, list[tuple[int, int]]]] = {}
    with gzip.open(path, "rt") as handle:
        for fields in (line.rstrip("\n").split("\t") for line in handle if not line.startswith("#")):
            attributes = dict(part.split("=", 1) for part in fields[8].split(";") if "=" in part)
            if fields[2] == "gene":
                names[attributes["ID"]] = attributes.get("Name", "")
            elif fields[2] == "mRNA":
                names[attributes["ID"]] = names.get(attributes["Parent"], "")
            elif fields[2] == "CDS" and names.get(attributes["Parent"]) in genes:
                strand = 1 if fields[6] == "+" else -1
                blocks.setdefault(names[attributes["Parent"]], (strand, []))[1].append(
                    (int(fields[3]) - 1, int(fields[4]))
                )
    return {gene: (strand, sorted(parts)[::strand]) for gene, (strand, parts) in blocks.items()}


def place_of(gene: tuple[int, list[tuple[int, int]]], position: int) -> tuple[int, int]:
    """Return the 1-based coding position of a 0-based genomic one (0 outside the coding sequence) and the strand."""
    strand, blocks = gene
    before = 0
    for start, end in blocks:
        if start <= position < end:
            return before + (position - start if strand > 0 else end - 1 - position) + 1, strand
        before += end - start
    return 0, strand
