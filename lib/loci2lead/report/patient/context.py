"""The clinical context and consents of one sample, read from context.json or a row of samples.tsv."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from loci2lead.config.cells import WORDS
from loci2lead.config.oncotree import OncoTree
from loci2lead.config.sheets import read_samples
from loci2lead.errors import InputError

_FLAGS = (
    *("consent_somatic", "consent_germline", "consent_secondary", "consent_research"),
    *("germline_model_accepted", "simulated"),
)


@dataclass(frozen=True)
class Context:
    """What is known of a sample besides its sequence. None = unknown; a consent not given is False.

    `found` is False where there was no context at all. `qc_failed` gives the reason of a failed quality
    control that was decided elsewhere, "" otherwise. `alignment` is what aligned the reads, "" where not known.
    """

    sample: str
    patient: str = ""
    type: str = "tumor"
    build: str | None = None
    sex: str | None = None
    oncotree: str | None = None
    er: str | None = None
    pr: str | None = None
    her2: str | None = None
    mmr_ihc: str | None = None
    msi: str | None = None
    pdl1: str | float | None = None
    prior_therapies: tuple[str, ...] | None = None
    line: int | None = None
    stage: str | None = None
    consent_somatic: bool = False
    consent_germline: bool = False
    consent_secondary: bool = False
    consent_research: bool = False
    source: str = "variants"
    germline_model_accepted: bool = False
    simulated: bool = False
    alignment: str = ""
    qc_failed: str = ""
    found: bool = True

    @property
    def origin_unresolved(self) -> bool:
        """Return whether a tumour's reads went through the germline model, so that origins are mixed."""
        return self.type == "tumor" and self.source == "reads" and self.germline_model_accepted

    @property
    def may_show_findings(self) -> bool:
        """Return whether the consent that this kind of sample needs was given (empty = no)."""
        return self.consent_somatic if self.type == "tumor" else self.consent_germline

    @property
    def may_report_absence(self) -> bool:
        """Return whether the page may say "not found": not after failed QC, nor with mixed origins."""
        return not self.qc_failed and not self.origin_unresolved


def read_context(path: str | Path, sample: str, tree: OncoTree) -> Context:
    """Return the context of a JSON file. Raises InputError for an unknown word, type or tumour type."""
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("The context cannot be read", file=path, found=error, expected="a JSON object") from error
    if not isinstance(content, dict):
        raise InputError("The context is not an object", file=path, found=type(content).__name__)
    known = {f.name for f in fields(Context)} - {"found"}
    values: dict[str, Any] = {k: v for k, v in content.items() if k in known and v not in (None, "")}
    _check(values, path)
    if values.get("sample", sample) != sample:
        raise InputError("The context is of another sample", file=path, found=values["sample"], expected=sample)
    if "oncotree" in values:
        values["oncotree"] = _tumour_type(values["oncotree"], path, tree)
    return Context(**(values | {"sample": sample}))


def context_from_sheet(sheet: str | Path, sample: str, oncotree_table: str | Path | None = None) -> Context:
    """Return the context of a sample's row in samples.tsv. Raises InputError if the sheet lacks it."""
    for row in read_samples(sheet, oncotree_table=oncotree_table):
        if row.sample == sample:
            names = {f.name for f in fields(Context)} & {f.name for f in fields(row)}
            values: dict[str, Any] = {name: getattr(row, name) for name in names}
            accepted = row.type == "tumor" and row.source == "reads" and row.germline_model
            return Context(**values, source=row.source, germline_model_accepted=accepted)
    raise InputError("No such sample in the sheet", file=sheet, found=sample, remedy="check --sample and --samples")


def _check(values: dict[str, Any], path: Path) -> None:
    for name, allowed in WORDS.items():
        if values.get(name) == "unknown":
            del values[name]
        elif name in values and values[name] not in allowed:
            _refuse(path, name, values[name], ", ".join(allowed))
    for name in _FLAGS:
        if name in values and not isinstance(values[name], bool):
            _refuse(path, name, values[name], "true or false")
    if "source" in values and values["source"] not in ("reads", "variants"):
        _refuse(path, "source", values["source"], "reads or variants")
    if "line" in values and not (isinstance(values["line"], int) and values["line"] > 0):
        _refuse(path, "line", values["line"], "a whole number from 1")
    if "pdl1" in values and not isinstance(values["pdl1"], int | float | str):
        _refuse(path, "pdl1", values["pdl1"], "a score of 0 to 100, positive or negative")
    if "prior_therapies" in values:
        values["prior_therapies"] = _therapies(values["prior_therapies"], path)


def _therapies(value: Any, path: Path) -> tuple[str, ...]:
    parts = value.replace(",", ";").split(";") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(p, str) for p in parts):
        _refuse(path, "prior_therapies", value, "a list of drug names")
    return tuple(p.strip().lower() for p in parts if p.strip() and p.strip().lower() != "none")


def _tumour_type(text: Any, path: Path, tree: OncoTree) -> str:
    code = tree.resolve(str(text))
    if code is None:
        close = ", ".join(tree.nearest(str(text))) or "none is close"
        raise InputError(
            "Unknown tumour type",
            file=path,
            record="oncotree",
            found=text,
            expected=f"an OncoTree code, name, NCIt or DOID; nearest: {close}",
            remedy="use the nearest code, or give the full OncoTree with --oncotree-table",
        )
    return code


def _refuse(path: Path, name: str, found: Any, expected: str) -> None:
    raise InputError("An unknown word in the context", file=path, record=name, found=repr(found), expected=expected)
