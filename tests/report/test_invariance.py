"""What must not change a report: how a tumour type or a variant is spelled. And what must: a citation, a gene gone."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from loci2lead.config.oncotree import load_oncotree
from loci2lead.errors import InputError
from loci2lead.report.evidence import sources as evidence_sources
from loci2lead.report.evidence.sources import EvidenceFiles, load_evidence
from loci2lead.report.evidence.user_table import DEMO_TABLE, RULES_TABLE
from loci2lead.report.patient.build import Report, build_report
from loci2lead.report.patient.inputs import read_inputs
from loci2lead.report.patient.page_one import as_plain
from loci2lead.report.patient.settings import Settings
from loci2lead.report.patient.tables import checklist_rows, evidence_rows, finding_rows
from tests.report.builders import Call, write_context, write_vcf

TREE = load_oncotree()
CODES = [code for code, node in TREE.nodes.items() if node.ncit and node.doid]


def report(folder: Path, files: EvidenceFiles, **context: Any) -> Report:
    write_context(folder / "context.json", **context)
    return build_report(read_inputs(folder, "S1", TREE), load_evidence(files, TREE), Settings(), TREE)


def said(made: Report) -> str:
    """Return everything a report says of findings, evidence, checklist and page one, as text."""
    parts = [as_plain(made.page), finding_rows(made), evidence_rows(made), checklist_rows(made)]
    return json.dumps(parts, sort_keys=True)


def test_there_are_tumour_types_with_all_four_spellings() -> None:
    assert len(CODES) >= 10


@pytest.mark.parametrize("code", CODES)
def test_the_spelling_of_the_tumour_type_changes_nothing(code: str, tmp_path: Path) -> None:
    node = TREE.nodes[code]
    write_vcf(tmp_path / "annotated.vcf.gz", [Call("BRAF", "p.Val600Glu"), Call("PIK3CA", "p.His1047Arg")])
    spellings = [code, code.lower(), node.name, node.name.upper(), node.ncit, node.doid]
    texts = {said(report(tmp_path, EvidenceFiles(demo=True), oncotree=spelling)) for spelling in spellings}
    assert len(texts) == 1


COLUMNS = ["source_id", "biomarker", "drugs", "direction", "significance", "level", "disease", "oncotree"]
COLUMNS += ["date", "citation", "url"]
SPELLINGS = [
    "BRAF V600E",
    "BRAF p.V600E",
    "BRAF p.Val600Glu",
    "BRAF p.(Val600Glu)",
    "BRAF c.1799T>A",
    "BRAF NM_004333.6:c.1799T>A",
    "BRAF NC_000007.14:g.140753336A>T",
    "BRAF GRCh38:7:g.140753336A>T",
    "BRAF GRCh38:chr7:g.140753336A>T",
]
OTHERS = ["BRAF p.Val600Lys", "BRAF c.1798G>A", "BRAF NC_000007.13:g.140753336A>T", "BRAF GRCh38:7:g.140753336A>C"]


def own_table(folder: Path, biomarker: str) -> EvidenceFiles:
    row = ["1", biomarker, "a drug", "supports", "sensitivity", "approval", "Melanoma", "SKCM", "2025-01-01", "x", "y"]
    (folder / "own.tsv").write_text("\n".join("\t".join(line) for line in (COLUMNS, row)) + "\n")
    return EvidenceFiles(own=(folder / "own.tsv",))


def braf(folder: Path) -> Path:
    """Write BRAF V600E at its place in GRCh38 with its names."""
    path = write_vcf(folder / "annotated.vcf.gz", [Call("BRAF", "p.Val600Glu", codon=600)])
    text = gzip.decompress(path.read_bytes()).decode()
    text = text.replace("##contig=<ID=chr1,length=100000000>", "##contig=<ID=chr7,length=159345973>")
    text = text.replace("chr1\t1000\t", "chr7\t140753336\t").replace("15/18|||", "15/18||NM_1.1:c.1799T>A|")
    text = text.replace("|protein_coding||||NM_1.1:p.", "|protein_coding|||NM_1.1:c.1799T>A|NM_1.1:p.")
    path.unlink()
    path.with_suffix("").write_text(text)
    return path


@pytest.mark.parametrize("biomarker", SPELLINGS)
def test_the_spelling_of_a_variant_changes_no_tier(biomarker: str, tmp_path: Path) -> None:
    braf(tmp_path)
    made = report(tmp_path, own_table(tmp_path, biomarker), oncotree="SKCM", build="GRCh38")
    assert [t.name for t in made.tiers.values()] == ["I-A"]
    (match,) = [m for m in made.matches if m.statement.source == "own table"]
    assert (match.level, match.state, match.finding) == ("change", "met", "F1")


@pytest.mark.parametrize("biomarker", OTHERS)
def test_another_change_of_the_same_codon_is_another_change(biomarker: str, tmp_path: Path) -> None:
    braf(tmp_path)
    made = report(tmp_path, own_table(tmp_path, biomarker), oncotree="SKCM", build="GRCh38")
    assert [m for m in made.matches if m.statement.source == "own table"] == []


def test_a_genomic_name_without_a_build_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_evidence(own_table(tmp_path, "BRAF 7:g.140753336A>T"), TREE)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


@pytest.mark.parametrize("field", ["source_id", "date", "citation", "url", "licence"])
@pytest.mark.parametrize("name", ["DEMO_TABLE", "RULES_TABLE"])
def test_the_package_refuses_its_own_statements_when_any_citation_goes(
    field: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row of the package's tables in turn loses one part of its citation: the build stops every time."""
    rows = rows_of(DEMO_TABLE if name == "DEMO_TABLE" else RULES_TABLE)
    copy = tmp_path / "table.tsv"
    monkeypatch.setattr(evidence_sources, name, copy)
    for spoilt in range(len(rows)):
        changed = [row | {field: ""} if i == spoilt else row for i, row in enumerate(rows)]
        lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in changed)]
        copy.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with pytest.raises(InputError, match="lacks its citation"):
            load_evidence(EvidenceFiles(demo=True), TREE)


GENES_GFF = """##gff-version 3
chr1	x	gene	101	400	.	+	.	ID=gene:{0};Name={0};biotype=protein_coding
chr1	x	mRNA	101	400	.	+	.	ID=transcript:T{0};Parent=gene:{0};Name={0};biotype=protein_coding
chr1	x	exon	101	400	.	+	.	Parent=transcript:T{0}
chr1	x	CDS	101	400	.	+	0	Parent=transcript:T{0}
"""


@pytest.mark.parametrize("lost", ["KRAS", "NRAS", "BRAF"])
def test_a_gene_taken_out_of_the_bed_is_not_assessable_in_the_report(lost: str, tmp_path: Path, run_cli: Any) -> None:
    """From the BED through profile-tumour to the files of report-patient: only the lost gene's lines change."""
    genes, places = "##gff-version 3\n", {}
    for number, gene in enumerate(("KRAS", "NRAS", "BRAF")):
        places[gene] = (1000 * number + 100, 1000 * number + 400)
        text = GENES_GFF.format(gene).replace("##gff-version 3\n", "")
        genes += text.replace("\t101\t", f"\t{places[gene][0] + 1}\t").replace("\t400\t", f"\t{places[gene][1]}\t")
    (tmp_path / "genes.gff3").write_text(genes)
    write_vcf(tmp_path / "annotated.vcf.gz", [Call("ABC1", "p.Ala9Thr")])
    write_context(tmp_path / "context.json", oncotree="COAD")
    said: dict[str, dict[str, str]] = {}
    for name in ("whole", "lost"):
        kept = [p for gene, p in places.items() if name == "whole" or gene != lost]
        (tmp_path / "covered.bed").write_text("".join(f"chr1\t{a}\t{b}\n" for a, b in kept))
        flags = {"--variants": "annotated.vcf.gz", "--genes": "genes.gff3", "--covered": "covered.bed"}
        paths = [part for flag, file in flags.items() for part in (flag, tmp_path / file)]
        made = ["--oncotree", "COAD", "--sample", "S1", "--output", tmp_path / "profile.parquet"]
        assert run_cli("profile-tumour", *paths, *made)[0] == 0
        out = tmp_path / name
        assert run_cli("report-patient", "--sample", "S1", "--inputs", tmp_path, "--output", out)[0] == 0
        said[name] = {row["item"]: row["words"] for row in rows_of(out / "checklist.tsv")}
        for file in ("report.html", "report.json", "checklist.tsv"):
            assert (f"{lost} not covered" in (out / file).read_text(encoding="utf-8")) == (name == "lost")
    for item, words in said["whole"].items():
        changed = words != said["lost"][item]
        assert changed == item.startswith(lost), item
    assert any(item.startswith(lost) for item in said["whole"])
