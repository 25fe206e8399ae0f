"""A library in parts: joined, they are the bytes of one job, duplicates across parts included."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from loci2lead.molecules import engine, joining, parts

Run = Callable[..., tuple[int, str, str]]
ROWS = ["CCO a", "c1ccccc1 b", "not-a-molecule c", "CC(=O)O d", "OCC e", "CCN f", "c1ccccc1O g", "?? h"]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (engine, parts):
        monkeypatch.setattr(module, "SHARD_ROWS", 2)
    path = tmp_path / "x.smi"
    path.write_text("\n".join(ROWS) + "\n")
    return path


def score(run_cli: Run, library: Path, output: Path, *options: str) -> Path:
    code, _, err = run_cli("screen-library", "--library", library, "--output", output, "--endpoints", "herg", *options)
    assert code == 0, err
    return output


@pytest.mark.parametrize("bounds", [[0, 4, None], [0, 2, 4, 6, 8, 40, None]], ids=["two", "six, two of them empty"])
def test_parts_join_to_the_bytes_of_one_job(run_cli: Run, library: Path, tmp_path: Path, bounds: list) -> None:
    whole = score(run_cli, library, tmp_path / "whole.parquet")
    for start, end in pairwise(bounds):
        score(run_cli, library, tmp_path / "parts" / f"{start}-{end or ''}.parquet", "--rows", f"{start}-{end or ''}")
    joined = tmp_path / "joined.parquet"
    code, _, err = run_cli("gather-scores", "--parts", tmp_path / "parts", "--output", joined)
    assert code == 0, err
    assert joined.read_bytes() == whole.read_bytes()
    assert (tmp_path / "joined.rejected.tsv").read_text() == (tmp_path / "whole.rejected.tsv").read_text()
    table = pd.read_parquet(joined)
    assert table["codes"].str.contains("duplicate_of:a").tolist() == [i == 4 for i in range(len(ROWS))]
    assert not list(tmp_path.glob(".*"))


def test_the_best_rows_of_parts_are_those_of_one_job(run_cli: Run, library: Path, tmp_path: Path) -> None:
    whole = score(run_cli, library, tmp_path / "whole.parquet", "--top", "3", "--by", "herg:low")
    for rows in ("0-4", "4-"):
        score(run_cli, library, tmp_path / "parts" / f"{rows}.parquet", "--rows", rows)
    joined = tmp_path / "joined.parquet"
    gather = ("gather-scores", "--parts", tmp_path / "parts", "--output", joined, "--top", 3, "--by")
    code, _, err = run_cli(*gather, "herg:low")
    assert code == 0, err
    assert joined.read_bytes() == whole.read_bytes()
    assert (tmp_path / "joined.top.parquet").read_bytes() == (tmp_path / "whole.top.parquet").read_bytes()
    code, _, err = run_cli(*gather, "ames")
    assert code == 2 and "No such column" in err
    code, _, err = run_cli(
        "screen-library", "--library", library, "--output", joined, "--rows", "0-2", "--top", 3, "--by", "herg"
    )
    assert code == 2 and "gather-scores" in err


@pytest.mark.parametrize("threads", [1, 2])
def test_a_folder_of_parts_has_the_rows_of_one_file(
    run_cli: Run, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setattr(joining, "PART_SHARDS", 2)
    flags = ("--depth", "parse", "--identity", "smiles")
    whole = score(run_cli, library, tmp_path / "whole.parquet", *flags)
    folder = score(run_cli, library, tmp_path / "folder.parquet", *flags, "--partitioned", "--threads", str(threads))
    for rows in ("0-6", "6-"):
        score(run_cli, library, tmp_path / "parts" / f"{rows}.parquet", *flags, "--rows", rows)
    joined = tmp_path / "joined.parquet"
    gather = ("gather-scores", "--parts", tmp_path / "parts", "--output", joined, "--threads", threads)
    code, _, err = run_cli(*gather, "--partitioned")
    assert code == 0, err
    names = ["part-00000.parquet", "part-00001.parquet"]
    assert sorted(path.name for path in joined.iterdir()) == names
    assert all((joined / name).read_bytes() == (folder / name).read_bytes() for name in names)
    table = pd.read_parquet(joined)
    assert table.equals(pd.read_parquet(whole)) and table["inchikey"].isna().all()
    assert table["codes"].str.contains("duplicate_of:a").tolist() == [i == 4 for i in range(len(ROWS))]
    assert (tmp_path / "joined.rejected.tsv").read_text() == (tmp_path / "whole.rejected.tsv").read_text()
    code, _, err = run_cli("rank-compounds", "--scores", joined, "--output", tmp_path / "leads.parquet")
    assert code == 2 and "first pass" in err


def test_a_left_out_or_exchanged_part_is_refused(run_cli: Run, library: Path, tmp_path: Path) -> None:
    given = [score(run_cli, library, tmp_path / f"{rows}.parquet", "--rows", rows) for rows in ("0-2", "2-4", "4-")]
    for wrong in ([given[0], given[2]], [given[1], given[0], given[2]], given[:2]):
        code, _, err = run_cli("gather-scores", "--parts", *wrong, "--output", tmp_path / "x.parquet")
        assert code == 2 and "do not belong together" in err
    given[1].write_bytes(given[1].read_bytes()[:500])
    code, _, err = run_cli("gather-scores", "--parts", *given, "--output", tmp_path / "x.parquet")
    assert code == 2 and "cannot be read" in err
    assert not (tmp_path / "x.parquet").exists()


@pytest.mark.parametrize("rows", ["1-2", "0-3", "4-2", "x", "-4"])
def test_wrong_bounds_are_refused(run_cli: Run, library: Path, tmp_path: Path, rows: str) -> None:
    code, _, err = run_cli("screen-library", "--library", library, "--output", tmp_path / "x.parquet", f"--rows={rows}")
    assert code == 2 and "multiples of 2" in err
