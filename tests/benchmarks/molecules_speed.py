"""Scoreboard of speed: `screen-library` at each depth, from a file of SMILES to a table of scores, beside Chemprop.

    LOCI2LEAD_DATA=... python tests/benchmarks/molecules_speed.py --what fast,quick,cascade,full --rows 10000 \
        --chemprop PEER/bin/chemprop --admet-ai PEER/bin/admet_predict --output tests/benchmarks/molecules.speed.tsv
    ... --what whole --threads 2     the whole library by default settings, on an idle machine

Every row is one process tree: CPU seconds (user + system) with start and imports, wall seconds, and the largest
process. `rows_per_cpu_s_without_start` is the slope between a fifth of the rows and all of them. Chemprop is the
default D-MPNN (depth 3, 300 wide) on Tox21's 12 tasks, trained briefly on few rows: its speed does not depend on
what it learnt. ADMET-AI (41 endpoints) is measured as it comes, on a tenth of the rows. Rows of an earlier table that
are not measured again stay.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from rdkit import Chem
from rdkit.rdBase import BlockLogs

KEY = ["what", "rows", "threads"]
TRAINING_ROWS = 500
WHOLE, ADMET_AI = "whole", "ADMET-AI, 41 endpoints"
Command = Callable[[Path, Path], list[str]]


def measure(command: Sequence[str]) -> dict[str, float]:
    """Run a command and return CPU and wall seconds and the MB of its largest process, children included."""
    begin = time.perf_counter()
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read().decode() if process.stderr else ""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{errors[-2000:]}")
    cpu, wall = used.ru_utime + used.ru_stime, time.perf_counter() - begin
    return {"cpu_s": round(cpu, 1), "wall_s": round(wall, 1), "largest_process_mb": round(used.ru_maxrss / 1024)}


def screen(depth: str, threads: int) -> Command:
    """Return the command that screens a library into a file."""

    def command(library: Path, output: Path) -> list[str]:
        flags = ["--library", library, "--output", output.with_suffix(".parquet"), "--depth", depth]
        flags += ["--threads", threads, "--device", "cpu"]
        return [sys.executable, "-m", "loci2lead", "screen-library", *map(str, flags)]

    return command


def chemprop(program: Path, data: Path, folder: Path) -> Command:
    """Train the peer and return the command that predicts with it."""
    table = pd.read_csv(data / "molecules" / "dev" / "tox21.csv.gz", nrows=TRAINING_ROWS)
    table.drop(columns=["mol_id"], errors="ignore").to_csv(folder / "tox21.csv", index=False)
    tasks = [c for c in table.columns if c.startswith(("NR-", "SR-"))]
    train = ["train", "-i", folder / "tox21.csv", "-s", "smiles", "--target-columns", *tasks, "-t", "classification"]
    train += ["--epochs", 3, "-o", folder / "peer", "--num-workers", 0, "--accelerator", "cpu"]
    measure([str(program), *map(str, train)])
    model = next((folder / "peer").rglob("best.pt"))

    def command(library: Path, output: Path) -> list[str]:
        flags = ["-i", library, "-s", "smiles", "--model-paths", model, "-o", output.with_suffix(".csv")]
        flags += ["--num-workers", 0, "--accelerator", "cpu"]
        return [str(program), "predict", *map(str, flags)]

    return command


def admet_ai(program: Path) -> Command:
    """Return the command that predicts with ADMET-AI."""

    def command(library: Path, output: Path) -> list[str]:
        return [str(program), "--data_path", str(library), "--save_path", str(output.with_suffix(".csv"))]

    return command


def rate(command: Command, library: pd.DataFrame, folder: Path, slope: bool) -> dict[str, object]:
    """Measure a command on a library, and for the slope on a fifth of it."""
    rows, found = len(library), []
    for part in (rows // 5, rows) if slope else (rows,):
        library.head(part).to_csv(folder / "library.csv", index=False)
        found.append(measure(command(folder / "library.csv", folder / f"scores-{part}")))
    more = found[-1]["cpu_s"] - found[0]["cpu_s"]
    return {
        "rows": rows,
        **found[-1],
        "rows_per_cpu_s": round(rows / found[-1]["cpu_s"], 1),
        "rows_per_cpu_s_without_start": round((rows - rows // 5) / more, 1) if slope and more > 0 else None,
        "load_average": round(os.getloadavg()[0], 1),
    }


def readable(library: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Return the first rows that RDKit can read: Chemprop stops at the first other one."""
    part = library.head(rows + rows // 10)
    with BlockLogs():
        good = [Chem.MolFromSmiles(text) is not None for text in part["smiles"]]
    return part[good].head(rows)


def main() -> None:
    """Measure what is asked for and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--what", default="parse,fast,quick,cascade,full", help="depths, or `whole`, joined by commas")
    parser.add_argument("--rows", type=int, default=10000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--chemprop", type=Path, help="Chemprop 2's program, in an environment of its own")
    parser.add_argument("--admet-ai", type=Path, help="ADMET-AI 2's program admet_predict, likewise")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    data = Path(os.environ["LOCI2LEAD_DATA"])
    library = pd.read_csv(data / "molecules" / "library" / "screen_library_v1.csv.gz")
    table = pd.read_csv(args.output, sep="\t") if args.output.exists() else pd.DataFrame(columns=KEY)
    with TemporaryDirectory() as name:
        folder = Path(name)
        jobs = {what: screen(what, args.threads) for what in args.what.split(",") if what not in {"", WHOLE}}
        if args.chemprop:
            jobs["Chemprop, 12 tasks"] = chemprop(args.chemprop, data, folder)
        if args.admet_ai:
            jobs[ADMET_AI] = admet_ai(args.admet_ai)
        if WHOLE in args.what.split(","):
            jobs["cascade, whole library"] = screen("cascade", args.threads)
        part = readable(library, args.rows)
        for what, command in jobs.items():
            whole = what == "cascade, whole library"
            rows = library if whole else part.head(args.rows // 10) if what == ADMET_AI else part
            figures = rate(command, rows, folder, slope=not whole)
            row = {"what": what, "threads": args.threads, **figures}
            table = pd.concat([table, pd.DataFrame([row])]).drop_duplicates(KEY, keep="last")
            table[[*KEY, *(c for c in row if c not in KEY)]].to_csv(args.output, sep="\t", index=False)
            print(row, flush=True)


if __name__ == "__main__":
    main()
