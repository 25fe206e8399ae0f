"""Write the treatment report of one sample: HTML, PDF, JSON, TSV, XLSX, MAF and FHIR, for research use only.

--inputs is a folder with annotated.vcf.gz, profile.parquet, response.parquet and context.json, or the same
names led by "SAMPLE."; every part may be missing and is then "not assessed". Evidence comes from the files you
point to (CIViC releases, MOAlmanac's tables, a table of your own); the package's own safety rules about
resistance always apply, its demonstration table only with --demo-evidence or for simulated samples.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sample", required=True, help="the sample's pseudonym")
    parser.add_argument("--inputs", type=Path, required=True, metavar="DIR", help="folder with the sample's results")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder to write the report into")
    parser.add_argument("--samples", type=Path, help="sheet of samples, used where there is no context.json")
    evidence = parser.add_argument_group("evidence (each may be given several times)")
    evidence.add_argument("--civic", type=Path, action="append", default=[], help="CIViC release, TSV")
    evidence.add_argument("--moalmanac-statements", type=Path, action="append", default=[], help="TSV")
    evidence.add_argument("--moalmanac-assertions", type=Path, action="append", default=[], help="TSV")
    evidence.add_argument("--evidence", type=Path, action="append", default=[], help="your own table, TSV")
    evidence.add_argument("--demo-evidence", action="store_true", help="use the package's demonstration table")
    parser.add_argument("--fusions", type=Path, help="fusions: Arriba, STAR-Fusion, or gene_5 and gene_3")
    parser.add_argument("--hotspots", type=Path, help="more hotspots, TSV with hugo_symbol and residue")
    parser.add_argument("--genes-checked", nargs="+", default=[], metavar="GENE", help="genes the assay covers")
    parser.add_argument("--covered-mb", type=float, help="size of the assayed coding region in Mb, for the TMB")
    parser.add_argument("--oncotree-table", type=Path, help="full OncoTree as TSV, for rare tumour types")
    parser.add_argument("--report-date", default="", help="YYYY-MM-DD; without it no age of evidence is checked")
    parser.add_argument("--max-evidence-age-months", type=int, default=12, help="older evidence raises a banner")
    parser.add_argument(
        "--encrypt-for", type=Path, metavar="PUBKEY", help="write every file encrypted (crypt4gh) for this key"
    )
    parser.add_argument("--audit-log", type=Path, help="append what was made to this log (see `loci2lead audit`)")
    parser.add_argument(
        "--formats", nargs="+", metavar="FORMAT", help="html pdf json tsv xlsx maf fhir; all without this flag"
    )
    parser.add_argument("--language", default="en", help="of report.html and report.pdf: en, or fr (not reviewed)")


def run(
    *,
    sample: str,
    inputs: Path,
    output: Path,
    samples: Path | None = None,
    civic: list[Path] | None = None,
    moalmanac_statements: list[Path] | None = None,
    moalmanac_assertions: list[Path] | None = None,
    evidence: list[Path] | None = None,
    demo_evidence: bool = False,
    fusions: Path | None = None,
    hotspots: Path | None = None,
    genes_checked: list[str] | None = None,
    covered_mb: float | None = None,
    oncotree_table: Path | None = None,
    report_date: str = "",
    max_evidence_age_months: int = 12,
    audit_log: Path | None = None,
    encrypt_for: Path | None = None,
    formats: list[str] | None = None,
    language: str = "en",
) -> None:
    """Read, match and write. Raises InputError for a missing folder or a malformed part."""
    from loci2lead.report.evidence.sources import EvidenceFiles
    from loci2lead.report.patient.run import Request, make_report
    from loci2lead.report.patient.settings import FORMATS, Settings

    files = EvidenceFiles(
        tuple(civic or ()),
        tuple(moalmanac_statements or ()),
        tuple(moalmanac_assertions or ()),
        tuple(evidence or ()),
        demo_evidence,
    )
    settings = Settings(
        report_date=report_date,
        max_age_months=max_evidence_age_months,
        genes_checked=tuple(genes_checked or ()),
        covered_mb=covered_mb,
        fusions=fusions,
        language=language,
        formats=tuple(part for given in formats for part in given.split(",")) if formats else FORMATS,
    )
    request = Request(sample, inputs, samples, files, settings, hotspots, oncotree_table, audit_log, encrypt_for)
    make_report(request, output)


def main(args: argparse.Namespace) -> None:
    run(**vars(args))
