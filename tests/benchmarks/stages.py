"""Seconds and peak memory per stage on the real example: `python tests/benchmarks/stages.py` writes stages.tsv,
and resources.tsv with what each rule asked for beside it.

Runs config/real-example anew on one core with Snakemake's own benchmark files; wall seconds of one run, peak RSS in MB.
"""

import subprocess
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Run the example and collect its benchmark files."""
    command = ["snakemake", "all", "--configfile", "config/real-example/config.yaml", "--cores", "1", "--forceall"]
    command.append("--benchmark-extended")
    subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True)
    samples = pd.read_csv(ROOT / "config/real-example/samples.tsv", sep="\t")["sample"]
    libraries = pd.read_csv(ROOT / "config/real-example/libraries.tsv", sep="\t")["library"]
    rows = []
    for file in sorted((ROOT / "benchmarks").glob("*/*.tsv")):
        if file.stem in {*samples, *libraries}:
            measured = pd.read_csv(file, sep="\t").iloc[0]
            rows.append((file.parent.name, file.stem, round(measured["s"], 1), round(measured["max_rss"])))
    table = pd.DataFrame(rows, columns=["stage", "input", "seconds", "peak_rss_mb"])
    table.to_csv(Path(__file__).with_suffix(".tsv"), sep="\t", index=False, lineterminator="\n")
    print(table.to_string(index=False))
    use = ["report-efficiency", "--output", "tests/benchmarks/resources.tsv"]
    subprocess.run([sys.executable, "-m", "loci2lead", *use], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
