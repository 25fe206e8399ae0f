"""What is known of a set of samples: expression, copy number, mutation states, subtype. Unknown is NaN.

Two sources give the same object: a folder of wide sample x gene tables (cell lines), and profile.parquet
files (tumours).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from loci2lead.errors import InputError
from loci2lead.io.tables import read_table
from loci2lead.response.genes import resolve
from loci2lead.response.subtypes import words_of_line

log = logging.getLogger(__name__)
AMPLIFIED, DELETED = 3.0, 0.35  # relative copies that stand for a panel's yes/no calls (1 = diploid)
WIDE_TABLES = (
    "expr_census706",
    "cn_census706",
    "mut_census706",
    "hotspot_mut2369",
    "panel718_mutation",
    "panel718_cnamplification",
    "panel718_cndeletion",
    "gdsc_genomic_features678",
)


@dataclass
class Omics:
    """Samples and what is known of them.

    `expr`: z-scores of expression; `cn`: copies relative to diploid; `any`, `hot`, `drv`: 0/1 whether the gene
    has any coding mutation, one at a hotspot, one that is likely a driver; `msi`: 0/1. All are frames of
    samples x genes and may lack columns or hold NaN. `words`: subtype words per sample; `tissue`: its tissue or
    "". `notes`: remarks per sample for people.
    """

    samples: list[str]
    frames: dict[str, pd.DataFrame]
    words: list[frozenset[str]]
    tissue: list[str]
    notes: dict[str, str] = field(default_factory=dict)
    patients: bool = False

    def take(self, samples: Sequence[str]) -> "Omics":
        """Return these samples only, in their order."""
        at = {s: i for i, s in enumerate(self.samples)}
        rows = [at[s] for s in samples]
        frames = {k: f.iloc[rows] for k, f in self.frames.items()}
        return Omics(
            list(samples),
            frames,
            [self.words[i] for i in rows],
            [self.tissue[i] for i in rows],
            self.notes,
            self.patients,
        )

    def known(self, name: str) -> pd.Series:
        """Return per sample how many genes of a frame are known."""
        if name not in self.frames:
            return pd.Series(0, index=self.samples)
        return self.frames[name].notna().sum(axis=1)


def read_folder(folder: str | Path) -> Omics:
    """Read the wide tables of a folder; any subset may be there, one omics table at least.

    Raises InputError for a folder without tables, duplicated samples, and expression that is not z-scored.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError("Folder of features not found", file=folder, remedy="give the folder with the wide tables")
    wide = {
        name: _read_wide(folder / f"{name}.parquet") for name in WIDE_TABLES if (folder / f"{name}.parquet").exists()
    }
    if not wide:
        raise InputError(
            "No feature table in the folder", file=folder, expected=", ".join(f"{n}.parquet" for n in WIDE_TABLES)
        )
    if "expr_census706" in wide:
        _check_z_scores(wide["expr_census706"], folder / "expr_census706.parquet")
    meta = _read_lines(folder)
    samples = sorted(set().union(*(t.index for t in wide.values())))
    frames = {k: f.reindex(samples) for k, f in _frames(wide).items()}
    if meta is not None and "msi" in meta.columns:
        frames["msi"] = (
            meta.reindex(samples)[["msi"]].astype(float).combine_first(frames.get("msi", pd.DataFrame(index=samples)))
        )
    rows = (meta if meta is not None else pd.DataFrame(index=samples)).reindex(samples)
    records = rows.astype(object).where(rows.notna(), None).to_dict("records")
    words = [words_of_line({str(k): v for k, v in row.items()}) for row in records]
    tissue = [t if isinstance(t, str) else "" for t in rows["tissue"]] if "tissue" in rows else [""] * len(samples)
    omics = Omics(samples, frames, words, tissue)
    _silence_empty_mutations(omics)
    return omics


def _read_wide(path: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path).to_pandas()
    except (OSError, ValueError) as error:
        raise InputError("The table cannot be read", file=path, found=error) from error
    for column in ("line", "sample", "tumour"):
        if column in table.columns:
            table = table.set_index(column)
    table.index = table.index.astype(str)
    if table.empty:
        raise InputError("The table is empty", file=path)
    repeated = table.index[table.index.duplicated()].unique()
    if len(repeated):
        raise InputError(
            "Samples are listed twice", file=path, record=", ".join(repeated[:5]), remedy="keep one row per sample"
        )
    bad = [c for c in table.columns if not pd.api.types.is_numeric_dtype(table[c])]
    if bad:
        raise InputError("A feature column does not hold numbers", file=path, record=str(bad[0]))
    return table


def _read_lines(folder: Path) -> pd.DataFrame | None:
    for name in ("lines.csv.gz", "lines.csv", "lines.tsv"):
        if (folder / name).exists():
            table = read_table(folder / name, columns=("line",), dtype={"line": str})
            repeated = table["line"][table["line"].duplicated()]
            if len(repeated):
                raise InputError(
                    "Lines are listed twice",
                    file=folder / name,
                    record=", ".join(repeated.iloc[:5]),
                    remedy="keep one row per line",
                )
            return table.set_index("line")
    return None


def _check_z_scores(table: pd.DataFrame, file: Path) -> None:
    values = table.to_numpy(float)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return
    if finite.min() >= 0 or np.abs(np.median(finite)) > 2 or np.abs(finite).max() > 40:
        kind = (
            "read counts"
            if np.all(finite[:10000] == np.round(finite[:10000])) and finite.max() > 50
            else "not z-scores"
        )
        raise InputError(
            "Expression is not z-scored per gene",
            file=file,
            found=f"{kind}, {finite.min():.3g} to {finite.max():.3g}",
            expected="z-scores per gene, mean 0",
            remedy="log-transform TPM and scale each gene over a reference set, or give profiles",
        )


def _frames(wide: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    frames: dict[str, pd.DataFrame] = {}
    if "expr_census706" in wide:
        frames["expr"] = wide["expr_census706"].astype(float)
    if "cn_census706" in wide:
        frames["cn"] = wide["cn_census706"].astype(float)
    elif "panel718_cnamplification" in wide or "panel718_cndeletion" in wide:
        frames["cn"] = copies_from_calls(wide.get("panel718_cnamplification"), wide.get("panel718_cndeletion"))
    called = [wide[n].astype(float) for n in ("mut_census706", "panel718_mutation") if n in wide]
    if called:
        frames["any"] = pd.concat(called).groupby(level=0).max() if len(called) > 1 else called[0]
    if "hotspot_mut2369" in wide:
        frames["hot"] = wide["hotspot_mut2369"].astype(float)
    if "gdsc_genomic_features678" in wide:
        events = wide["gdsc_genomic_features678"].astype(float)
        driver = events[[c for c in events.columns if c.endswith("_mut")]]
        frames["drv"] = driver.rename(columns=lambda c: c.removesuffix("_mut"))
        if "MSI_FACTOR" in events:
            frames["msi"] = events[["MSI_FACTOR"]].rename(columns={"MSI_FACTOR": "msi"})
    return frames


def copies_from_calls(gains: pd.DataFrame | None, losses: pd.DataFrame | None) -> pd.DataFrame:
    """Return relative copies from yes/no calls of amplification and deletion (`AMPLIFIED`, `DELETED`, else 1)."""
    shape = gains if gains is not None else losses
    if shape is None:
        raise ValueError("neither gains nor losses are given")
    copies = pd.DataFrame(1.0, index=shape.index, columns=shape.columns)
    if losses is not None:
        copies = copies.mask(losses.reindex_like(copies) == 1, DELETED)
    if gains is not None:
        copies = copies.mask(gains.reindex_like(copies) == 1, AMPLIFIED)
    return copies


def _silence_empty_mutations(omics: Omics) -> None:
    """Mark mutations as unknown where every call of a sample is 0: a wide table carries no coverage.

    Hundreds of cancer genes without one mutation is what an assay that was not done looks like; cell lines
    have about 29 mutated panel genes. (A profile says what was covered, so its zeros are kept.)
    """
    frames = [omics.frames[k] for k in ("any", "hot", "drv") if k in omics.frames]
    if not frames:
        return
    total = pd.concat([f.fillna(0).sum(axis=1) for f in frames], axis=1).sum(axis=1)
    called = pd.concat([f.notna().sum(axis=1) for f in frames], axis=1).sum(axis=1)
    empty = [s for s in omics.samples if total[s] == 0 and called[s] > 0]
    if empty:
        for name in ("any", "hot", "drv"):
            if name in omics.frames:
                omics.frames[name].loc[empty] = np.nan
        for sample in empty:
            omics.notes[sample] = "all mutation calls are 0 and coverage is unknown: mutations count as not measured"
        log.warning("%d samples have no mutation at all and no coverage: their mutations count as unknown", len(empty))


def align(frame: pd.DataFrame, genes: Sequence[str]) -> tuple[np.ndarray, dict[str, str]]:
    """Return the frame's values for `genes` (NaN where absent), older and newer symbols resolved.

    Also returns which columns were renamed.
    """
    renamed, _ = resolve([str(c) for c in frame.columns], genes)
    return frame.rename(columns=renamed).reindex(columns=list(genes)).to_numpy(float), renamed
