"""The screening report says every count once, names what is in vitro, and holds whatever a library throws at it."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from rdkit import Chem

from loci2lead import provenance
from loci2lead.errors import InputError
from loci2lead.molecules import ranking, ranking_settings
from loci2lead.report import screen, screen_endpoints, screen_leads, screen_tables
from loci2lead.report.figures import OKABE_ITO
from loci2lead.report.render import RESEARCH_USE, render_html
from loci2lead.report.screen_structures import alert_atoms, structure
from tests.drawn_scores import drawn_scores, write_scores


def report_context(folder: Path, table: pd.DataFrame, top: int = 5, card: dict | None = None) -> dict:
    scores = write_scores(folder, table)
    settings = ranking_settings.read_settings(ranking_settings.DEFAULT_WEIGHTS)
    leads, accounting = ranking.rank(ranking.open_scores(scores), settings)
    made = {"accounting": ranking.counts_of(accounting), "parameters": {"weights": settings.plain}}
    return screen.build(
        screen_tables.read_overview(scores),
        leads,
        made,
        screen_tables.read_rejected_reasons(scores),
        provenance.describe("report-screen", results_version=1, inputs={"scores": scores}),
        title="drawn",
        top=top,
        card=card,
    )


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return report_context(tmp_path_factory.mktemp("screen"), drawn_scores())


@pytest.fixture(scope="module")
def page(context: dict) -> str:
    return render_html("screen.html.j2", context)


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the drawings out where a test does not look at them; they take most of the time."""
    none_drawn: dict[str, list] = {key: [] for key in ("properties", "space", "domain", "endpoints", "clusters")}
    monkeypatch.setattr(screen, "all_figures", lambda *_: none_drawn)


def test_counts_sum_to_the_input(context: dict, page: str) -> None:
    counts = context["counts"]
    assert counts == {"rows": 14, "accepted": 11, "flagged": 2, "rejected": 1}
    assert context["headline"][0] == "14 rows = 11 accepted + 2 flagged + 1 rejected"
    removed = sum(f["count"] for f in context["accounting"]["removed"])
    assert context["accounting"]["considered"] == counts["rows"] == removed + context["accounting"]["ranked"]
    assert len(context["headline"]) <= 5


def test_codes_carry_their_meaning(context: dict) -> None:
    rows = {row["code"]: row for row in context["codes"]}
    assert rows["invalid_smiles"]["meaning"] == "the structure is not valid SMILES"
    assert rows["duplicate_of"]["count"] == 1 and rows["metal"]["status"] == "flagged"
    assert all(row["meaning"] for row in rows.values())


def test_rejected_rows_that_stand_only_beside_the_scores_are_counted(tmp_path: Path) -> None:
    table = drawn_scores()
    scores = write_scores(tmp_path, table)
    rejected = (tmp_path / "scores.rejected.tsv").read_bytes()
    write_scores(tmp_path, table[table["status"] != "rejected"])
    (tmp_path / "scores.rejected.tsv").write_bytes(rejected)
    overview = screen_tables.read_overview(scores)
    assert overview.rows == 14 and overview.codes["rejected", "invalid_smiles"] == 1


def test_page_says_what_it_must(page: str) -> None:
    for words in (screen.HYPOTHESES, screen.IN_VITRO, "not human toxicity", RESEARCH_USE, "never ranked"):
        assert words in page
    assert not re.search(r'(src|href)="(?!#)|@import|url\((?!#)', page)


def test_predictions_are_compared_with_approved_drugs(context: dict, page: str, tmp_path: Path) -> None:
    names = [figure.title for figure in context["figures"]["endpoints"]]
    assert names == ["Predicted probabilities", "Predictions among those for approved drugs"]
    assert "percentage of approved drugs with a lower prediction" in page
    own = drawn_scores().filter(regex="^(?!.*_pct_approved)")
    assert len(report_context(tmp_path, own)["figures"]["endpoints"]) == 1, "a user's own model knows no approved drugs"


def test_the_training_set_is_drawn_where_the_card_knows_it(context: dict, page: str, tmp_path: Path) -> None:
    lie = {f"p{level}": level / 100 for level in (5, 10, 25, 50, 75, 90, 95)}
    figures = {"answers": lie, "answers_among_approved": {p: 100 * v for p, v in lie.items()}}
    known = report_context(tmp_path, drawn_scores(), card={"out_of_fold": {"herg": figures}})
    medians = {row["name"]: row["training"] for row in known["endpoints"]}
    assert medians.pop("herg") == 0.5 and set(medians.values()) == {None}
    assert "Training set, median prediction" in render_html("screen.html.j2", known)
    green = OKABE_ITO["green"].lower()
    drawn = [[green in figure.svg.lower() for figure in c["figures"]["endpoints"]] for c in (known, context)]
    assert drawn == [[True, True], [False, False]], "a card of old knows nothing of the training set"


def test_exposure_margins_stand_in_the_page_where_known(page: str, tmp_path: Path, without_figures: None) -> None:
    assert "C<sub>max</sub>" not in page
    known = report_context(tmp_path, drawn_scores().assign(herg_margin=31.5))
    html = render_html("screen.html.j2", known)
    assert "C<sub>max</sub>" in html and '<td class="numeric">31.5</td>' in html
    assert {p["margin"] for lead in known["leads"] for p in lead["predictions"]} == {None, 31.5}


def test_page_reads_without_its_script(page: str) -> None:
    bare = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    assert 'class="controls needs-script"' in bare
    assert bare.count('<li class="card"') == bare.count("<summary>Predictions") >= 5
    assert "hidden>" not in bare.split("</style>")[-1]


def test_ids_are_unique_in_the_page(page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_script_data_hold_the_same_score(context: dict) -> None:
    data = json.loads(screen_leads.page_parts(context)["page_data"])
    assert [x["score"] for x in data["leads"]] == [x["score"] for x in context["leads"]]
    weighed = {k: w for k, w in data["weights"].items() if w}
    for lead in data["leads"]:
        product = 1.0
        for term, weight in weighed.items():
            value = lead["terms"][term]
            product *= max(data["unknown"] if value is None else value, data["floor"]) ** weight
        assert product ** (1 / sum(weighed.values())) == pytest.approx(lead["score"], abs=1e-5)


@pytest.mark.usefixtures("without_figures")
def test_names_cannot_break_out_of_the_page(tmp_path: Path) -> None:
    table = drawn_scores()
    table["id"] = table["id"] + "</script><script>alert(1)</script>"
    page = render_html("screen.html.j2", report_context(tmp_path, table))
    assert "<script>alert" not in page and page.count("</script>") == 2


def test_predictions_can_be_read(context: dict) -> None:
    words = {p["name"]: p for p in context["leads"][0]["predictions"]}
    assert words["herg"]["set"] in {"no", "yes", "don't know"} and 0 <= words["herg"]["percentile"] <= 100
    assert re.fullmatch(r"\d\.\d\d to \d\.\d\d", words["ld50_zhu"]["set"])
    assert words["CT_TOX"]["desirability"] is None


def test_weak_points_are_the_least_desirable() -> None:
    given = [
        {"name": n, "desirability": d}
        for n, d in (("a", 0.1), ("b", None), ("c", 0.9), ("d", 0.05), ("e", 0.3), ("f", 0.4))
    ]
    assert [p["name"] for p in screen_leads.weak_points(given)] == ["d", "a", "e"]


def test_structures_are_the_same_bytes_and_small() -> None:
    one, two = (structure("m", "C[C@H](N)C(=O)Oc1ccc(Cl)cc1", "x") for _ in range(2))
    assert one.svg == two.svg and len(one.svg) < 8000 and "<text" not in one.svg


@pytest.mark.parametrize(
    ("alerts", "atoms"),
    [
        (["BRENK:nitro_group"], {0, 1, 2}),
        (["BRENK:nitro_group", "PAINS:nothing_here"], {0, 1, 2}),
        (["OWN:nitro_group"], set()),
        ([], set()),
    ],
)
def test_alert_atoms_are_marked(alerts: list[str], atoms: set[int]) -> None:
    smiles = "O=[N+]([O-])c1ccccc1"
    assert alert_atoms(Chem.MolFromSmiles(smiles), alerts) == atoms
    drawn = structure("m", smiles, "x", alerts=alerts)
    assert drawn.svg.count("<ellipse") == len(atoms)
    assert (f"{len(atoms)} atoms of structural alerts" in drawn.description) == bool(atoms)


@pytest.mark.usefixtures("without_figures")
def test_alerts_not_looked_for_are_not_none_found(tmp_path: Path) -> None:
    table = drawn_scores()
    table["alerts"] = table["alerts"].where(table["id"] != "mol-1")
    leads = {x["id"]: x for x in report_context(tmp_path, table, top=20)["leads"]}
    assert leads["mol-1"]["alerts"] is None and leads["mol-2"]["alerts"] == []
    assert leads["mol-9"]["alerts"] == ["BRENK:nitro_group", "NIH:nitro"]


def test_predicted_response_stands_under_its_warning(context: dict, page: str) -> None:
    assert "no patient outcome was used" not in page
    assert "no patient outcome was used" in render_html("screen.html.j2", context | {"has_response": True})


def test_a_users_own_endpoint_is_shown_as_such() -> None:
    found = screen_endpoints.endpoints_of(["id", "mine", "mine_std", "herg", "herg_std", "qed"])
    assert [(e.name, e.known) for e in found] == [("mine", False), ("herg", True)]


def test_empty_library_still_reports(tmp_path: Path) -> None:
    table = drawn_scores()
    context = report_context(tmp_path, table[table["status"] == "rejected"])
    page = render_html("screen.html.j2", context)
    assert "No molecule was left to rank" in page and context["counts"]["rows"] == 1
    screen.write(context, pd.DataFrame({"id": []}), tmp_path / "report")
    assert (tmp_path / "report" / "report.pdf").stat().st_size > 5000


def test_large_tables_are_sampled_evenly_and_counted_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = write_scores(tmp_path, pd.concat([drawn_scores()] * 3, ignore_index=True))
    monkeypatch.setattr(screen_tables, "SAMPLE_ROWS", 10)
    overview = screen_tables.read_overview(scores)
    assert overview.sampled and overview.rows == 42 and 0 < len(overview.sample) < 39
    assert {count % 3 for count in overview.sample["inchikey"].value_counts().tolist()} == {0}


def test_simulated_data_say_so(context: dict, page: str) -> None:
    assert "Simulated data" in render_html("screen.html.j2", context | {"simulated": True})
    assert "Simulated data" not in page


def test_bad_scores(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="File not found"):
        screen_tables.read_overview(tmp_path / "none.parquet")
    (tmp_path / "x.parquet").write_text("no")
    with pytest.raises(InputError, match="cannot be read"):
        screen_tables.read_overview(tmp_path / "x.parquet")


def test_accuracy_stands_beside_the_naive_baseline(tmp_path: Path) -> None:
    figures = {
        "herg": {"n": 1234, "auroc": 0.815, "auroc_95": [0.79, 0.84], "naive_auroc": 0.5},
        "ld50_zhu": {"n": 20, "mae": 0.5, "mae_95": [None, None]},
    }
    (tmp_path / "card.json").write_text(json.dumps({"out_of_fold": figures}))
    card = screen_endpoints.read_card(str(tmp_path / "card.json"), {})
    words = screen_endpoints.accuracy_words(card, "herg")
    assert words == "AUROC 0.81 (95 %: 0.79 to 0.84); naive 0.50; n = 1,234"
    assert screen_endpoints.accuracy_words(card, "ld50_zhu") == "mean absolute error 0.50; n = 20"
    assert screen_endpoints.accuracy_words(card, "qed") == ""


def test_cards_of_shipped_models_are_found_by_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text('{"sha256": "abc", "model": "this one"}')
    (tmp_path / "b.json").write_text('{"sha256": "def"}')
    monkeypatch.setattr(screen_endpoints, "WEIGHTS", tmp_path)
    assert screen_endpoints.read_card(None, {"models": {"properties": "abc"}})["model"] == "this one"
    assert screen_endpoints.read_card(None, {"models": {"properties": "other"}}) == {}
    with pytest.raises(InputError, match="card cannot be read"):
        screen_endpoints.read_card(str(tmp_path / "none.json"), {})
