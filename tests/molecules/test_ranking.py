"""The order follows from the file of weights, and from nothing else."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest
import yaml

from loci2lead.errors import ConfigError, InputError
from loci2lead.io.tables import write_parquet
from loci2lead.molecules import ranking, ranking_settings
from loci2lead.molecules.endpoints import endpoint_table
from tests.drawn_scores import SMILES, drawn_scores, write_scores


def settings(folder: Path, **keys: object) -> ranking_settings.RankingSettings:
    path = folder / "weights.yaml"
    path.write_text(yaml.safe_dump(keys))
    return ranking_settings.read_settings(path)


def ranked(folder: Path, table: pd.DataFrame, given: ranking_settings.RankingSettings, **inputs: object):  # type: ignore[no-untyped-def]
    dataset = ranking.open_scores(write_scores(folder, table))
    return ranking.rank(dataset, given, **inputs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spec", "values"),
    [
        ({"bad": 6, "good": 3}, {7: 0, 6: 0, 4.5: 0.5, 3: 1, 1: 1}),
        ({"bad": 5, "good": 8}, {4: 0, 5: 0, 6.5: 0.5, 8: 1, 9: 1}),
        ({"bad": 5, "good": 8, "shape": 2}, {5: 0, 6.5: 0.25, 8: 1}),
        ({"low_bad": 0, "low_good": 1, "high_good": 3, "high_bad": 5}, {-1: 0, 0.5: 0.5, 1: 1, 3: 1, 4: 0.5, 6: 0}),
        ({"bad": 0, "good": 1}, {math.nan: math.nan}),
    ],
)
def test_desirability(tmp_path: Path, spec: dict[str, float], values: dict[float, float]) -> None:
    one = settings(tmp_path, druglikeness={"qed": spec}).terms["druglikeness"][0]
    np.testing.assert_allclose(one(np.array(list(values), dtype=float)), list(values.values()))


def test_score_against_plain_arithmetic(tmp_path: Path) -> None:
    given = settings(
        tmp_path,
        weights={"safety": 2.0, "druglikeness": 1.0, "admet": 0.0},
        safety={"herg": {"good": 0, "bad": 1, "weight": 3}, "SR-p53": {"good": 0, "bad": 1}},
        druglikeness={"qed": {"bad": 0, "good": 1}},
    )
    leads, _ = ranked(tmp_path, drawn_scores(), given)
    for row in leads.to_dict("records"):
        safety = (3 * (1 - row["herg"]) + (1 - row["SR-p53"])) / 4
        assert row["term_safety"] == pytest.approx(safety, abs=2e-6)
        assert row["score"] == pytest.approx((safety**2 * row["qed"]) ** (1 / 3), abs=2e-6)
    assert leads["rank"].tolist() == list(range(1, len(leads) + 1))
    assert leads["score"].is_monotonic_decreasing


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    leads, accounting = ranked(tmp_path, drawn_scores(), settings(tmp_path))
    assert accounting.considered == 14
    assert accounting.removed == {"rejected by the screen": 1, "no structure key": 0, "duplicate structure": 1}
    assert len(leads) == accounting.ranked == 12
    assert "rejected" not in set(leads["status"]) and leads["inchikey"].is_unique


@pytest.mark.parametrize(
    ("filters", "reason", "count"),
    [
        ({"keep_flagged": False}, "flagged by the screen", 2),
        ({"out_of_domain": "drop"}, "out of domain or unknown", 1),
        ({"ranges": {"mw": [None, 250]}}, "mw above 250 or unknown", 9),
        ({"ranges": {"alert_count": [0, 0]}}, "alert_count outside 0..0 or unknown", 1),
        ({"ranges": {"mw": [250, None]}}, "mw below 250 or unknown", 4),
    ],
)
def test_filters_count_what_they_remove(tmp_path: Path, filters: dict[str, object], reason: str, count: int) -> None:
    leads, accounting = ranked(tmp_path, drawn_scores(), settings(tmp_path, filters=filters))
    assert accounting.removed[reason] == count
    assert len(leads) == accounting.ranked


def test_out_of_domain_ranks_with_its_flag(tmp_path: Path) -> None:
    leads, _ = ranked(tmp_path, drawn_scores(), settings(tmp_path))
    assert leads.loc[leads["id"] == "mol-9", "in_domain"].tolist() == [False]


def test_picks_leave_out_what_is_flagged_or_unknown_to_the_models(tmp_path: Path) -> None:
    table = drawn_scores()
    table.loc[0, "in_domain"] = pd.NA
    leads, _ = ranked(tmp_path, table, settings(tmp_path, filters={"keep_flagged": True}))
    assert not set(leads.loc[leads["picked"], "id"]) & {"mol-9", "mol-10", "mol-0"}
    diversity = {"pick_flagged": True, "pick_out_of_domain": True}
    leads, _ = ranked(tmp_path, table, settings(tmp_path, diversity=diversity))
    assert leads["picked"].all() and sorted(leads["pick_order"]) == list(range(1, 13))


@pytest.mark.parametrize("method", ["maxmin", "cluster", "scaffold"])
def test_picks_hold_the_best_and_are_as_many_as_asked(tmp_path: Path, method: str) -> None:
    rules = {"method": method, "picks": 3, "pick_flagged": True, "pick_out_of_domain": True}
    leads, _ = ranked(tmp_path, drawn_scores(), settings(tmp_path, diversity=rules))
    picked = leads[leads["picked"]].sort_values("pick_order")
    assert picked["pick_order"].tolist() == [1, 2, 3] and picked["rank"].iloc[0] == 1
    if method != "maxmin":
        assert picked[method].is_unique


def test_order_of_rows_and_size_of_batches_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table, given = drawn_scores(), settings(tmp_path)
    expected, counted = ranked(tmp_path, table, given)
    monkeypatch.setattr(ranking, "BATCH_ROWS", 3)
    shuffled, recounted = ranked(tmp_path, table.sample(frac=1, random_state=3), given)
    pd.testing.assert_frame_equal(expected.drop(columns=["id", "codes"]), shuffled.drop(columns=["id", "codes"]))
    assert counted.removed == recounted.removed


def test_limit_keeps_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "BATCH_ROWS", 4)
    everything, _ = ranked(tmp_path, drawn_scores(), settings(tmp_path, limit=None))
    best, accounting = ranked(tmp_path, drawn_scores(), settings(tmp_path, limit=5))
    assert best["inchikey"].tolist() == everything["inchikey"].tolist()[:5] and accounting.ranked == 12


def test_ties_go_by_inchikey_then_id(tmp_path: Path) -> None:
    table = drawn_scores()
    for column in ("NR-AR", "SR-p53", "herg", "ld50_zhu", "qed", "sa_score", "mw", "logp"):
        table[column] = 0.5
    table["alerts"] = ""
    leads, _ = ranked(tmp_path, table.iloc[::-1], settings(tmp_path))
    assert leads["score"].nunique() == 1
    assert leads["inchikey"].tolist() == sorted(leads["inchikey"])
    assert "again" in set(leads["id"]) and "mol-0" not in set(leads["id"])


def test_unknown_counts_as_neutral_and_stays_unknown(tmp_path: Path) -> None:
    table = drawn_scores()
    table.loc[1, "qed"] = pd.NA
    given = settings(
        tmp_path,
        safety={"herg": {"good": 0, "bad": 1}},
        druglikeness={"qed": {"bad": 0, "good": 1}},
        combine={"unknown": 0.25},
    )
    row = ranked(tmp_path, table, given)[0].set_index("id").loc["mol-1"]
    assert pd.isna(row["d_qed"]) and pd.isna(row["term_druglikeness"])
    assert row["score"] == pytest.approx(math.sqrt((1 - row["herg"]) * 0.25), abs=2e-6)


def test_a_term_without_columns_has_weight_zero(tmp_path: Path) -> None:
    leads, _ = ranked(tmp_path, drawn_scores(), settings(tmp_path))
    assert (leads["weight_admet"] == 0).all() and (leads["weight_potency"] == 0).all()
    assert (leads["weight_safety"] == 1).all() and leads["term_admet"].isna().all()


def test_activity_moves_the_order(tmp_path: Path) -> None:
    activity = pd.Series([9.0], index=["mol-7"])
    leads, _ = ranked(tmp_path, drawn_scores(), settings(tmp_path, weights={"potency": 50.0}), activity=activity)
    assert leads["id"].iloc[0] == "mol-7" and leads["activity"].notna().sum() == 1


def response_table(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sample": ["s1", "s2", "s1", "s1"],
            "drug": ["a", "a", "b", "c"],
            "drug_key": [table["inchikey"][i] for i in (0, 0, 1, 2)],
            "percentile_in_tissue": [90.0, 80.0, 99.0, 99.0],
            "drug_reliability": [0.5, 0.5, 0.1, 0.5],
            "in_domain": [True, True, True, False],
            "note": ["", "", "", ""],
        }
    )


def test_response_counts_only_when_asked_and_only_where_it_may_be_shown(tmp_path: Path) -> None:
    table = drawn_scores()
    write_parquet(tmp_path / "response.parquet", response_table(table), {})
    plain, _ = ranked(tmp_path, table, settings(tmp_path))
    given = settings(tmp_path)
    response = ranking.read_response(tmp_path / "response.parquet", given)
    assert response.to_dict() == {"percentile_in_tissue": {table["inchikey"][0]: 85.0}}
    shown, _ = ranked(tmp_path, table, given, response=response)
    assert shown["score"].tolist() == plain["score"].tolist() and shown["term_response"].notna().sum() == 1
    heavy = settings(tmp_path, weights={"response": 50.0})
    assert ranked(tmp_path, table, heavy, response=response)[0]["inchikey"].iloc[0] == table["inchikey"][0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id\tvalue\na\t1\na\t2\n", "An id stands twice"),
        ("id\tvalue\na\tstrong\n", "A value is no number"),
        ("name\tvalue\na\t1\n", "Columns are missing"),
    ],
)
def test_bad_activity(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "activity.tsv").write_text(content)
    with pytest.raises(InputError, match=words):
        ranking.read_activity(tmp_path / "activity.tsv")


def test_nothing_to_rank(tmp_path: Path) -> None:
    table = drawn_scores()
    for rows in (table.iloc[:0], table[table["status"] == "rejected"]):
        leads, accounting = ranked(tmp_path, rows, settings(tmp_path))
        assert len(leads) == 0 and accounting.ranked == 0
        assert {"score", "rank", "picked", "cluster", "scaffold", "term_safety"} <= set(leads.columns)


BAD_WEIGHTS = {
    "clintox as a term's column": ("safety: {CT_TOX: {good: 0, bad: 1}}", "ClinTox"),
    "clintox as a filter": ("filters: {ranges: {FDA_APPROVED: [0, 1]}}", "ClinTox"),
    "clintox in another case with a suffix": ("admet: {ct_tox_std: {good: 0, bad: 1}}", "ClinTox"),
    "unknown key": ("wieghts: {safety: 1}", "did you mean weights?"),
    "unknown key below": ("weights: {safty: 1}", "did you mean weights.safety?"),
    "unknown part of a desirability": ("safety: {herg: {god: 0, bad: 1}}", "did you mean safety.herg.good?"),
    "unknown response column": ("response: {percentil_overall: {bad: 0, good: 1}}", "response.percentile_overall?"),
    "potency of another name": ("potency: {pic50: {bad: 5, good: 8}}", "potency.activity"),
    "negative weight": ("weights: {safety: -1}", "0 or above"),
    "weight in words": ("weights: {safety: high}", "a number"),
    "all weights zero": ("weights: {safety: 0, druglikeness: 0, admet: 0, potency: 0}", "All weights are zero"),
    "half a desirability": ("safety: {herg: {bad: 1}}", "bad and good"),
    "good is bad": ("safety: {herg: {bad: 1, good: 1}}", "not in order"),
    "band out of order": ("admet: {x: {low_bad: 3, low_good: 1, high_good: 2, high_bad: 4}}", "not in order"),
    "shape zero": ("safety: {herg: {bad: 1, good: 0, shape: 0}}", "above 0"),
    "range backwards": ("filters: {ranges: {mw: [5, 1]}}", "nothing can meet"),
    "range of one": ("filters: {ranges: {mw: [5]}}", "wrong range"),
    "unknown choice": ("diversity: {method: best}", "maxmin or cluster or scaffold"),
    "picks zero": ("diversity: {picks: 0}", "above 0"),
    "flag in words": ("filters: {keep_flagged: maybe}", "true or false"),
    "floor one": ("combine: {floor: 1}", "between 0 and 1"),
    "a list": ("[1, 2]", "no mapping"),
    "a word for a mapping": ("filters: none", "a mapping"),
    "no YAML": ("a: [", "not YAML"),
}


@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_bad_weights_name_key_and_file(tmp_path: Path, case: str) -> None:
    text, words = BAD_WEIGHTS[case]
    path = tmp_path / "weights.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        ranking_settings.read_settings(path)
    assert words in str(caught.value) and str(path) in str(caught.value)


def test_a_misspelt_column_is_an_error_and_an_absent_one_is_skipped(tmp_path: Path) -> None:
    columns = drawn_scores().columns
    wrong = settings(tmp_path, safety={"NR-AhRr": {"good": 0, "bad": 1}})
    with pytest.raises(ConfigError, match="did you mean NR-AhR"):
        ranking_settings.require_known_columns(wrong, columns, "weights.yaml")
    right = settings(tmp_path, safety={"NR-AhR": {"good": 0, "bad": 1}, "herg": {"good": 0, "bad": 1}})
    absent = ranking_settings.require_known_columns(right, columns, "weights.yaml")
    assert "NR-AhR" in absent and "herg" not in absent


def test_default_weights_count_every_endpoint_in_its_direction() -> None:
    given = ranking_settings.read_settings(ranking_settings.DEFAULT_WEIGHTS)
    assert given.weights["response"] == 0
    for one in (*given.terms["safety"], *given.terms["admet"]):
        endpoint = endpoint_table()[one.column]
        assert endpoint.ranking, f"{one.column} may not be ranked"
        wanted = {(True, False): "higher", (False, True): "lower"}.get(
            (math.isinf(one.high_bad), math.isinf(one.low_bad)), "neither"
        )
        assert endpoint.direction == wanted, one.column


def test_scores_that_are_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("no")
    with pytest.raises(InputError, match="cannot be read"):
        ranking.open_scores(tmp_path / "x.parquet")
    with pytest.raises(InputError, match="File not found"):
        ranking.open_scores(tmp_path / "y.parquet")
    write_parquet(tmp_path / "z.parquet", pd.DataFrame({"id": ["a"]}), {})
    with pytest.raises(InputError, match="Columns are missing"):
        ranking.open_scores(tmp_path / "z.parquet")


def test_a_folder_of_parts_ranks_as_one_file(tmp_path: Path) -> None:
    table, given = drawn_scores(), settings(tmp_path)
    whole, _ = ranked(tmp_path, table, given)
    parts = tmp_path / "parts"
    parts.mkdir()
    for name, rows in (("a.parquet", table.iloc[:6]), ("b.parquet", table.iloc[6:])):
        write_parquet(parts / name, rows, {})
    divided, _ = ranking.rank(ds.dataset(parts, format="parquet"), given)
    assert divided["id"].tolist() == whole["id"].tolist() and len(SMILES) == 12
