"""Small inputs of report-patient, drawn by hand: an annotated VCF, a context, a profile, predictions."""

import json
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import unescape

import pandas as pd
import pysam
import pytest

from loci2lead.io.tables import write_parquet

CSQ = (
    "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|cDNA_position|"
    "CDS_position|Protein_position|Amino_acids|Codons|STRAND|HGVSg|RULE"
)


@dataclass(frozen=True)
class Call:
    """One record: gene, consequence and names as an annotator would write them."""

    gene: str
    hgvs_p: str = ""
    consequence: str = "missense_variant"
    vaf: float = 0.3
    depth: int = 200
    ref: str = "A"
    alt: str = "T"
    codon: int = 0
    exon: str = ""
    cds: int = 0
    strand: str = "1"
    rule: str = ""
    filters: str = "PASS"
    genotype: str = "0/1"

    @property
    def protein_position(self) -> str:
        digits = "".join(c for c in self.hgvs_p.removeprefix("p.").split("_")[0] if c.isdigit())
        return digits.split("fs")[0] if not self.codon else str(self.codon)


def write_vcf(path: Path, calls: list[Call], sample: str = "S1") -> Path:
    lines = [
        "##fileformat=VCFv4.2",
        f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations. Format: {CSQ}">',
        '##FILTER=<ID=RefCall,Description="reference">',
        '##FILTER=<ID=LowQual,Description="low">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
        '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allele depths">',
        '##FORMAT=<ID=VAF,Number=A,Type=Float,Description="Fraction">',
        "##contig=<ID=chr1,length=100000000>",
        f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}",
    ]
    for number, c in enumerate(calls, start=1):
        position = c.protein_position
        hgvs_p = f"NM_1.1:{c.hgvs_p}" if c.hgvs_p else ""
        csq = (
            f"{c.alt}|{c.consequence}||{c.gene}|{c.gene}|Transcript|NM_1.1|protein_coding|{c.exon}|||{hgvs_p}||"
            f"{c.cds or ''}|{position}|||{c.strand}||{c.rule}"
        )
        alt_depth = round(c.vaf * c.depth)
        lines.append(
            f"chr1\t{number * 1000}\t.\t{c.ref}\t{c.alt}\t50\t{c.filters}\tCSQ={csq}\tGT:DP:AD:VAF\t"
            f"{c.genotype}:{c.depth}:{c.depth - alt_depth},{alt_depth}:{c.vaf}"
        )
    plain = path.with_name(path.name.removesuffix(".gz"))
    plain.write_text("\n".join(lines) + "\n")
    pysam.tabix_compress(str(plain), str(path), force=True)
    plain.unlink()
    return path


def write_context(path: Path, **changes: Any) -> Path:
    context: dict[str, Any] = {
        **{"patient": "P001", "sample": "S1", "type": "tumor", "build": "GRCh38", "oncotree": "COAD"},
        **{"consent_somatic": True, "consent_germline": False, "source": "variants"},
        **{"germline_model_accepted": False, "simulated": False},
    }
    path.write_text(json.dumps(context | changes))
    return path


def write_profile(
    path: Path, covered: dict[str, bool | None], copies: dict[str, float] | None = None, sample: str = "S1"
) -> Path:
    copies = copies or {}
    genes = list(dict.fromkeys([*covered, *copies]))
    table = pd.DataFrame(
        {
            "sample": [sample] * len(genes),
            "gene": genes,
            "mutation_state": [None] * len(genes),
            "copies_relative": pd.array([copies.get(g) for g in genes], dtype="Float64"),
            "log2_tpm": pd.array([None] * len(genes), dtype="Float64"),
            "covered": pd.array([covered.get(g) for g in genes], dtype="boolean"),
        }
    )
    write_parquet(path, table, {})
    return path


def write_response(path: Path, rows: list[dict[str, Any]], sample: str = "S1") -> Path:
    base = {
        **{"sample": sample, "drug_key": "", "ln_ic50": 1.0, "lower_90": 0.0, "upper_90": 2.0},
        **{"percentile_in_tissue": 50.0, "percentile_overall": 50.0, "delta_from_tissue_mean": 0.1},
        **{
            "drug_reliability": 0.4,
            "in_domain": True,
            "modalities": "mutation, tissue",
            "top_genes": "BRAF:-0.42",
            "note": "",
        },
    }
    write_parquet(path, pd.DataFrame([base | row for row in rows]), {})
    return path


def indel_rich(count: int = 60) -> list[Call]:
    """Return passengers with a fifth of indels, as in a mismatch-repair deficient tumour."""
    return [
        Call(f"GENE{i}", f"p.Lys{i + 10}fs", "frameshift_variant", ref="AT", alt="A")
        if i % 5 == 0
        else Call(f"GENE{i}", f"p.Ala{i + 10}Thr")
        for i in range(count)
    ]


def text_of(path: Path) -> str:
    """Return what a file of any of the report's formats says; a PDF needs pdftotext and is empty without it."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            return unescape("\n".join(archive.read(name).decode() for name in archive.namelist()))
    if path.suffix == ".pdf":
        if not shutil.which("pdftotext"):
            pytest.skip("pdftotext is not installed")
        said = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
        return " ".join(said.split())
    return path.read_text()
