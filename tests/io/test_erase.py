"""Erasing a sample: nothing of it but the tombstone is left, nothing of its neighbours is lost."""

import base64
import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from loci2lead.io.audit import append, head_of, verify
from loci2lead.io.erase import Sample
from loci2lead.io.tables import write_parquet

RunCli = Callable[..., tuple[int, str, str]]
NAMES = ["S1", "S10", "S1-b", "S1.b", "xS1", "P7_tumour"]


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def a_run(folder: Path, names: list[str]) -> Path:
    """Lay out what a run of the workflow leaves: results, reports, logs, benchmarks, Snakemake's own records."""
    results = folder / "results"
    for name in names:
        text = f"sample\t{name}\nresults/samples/{name}/calls.vcf.gz\n".encode()
        write(results / "samples" / name / "calls.vcf.gz", gzip.compress(text))
        write(results / "samples" / name / f"{name}.context.json", text)
        write(results / "reports" / "patients" / name / "report.html", text)
        write(results / "inputs" / f"{name}.bam", b"\x00" + name.encode() + b"\x00")
        write(folder / "logs" / "call_variants" / f"{name}.log", text)
        write(folder / "benchmarks" / "call_variants" / f"{name}.tsv", b"s\n1\n")
        record = base64.b64encode(f"results/samples/{name}/calls.vcf.gz".encode()).decode()
        write(folder / ".snakemake" / "metadata" / record, json.dumps({"input": [f"in/{name}.bam"]}).encode())
        cut = base64.b64encode(f"results/reports/patients/{name}/report.html".encode()).decode()
        write(folder / ".snakemake" / "metadata" / f"@{cut[:9]}" / cut[9:], b"{}")
    shared = "".join(f"Finished job for {name}.\nwildcards: sample={name}\n" for name in names)
    write(folder / ".snakemake" / "log" / "run.snakemake.log", (shared + "3 of 3 steps done\n").encode())
    write(results / "libraries" / "L" / "leads.csv", f"id,note\n1,response of {names[0]}\n".encode())
    write(results / "libraries" / "M" / "leads.csv", b"id,note\n1,none\n")
    table = pd.DataFrame({"sample": [names[0], names[-1]]})
    write_parquet(results / "libraries" / "L" / "leads.parquet", table, {})
    return results


def left_of(name: str, others: list[str], folder: Path) -> list[Path]:
    """Return every file that still names the sample in its path or its bytes, unpacked if need be."""
    sample = Sample(name, frozenset(others))
    found = []
    for path in folder.rglob("*"):
        words = [part for part in path.relative_to(folder).parts if sample.owns(part)]
        data = path.read_bytes() if path.is_file() else b""
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        record = "".join(part.removeprefix("@") for part in path.relative_to(folder).parts[2:])
        about = base64.b64decode(record) if ".snakemake/metadata" in str(path) and path.is_file() else b""
        if words or sample.named_in(data) or sample.named_in(about):
            found.append(path)
    return found


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", NAMES)
def test_only_the_tombstone_is_left_and_neighbours_are_whole(name: str, tmp_path: Path, run_cli: RunCli) -> None:
    names = [name, *(n for n in NAMES if n != name)]
    results = a_run(tmp_path, names)
    before = snapshot(tmp_path)
    code, _, err = run_cli("erase", "--sample", name, "--results", results, "--run-folder", tmp_path)
    assert code == 0, err
    assert left_of(name, names[1:], tmp_path) == [results / "erased" / f"{name}.json"]
    after = snapshot(tmp_path)
    for other in names[1:]:
        own = [p for p in before if Sample(other, frozenset(names) - {other}).owns(Path(p).name)]
        own += [p for p in before if f"/{other}/" in p]
        assert own and all(after[p] == before[p] for p in own)
    log = after[".snakemake/log/run.snakemake.log"].decode()
    assert "3 of 3 steps done" in log and all(f"sample={other}\n" in log for other in names[1:])
    assert "results/libraries/M/leads.csv" in after and "results/libraries/L/leads.csv" not in after
    assert "results/libraries/L/leads.parquet" not in after


@pytest.mark.parametrize("seed", range(20))
def test_samples_drawn_at_random_are_erased_one_by_one(seed: int, tmp_path: Path, run_cli: RunCli) -> None:
    draw = random.Random(seed)
    names = sorted({"s" + "".join(draw.choices("ab1.-_", k=draw.randint(1, 4))) + "1" for _ in range(6)})
    results = a_run(tmp_path, names)
    draw.shuffle(names)
    for place, name in enumerate(names):
        assert run_cli("erase", "--sample", name, "--results", results, "--run-folder", tmp_path)[0] == 0
        others = [n for n in names if n != name]
        assert left_of(name, others, tmp_path) == [results / "erased" / f"{name}.json"]
        assert all((results / "samples" / n / "calls.vcf.gz").is_file() for n in names[place + 1 :])


def test_the_audit_log_stays_whole_and_names_nobody(tmp_path: Path, run_cli: RunCli) -> None:
    results = a_run(tmp_path, ["P7", "P8"])
    log = results / "audit.jsonl"
    append(log, "report-patient", sample="P7", details={})
    command = ("erase", "--sample", "P7", "--results", results, "--run-folder", tmp_path, "--audit-log", log)
    assert run_cli(*command)[0] == 0
    assert verify(log) == (2, None) and head_of(log).is_file()
    assert left_of("P7", ["P8"], tmp_path) == [results / "erased" / "P7.json"]
    assert json.loads(log.read_text().splitlines()[-1])["event"] == "erase"


def test_a_link_goes_but_not_what_it_points_to(tmp_path: Path, run_cli: RunCli) -> None:
    results = a_run(tmp_path / "run", ["P7", "P8"])
    write(tmp_path / "mine" / "reads.bam", b"P7")
    (results / "inputs" / "P7.link").symlink_to(tmp_path / "mine")
    assert run_cli("erase", "--sample", "P7", "--results", results, "--run-folder", tmp_path / "run")[0] == 0
    assert not (results / "inputs" / "P7.link").is_symlink() and (tmp_path / "mine" / "reads.bam").is_file()


@pytest.mark.parametrize(
    ("sample", "results", "words"),
    [
        ("P7", "nowhere", "was not found"),
        ("P9", "results", "Nothing of the sample"),
        ("123-45-6789", "results", "Not a pseudonym"),
    ],
)
def test_mistakes_remove_nothing(sample: str, results: str, words: str, tmp_path: Path, run_cli: RunCli) -> None:
    a_run(tmp_path, ["P7"])
    before = snapshot(tmp_path)
    code, _, err = run_cli("erase", "--sample", sample, "--results", tmp_path / results, "--run-folder", tmp_path)
    assert code == 2 and words in err and "123-45" not in err
    assert snapshot(tmp_path) == before
