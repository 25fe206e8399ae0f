"""Bring a published drug screen, or DepMap's omics, into the tables that train-response and evaluate-response read.

    import-response --release gdsc2 --input GDSC2_fitted_dose_response.xlsx --lines Model.csv --output gdsc2.parquet
    import-response --release ctrp2 --input CTRPv2/ --lines Model.csv --output ctrp2.parquet
    import-response --release depmap --input DepMap/ --output features/

Releases: gdsc1, gdsc2, ccle (2012/2015), prism (secondary screen), ctrp2: a response table in ln(IC50 in µM), values
beyond the tested doses flagged, rows that cannot be used in <stem>.rejected.tsv. depmap (Omics*.csv and Model.csv):
a folder of features. Lines are matched by DepMap, COSMIC or Sanger id, then by name; drugs by structure, then by name.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--release",
        required=True,
        metavar="NAME",
        help="gdsc1, gdsc2, ccle, prism, ctrp2 or depmap, as their owners name them",
    )
    parser.add_argument(
        "--input", type=Path, nargs="+", required=True, metavar="FILE", help="files or folder of the release"
    )
    parser.add_argument(
        "--lines", type=Path, metavar="CSV", help="DepMap's Model.csv, or lines.csv of a features folder"
    )
    parser.add_argument(
        "--drug-table",
        type=Path,
        metavar="CSV",
        help="structures for releases without: name, smiles, synonyms, targets, pathway",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="P.parquet", help="response table; for depmap a folder"
    )


def run(
    *,
    release: str,
    input: list[Path],
    output: Path,
    lines: Path | None = None,
    drug_table: Path | None = None,
) -> None:
    """Write the response table and its rejected rows, or the folder of features."""
    from loci2lead.response.release_files import import_to_file

    import_to_file(release, input, output, lines, drug_table)


def main(args: argparse.Namespace) -> None:
    run(**vars(args))
