"""Tumour profiles as omics: what was covered, what was not, and expression brought to the training scale."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from loci2lead.errors import InputError
from loci2lead.io.tables import read_provenance, read_table
from loci2lead.records import PROFILE_COLUMNS, names
from loci2lead.response.omics import Omics, align
from loci2lead.response.reference import LEVELS
from loci2lead.response.subtypes import tissue_of, words_of_code

log = logging.getLogger(__name__)
STATES = {"none", "hotspot", "truncating", "missense", "inframe", "other"}
DRIVER_STATES = {"hotspot", "truncating"}
HIGHEST_LOG_TPM = 20.0  # log2(TPM + 1) of a million, the most there is
FREQUENCIES = "population_frequencies"  # the role of profile-tumour's input that filters inherited variants
WITHOUT_REFERENCE = "expression was not used: no reference cohort was given"
MIN_COHORT = 20  # tumours needed to rank a gene's expression among tumours


def read_profiles(paths: Sequence[str | Path], known_genes: Sequence[str]) -> Omics:
    """Read profile tables into omics of patients. `known_genes` are the symbols the model uses.

    Raises InputError for an empty profile, a sample in two files, genes listed twice, wrong states, counts or
    plain TPM where log2(TPM + 1) belongs, negative copy numbers and unknown OncoTree codes.
    """
    tables: list[pd.DataFrame] = []
    homes: dict[str, str | Path] = {}
    for path in paths:
        table = read_table(path, columns=names(PROFILE_COLUMNS))
        if table.empty:
            raise InputError(
                "The profile is empty",
                file=path,
                expected="a row per gene",
                remedy="run loci2lead profile-tumour again",
            )
        for sample in table["sample"].unique():
            if sample in homes:
                raise InputError(
                    "A sample is in two profiles",
                    file=path,
                    record=str(sample),
                    found=homes[sample],
                    remedy="give each sample once",
                )
            homes[sample] = path
        _check(table, path)
        tables.append(table)
    omics = _omics(pd.concat(tables, ignore_index=True), known_genes)
    for sample, home in homes.items():
        described = read_provenance(home) if str(home).endswith(".parquet") else {}
        if described.get("subcommand") == "profile-tumour" and FREQUENCIES not in described["inputs"]:
            omics.notes[str(sample)] = "inherited variants were not filtered by population frequency"
    return omics


def _check(table: pd.DataFrame, path: str | Path) -> None:
    repeated = table[table.duplicated(["sample", "gene"])]
    if len(repeated):
        raise InputError(
            "A gene is listed twice for a sample",
            file=path,
            record=f"{repeated['sample'].iloc[0]} {repeated['gene'].iloc[0]}",
        )
    codes = table.groupby("sample")["oncotree"].nunique(dropna=False)
    if (codes > 1).any():
        raise InputError("A sample has two OncoTree codes", file=path, record=str(codes.idxmax()))
    wrong = set(table["mutation_state"].dropna().unique()) - STATES
    if wrong:
        raise InputError(
            "Unknown mutation state", file=path, found=", ".join(sorted(wrong)), expected=", ".join(sorted(STATES))
        )
    copies = table["copies_relative"].dropna().astype(float)
    if len(copies) and (copies.min() < 0 or copies.median() > 1.9):
        raise InputError(
            "Copy numbers are not relative to diploid",
            file=path,
            found=f"median {copies.median():.2f}, least {copies.min():.2f}",
            expected="1 = diploid",
            remedy="divide absolute copy numbers by 2",
        )
    for sample, rows in table.groupby("sample"):
        _check_expression(rows["log2_tpm"].dropna().to_numpy(dtype=np.float64), path, str(sample))


def _check_expression(values: NDArray[np.float64], path: str | Path, sample: str) -> None:
    if not len(values):
        return
    whole = len(values) > 50 and bool(np.all(values == np.round(values)))
    if values.max() > HIGHEST_LOG_TPM or (whole and values.max() > 5):
        kind = "read counts" if whole else "TPM without the logarithm"
        raise InputError(
            "Expression looks like " + kind,
            file=path,
            record=sample,
            found=f"up to {values.max():.4g}",
            expected="log2(TPM + 1), at most 20",
            remedy="convert to TPM and take log2(TPM + 1)",
        )
    if values.min() < 0:
        raise InputError(
            "Expression is negative",
            file=path,
            record=sample,
            found=f"{values.min():.3g}",
            expected="log2(TPM + 1), 0 or more",
            remedy="do not give z-scores",
        )


def _omics(table: pd.DataFrame, known_genes: Sequence[str]) -> Omics:
    samples = [str(s) for s in pd.unique(table["sample"])]
    table = table.assign(sample=table["sample"].astype(str), gene=table["gene"].astype(str))
    state = table["mutation_state"].astype(object).where(table["mutation_state"].notna(), None)
    covered = table["covered"].astype(object).where(table["covered"].notna(), None)
    # Not covered means unknown whatever the state says; unknown coverage leaves "none" unknown, too: a silent
    # gene may simply not have been looked at. A mutation that was found is known either way.
    usable = [
        s is not None and c is not False and (s != "none" or c is True) for s, c in zip(state, covered, strict=True)
    ]
    frames = {}
    for name, positive in (("any", STATES - {"none"}), ("hot", {"hotspot"}), ("drv", DRIVER_STATES)):
        table[name] = [float(s in positive) if u else np.nan for s, u in zip(state, usable, strict=True)]
        frames[name] = _pivot(table, name, samples, known_genes)
    frames["cn"] = _pivot(table, "copies_relative", samples, known_genes)
    frames["log2_tpm"] = _pivot(table, "log2_tpm", samples, known_genes)
    codes = table.groupby("sample")["oncotree"].first().reindex(samples)
    codes = codes.astype(object).where(codes.notna(), "")
    words = [words_of_code(str(c)) if c else frozenset() for c in codes]
    tissue = [tissue_of(str(c)) if c else "" for c in codes]
    return Omics(samples, frames, words, tissue, patients=True)


def _pivot(table: pd.DataFrame, column: str, samples: list[str], genes: Sequence[str]) -> pd.DataFrame:
    wide = (
        table.assign(value=table[column].astype(float))
        .pivot(index="sample", columns="gene", values="value")
        .reindex(samples)
    )
    values, renamed = align(wide, genes)
    if renamed and column == "any":
        log.info("older gene names resolved: %s", ", ".join(f"{a} = {b}" for a, b in sorted(renamed.items())))
    return pd.DataFrame(values, index=samples, columns=list(genes))


def map_expression(
    omics: Omics, genes: Sequence[str], quantiles: NDArray[np.float64], reference: pd.DataFrame | None
) -> str:
    """Replace log2(TPM + 1) by z-scores on the training scale; return in words how that was done.

    With a reference cohort (samples x genes of log2(TPM + 1)) each gene's rank in the cohort is turned into the
    training lines' quantile of that gene. Without one, a gene's usual level is not known (the training table
    came z-scored), and expression is not used, with a note: ranks among a sample's own genes say nothing of it.
    """
    values = omics.frames.pop("log2_tpm").reindex(columns=list(genes)).to_numpy(float)
    measured = np.isfinite(values).any(axis=1)
    if not measured.any():
        return ""
    if reference is None:
        for sample in np.array(omics.samples, dtype=object)[measured]:
            omics.notes[sample] = "; ".join([w for w in (omics.notes.get(sample), WITHOUT_REFERENCE) if w])
        log.warning("%d samples: %s", int(measured.sum()), WITHOUT_REFERENCE)
        return ""
    cohort, _ = align(reference, genes)
    mapped = _by_cohort(values, cohort, quantiles)
    omics.frames["expr"] = pd.DataFrame(mapped, index=omics.samples, columns=list(genes))
    return f"expression ranked gene by gene in a reference of {len(reference)} samples"


def _by_cohort(
    values: NDArray[np.float64], cohort: NDArray[np.float64], quantiles: NDArray[np.float64]
) -> NDArray[np.float64]:
    out = np.full(values.shape, np.nan)
    for g in range(values.shape[1]):
        seen = np.sort(cohort[np.isfinite(cohort[:, g]), g])
        if len(seen) < MIN_COHORT:
            continue
        middle = (np.searchsorted(seen, values[:, g], "left") + np.searchsorted(seen, values[:, g], "right")) / 2
        out[:, g] = np.where(
            np.isfinite(values[:, g]), np.interp((middle + 0.5) / (len(seen) + 1), LEVELS, quantiles[g]), np.nan
        )
    return out
