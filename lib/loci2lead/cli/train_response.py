"""Train the drug-response model on response tables and features of cell lines.

Learns from any subset of studies (the main study's values win where a drug is in several). Lines and drugs on
the exclusion lists are left out of everything: scaling, training, means, distributions. Drugs are excluded by
compound, so every study's entry of it goes. An interrupted run continues where it stopped when started again.
Your own downloads of GDSC, CCLE, PRISM, CTRP and DepMap become such tables and features by import-response.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--responses",
        type=Path,
        nargs="+",
        required=True,
        metavar="PARQUET",
        help="tables of import-response, or columns line, drug, ln_ic50 = ln(IC50 in µM), optionally drug_id",
    )
    parser.add_argument(
        "--features",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder of wide line x gene tables, lines.csv.gz and drugs.csv.gz",
    )
    parser.add_argument("--exclude-lines", type=Path, metavar="FILE", help="line identifiers to leave out, one a line")
    parser.add_argument(
        "--exclude-drugs", type=Path, metavar="FILE", help="compound keys, InChIKeys or names to leave out, one a line"
    )
    parser.add_argument("--main-study", metavar="NAME", help="study whose values win (default GDSC2 where given)")
    parser.add_argument("--drug-table", type=Path, metavar="CSV", help="names, SMILES, targets, pathways of the drugs")
    parser.add_argument("--config", type=Path, metavar="YAML", help="settings (default: the shipped response.yaml)")
    parser.add_argument("--seed", type=int, help="overrides the settings' seed")
    parser.add_argument("--output", type=Path, required=True, metavar="MODEL.pt")
    parser.add_argument("--metrics", type=Path, required=True, metavar="M.json")


def run(
    *,
    responses: list[Path],
    features: Path,
    output: Path,
    metrics: Path,
    exclude_lines: Path | None = None,
    exclude_drugs: Path | None = None,
    main_study: str | None = None,
    drug_table: Path | None = None,
    config: Path | None = None,
    seed: int | None = None,
) -> None:
    """Train, then write the model, its card and its metrics."""
    from loci2lead.response.train import Sources, read_settings, train

    sources = Sources(responses, features, exclude_lines, exclude_drugs, main_study, drug_table)
    train(sources, read_settings(config, seed), output, metrics)


def main(args: argparse.Namespace) -> None:
    run(**vars(args))
