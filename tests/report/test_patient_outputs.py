"""The report in all formats: reproducible, self-contained, cited, gated by consent, and in agreement."""

import itertools
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from loci2lead.report.evidence.sources import EvidenceFiles
from loci2lead.report.patient.fhir_checks import check_bundle
from loci2lead.report.patient.page_one import MOST_WORDS
from loci2lead.report.patient.run import Request, make_report
from loci2lead.report.patient.settings import Settings
from loci2lead.report.patient.wording import RESPONSE_WARNING
from tests.report.builders import Call, indel_rich, text_of, write_context, write_profile, write_response, write_vcf

FILES = {
    *("report.html", "report.pdf", "report.json", "report.fhir.json"),
    *("findings.tsv", "evidence.tsv", "response.tsv", "checklist.tsv", "findings.maf", "report.xlsx"),
}
CALLS = [Call("BRAF", "p.Val600Glu", vaf=0.315), Call("ABC1", "p.Ala9Thr"), Call("KRAS", "p.Ala59Thr", vaf=0.1)]
COVERED = {g: True for g in ("KRAS", "NRAS", "BRAF")}  # noqa: C420
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a function that writes inputs, makes the report and returns its folder."""

    def build(
        name: str = "report",
        *,
        calls: list[Call] | None = None,
        covered: dict[str, bool | None] | None = None,
        response: list[dict[str, Any]] | None = None,
        settings: Settings | None = None,
        leave_out: tuple[str, ...] = (),
        **context: Any,
    ) -> Path:
        inputs = tmp_path / f"inputs-{name}"
        inputs.mkdir()
        write_vcf(inputs / "annotated.vcf.gz", CALLS if calls is None else calls)
        write_profile(inputs / "profile.parquet", COVERED if covered is None else covered)
        write_context(inputs / "context.json", **context)
        if response is not None:
            write_response(inputs / "response.parquet", response)
        for part in leave_out:
            (inputs / part).unlink()
        request = Request("S1", inputs, None, EvidenceFiles(demo=True), settings or Settings(), None, None)
        make_report(request, tmp_path / name)
        return tmp_path / name

    return build


def read(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return content


def test_the_same_inputs_give_the_same_bytes(make: Make) -> None:
    rows = [{"drug": "Dabrafenib"}, {"drug": "Erlotinib", "in_domain": False}]
    first, second = make("one", response=rows), make("two", response=rows)
    assert {p.name for p in first.iterdir()} == FILES
    for name in FILES:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


class Page(HTMLParser):
    """Collects what an accessible, self-contained page must and must not hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_is_self_contained_and_accessible(make: Make) -> None:
    text = (make(response=[{"drug": "Dabrafenib"}]) / "report.html").read_text()
    page = Page(text)
    assert page.all("html")[0]["lang"] == "en"
    assert not page.all("script") and not page.all("link") and not page.all("img") and not page.all("iframe")
    assert not re.search(r"(src|@import|url\()\s*=?\s*['\"]?https?:", text)
    assert len(page.all("caption")) == len(page.all("table")) > 3
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.all("th"))
    ids = [a["id"] for _, a in page.tags if a.get("id")]
    assert len(ids) == len(set(ids))
    targets = [str(a["href"])[1:] for a in page.all("a") if str(a.get("href", "")).startswith("#")]
    assert set(targets) <= set(ids)
    levels = [int(name[1]) for name, _ in page.tags if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1 and all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_the_banner_stands_whatever_is_asked(make: Make) -> None:
    folder = make(simulated=True)
    assert "Research use only" in (folder / "report.html").read_text()
    assert "Simulated patient" in (folder / "report.html").read_text()
    assert "research-use-only" in (folder / "report.fhir.json").read_text()


def test_page_one_is_short_even_with_much_to_say(make: Make) -> None:
    many = [Call("BRAF", "p.Val600Glu"), Call("KRAS", "p.Gly12Cys"), Call("PIK3CA", "p.His1047Arg")]
    many += [Call("NRAS", "p.Gln61Lys"), Call("EGFR", "p.Leu858Arg"), Call("EGFR", "p.Thr790Met")]
    many += [Call("KIT", "p.Trp557Arg"), Call("ESR1", "p.Asp538Gly"), Call("PDGFRA", "p.Asp842Val"), *indel_rich()]
    page = read(make(calls=many, mmr_ihc="deficient", covered={}))["page_one"]
    assert page["words"] <= MOST_WORDS
    left_out = page["more_findings"] + page["more_warnings"] + sum(f["more"] for f in page["findings"])
    assert left_out > 0 and page["warnings"] and page["checklist"]


def test_the_words_of_page_one_are_those_of_the_page(make: Make) -> None:
    folder = make()
    text = (folder / "report.html").read_text()
    section = text[text.index('<section id="page-one"') : text.index("</section>", text.index('id="checklist"'))]
    words = re.sub(r"<style>.*?</style>|<[^>]+>", " ", section, flags=re.S).split()
    shown = sum(any(map(str.isalnum, word)) for word in words)
    assert shown <= read(folder)["page_one"]["words"] <= MOST_WORDS


def test_every_sentence_about_a_therapy_carries_its_citation(make: Make) -> None:
    page = read(make())["page_one"]
    sentences = [s for f in page["findings"] for s in f["regimens"]] + page["warnings"]
    assert sentences and all(
        re.search(r"\[[^\]]*(D|R|EID|statement|label|PMID)[^\]]*\d[^\]]*\]$", s) for s in sentences
    )


def test_evidence_rows_carry_source_level_direction_scope_and_date(make: Make) -> None:
    rows = read(make())["evidence"]
    assert rows
    for row in rows:
        for key in ("source", "source_id", "level", "direction", "significance", "scope", "date", "citation"):
            assert row[key], key


def test_a_gene_taken_out_of_the_covered_turns_its_line_in_every_format(make: Make) -> None:
    seen, blind = make("seen"), make("blind", covered=COVERED | {"NRAS": False})
    for name in ("report.html", "report.json", "checklist.tsv", "report.xlsx", "report.pdf"):
        text = text_of(blind / name)
        assert "NRAS not covered" in text and "NRAS not covered" not in text_of(seen / name)


def test_without_consent_nothing_of_the_variants_is_in_any_format(make: Make) -> None:
    folder = make(consent_somatic=False)
    for path in folder.iterdir():
        text = text_of(path)
        assert "V600E" not in text and "Val600" not in text and "encorafenib" not in text, path.name
    assert read(folder)["findings"] == []


def test_without_germline_consent_the_word_is_not_there(make: Make) -> None:
    brca = [Call("BRCA1", "p.Gln1756fs", "frameshift_variant", vaf=0.5, ref="A", alt="AC")]
    folder = make(calls=brca, oncotree="HGSOC")
    for name in FILES - {"report.pdf"}:
        text = text_of(folder / name).lower()
        assert "germline" not in text and "inherited" not in text, name


def test_a_germline_sample_needs_its_own_consent(make: Make) -> None:
    refused = read(make("no", type="germline", oncotree=None))
    granted = read(make("yes", type="germline", oncotree=None, consent_germline=True))
    assert refused["findings"] == [] and granted["findings"]
    assert granted["page_one"]["markers"] == []


@pytest.mark.parametrize("part", ["annotated.vcf.gz", "profile.parquet", "context.json"])
def test_every_missing_part_is_not_assessed(make: Make, part: str) -> None:
    content = read(make(leave_out=(part,)))
    word = {"annotated.vcf.gz": "small variants", "profile.parquet": "coverage", "context.json": "clinical context"}[
        part
    ]
    assert any(line.startswith(word) for line in content["not_assessed"])


ROWS = [
    {"drug": "Shown", "percentile_in_tissue": 91.0},
    {"drug": "Outside", "in_domain": False},
    {"drug": "Noted", "note": "drug not reliable"},
    {"drug": "Unknown", "in_domain": None},
]


def test_predictions_stand_below_evidence_under_their_warning(make: Make) -> None:
    folder = make(response=ROWS)
    html, content = (folder / "report.html").read_text(), read(folder)
    assert RESPONSE_WARNING == (
        "Learned from cancer cell lines; no patient outcome was used. Not shown to predict benefit. "
        "Do not choose or withhold a treatment by this table."
    )
    assert html.index('id="evidence"') < html.index('id="response"') < html.index(RESPONSE_WARNING)
    assert html.index(RESPONSE_WARNING) < html.index("Shown")
    assert content["response_warning"] == RESPONSE_WARNING


def test_numbers_that_may_not_be_shown_are_left_out_everywhere(make: Make) -> None:
    folder = make(response=ROWS)
    by_drug = {row["drug"]: row for row in read(folder)["response"]}
    assert by_drug["Shown"]["percentile_in_tissue"] == 91.0 and by_drug["Shown"]["reason"] == ""
    for drug in ("Outside", "Noted", "Unknown"):
        assert by_drug[drug]["reason"]
        assert all(by_drug[drug][k] is None for k in ("ln_ic50", "lower_90", "upper_90", "percentile_in_tissue"))
        line = next(x for x in (folder / "response.tsv").read_text().splitlines() if x.startswith(drug))
        assert line.split("\t")[2:8] == [""] * 6


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        ({"qc_failed": "contaminated"}, "quality control failed (contaminated)"),
        ({"type": "germline", "consent_germline": True}, "the sample is not a tumour"),
        ({"consent_somatic": False}, "consent"),
    ],
)
def test_predictions_are_withheld_as_a_whole(make: Make, context: dict[str, Any], reason: str) -> None:
    rows = read(make(response=ROWS, **context))["response"]
    assert len(rows) == len(ROWS)
    assert all(reason in row["reason"] and row["ln_ic50"] is None for row in rows)


def test_old_evidence_raises_a_banner_and_no_date_says_so(make: Make) -> None:
    old = read(make("old", settings=Settings(report_date="2031-01-01")))
    assert any("Old evidence: loci2lead demo table" in line for line in old["page_one"]["alerts"])
    patient = read(make("longer", settings=Settings(report_date="2031-01-01", max_age_months=120)))
    assert patient["page_one"]["alerts"] == []
    undated = make("undated")
    assert "age of the evidence: not checked" in (undated / "report.html").read_text()


def test_tmb_needs_a_denominator(make: Make) -> None:
    without = read(make("without"))["page_one"]["markers"][-1]
    given = read(make("with", settings=Settings(covered_mb=1.5)))["page_one"]["markers"]
    assert without == "TMB not determined: the size of the assayed region is not given."
    assert "TMB 2.0 per Mb (95 % interval 0.4 to 5.8; 3 coding mutations over 1.5 Mb)." in given


def test_what_a_source_says_is_never_markup(make: Make, tmp_path: Path) -> None:
    own = tmp_path / "own.tsv"
    own.write_text(
        "source_id\tbiomarker\tdrugs\tdirection\tsignificance\tlevel\tdisease\ttext\turl\n"
        "X1\tBRAF V600E\t<b>a</b>\tsupports\tsensitivity\tA\tcolorectal cancer\t"
        "<script>alert(1)</script> #eval[1]\tjavascript:alert(1)\n"
    )
    make()
    request = Request("S1", tmp_path / "inputs-report", None, EvidenceFiles(own=(own,)), Settings(), None, None)
    make_report(request, tmp_path / "own")
    html = (tmp_path / "own" / "report.html").read_text()
    assert "&lt;script&gt;alert(1)" in html and "&lt;b&gt;a" in html
    assert "<script" not in html and "<b>" not in html and 'href="javascript' not in html


def test_provenance_names_digests_and_no_path(make: Make, tmp_path: Path) -> None:
    folder = make()
    provenance = read(folder)["provenance"]
    assert set(provenance["inputs"]) == {"context", "profile", "variants"}
    assert provenance["parameters"]["sample"] == "S1"
    for path in folder.iterdir():
        assert str(tmp_path).encode() not in path.read_bytes()


def test_the_fhir_bundle_holds_variant_implication_and_report(make: Make) -> None:
    bundle = json.loads((make(settings=Settings(report_date="2026-11-24")) / "report.fhir.json").read_text())
    assert check_bundle(bundle) == []
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds.count("DiagnosticReport") == 1 and kinds.count("Observation") > 2
    codes = {c["code"] for e in bundle["entry"] for c in e["resource"].get("code", {}).get("coding", [])}
    assert {"51969-4", "69548-6", "therapeutic-implication"} <= codes
    report = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "DiagnosticReport")
    assert report["status"] == "preliminary" and report["effectiveDateTime"] == "2026-11-24"


def test_the_headline_says_it_in_five_lines(make: Make) -> None:
    lines = read(make())["headline"]
    assert 2 <= len(lines) <= 5
    assert any("BRAF V600E" in line for line in lines)
