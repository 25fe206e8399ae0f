"""Pages stand alone, carry the banner whatever the context, and are the same bytes each time."""

import re
import shutil
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd
import pytest

from loci2lead import provenance
from loci2lead.errors import Loci2leadError
from loci2lead.report import figures, render

HTML = """{% extends "base.html.j2" %}
{% from "macros.html.j2" import badge, callout, figure, table, definitions %}
{% block contents %}<ul><li><a href="#a">A</a></li></ul>{% endblock %}
{% block main %}<h2 id="a">A</h2>{{ badge(words, "warn") }}
{% call callout("Care", "bad") %}<p>{{ words }}</p>{% endcall %}
{{ definitions([["term", words]]) }}{{ table("A table", columns, rows) }}{{ figure(drawing) }}{% endblock %}
"""
TYPST = """#import "/base.typ": *
= A
#badge(data.words, tone: "warn")
#callout("Care")[#data.words]
#definitions((("term", data.words),))
#data-table("A table", data.columns, data.rows)
#data-table("No rows", data.columns, ())
#drawing(data.drawing)
"""


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the template folder to which a test may add its own."""
    folder = tmp_path / "templates"
    shutil.copytree(render.TEMPLATES, folder)
    (folder / "drawn.html.j2").write_text(HTML)
    (folder / "drawn.typ").write_text(TYPST)
    monkeypatch.setattr(render, "TEMPLATES", folder)
    return folder


@pytest.fixture
def context() -> dict[str, object]:
    """Return what the drawn templates need, with words that try to break out."""
    return {
        "title": "A <page> & more",
        "provenance": provenance.describe("test", results_version=3, inputs={}, parameters={"top": 5}),
        "words": "<script>alert(1)</script> #panic *b*",
        "columns": [
            {"key": "name", "label": "Name"},
            {"key": "x", "label": "X", "unit": "µM", "numeric": True, "digits": 2},
        ],
        "rows": [{"name": "a", "x": -1.234}, {"name": "b", "x": None}, {"name": "c", "x": np.float64(2)}],
        "drawing": figures.bars("b", {"one": 1}, title="Bars", description="One bar.", label="count"),
    }


def test_page_is_self_contained(templates: Path, context: dict[str, object]) -> None:
    page = render.render_html("drawn.html.j2", context)
    assert "default-src 'none'" in page
    assert not re.search(r"<link|@import|src=|url\((?!#)|<script", page)
    assert page.startswith("<!DOCTYPE html>") and '<html lang="en">' in page and 'class="skip" href="#main"' in page


def test_text_never_becomes_markup(templates: Path, context: dict[str, object]) -> None:
    page = render.render_html("drawn.html.j2", context)
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page
    assert "<title>A &lt;page&gt; &amp; more</title>" in page


def test_tables_have_captions_and_scopes(templates: Path, context: dict[str, object]) -> None:
    page = render.render_html("drawn.html.j2", context)
    assert page.count("<table") == page.count("<caption") == 1
    assert page.count('scope="col"') == 2 and page.count('scope="row"') == 3
    assert "−1.23" in page and "2.00" in page
    assert page.count('<span class="visually-hidden"> unknown</span>') == 1


def test_no_context_removes_the_banner(templates: Path, context: dict[str, object]) -> None:
    page = render.render_html("drawn.html.j2", context | {"research_use": "", "RESEARCH_USE": ""})
    assert page.count(render.RESEARCH_USE) == 2


def test_no_template_removes_the_banner(templates: Path, context: dict[str, object]) -> None:
    (templates / "bare.html.j2").write_text("<p>{{ title }}</p>")
    with pytest.raises(Loci2leadError, match="research-use banner"):
        render.render_html("bare.html.j2", context)


@pytest.mark.parametrize(
    ("simulated", "words"), [(True, render.SIMULATED), (render.SIMULATED_PATIENT, render.SIMULATED_PATIENT)]
)
def test_simulated_data_say_so(templates: Path, context: dict[str, object], simulated: bool | str, words: str) -> None:
    assert words in render.render_html("drawn.html.j2", context | {"simulated": simulated})
    assert words not in render.render_html("drawn.html.j2", context | {"simulated": False})


def test_a_missing_name_is_an_error(templates: Path, context: dict[str, object]) -> None:
    del context["words"]
    with pytest.raises(jinja2.UndefinedError, match="words"):
        render.render_html("drawn.html.j2", context)


def test_pdf_is_tagged_undated_and_the_same_each_time(
    templates: Path, context: dict[str, object], tmp_path: Path
) -> None:
    render.render_pdf("drawn.typ", context, tmp_path / "a.pdf")
    render.render_pdf("drawn.typ", dict(reversed(context.items())), tmp_path / "b.pdf")
    content = (tmp_path / "a.pdf").read_bytes()
    assert content == (tmp_path / "b.pdf").read_bytes()
    assert b"pdfuaid" in content and b"CreationDate" not in content


def test_pdf_prints_the_banner_that_no_template_asks_for(
    templates: Path, context: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (templates / "bare.typ").write_text("= Nothing but words\n")
    render.render_pdf("bare.typ", context, tmp_path / "with.pdf")
    monkeypatch.setattr(render, "RESEARCH_USE", "Other words.")
    render.render_pdf("bare.typ", context, tmp_path / "other.pdf")
    assert (tmp_path / "with.pdf").read_bytes() != (tmp_path / "other.pdf").read_bytes()


def test_a_broken_template_leaves_no_file(templates: Path, context: dict[str, object], tmp_path: Path) -> None:
    (templates / "broken.typ").write_text("#nothing-of-this-name")
    with pytest.raises(Loci2leadError, match="unknown variable"):
        render.render_pdf("broken.typ", context, tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()


def test_a_picture_without_alt_text_is_refused(templates: Path, context: dict[str, object], tmp_path: Path) -> None:
    (templates / "mute.typ").write_text('#import "/base.typ": *\n#image(bytes(data.drawing.svg), format: "svg")')
    with pytest.raises(Loci2leadError, match="alt"):
        render.render_pdf("mute.typ", context, tmp_path / "x.pdf")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (render.number(-0.126), "−0.13"),
        (render.number(3, 0), "3"),
        (render.percent(0.315, 1), "31.5 %"),
        (render.thousands(1234567), "1\u202f234\u202f567"),
        (render.slug("Tox21: NR-AhR!"), "tox21-nr-ahr"),
        (render.number(None), render.UNKNOWN),
        (render.number(float("nan")), render.UNKNOWN),
        (render.percent(pd.NA), render.UNKNOWN),
    ],
)
def test_numbers_for_people(made: str, expected: str) -> None:
    assert made == expected
