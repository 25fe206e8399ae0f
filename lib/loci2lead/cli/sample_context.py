"""Write one sample's clinical context and consents as context.json, from its checked row of samples.tsv.

The whole sheet is checked, and all of its problems are reported at once. Unknown is null, a consent that is
not given is false. A tumour that came as reads holds germline_model_accepted, which
--germline-model-accepted or a "yes" in the column germline_model sets.
"""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from loci2lead.config.sheets import SampleRow, read_samples
from loci2lead.errors import InputError

RESULTS_VERSION = 1
CONTEXT_FIELDS = (
    *("patient", "sample", "type", "build", "sex", "oncotree"),
    *("er", "pr", "her2", "mmr_ihc", "msi", "pdl1", "prior_therapies", "line", "stage"),
    *("consent_somatic", "consent_germline", "consent_secondary", "consent_research"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--samples", type=Path, required=True, help="sheet of samples, TSV")
    parser.add_argument("--sample", required=True, help="the sample (column sample)")
    parser.add_argument("--output", type=Path, required=True, help="JSON to write")
    parser.add_argument("--reads", type=Path, help="the sample's BAM or CRAM: its header tells what aligned it")
    parser.add_argument("--oncotree-table", type=Path, help="full OncoTree as TSV, for rare tumour types")
    parser.add_argument(
        "--germline-model-accepted",
        "--accept-germline-model",
        dest="germline_model_accepted",
        action="store_true",
        help="the germline model was accepted for tumours that come as reads",
    )


def context_of(row: SampleRow, *, accept_germline_model: bool) -> dict[str, Any]:
    """Return a row as the context that reports read: only plain values, None for unknown."""
    values = asdict(row)
    context = {name: values[name] for name in CONTEXT_FIELDS}
    if row.prior_therapies is not None:
        context["prior_therapies"] = list(row.prior_therapies)
    through_germline_model = row.type == "tumor" and row.source == "reads"
    accepted = accept_germline_model or row.germline_model
    return context | {
        "source": row.source,
        "germline_model_accepted": through_germline_model and accepted,
        "simulated": row.simulated,
    }


def run(
    *,
    samples: Path,
    sample: str,
    output: Path,
    reads: Path | None = None,
    oncotree_table: Path | None = None,
    germline_model_accepted: bool = False,
) -> None:
    """Write the context of `sample`. Raises InputError for a faulty sheet or an unknown sample."""
    from loci2lead.io.atomic import write_json
    from loci2lead.provenance import describe

    rows = {row.sample: row for row in read_samples(samples, oncotree_table=oncotree_table)}
    if sample not in rows:
        raise InputError(
            "No such sample in the sheet", file=samples, found="--sample", expected=", ".join(sorted(rows))
        )
    context = context_of(rows[sample], accept_germline_model=germline_model_accepted)
    if reads:
        from loci2lead.io.aligned_by import aligned_by

        context["alignment"] = aligned_by(reads)
    provenance = describe(
        "sample-context",
        results_version=RESULTS_VERSION,
        inputs={"oncotree_table": oncotree_table},  # not the sheet: another patient's row changes nothing here
        parameters={"sample": sample, "germline_model_accepted": germline_model_accepted},
    )
    write_json(output, context | {"provenance": provenance})


def main(args: argparse.Namespace) -> None:
    run(**vars(args))
