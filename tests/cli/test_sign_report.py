"""sign-report: a decision on every finding, one digest over all that was signed, every later change found."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from loci2lead.io.audit import verify as verify_log
from loci2lead.provenance import sha256_of
from tests.report.builders import Call, write_context, write_vcf

RunCli = Callable[..., tuple[int, str, str]]
HEAD = "finding\tdecision\ttext\tcomment\n"
GOOD = f"{HEAD}BRAF V600E\taccept\t\tseen by IHC too\nKRAS A59T\tedit\tKRAS A59T, subclonal\t\n"


@pytest.fixture
def report(tmp_path: Path, run_cli: RunCli) -> Path:
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    calls = [Call("BRAF", "p.Val600Glu"), Call("KRAS", "p.Ala59Thr", vaf=0.1), Call("ABC1", "p.Ala9Thr")]
    write_vcf(inputs / "annotated.vcf.gz", calls)
    write_context(inputs / "context.json")
    command = ("report-patient", "--sample", "S1", "--inputs", inputs, "--output", tmp_path / "report")
    assert run_cli(*command, "--demo-evidence", "--formats", "html", "json", "tsv")[0] == 0
    return tmp_path / "report"


def sign(run_cli: RunCli, report: Path, text: str, *more: object, suffix: str = "tsv") -> tuple[int, str, str]:
    decisions = report.parent / f"decisions.{suffix}"
    decisions.write_text(text)
    return run_cli("sign-report", "--report", report, "--decisions", decisions, "--reviewer", "R7", *more)


def test_a_report_is_signed_and_verified(report: Path, run_cli: RunCli) -> None:
    code, out, err = sign(run_cli, report, GOOD)
    assert code == 0, err
    signed = json.loads((report / "report.signed.json").read_text())
    assert signed["digest"] in out and signed["signed"]["reviewer"] == "R7"
    assert set(signed["signed"]["files"]) == {p.name for p in report.iterdir()} - {"report.signed.json"}
    assert [d["decision"] for d in signed["signed"]["decisions"]] == ["accept", "edit"]
    assert (report / "report.signed.json").stat().st_mode & 0o777 == 0o600
    code, out, _ = run_cli("sign-report", "--report", report, "--verify")
    assert code == 0 and signed["digest"] in out


def test_json_says_the_same_as_tsv(report: Path, run_cli: RunCli) -> None:
    rows = [{"finding": "BRAF V600E", "decision": "accept"}, {"finding": "KRAS A59T", "decision": "reject"}]
    assert sign(run_cli, report, json.dumps({"decisions": rows}), suffix="json")[0] == 0
    assert sign(run_cli, report, json.dumps(rows), suffix="json")[0] == 0


def test_signing_again_names_what_it_replaces(report: Path, run_cli: RunCli) -> None:
    sign(run_cli, report, GOOD)
    first = json.loads((report / "report.signed.json").read_text())["digest"]
    sign(run_cli, report, GOOD.replace("accept", "reject"))
    second = json.loads((report / "report.signed.json").read_text())
    assert second["signed"]["replaces"] == first != second["digest"]


@pytest.mark.parametrize("name", ["report.html", "report.json", "findings.tsv", "checklist.tsv"])
@pytest.mark.parametrize("change", ["altered", "missing"])
def test_every_change_of_a_file_is_found(name: str, change: str, report: Path, run_cli: RunCli) -> None:
    sign(run_cli, report, GOOD)
    if change == "missing":
        (report / name).unlink()
    else:
        (report / name).write_bytes((report / name).read_bytes() + b" ")
    code, _, err = run_cli("sign-report", "--report", report, "--verify")
    assert code == 1 and name in err


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("decisions", 0, "decision"), "reject"),
        (("decisions", 1, "text"), "KRAS wild type"),
        (("decisions", 0, "comment"), ""),
        (("reviewer",), "R8"),
        (("signed_at",), "2020-01-01T00:00:00+00:00"),
        (("sample",), "S2"),
    ],
)
def test_every_change_of_what_was_signed_is_found(
    path: tuple[str | int, ...], value: str, report: Path, run_cli: RunCli
) -> None:
    sign(run_cli, report, GOOD)
    content = json.loads((report / "report.signed.json").read_text())
    place = content["signed"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    (report / "report.signed.json").write_text(json.dumps(content))
    code, _, err = run_cli("sign-report", "--report", report, "--verify")
    assert code == 1 and "what was signed" in err


def test_a_file_added_after_signing_is_found(report: Path, run_cli: RunCli) -> None:
    sign(run_cli, report, GOOD)
    (report / "extra.html").write_text("x")
    code, _, err = run_cli("sign-report", "--report", report, "--verify")
    assert code == 1 and "extra.html (added)" in err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + "BRAF V600E\taccept\t\t\n", "KRAS A59T (tier I-A): no decision"),
        (GOOD + "BRAF V600E\treject\t\t\n", "decided 2 times"),
        (GOOD + "BRAF V600K\treject\t\t\n", "'BRAF V600K' is no finding"),
        (GOOD.replace("accept", "agree"), "none of accept, reject, edit"),
        (GOOD.replace("KRAS A59T, subclonal", ""), "edit needs a text"),
        (GOOD.replace("seen by IHC too", "MRN 4471839"), "comment holds what looks like"),
        (GOOD.replace("subclonal", "born 1956-03-14"), "text holds what looks like a date"),
        ("finding\tverdict\nBRAF V600E\taccept\n", "other columns"),
        (HEAD, "other columns"),
    ],
)
def test_decisions_that_do_not_fit_sign_nothing(text: str, words: str, report: Path, run_cli: RunCli) -> None:
    code, _, err = sign(run_cli, report, text)
    assert code == 2 and words in err
    assert "4471839" not in err and "1956" not in err
    assert not (report / "report.signed.json").exists()


def test_the_reviewer_is_a_pseudonym(report: Path, run_cli: RunCli) -> None:
    (report.parent / "d.tsv").write_text(GOOD)
    command = ("sign-report", "--report", report, "--decisions", report.parent / "d.tsv", "--reviewer")
    code, _, err = run_cli(*command, "Marie Tremblay")
    assert code == 2 and "Tremblay" not in err


def test_findings_that_share_a_name_are_told_apart_by_place(report: Path, run_cli: RunCli) -> None:
    content = json.loads((report / "report.json").read_text())
    content["findings"].append(content["findings"][0] | {"position": 5})
    (report / "report.json").write_text(json.dumps(content))
    code, _, err = sign(run_cli, report, GOOD)
    assert code == 2 and "chr1:5" in err and "chr1:1000" in err


def test_an_unsigned_report_and_missing_flags_are_the_callers_mistake(report: Path, run_cli: RunCli) -> None:
    assert run_cli("sign-report", "--report", report, "--verify")[0] == 2
    assert run_cli("sign-report", "--report", report)[0] == 2


def test_report_and_sign_off_are_noted_in_the_audit_log(report: Path, tmp_path: Path, run_cli: RunCli) -> None:
    log = tmp_path / "audit.jsonl"
    command = ("report-patient", "--sample", "S1", "--inputs", tmp_path / "inputs", "--output", report)
    assert run_cli(*command, "--demo-evidence", "--audit-log", log)[0] == 0
    assert sign(run_cli, report, GOOD, "--audit-log", log)[0] == 0
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [e["event"] for e in entries] == ["report-patient", "sign-report"] and verify_log(log) == (2, None)
    assert set(entries[0]["details"]["outputs"]) == {p.name for p in report.iterdir()} - {"report.signed.json"}
    assert b"S1" not in log.read_bytes() and str(tmp_path).encode() not in log.read_bytes()


def test_the_page_holds_the_block_to_sign_and_the_digest_of_its_content(report: Path) -> None:
    page = (report / "report.html").read_text()
    block = page[page.index('id="sign-off"') :]
    assert "BRAF V600E" in block and "KRAS A59T" in block and "ABC1" not in block
    assert sha256_of(report / "report.json") in block
    assert 'class="reserved"' in block
