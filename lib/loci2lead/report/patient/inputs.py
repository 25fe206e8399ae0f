"""What is in a sample's folder, and what is not: every missing part is "not assessed", never guessed."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loci2lead.config.oncotree import OncoTree
from loci2lead.errors import InputError
from loci2lead.io.tables import read_provenance, read_table
from loci2lead.io.vcf import AnnotatedVariant, open_variants, read_annotated
from loci2lead.report.patient.context import Context, context_from_sheet, read_context
from loci2lead.report.patient.measured import (
    MeasuredBurden,
    Microsatellites,
    read_burden,
    read_microsatellites,
    read_signatures,
)

if TYPE_CHECKING:
    import pandas as pd

PROFILE_NEEDS = ("gene", "covered", "copies_relative")
RESPONSE_NEEDS = ("sample", "drug", "ln_ic50", "lower_90", "upper_90", "percentile_in_tissue", "in_domain")
PARTS = {
    "variants": "annotated.vcf.gz",
    "profile": "profile.parquet",
    "response": "response.parquet",
    "distributions": "response.distributions.tsv",
    "context": "context.json",
    "msi": "msi.json",
    "msi_table": "msi.tsv",
    "tmb": "tmb.json",
    "fusions": "fusions.tsv",
    "signatures": "signatures.json",
}


@dataclass(frozen=True)
class Inputs:
    """The parts of one sample. `variants` is None where there is no VCF; tables likewise.

    `microsatellites` and `burden` are None where no earlier stage measured them, `signatures` then has no words.
    `files` maps the roles of the parts that were found to their files; `missing` names the others in words.
    """

    context: Context
    variants: list[AnnotatedVariant] | None
    profile: "pd.DataFrame | None"
    response: "pd.DataFrame | None"
    distributions: "pd.DataFrame | None"
    files: dict[str, Path]
    missing: tuple[str, ...]
    provenances: dict[str, dict[str, Any]]
    microsatellites: Microsatellites | None = None
    burden: MeasuredBurden | None = None
    signatures: tuple[tuple[dict[str, Any], ...], str] = ((), "")

    @property
    def covered_mb(self) -> float | None:
        """Return the coding Mb that the profile found in the assay's BED, None where it had none."""
        return self.provenances.get("profile", {}).get("parameters", {}).get("covered_coding_mb") or None


def read_inputs(
    folder: Path, sample: str, tree: OncoTree, *, sheet: Path | None = None, oncotree_table: Path | None = None
) -> Inputs:
    """Read a sample's folder; names may be as in PARTS or led by the sample and a dot.

    Without a context the sample's row is taken from `sheet`, or from a samples.tsv in the folder.

    Raises InputError where the folder is missing, holds nothing of the sample, or a part is malformed.
    """
    if not folder.is_dir():
        raise InputError("The folder of the sample was not found", file=folder, remedy="check --inputs")
    files = {role: path for role, name in PARTS.items() if (path := _find(folder, sample, name)) is not None}
    if not set(files) - {"context"}:
        raise InputError(
            "Nothing of the sample is in the folder",
            file=folder,
            record=sample,
            found=", ".join(sorted(p.name for p in folder.iterdir())[:10]) or "an empty folder",
            expected=", ".join(f"{name} or {sample}.{name}" for name in PARTS.values()),
        )
    if "context" not in files and sheet is None and (folder / "samples.tsv").is_file():
        sheet = folder / "samples.tsv"
    if "context" not in files and sheet is not None:
        files["samples"] = sheet
    tables: dict[str, pd.DataFrame] = {
        role: read_table(files[role]) for role in ("profile", "response", "distributions") if role in files
    }
    _check(tables, files)
    return Inputs(
        context=_context(files, sample, tree, oncotree_table),
        variants=_variants(files.get("variants"), sample),
        profile=_of_sample(tables.get("profile"), sample),
        response=_of_sample(tables.get("response"), sample),
        distributions=tables.get("distributions"),
        files=files,
        missing=_missing(files),
        microsatellites=read_microsatellites(files[role]) if (role := _msi_role(files)) else None,
        burden=read_burden(files["tmb"]) if "tmb" in files else None,
        signatures=read_signatures(files["signatures"]) if "signatures" in files else ((), ""),
        provenances={r: read_provenance(files[r]) for r in ("profile", "response") if r in files},
    )


def _msi_role(files: dict[str, Path]) -> str | None:
    return next((role for role in ("msi", "msi_table") if role in files), None)


def _find(folder: Path, sample: str, name: str) -> Path | None:
    names = [name, f"{sample}.{name}"]
    if name.endswith(".vcf.gz"):
        names += [name.removesuffix(".gz"), f"{sample}.{name.removesuffix('.gz')}"]
    return next((folder / n for n in names if (folder / n).is_file()), None)


def _variants(path: Path | None, sample: str) -> list[AnnotatedVariant] | None:
    if path is None:
        return None
    with open_variants(path) as source:
        samples = list(source.header.samples)
    return read_annotated(path, sample=sample if len(samples) > 1 and sample in samples else None)


def _check(tables: dict[str, "pd.DataFrame"], files: dict[str, Path]) -> None:
    for role, needs in (("profile", PROFILE_NEEDS), ("response", RESPONSE_NEEDS)):
        if role in tables:
            missing = [c for c in needs if c not in tables[role].columns]
            if missing:
                raise InputError(
                    "Columns are missing",
                    file=files[role],
                    record=", ".join(missing),
                    found=", ".join(map(str, tables[role].columns)),
                    expected=", ".join(needs),
                )


def _of_sample(table: "pd.DataFrame | None", sample: str) -> "pd.DataFrame | None":
    if table is None or "sample" not in table.columns:
        return table
    return table[table["sample"].astype(str) == sample].reset_index(drop=True)


def _context(files: dict[str, Path], sample: str, tree: OncoTree, oncotree_table: Path | None) -> Context:
    if "context" in files:
        return read_context(files["context"], sample, tree)
    if "samples" in files:
        return context_from_sheet(files["samples"], sample, oncotree_table)
    return Context(sample=sample, found=False)


def _missing(files: dict[str, Path]) -> tuple[str, ...]:
    words = {
        "variants": "small variants: no annotated VCF",
        "profile": "coverage, copy number and expression by gene: no profile",
        "response": "predicted response: no table of predictions",
        "context": "clinical context and consents: neither context.json nor a sheet of samples",
    }
    return tuple(
        text for role, text in words.items() if role not in files and not (role == "context" and "samples" in files)
    )
