"""The message catalogues: complete, well-formed, marked on every page, and without effect on the data files."""

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from loci2lead.report import render
from loci2lead.report.language import ENGLISH, MESSAGES, language, languages, parse_catalogue
from loci2lead.report.patient.page_one import MOST_WORDS
from loci2lead.report.render import RESEARCH_USE, TEMPLATES
from tests.report.builders import Call, indel_rich, write_context, write_profile, write_response, write_vcf

RunCli = Callable[..., tuple[int, str, str]]
PLACE = re.compile(r"\{\w+\}")
OTHERS = [code for code in languages() if code != "en"]
ENGLISH_WORDS = re.compile(r"\b(the|of|not|and|is|are|no|with|by|were|was|if|from|this|has|have|given|only|more)\b")


def messages(code: str) -> dict[str, str]:
    content = tomllib.loads((MESSAGES / f"{code}.toml").read_text(encoding="utf-8"))
    return {k: v for table in content.values() if isinstance(table, dict) for k, v in table.items()}


def test_french_is_there_and_english_is_itself() -> None:
    assert languages() == ["en", "fr"]
    assert ENGLISH.say("Anything at all.") == "Anything at all." and ENGLISH.mark == ""


@pytest.mark.parametrize("code", OTHERS)
def test_every_message_keeps_its_parts_and_the_mark_says_not_reviewed(code: str) -> None:
    for english, other in messages(code).items():
        assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(other)), english
        assert "'" not in other and '"' not in other, other  # they would be escaped in HTML
    assert "not clinically reviewed" in language(code).mark
    assert "research use only" in language(code).say(RESEARCH_USE)


def test_french_says_non_relu_cliniquement() -> None:
    assert "non relu cliniquement" in language("fr").mark


@pytest.mark.parametrize("code", OTHERS)
def test_every_fixed_word_of_the_templates_has_its_message(code: str) -> None:
    known = set(messages(code))
    fixed: set[str] = set()
    for name in ("base.html.j2", "macros.html.j2", "patient.html.j2", "base.typ", "patient.typ"):
        text = (TEMPLATES / name).read_text(encoding="utf-8")
        fixed |= set(re.findall(r'(?:_|\bt|table|callout)\("((?:[^"\\]|\\.)+)"', text))
        fixed |= set(re.findall(r'(?:"?(?:label|unit|empty)"?: ?|empty=)"([^"]+)"', text))
    missing = sorted(f for f in (m.replace('\\"', '"') for m in fixed) if f not in known)
    assert not missing, f"put these into resources/messages/{code}.toml"


CATALOGUE = """
mark = "not clinically reviewed"
semicolon = " ; "
[a]
"Cold." = "Froid."
"order: {tests}" = "prescrire : {tests}"
"{what} (seen)" = "{what} (vu)"
"a test" = "un test"
"""


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("Cold.", "Froid."),
        ("order: a test", "prescrire : un test"),
        ("order: KRAS", "prescrire : KRAS"),
        ("order: a test; a test (seen)", "prescrire : un test ; un test (vu)"),
        ("Cold. Cold.", "Froid. Froid."),
        ("left (as it is (seen)", "left (as it is (seen)"),  # no part may hold half of a bracket
        ("", ""),
    ],
)
def test_sentences_are_found_whole_by_pattern_or_in_parts(english: str, french: str) -> None:
    assert parse_catalogue(CATALOGUE, "xx").say(english) == french


def test_quotations_and_identifiers_stay() -> None:
    said = parse_catalogue(CATALOGUE, "xx").say_all({"text": "Cold.", "words": ["Cold.", 3, None]})
    assert said == {"text": "Cold.", "words": ["Froid.", 3, None]}


CASES = {
    "colon": ([Call("BRAF", "p.Val600Glu"), Call("KRAS", "p.Ala59Thr"), *indel_rich()], {"oncotree": "COAD"}),
    "deficient": ([Call("BRAF", "p.Val600Glu")], {"oncotree": "COAD", "mmr_ihc": "deficient", "line": 2}),
    "breast": (
        [Call("PIK3CA", "p.His1047Arg"), Call("BRCA1", "p.Gln1756fs", "frameshift_variant", vaf=0.5, alt="AC")],
        {"oncotree": "BRCA", "consent_germline": True, "her2": "positive"},
    ),
    "lung": ([Call("EGFR", "p.Leu858Arg"), Call("EGFR", "p.Thr790Met")], {"oncotree": "LUAD", "pdl1": 60}),
    "failed": ([Call("BRAF", "p.Val600Glu")], {"oncotree": "MEL", "qc_failed": "contaminated"}),
    "withheld": ([Call("BRAF", "p.Val600Glu")], {"consent_somatic": False}),
    "mixed": ([], {"oncotree": "PRAD", "source": "reads", "germline_model_accepted": True, "simulated": True}),
}


@pytest.mark.parametrize("case", CASES)
def test_only_the_pages_change_and_hold_no_english(case: str, tmp_path: Path, run_cli: RunCli) -> None:
    calls, context = CASES[case]
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    write_vcf(inputs / "annotated.vcf.gz", calls)
    write_context(inputs / "context.json", **context)
    write_profile(inputs / "profile.parquet", {"KRAS": True, "NRAS": False, "BRAF": True}, {"ERBB2": 4.0})
    write_response(inputs / "response.parquet", [{"drug": "Shown"}, {"drug": "Outside", "in_domain": False}])
    for code in ("en", "fr"):
        more = ("--language", code, "--demo-evidence", "--report-date", "2026-11-24")
        assert (
            run_cli("report-patient", "--sample", "S1", "--inputs", inputs, "--output", tmp_path / code, *more)[0] == 0
        )
    english, french = tmp_path / "en", tmp_path / "fr"
    for path in english.glob("*.tsv"):
        assert path.read_bytes() == (french / path.name).read_bytes(), path.name
    contents = [json.loads((folder / "report.json").read_text()) for folder in (english, french)]
    shorter = {"page_one": None, "headline": None}  # French needs more words, so that page one may show less
    assert contents[0] | shorter == contents[1] | shorter
    assert contents[1]["page_one"]["words"] <= MOST_WORDS
    page = (french / "report.html").read_text()
    assert '<html lang="fr">' in page and page.count(language("fr").mark) == 2
    assert left_in_english(page) == []


def left_in_english(page: str) -> list[str]:
    """Return the texts of a page that still read as English, quotations, figures and marks apart."""
    page = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<dl class=\"digests\">.*?</dl>", "", page, flags=re.S)
    page = re.sub(r"<(blockquote|p class=\"cite\")[^>]*>.*?</(blockquote|p)>", "", page, flags=re.S)
    page = page.replace(language("fr").mark, "").replace("research use only", "").replace("Does not support", "")
    texts = (t.strip() for t in re.sub(r"<[^>]+>|\[[^\]]*\]", "\n", page).splitlines())
    return [t for t in texts if ENGLISH_WORDS.search(t) and "other tumour" not in t and not is_a_citation(t)]


def is_a_citation(text: str) -> bool:
    return bool(re.search(r"table D\d+|rules R\d+|\(FDA label|Apache|OncoTree", text))


def test_an_unknown_language_is_refused(tmp_path: Path, run_cli: RunCli) -> None:
    tmp_path.joinpath("in").mkdir()
    code, _, err = run_cli(
        *("report-patient", "--sample", "S1", "--inputs", tmp_path / "in", "--output", tmp_path / "out"),
        *("--language", "tlh"),
    )
    assert code == 2 and "en or fr" in err


def test_every_page_of_the_pdf_carries_the_mark(tmp_path: Path) -> None:
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed")
    made = {"software": "loci2lead", "version": "0", "subcommand": "x", "results_version": 1}
    made |= {"inputs": {}, "models": {}, "parameters": {f"p{i}": i for i in range(150)}}
    context = {"title": "Essai", "provenance": made}
    (tmp_path / "bare.typ").write_text('#import "/base.typ": *\n')
    (tmp_path / "base.typ").write_text((TEMPLATES / "base.typ").read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "TEMPLATES", tmp_path)
        render.render_pdf("bare.typ", context, tmp_path / "x.pdf", language("fr"))
    text = subprocess.run(["pdftotext", tmp_path / "x.pdf", "-"], capture_output=True, text=True, check=True).stdout
    pages = text.rstrip("\f").split("\f")
    assert len(pages) > 1 and all("non relu cliniquement" in page for page in pages)
