"""Say how many jobs, CPU hours and gigabytes a run will take, from measured rates, before anything runs.

Jobs are counted by a dry run of the workflow in the current folder. Hours are CPU hours of a core like the one that
the rates were measured on; a rule without a measured rate is listed as such and not counted.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--configfile", type=Path, required=True, metavar="YAML", help="settings of the run")
    parser.add_argument("--target", default="all", help="what to make (default: all)")
    parser.add_argument("--cores", type=int, default=2, help="cores at work at a time (default: 2)")


def run(*, configfile: Path, target: str = "all", cores: int = 2) -> None:
    """Print the plan. Raises InputError for faulty settings, Loci2leadError where Snakemake cannot plan."""
    from loci2lead.config.load import read_config
    from loci2lead.runs.estimate import CLUSTER_SECONDS, PLAN_SECONDS, amounts, count_jobs, estimate
    from loci2lead.runs.inputs import read_run

    inputs = read_run(read_config(configfile), str(configfile))
    work = amounts(inputs)
    reads = sum(work[unit] for unit in ("gb_reads", "gb_small_reads", "gb_pair_reads"))
    again = " (a normal's once more for each tumour)" if work["gb_pair_reads"] else ""
    print(
        f"{len(inputs.samples)} samples with {reads:,.1f} GB of reads{again}; "
        f"{len(inputs.libraries)} libraries of about {work['million_rows'] * 1e6:,.0f} rows"
    )
    lines = estimate(count_jobs(configfile, target), work)
    print(f"{'rule':<24}{'jobs':>9}{'CPU hours':>13}{'GB written':>13}")
    for line in lines:
        known = line.cpu_hours is not None and line.output_gb is not None
        figures = f"{line.cpu_hours:>13,.2f}{line.output_gb:>13,.2f}" if known else f"{'no measured rate':>26}"
        print(f"{line.rule:<24}{line.jobs:>9,}{figures}")
    jobs = sum(line.jobs for line in lines)
    hours = sum(line.cpu_hours or 0 for line in lines)
    written = sum(line.output_gb or 0 for line in lines)
    print(f"{'together':<24}{jobs:>9,}{hours:>13,.2f}{written:>13,.2f}")
    own = jobs * PLAN_SECONDS / 3600
    print(
        f"on {cores} cores about {hours / cores + own:,.1f} hours; "
        f"on a cluster Snakemake itself adds {jobs * CLUSTER_SECONDS / 3600:,.1f} CPU hours"
    )


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
