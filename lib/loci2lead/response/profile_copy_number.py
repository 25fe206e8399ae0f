"""A tumour's copy numbers, by gene or by segment, brought to copies relative to diploid."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from loci2lead.errors import InputError
from loci2lead.io.contigs import match_contigs
from loci2lead.io.gff import Gene
from loci2lead.io.tables import read_table

GENE_COLUMNS = ("gene", "symbol", "gene_symbol", "hugo_symbol", "gene.symbol")
CHROM_COLUMNS = ("chrom", "chromosome", "chr", "contig", "#chrom")
START_COLUMNS = ("start", "begin", "loc.start", "startpos")
END_COLUMNS = ("end", "stop", "loc.end", "endpos")
COPIES_COLUMNS = ("copies", "cn", "tcn.em")
"""Absolute copies: ours, CNVkit's call, FACETS. PureCN's C counts only beside its seg.mean: the name is too short."""
MEASURED_SHARE = 0.5
"""A gene gets a copy number from segments that cover at least this share of it."""

LARGEST_LOG2 = 10.0


def read_copy_number(path: str | Path, genes: Sequence[Gene]) -> pd.Series:
    """Return copies relative to diploid (1 = two copies) by gene symbol.

    Reads `gene` with `copies` (absolute), `log2` or `copies_relative`; or segments `chrom, start, end` with
    `copies`, `log2`, or `nMajor` and `nMinor`, averaged over each gene by length. So do the tables of CNVkit
    (.cns, .call.cns: their column gene lists all genes of a segment and is not used), ASCAT (segments), PureCN
    (genes and segments, of which those without a call are left out), FACETS and DNAcopy (.seg).
    Raises InputError for negative or missing numbers, genes given twice, or contigs that the gene models lack.
    """
    table = read_table(path, comment="#" if not _begins_with_chrom(path) else None)
    by_lower = {str(column).strip().lower(): str(column) for column in table.columns}
    if "c" in by_lower and "seg.mean" in by_lower:
        by_lower["copies"] = by_lower["c"]
        table = table[table[by_lower["c"]].notna()]
    relative = _relative_copies(table, by_lower, path)
    gene_column = next((by_lower[name] for name in GENE_COLUMNS if name in by_lower), None)
    if gene_column is not None and not {"log2", "probes"} <= set(by_lower):  # CNVkit's column lists genes
        return _by_gene(table[gene_column].astype(str).str.strip(), relative, path)
    return _by_segment(table, by_lower, relative, genes, path)


def _begins_with_chrom(path: str | Path) -> bool:
    """Say whether the first line is a header that begins with #chrom, as BED-like tables have."""
    path = Path(path)
    if not path.is_file() or path.suffix == ".gz":
        return False
    with path.open(encoding="utf-8", errors="replace") as handle:
        return handle.readline().lower().startswith("#chrom")


def _relative_copies(table: pd.DataFrame, by_lower: dict[str, str], path: str | Path) -> pd.Series:
    def numbers(name: str) -> pd.Series:
        values = pd.to_numeric(table[by_lower[name]], errors="coerce").astype(float)
        if values.isna().any():
            row = int(values.isna().to_numpy().argmax())
            raise InputError(
                "A copy number is not a number",
                file=path,
                record=f"data row {row + 1}, column {by_lower[name]}",
                found=table[by_lower[name]].iloc[row],
                expected="a number in every row; leave out rows that were not measured",
            )
        return values

    copies = next((name for name in COPIES_COLUMNS if name in by_lower), None)
    log2_column = next((name for name in ("log2", "seg.mean") if name in by_lower), None)
    if "copies_relative" in by_lower:
        relative = numbers("copies_relative")
    elif copies:
        relative = numbers(copies) / 2
    elif "nmajor" in by_lower and "nminor" in by_lower:
        relative = (numbers("nmajor") + numbers("nminor")) / 2
    elif log2_column:
        log2 = numbers(log2_column)
        if log2.max() > LARGEST_LOG2:  # far below 0 is how tools write "no reads at all"
            raise InputError(
                "log2 ratios are too large", file=path, found=log2.max(), expected="log2 of copies over diploid"
            )
        relative = 2.0**log2
    else:
        raise InputError(
            "The copy-number table lacks its values",
            file=path,
            found=", ".join(map(str, table.columns[:10])),
            expected="copies, log2, copies_relative, or nMajor and nMinor",
            remedy="name the columns gene and copies, or chrom, start, end and copies",
        )
    if (relative < 0).any():
        row = int((relative < 0).to_numpy().argmax())
        raise InputError("A copy number is negative", file=path, record=f"data row {row + 1}", expected="0 or more")
    return relative


def _by_gene(genes: pd.Series, relative: pd.Series, path: str | Path) -> pd.Series:
    frame = pd.DataFrame({"gene": genes, "copies_relative": relative}).drop_duplicates()
    twice = frame["gene"][frame["gene"].duplicated()]
    if len(twice):
        raise InputError(
            "Genes are given more than once with different copies",
            file=path,
            record=", ".join(sorted(set(twice))[:5]),
            remedy="keep one row per gene",
        )
    return frame.set_index("gene")["copies_relative"]


def _by_segment(
    table: pd.DataFrame, by_lower: dict[str, str], relative: pd.Series, genes: Sequence[Gene], path: str | Path
) -> pd.Series:
    kinds = (CHROM_COLUMNS, START_COLUMNS, END_COLUMNS)
    places = [by_lower[name] for names in kinds for name in [n for n in names if n in by_lower][:1]]
    if len(places) < len(kinds):
        raise InputError(
            "The copy-number table names neither genes nor segments",
            file=path,
            found=", ".join(map(str, table.columns[:10])),
            expected="gene and copies, or chrom, start, end and copies",
        )
    chrom = table[places[0]].astype(str)
    start, end = _whole_numbers(table, places[1], path), _whole_numbers(table, places[2], path)
    if (end < start).any():
        row = int((end < start).to_numpy().argmax())
        raise InputError("A segment ends before it begins", file=path, record=f"data row {row + 1}")
    names = match_contigs(set(chrom), {gene.contig for gene in genes})
    if not names:
        raise InputError(
            "The segments and the gene models share no contig",
            file=path,
            found=", ".join(sorted(set(chrom))[:5]),
            expected=", ".join(sorted({gene.contig for gene in genes})[:5]),
        )
    segments = pd.DataFrame({"contig": chrom.map(names), "start": start, "end": end, "value": relative}).dropna()
    by_contig = {contig: part.sort_values("start") for contig, part in segments.groupby("contig")}
    values = {gene.name: _mean_over(gene, by_contig.get(gene.contig)) for gene in genes}
    return pd.Series(values, dtype=float).dropna().rename("copies_relative")


def _whole_numbers(table: pd.DataFrame, column: str, path: str | Path) -> pd.Series:
    values = pd.to_numeric(table[column], errors="coerce")
    bad = values.isna()
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InputError(
            "A segment's place is not a whole number",
            file=path,
            record=f"data row {row + 1}, column {column}",
            found=table[column].iloc[row],
        )
    return values.astype("int64")


def _mean_over(gene: Gene, segments: pd.DataFrame | None) -> float:
    """Return the length-weighted mean over a gene, NaN where too little of it was measured."""
    if segments is None:
        return float("nan")
    overlap = np.minimum(segments["end"].to_numpy(), gene.end) - np.maximum(segments["start"].to_numpy(), gene.start)
    overlap = np.clip(overlap, 0, None)
    if overlap.sum() < MEASURED_SHARE * (gene.end - gene.start):
        return float("nan")
    return float((overlap * segments["value"].to_numpy()).sum() / overlap.sum())
