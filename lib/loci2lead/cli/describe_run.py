"""Describe a finished run as a Workflow Run RO-Crate: digests of inputs, outputs, models, settings and environment.

Writes ro-crate-metadata.json into the results folder, and run/ beside it with copies of the settings, the sheets,
the Snakefile and the list of installed packages. `loci2lead reproduce` runs it again from there and compares.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--configfile", type=Path, metavar="YAML", help="settings of the run")
    parser.add_argument("--settings", metavar="JSON", help="the same as text, as the workflow passes them")
    parser.add_argument("--snakefile", type=Path, default=Path("Snakefile"), help="(default: Snakefile)")


def run(*, configfile: Path | None = None, settings: str | None = None, snakefile: Path = Path("Snakefile")) -> None:
    """Write the crate. Raises InputError where settings, inputs or results are missing."""
    import json

    from loci2lead.config.load import read_config
    from loci2lead.errors import InputError
    from loci2lead.runs.crate import write_crate
    from loci2lead.runs.inputs import read_run

    if (configfile is None) == (settings is None):
        raise InputError("The settings are needed once", expected="--configfile YAML or --settings JSON")
    config = json.loads(settings) if settings is not None else read_config(configfile or Path())
    described = read_run(config, str(configfile or "--settings"))
    write_crate(Path(described.settings.results), config, described, snakefile)


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
