"""Predict the response of tumours or cell lines to each drug, with intervals, percentiles and reasons.

Learned from cancer cell lines; no patient outcome was used. A row for every sample and drug is written; where
`note` is not empty, reports leave the number out and say why. Beside the output, <stem>.distributions.tsv holds
quantiles of the training lines per drug and tissue.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--profile", type=Path, nargs="+", metavar="PARQUET", help="tumour profiles of profile-tumour")
    source.add_argument("--features", type=Path, metavar="DIR", help="folder of wide line x gene tables")
    parser.add_argument(
        "--drugs", type=Path, metavar="CSV", help="further drugs the model has not seen: drug,smiles,targets,pathway"
    )
    parser.add_argument(
        "--expression-reference",
        type=Path,
        metavar="TABLE",
        help="sample x gene log2(TPM + 1) of at least 20 tumours, to rank profiles' expression in",
    )
    parser.add_argument("--model", default="response-gdsc-v1", help="shipped model's name, or a .pt file")
    parser.add_argument("--output", type=Path, required=True, metavar="X.parquet")
    parser.add_argument("--threads", type=int, default=1, help="processes; the result is the same with any number")


def run(
    *,
    output: Path,
    profile: list[Path] | None = None,
    features: Path | None = None,
    drugs: Path | None = None,
    expression_reference: Path | None = None,
    model: str = "response-gdsc-v1",
    threads: int = 1,
) -> None:
    """Predict and write the table, the distributions and the rejected drugs."""
    from loci2lead.response.prediction import Request, predict

    predict(Request(profile or [], features, drugs, expression_reference, model), output, threads)


def main(args: argparse.Namespace) -> None:
    run(**vars(args))
