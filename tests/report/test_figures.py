"""Figures are the same bytes each time, speak for themselves and do not get in each other's way."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from loci2lead.report import figures
from loci2lead.report.figures import Figure


def drawn(name: str = "one") -> Figure:
    return figures.histogram(
        name,
        {"a": [1, 2, 2, None, float("nan")], "b": []},
        title="T <b>",
        description='D & "x"',
        label="value",
        mark=1.5,
    )


EVERY_KIND = {
    "histogram": drawn,
    "bars": lambda: figures.bars("b", {"x": 3, "y": 1}, title="T", description="D", label="count"),
    "empty bars": lambda: figures.bars("e", {}, title="T", description="D", label="count"),
    "points": lambda: figures.points(
        "p", {"a": ([1, 2], [3, 4]), "b": ([], [])}, title="T", description="D", x_label="x", y_label="y"
    ),
    "intervals": lambda: figures.interval_dots(
        "i", [("r", 1, 0, 2)], title="T", description="D", label="v", reference=0.5
    ),
}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_figures_are_deterministic(kind: str) -> None:
    first = EVERY_KIND[kind]()
    drawn("something else in between")
    assert EVERY_KIND[kind]().svg == first.svg


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_figures_are_whole_xml_with_words(kind: str) -> None:
    root = ElementTree.fromstring(EVERY_KIND[kind]().svg)
    assert root.get("role") == "img"
    named = [root.find(f".//*[@id='{part}']") for part in root.get("aria-labelledby", "").split()]
    assert [element is not None and bool(element.text) for element in named] == [True, True]


def test_words_are_escaped_and_no_date_is_left() -> None:
    svg = drawn().svg
    assert "T &lt;b&gt;" in svg and "D &amp;" in svg
    assert not re.search(r"<metadata|dc:date|20\d\d-\d\d-\d\d|<!--|<\?xml", svg)


def test_two_figures_of_a_page_share_no_id() -> None:
    ids = [set(re.findall(r'\bid="([^"]+)"', drawn(name).svg)) for name in ("one", "two")]
    assert ids[0] and not ids[0] & ids[1]


def test_every_reference_inside_a_figure_is_met() -> None:
    svg = drawn().svg
    wanted = set(re.findall(r'href="#([^"]+)"', svg)) | set(re.findall(r"url\(#([^)]+)\)", svg))
    assert wanted and wanted <= set(re.findall(r'\bid="([^"]+)"', svg))


def test_text_is_drawn_not_named() -> None:
    assert "<text" not in drawn().svg and "font-family" not in drawn().svg


def test_unknown_values_are_left_out_and_counted_out() -> None:
    same = figures.histogram(
        "one", {"a": [1, 2, 2], "b": []}, title="T <b>", description='D & "x"', label="value", mark=1.5
    )
    assert drawn().svg == same.svg


def test_save_writes_the_same_drawing(tmp_path: Path) -> None:
    drawn().save(tmp_path / "x.svg")
    assert (tmp_path / "x.svg").read_text() == drawn().svg + "\n"


def test_foreign_svg_gets_its_own_ids() -> None:
    svg = '<?xml version="1.0"?><svg xmlns="x"><title>old</title><g id="g"/><use href="#g"/></svg>'
    made = figures.from_svg("mol", svg, title="New", description="Words").svg
    assert 'id="mol-g"' in made and 'href="#mol-g"' in made and "old" not in made
