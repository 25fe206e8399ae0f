"""One order out of many scores: desirabilities, terms, filters and the best molecules of a table of any size.

The table is streamed: only the columns that count are read, only the best molecules so far are kept, and
their full rows are fetched at the end. The order is total (score, InChIKey, id), so neither the order of the
rows nor the size of the batches can change it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from loci2lead.errors import InputError
from loci2lead.io.tables import read_table, require_columns
from loci2lead.molecules import diversity
from loci2lead.molecules.ranking_settings import TERMS, Desirability, RankingSettings
from loci2lead.provenance import PROVENANCE_KEY
from loci2lead.records import SCREEN_COLUMNS, names

BATCH_ROWS = 50_000
SCORE_DECIMALS = 6


@dataclass
class Accounting:
    """What became of every row: `removed` counts by filter in order; ranked = considered - removed."""

    considered: int = 0
    removed: dict[str, int] = field(default_factory=dict)

    def keep(self, reason: str, good: pd.Series, table: pd.DataFrame) -> pd.DataFrame:
        """Count the rows that a filter takes out; return those that stay."""
        self.removed[reason] = self.removed.get(reason, 0) + int((~good).sum())
        return table[good]

    @property
    def ranked(self) -> int:
        """Return the number of molecules in the ranking."""
        return self.considered - sum(self.removed.values())


def open_scores(path: str | Path) -> ds.Dataset:
    """Open a scores table (a Parquet file or a folder of them); InputError where it lacks the contract's columns."""
    path = Path(path)
    if not path.exists():
        raise InputError("File not found", file=path, remedy="run screen-library first, or check --scores")
    try:
        dataset = ds.dataset(path, format="parquet")
    except (OSError, ValueError) as error:
        raise InputError("The scores cannot be read", file=path, found=error, expected="Parquet") from error
    require_columns(pd.DataFrame(columns=dataset.schema.names), names(SCREEN_COLUMNS), path)
    made = json.loads((dataset.schema.metadata or {}).get(PROVENANCE_KEY.encode(), b"{}"))
    parameters = made.get("parameters", {})
    if parameters.get("depth") == "fast" or parameters.get("identity") == "smiles":
        raise InputError(
            "These scores are a first pass: no InChIKeys, or no properties and alerts",
            file=path,
            remedy="score their best rows again: screen-library --depth full --library <stem>.top.parquet",
        )
    return dataset


def read_activity(path: str | Path) -> pd.Series:
    """Return the user's activity, value by id; InputError for a repeated id or a value that is no number."""
    table = read_table(path, columns=["id", "value"])
    ids = table["id"].astype(str)
    if ids.duplicated().any():
        raise InputError("An id stands twice", file=path, record=ids[ids.duplicated()].iloc[0], remedy="keep one value")
    values = pd.to_numeric(table["value"], errors="coerce")
    wrong = values.isna() & table["value"].notna()
    if wrong.any():
        found = table.loc[wrong, "value"].iloc[0]
        raise InputError(
            "A value is no number", file=path, record=ids[wrong].iloc[0], found=found, remedy="leave unknown ones empty"
        )
    return pd.Series(values.to_numpy(dtype=float, na_value=np.nan), index=ids)


def read_response(path: str | Path, settings: RankingSettings) -> pd.DataFrame:
    """Return the mean predicted response over samples for each drug_key, only where a number may be shown.

    Rows out of domain, of an unreliable drug, or with a note are left out (the contract of predict-response).
    """
    columns = [d.column for d in settings.terms["response"]]
    table = read_table(path, columns=["drug_key", "in_domain", "drug_reliability", *columns])
    reliable = (table["drug_reliability"] >= settings.plain["minimum_drug_reliability"]).fillna(False)
    usable = table["in_domain"].eq(True).fillna(False) & reliable
    if "note" in table:
        usable &= table["note"].fillna("") == ""
    return table[usable].groupby("drug_key", sort=True)[columns].mean()


def rank(
    dataset: ds.Dataset,
    settings: RankingSettings,
    activity: pd.Series | None = None,
    response: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, Accounting]:
    """Return the leads, best first, and the accounting.

    `activity`: value by id. `response`: columns of the predictions by InChIKey. The leads hold every column
    of the scores, `d_<column>` (desirabilities), `term_*`, `weight_*`, `score`, `rank`, `cluster`,
    `scaffold`, `picked` and `pick_order`.
    """
    in_use = _terms_in_use(settings, dataset.schema.names, activity, response)
    accounting, best, keys = Accounting(), pd.DataFrame(), []
    for start, batch in _batches(dataset, _needed(dataset, settings)):
        batch["position"] = np.arange(start, start + len(batch))
        kept = _filter(_with_inputs(_with_alert_count(batch), activity, response), settings, accounting)
        keys.append(pd.util.hash_pandas_object(kept["inchikey"].astype(object), index=False).to_numpy())
        best = _best([best, score(kept, settings, in_use)], settings.plain["limit"])
    hashes = np.concatenate(keys) if keys else np.zeros(0, dtype=np.uint64)
    accounting.removed["duplicate structure"] = len(hashes) - len(np.unique(hashes))
    leads = _full_rows(dataset, best)
    leads["rank"] = np.arange(1, len(leads) + 1)
    for term in TERMS:
        leads[f"weight_{term}"] = settings.weights[term] if term in in_use else 0.0
    return _diversify(leads, settings), accounting


def score(table: pd.DataFrame, settings: RankingSettings, in_use: Sequence[str]) -> pd.DataFrame:
    """Return the table with its desirabilities `d_*`, terms `term_*` and `score` (0..1, higher is better).

    A term is the weighted mean of its desirabilities; the score is the weighted geometric mean of the terms in
    use, each at least `floor`. What is unknown counts as the neutral `unknown` and stays null in its own
    column; a term of which nothing is known is null.
    """
    table, neutral = table.copy(), settings.plain["combine"]["unknown"]
    logs, total = np.zeros(len(table)), 0.0
    for term in TERMS:
        table[f"term_{term}"] = _term(table, settings.terms[term], neutral)
        if term in in_use:
            value = table[f"term_{term}"].fillna(neutral)
            logs += settings.weights[term] * np.log(np.maximum(value, settings.plain["combine"]["floor"]))
            total += settings.weights[term]
    table["score"] = np.round(np.exp(logs / total), SCORE_DECIMALS) if total else np.nan
    return table


def _term(table: pd.DataFrame, parts: Sequence[Desirability], neutral: float) -> np.ndarray:
    """Return a term as the weighted mean of its columns' desirabilities, writing each as a column `d_*`."""
    summed, total, known = np.zeros(len(table)), 0.0, np.zeros(len(table), dtype=bool)
    for part in parts:
        if part.column not in table:
            continue
        values = part(pd.to_numeric(table[part.column], errors="coerce").to_numpy(dtype=float, na_value=np.nan))
        table[f"d_{part.column}"] = np.round(values, SCORE_DECIMALS)
        summed += part.weight * np.where(np.isnan(values), neutral, values)
        total += part.weight
        known |= ~np.isnan(values)
    return np.round(np.where(known, summed / total if total else np.nan, np.nan), SCORE_DECIMALS)


def _terms_in_use(
    settings: RankingSettings, columns: Sequence[str], activity: pd.Series | None, response: pd.DataFrame | None
) -> tuple[str, ...]:
    """Return the terms with a weight and with at least one column to go by."""
    there = {*columns, *(["alert_count"] if "alerts" in columns else [])}
    there |= ({"activity"} if activity is not None else set()) | set(response.columns if response is not None else [])
    return tuple(t for t in TERMS if settings.weights[t] > 0 and any(d.column in there for d in settings.terms[t]))


def _needed(dataset: ds.Dataset, settings: RankingSettings) -> list[str]:
    wanted = ["id", "inchikey", "status", "in_domain", "alerts", *settings.columns()]
    return [c for c in dict.fromkeys(wanted) if c in dataset.schema.names]


def _batches(dataset: ds.Dataset, columns: Sequence[str] | None) -> Iterator[tuple[int, pd.DataFrame]]:
    """Yield (position of the first row, batch) in the order of the file; one empty batch for an empty table."""
    start = 0
    if dataset.count_rows() == 0:
        yield 0, dataset.schema.empty_table().select(columns or dataset.schema.names).to_pandas()
        return
    try:
        for batch in dataset.to_batches(columns=columns, batch_size=BATCH_ROWS, use_threads=False):
            yield start, batch.to_pandas()
            start += batch.num_rows
    except OSError as error:
        remedy = "remove it and screen the library again"
        raise InputError("The scores are damaged", file=dataset.files[0], found=error, remedy=remedy) from error


def _with_inputs(batch: pd.DataFrame, activity: pd.Series | None, response: pd.DataFrame | None) -> pd.DataFrame:
    """Return the batch with the user's activity by id and the predicted response by full InChIKey."""
    if activity is not None:
        batch["activity"] = batch["id"].map(activity)
    if response is not None:
        for column in response.columns:
            batch[column] = batch["inchikey"].map(response[column])
    return batch


def _with_alert_count(batch: pd.DataFrame) -> pd.DataFrame:
    """Return the batch with the number of structural alerts; unknown where the screen did not look."""
    if "alerts" not in batch:
        return batch
    alerts = batch["alerts"]
    count = alerts.map(lambda text: len([a for a in text.split(";") if a]), na_action="ignore")
    return batch.assign(alert_count=pd.to_numeric(count).astype(float))


def _filter(table: pd.DataFrame, settings: RankingSettings, accounting: Accounting) -> pd.DataFrame:
    accounting.considered += len(table)
    filters = settings.plain["filters"]
    table = accounting.keep("rejected by the screen", table["status"] != "rejected", table)
    table = accounting.keep("no structure key", table["inchikey"].fillna("") != "", table)
    if not filters["keep_flagged"]:
        table = accounting.keep("flagged by the screen", table["status"] != "flagged", table)
    if filters["out_of_domain"] == "drop" and "in_domain" in table:
        table = accounting.keep("out of domain or unknown", table["in_domain"].eq(True).fillna(False), table)
    for column, (low, high) in settings.ranges.items():
        if column in table:
            values = pd.to_numeric(table[column], errors="coerce").astype(float)
            table = accounting.keep(_range_words(column, low, high), values.between(low, high), table)
    return table


def _range_words(column: str, low: float, high: float) -> str:
    """Name a range filter by what it removes."""
    if np.isinf(low):
        return f"{column} above {high:g} or unknown"
    return f"{column} below {low:g} or unknown" if np.isinf(high) else f"{column} outside {low:g}..{high:g} or unknown"


def _best(parts: Sequence[pd.DataFrame], limit: int | None) -> pd.DataFrame:
    """Return the best rows, one per structure: the better score, then the smaller id."""
    filled = [p for p in parts if len(p)] or [parts[-1]]
    ordered = pd.concat(filled, ignore_index=True).sort_values(
        ["score", "inchikey", "id"], ascending=[False, True, True], kind="stable"
    )
    return ordered.drop_duplicates("inchikey").head(len(ordered) if limit is None else limit).reset_index(drop=True)


def _full_rows(dataset: ds.Dataset, best: pd.DataFrame) -> pd.DataFrame:
    """Return every column of the scores for the best molecules, in their order, with what was computed."""
    parts = []
    for start, batch in _batches(dataset, None):
        inside = best["position"][(best["position"] >= start) & (best["position"] < start + len(batch))]
        parts.append(batch.iloc[inside - start].assign(position=inside.to_numpy()))
    full = pd.concat([p for p in parts if len(p)] or parts[:1])
    computed = best[["position", *(c for c in best.columns if c not in full.columns)]]
    return computed[["position"]].merge(full, on="position").merge(computed, on="position").drop(columns="position")


def _diversify(leads: pd.DataFrame, settings: RankingSettings) -> pd.DataFrame:
    """Return the leads with cluster, scaffold, picked and pick_order (1 = first pick; null if not picked)."""
    rules = settings.plain["diversity"]
    smiles = list(leads["canonical_smiles"])
    prints = diversity.fingerprints(smiles)
    leads["cluster"] = diversity.cluster(prints, rules["cluster_distance"], rules["butina_limit"])
    leads["scaffold"] = pd.Series([diversity.murcko_scaffold(s) for s in smiles], index=leads.index, dtype="object")
    eligible = np.flatnonzero(_eligible(leads, rules))[: rules["pool"]]
    if rules["method"] == "maxmin":
        places = diversity.maxmin_picks([prints[i] for i in eligible], rules["picks"])
    else:
        places = diversity.best_of_each(list(leads[rules["method"]].iloc[eligible]), rules["picks"])
    chosen = [int(eligible[place]) for place in places]
    leads["picked"] = leads.index.isin(chosen)
    order = {index: place for place, index in enumerate(chosen, start=1)}
    leads["pick_order"] = pd.array([order.get(i) for i in leads.index], dtype="Int64")
    return leads


def _eligible(leads: pd.DataFrame, rules: Mapping[str, Any]) -> np.ndarray:
    """Return which leads may be picked: by default neither flagged ones nor those the models do not know."""
    good = np.ones(len(leads), dtype=bool)
    if not rules["pick_flagged"]:
        good &= (leads["status"] != "flagged").to_numpy(dtype=bool)
    if not rules["pick_out_of_domain"] and "in_domain" in leads:
        good &= leads["in_domain"].eq(True).fillna(False).to_numpy(dtype=bool)
    return good


def counts_of(accounting: Accounting) -> Mapping[str, object]:
    """Return the accounting as plain values for provenance."""
    removed = [{"filter": reason, "count": count} for reason, count in accounting.removed.items()]
    return {"considered": accounting.considered, "removed": removed, "ranked": accounting.ranked}
