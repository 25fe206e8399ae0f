"""Pages in a real browser: axe-core finds nothing, and nothing runs over the edge of a small or an enlarged screen."""

from collections.abc import Callable
from pathlib import Path

import pytest

from loci2lead.report.render import render_html
from tests.drawn_scores import drawn_scores
from tests.report.browser import assert_accessible, examine
from tests.report.builders import Call, indel_rich, write_context, write_profile, write_response, write_vcf
from tests.report.test_screen import report_context

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
RunCli = Callable[..., tuple[int, str, str]]


def patient_page(folder: Path, run_cli: RunCli, *more: object, **context: object) -> Path:
    inputs = folder / "inputs"
    inputs.mkdir()
    calls = [
        Call("BRAF", "p.Val600Glu"),
        Call("KRAS", "p.Ala59Thr", vaf=0.1),
        Call("PIK3CA", "p.His1047Arg"),
        *indel_rich(),
    ]
    write_vcf(inputs / "annotated.vcf.gz", calls)
    write_context(inputs / "context.json", **context)
    write_profile(inputs / "profile.parquet", {"KRAS": True, "NRAS": False, "BRAF": True}, {"ERBB2": 4.0})
    write_response(
        inputs / "response.parquet",
        [{"drug": f"Drug{i}", "top_genes": "BRAF:-0.42;KRAS:+0.21"} for i in range(5)]
        + [{"drug": "Outside", "in_domain": False}],
    )
    spread = "drug\tscope\tq05\tq25\tq50\tq75\tq95\n" + "".join(f"Drug{i}\toverall\t-2\t0\t1\t2\t4\n" for i in range(5))
    (inputs / "response.distributions.tsv").write_text(spread)
    command = ("report-patient", "--sample", "S1", "--inputs", inputs, "--output", folder / "out", "--formats", "html")
    assert run_cli(*command, "--demo-evidence", "--report-date", "2026-11-24", *more)[0] == 0
    return folder / "out" / "report.html"


@pytest.mark.parametrize("case", ["en", "fr", "withheld"])
def test_a_patients_page_has_no_violation_and_no_overflow(case: str, tmp_path: Path, run_cli: RunCli) -> None:
    more = ("--language", "fr") if case == "fr" else ()
    page = patient_page(tmp_path, run_cli, *more, consent_somatic=case != "withheld", simulated=case == "en")
    assert_accessible(page, tmp_path)


def test_a_screens_page_has_no_violation_and_no_overflow(tmp_path: Path) -> None:
    page = tmp_path / "screen.html"
    page.write_text(render_html("screen.html.j2", report_context(tmp_path, drawn_scores())), encoding="utf-8")
    assert_accessible(page, tmp_path)


def test_a_page_with_faults_is_found_out(tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        '<html><head><title>x</title></head><body><main><h1>x</h1><img src="a.png"><p style="color:#ccc">faint</p>'
        '<div style="width:900px">wide</div></main></body></html>'
    )
    found = examine(page, tmp_path, width=360, scripts=True)
    assert {"image-alt", "color-contrast", "html-has-lang"} <= {v[0] for v in found["violations"]}
    assert found["over"] and found["scroll"] > 360
