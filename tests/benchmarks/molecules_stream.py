"""Scoreboard of streaming: memory and rows per second while a library of any length goes through the cheap stages.

    LOCI2LEAD_DATA=... python tests/benchmarks/molecules_stream.py --rows 10000000 --output molecules.stream.tsv
    ... --kill-at 0.5   kills the run with SIGKILL half way and starts it again
    ... --twice         runs it once more undisturbed and compares the bytes
    ... --join SCORES   only joins the rows of a table anew, marks of duplicates removed: the same bytes must come out

The library is the shared one repeated under other identifiers, in a plain .smi file made in --work (60 bytes a row).
What must come out is known: the rows of the shared library, scored by themselves, over and over, each later one marked
as a duplicate. Every row is compared with that (column `as_expected`). Peak memory is that of the process tree, read
twice a second from /proc. A run that finds finished shards goes on from there: `rows_before` of them.
"""

import argparse
import csv
import filecmp
import gzip
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from loci2lead.molecules.engine import SHARD_ROWS
from loci2lead.molecules.joining import GROUP_SHARDS, join_marked
from loci2lead.provenance import PROVENANCE_KEY
from loci2lead.records import REJECTED_COLUMNS


def make_library(data: Path, path: Path, rows: int | None) -> None:
    """Write the library, repeated up to so many rows, or once."""
    with gzip.open(data / "molecules" / "library" / "screen_library_v1.csv.gz", "rt") as handle:
        smiles = [row["smiles"] for row in csv.DictReader(handle)]
    with path.open("w") as out:
        out.writelines(f"{text} r{number}\n" for number, text in enumerate(islice(cycle(smiles), rows or len(smiles))))


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


def screen(library: Path, output: Path, flags: list[str]) -> subprocess.Popen[bytes]:
    """Start the screen."""
    command = [sys.executable, "-m", "loci2lead", "screen-library", "--library", library, "--output", output, *flags]
    return subprocess.Popen(list(map(str, command)), start_new_session=True)


def finished_shards(output: Path) -> int:
    """Return how many shards of an unfinished run are there."""
    return len(list(output.parent.glob(f".{output.name}.shards-*/shard-*")))


def run(library: Path, output: Path, flags: list[str], kill_after: int | None) -> dict[str, object]:
    """Run the screen, killing it once `kill_after` shards are there; return seconds, and memory by share of the run."""
    output.unlink(missing_ok=True)
    before, begin, rows_before = os.times(), time.perf_counter(), SHARD_ROWS * finished_shards(output)
    memory: list[int] = []
    process = screen(library, output, flags)
    killed = False
    while process.poll() is None:
        time.sleep(0.5)
        memory.append(tree_memory(process.pid))
        if kill_after and not killed and finished_shards(output) >= kill_after:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed = True
            process = screen(library, output, flags)
    if process.returncode:
        raise SystemExit(process.returncode)
    after = os.times()
    third = max(1, len(memory) // 3)
    parts = (memory[:third], memory[third : 2 * third], memory[2 * third :])
    return {
        "rows_before": rows_before,
        "cpu_s": round(after.children_user + after.children_system - before.children_user - before.children_system, 1),
        "wall_s": round(time.perf_counter() - begin, 1),
        "peak_mb": round(max(memory) / 2**20),
        "peak_mb_by_third": " ".join(str(round(max(part, default=0) / 2**20)) for part in parts),
        "killed": killed,
        "sha256": hashlib.sha256(output.read_bytes()).hexdigest()[:16],
    }


def is_as_expected(output: Path, once: Path) -> bool:
    """Say whether the scores are those of the library scored `once`, over and over, later rows marked as duplicates."""
    base = pd.read_parquet(once)
    repeated = base["codes"].str.contains("duplicate_of:")
    key = base["canonical_smiles" if base["inchikey"].isna().all() else "inchikey"]
    first = base["id"][~repeated].groupby(key[~repeated]).first()
    again = "duplicate_of:" + key.map(first)
    later = base["codes"].where(repeated | again.isna(), (base["codes"] + ";" + again).str.removeprefix(";"))
    start = 0
    for batch in pq.ParquetFile(output).iter_batches(1 << 16):
        table = batch.to_pandas()
        places = np.arange(start, start + len(table))
        expected = base.iloc[places % len(base)].reset_index(drop=True)
        expected["id"] = [f"r{place}" for place in places]
        codes = later.iloc[places % len(base)].to_numpy()
        expected["codes"] = np.where(places < len(base), expected["codes"], codes)
        if not table.astype(expected.dtypes).equals(expected):
            return False
        start += len(table)
    return True


class StoredShards:
    """The shards that a table of scores was joined from (see joining.Shards)."""

    def __init__(self, path: Path) -> None:
        self.file = pq.ParquetFile(path)
        self.group, self.table = -1, pa.table({})

    def __len__(self) -> int:
        return -(-self.file.metadata.num_rows // SHARD_ROWS)

    def read(self, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of a shard as they were before duplicates were marked."""
        group, place = divmod(number, GROUP_SHARDS)
        if group != self.group or columns is not None:
            self.group, self.table = group, self.file.read_row_group(group, columns=columns)
        table = self.table.slice(place * SHARD_ROWS, SHARD_ROWS)
        if columns is not None:
            return table
        at = table.schema.get_field_index("codes")
        codes = pc.replace_substring_regex(table["codes"], ";?duplicate_of:[^;]*$", "")
        return table.set_column(at, table.schema.field(at), codes)

    def rejected(self, number: int) -> pd.DataFrame:
        """Return no rows: what was rejected is not in question."""
        return pd.DataFrame(columns=list(REJECTED_COLUMNS))


def join_again(scores: Path, identity: str, output: Path) -> dict[str, object]:
    """Join the shards of a table in this process; return seconds, peak memory and whether the bytes are the same."""
    before = time.process_time()
    with TemporaryDirectory(dir=scores.parent) as name:
        provenance = json.loads(pq.read_schema(scores).metadata[PROVENANCE_KEY.encode()])
        again = Path(name) / "again.parquet"
        join_marked(StoredShards(scores), again, provenance, Path(name), identity, None)
        seconds = time.process_time() - before
        same = filecmp.cmp(again, scores, shallow=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = pq.ParquetFile(scores).metadata.num_rows
    found = {"rows": rows, "cpu_s": round(seconds, 1), "peak_mb": round(peak), "same_bytes": same}
    pd.DataFrame([found]).to_csv(output, sep="\t", index=False)
    return found


def main() -> None:
    """Make the library, run the screen, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000_000])
    parser.add_argument("--depth", default="properties", choices=["parse", "fast", "properties", "quick"])
    parser.add_argument("--identity", default="smiles", choices=["auto", "inchikey", "smiles"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--kill-at", type=float, help="part of the shards after which each run is killed, once")
    parser.add_argument("--twice", action="store_true", help="run the last size again undisturbed, compare the bytes")
    parser.add_argument("--work", type=Path, default=Path("benchmarks/molecules_stream"))
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--join", type=Path, metavar="SCORES", help="measure the joining of this table alone")
    args = parser.parse_args()
    if args.join:
        column = "canonical_smiles" if args.identity == "smiles" else "inchikey"
        print(join_again(args.join, column, args.output))
        return
    args.work.mkdir(parents=True, exist_ok=True)
    data, once = Path(os.environ["LOCI2LEAD_DATA"]), args.work / "once.parquet"
    flags = ["--depth", args.depth, "--identity", args.identity, "--threads", str(args.threads)]
    asked = {"depth": args.depth, "identity": args.identity, "threads": args.threads}
    rows = []
    make_library(data, args.work / "once.smi", None)
    if screen(args.work / "once.smi", once, flags).wait():
        raise SystemExit("the library itself could not be scored")
    for number in args.rows:
        library = args.work / f"{number}.smi"
        make_library(data, library, number)
        kills = [int(args.kill_at * number / SHARD_ROWS) if args.kill_at else None]
        if args.twice and number == args.rows[-1]:
            kills.append(None)
        for kill_after in kills:
            output = args.work / f"{number}.parquet"
            found = run(library, output, flags, kill_after)
            speed = round((number - int(str(found["rows_before"]))) / float(str(found["cpu_s"])), 1)
            expected = is_as_expected(output, once)
            rows.append({"rows": number, **asked, "rows_per_cpu_s": speed, **found, "as_expected": expected})
            pd.DataFrame(rows).to_csv(args.output, sep="\t", index=False)
            print(rows[-1], flush=True)
        library.unlink()
    if not all(row["as_expected"] for row in rows):
        raise SystemExit("other scores than those of the library, repeated")
    if args.twice and rows[-1]["sha256"] != rows[-2]["sha256"]:
        raise SystemExit("the resumed run wrote other bytes")


if __name__ == "__main__":
    main()
