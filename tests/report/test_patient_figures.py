"""The figures of a patient's report: there when the data allow, with words for those who cannot see them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.builders import Call, write_context, write_profile, write_response, write_vcf

RunCli = Callable[..., tuple[int, str, str]]
Drawn = dict[str, tuple[str, str]]


@pytest.fixture
def figures(tmp_path: Path, run_cli: RunCli) -> Callable[..., Drawn]:
    """Make a page and return title and description of its figures by name."""

    def make(genes: str = "BRAF:-0.42;rest:+0.10", language: str = "en", **context: object) -> Drawn:
        write_vcf(tmp_path / "annotated.vcf.gz", [Call("BRAF", "p.Val600Glu"), Call("KRAS", "p.Ala59Thr", vaf=0.1)])
        write_context(tmp_path / "context.json", **context)
        write_profile(tmp_path / "profile.parquet", {"KRAS": True, "NRAS": False})
        write_response(tmp_path / "response.parquet", [{"drug": "Dabrafenib", "top_genes": genes}])
        (tmp_path / "response.distributions.tsv").write_text(
            "drug\tscope\tq05\tq25\tq50\tq75\tq95\nDabrafenib\toverall\t-2\t0\t1\t2\t4\n"
        )
        command = ("report-patient", "--sample", "S1", "--inputs", tmp_path, "--output", tmp_path / "out")
        assert run_cli(*command, "--demo-evidence", "--formats", "html", "--language", language)[0] == 0
        page = (tmp_path / "out" / "report.html").read_text()
        drawn = re.findall(r'<title id="(\w+)-title">(.*?)</title><desc id="\w+-desc">(.*?)</desc>', page)
        return {name: (title, description) for name, title, description in drawn}

    return make


def test_all_five_are_drawn_and_say_what_they_show(figures: Callable[..., Drawn]) -> None:
    drawn = figures()
    assert list(drawn) == ["coverage", "evidence", "fractions", "response", "contributions"]
    assert drawn["coverage"][1] == "covered: KRAS; not covered: NRAS; unknown: BRAF."
    assert "BRAF V600E: sensitivity 1" in drawn["evidence"][1] and "resistance or harm" in drawn["evidence"][1]
    assert "BRAF V600E 0.30 at depth 200" in drawn["fractions"][1]
    assert drawn["contributions"][1] == "Dabrafenib: BRAF -0.42, rest +0.10."
    assert "Dabrafenib 1.00" in drawn["response"][1]


def test_french_figures_are_in_french(figures: Callable[..., Drawn]) -> None:
    drawn = figures(language="fr")
    assert drawn["coverage"][1] == "couvert: KRAS; non couvert: NRAS; inconnu: BRAF."
    assert all("Couverture" in t or "anomalie" in t or "prédite" in t for t, _ in drawn.values())


def test_nothing_is_drawn_of_what_may_not_be_shown(figures: Callable[..., Drawn]) -> None:
    assert figures(consent_somatic=False) == {}
    assert "response" not in figures(qc_failed="contaminated")
    assert "contributions" not in figures(genes="")
