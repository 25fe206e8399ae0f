"""Scoreboard of streaming: memory and rows per second while a library of any length goes through the cheap stages.

    LOCI2LEAD_DATA=... python tests/benchmarks/molecules_stream.py --rows 10000000 --output molecules.stream.tsv
    ... --kill-at 0.5   kills the run with SIGKILL half way, starts it again and compares the bytes with another run

The library is the shared one repeated under other identifiers, in a plain .smi file made in --work (60 bytes a row).
Peak memory is that of the process tree, read twice a second from /proc.
"""

import argparse
import csv
import gzip
import hashlib
import os
import signal
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import pandas as pd


def make_library(data: Path, path: Path, rows: int) -> None:
    """Write the repeated library."""
    with gzip.open(data / "molecules" / "library" / "screen_library_v1.csv.gz", "rt") as handle:
        smiles = [row["smiles"] for row in csv.DictReader(handle)]
    with path.open("w") as out:
        out.writelines(f"{text} r{number}\n" for number, text in enumerate(islice(cycle(smiles), rows)))


def tree_memory(pid: int) -> int:
    """Return the resident bytes of a process and its descendants."""
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        try:
            pages = int(Path(f"/proc/{one}/statm").read_text().split()[1])
            waiting += [int(p) for p in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
        except (OSError, IndexError):
            continue
        total += pages * os.sysconf("SC_PAGE_SIZE")
    return total


def run(library: Path, output: Path, flags: list[str], kill_after: int | None) -> dict[str, object]:
    """Run the screen, killing it once `kill_after` shards are there; return seconds, and memory by share of the run."""
    command = [sys.executable, "-m", "loci2lead", "screen-library", "--library", library, "--output", output]
    command += flags
    before, begin = os.times(), time.perf_counter()
    memory: list[int] = []
    killed = False
    process = subprocess.Popen(list(map(str, command)), start_new_session=True)
    while process.poll() is None:
        time.sleep(0.5)
        memory.append(tree_memory(process.pid))
        if (
            kill_after
            and not killed
            and len(list(output.parent.glob(f".{output.name}.shards-*/shard-*"))) >= kill_after
        ):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed = True
            process = subprocess.Popen(list(map(str, command)), start_new_session=True)
    if process.returncode:
        raise SystemExit(process.returncode)
    after = os.times()
    third = max(1, len(memory) // 3)
    parts = (memory[:third], memory[third : 2 * third], memory[2 * third :])
    return {
        "cpu_s": round(after.children_user + after.children_system - before.children_user - before.children_system, 1),
        "wall_s": round(time.perf_counter() - begin, 1),
        "peak_mb": round(max(memory) / 2**20),
        "peak_mb_by_third": " ".join(str(round(max(part, default=0) / 2**20)) for part in parts),
        "killed": killed,
        "sha256": hashlib.sha256(output.read_bytes()).hexdigest()[:16],
    }


def main() -> None:
    """Make the library, run the screen, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000_000])
    parser.add_argument("--depth", default="properties", choices=["parse", "fast", "properties", "quick"])
    parser.add_argument("--identity", default="smiles", choices=["auto", "inchikey", "smiles"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--kill-at", type=float, help="part of the shards after which the last size is run again, killed"
    )
    parser.add_argument("--work", type=Path, default=Path("benchmarks/molecules_stream"))
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    flags = ["--depth", args.depth, "--identity", args.identity, "--threads", str(args.threads)]
    asked = {"depth": args.depth, "identity": args.identity, "threads": args.threads}
    rows = []
    for number in args.rows:
        library = args.work / f"{number}.smi"
        make_library(Path(os.environ["LOCI2LEAD_DATA"]), library, number)
        kills = [None]
        if args.kill_at and number == args.rows[-1]:
            kills.append(int(args.kill_at * number / 2048))
        for kill_after in kills:
            found = run(library, args.work / f"{number}.parquet", flags, kill_after)
            speed = round(number / float(str(found["cpu_s"])), 1)
            rows.append({"rows": number, **asked, "rows_per_cpu_s": speed, **found})
            pd.DataFrame(rows).to_csv(args.output, sep="\t", index=False)
            print(rows[-1], flush=True)
        library.unlink()
    if args.kill_at and rows[-1]["sha256"] != rows[-2]["sha256"]:
        raise SystemExit("the resumed run wrote other bytes")


if __name__ == "__main__":
    main()
