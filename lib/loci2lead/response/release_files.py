"""import-response from files to files."""

import logging
from collections.abc import Sequence
from pathlib import Path

from loci2lead import provenance
from loci2lead.errors import InputError
from loci2lead.io.tables import write_parquet, write_rejected
from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.response.compounds import Drug
from loci2lead.response.release_features import import_features
from loci2lead.response.releases import Drugs, Lines, import_release

log = logging.getLogger(__name__)
RESULTS_VERSION = 1
DICTIONARY = "response-gdsc-v1"  # the shipped model's drugs name structures that GDSC's and CCLE's releases lack
FEATURES = "depmap"


def import_to_file(
    release: str, inputs: Sequence[Path], output: Path, lines: Path | None, drug_table: Path | None
) -> None:
    """Import one release into a response table with its rejected rows, or DepMap's omics into a folder."""
    if release.lower() == FEATURES:
        import_features(inputs, output)
        return
    if output.suffix != ".parquet":
        raise InputError("A response table is a Parquet file", found=output.name, expected="a name ending in .parquet")
    drugs = Drugs.read(drug_table, shipped_drugs())
    table, rejected = import_release(release, inputs, Lines.read(lines), drugs)
    described = provenance.describe(
        "import-response",
        results_version=RESULTS_VERSION,
        inputs={
            **{f"input_{i}": p for i, p in enumerate(inputs)},
            "lines": lines,
            "drug_table": drug_table,
        },
        parameters={"release": release.lower()},
    )
    write_parquet(output, table, described)
    write_rejected(output, rejected)


def shipped_drugs() -> list[Drug]:
    """Return the drugs of the shipped response model, none where it is not installed."""
    try:
        return [Drug(**d) for d in load_checkpoint(DICTIONARY).settings["drugs"]]
    except InputError:
        log.warning("the shipped model %s is not there: releases without structures get none", DICTIONARY)
        return []
