"""Scoreboard of the response room: splits beside baselines, coverage, known gene-drug pairs, speed.

    LOCI2LEAD_DATA=... python tests/benchmarks/response.py splits --work DIR [--config YAML]  (hours)
    LOCI2LEAD_DATA=... python tests/benchmarks/response.py pairs [--model NAME]
    LOCI2LEAD_DATA=... python tests/benchmarks/response.py hidden --work DIR
    LOCI2LEAD_DATA=... python tests/benchmarks/response.py speed [--model NAME]

Writes response.tsv, response.coverage.tsv, response.pairs.tsv, response.hidden.tsv and response.speed.tsv beside
this file; the committed splits were made with --config tests/benchmarks/response.yaml, without LightGBM, whose row is
missing. `splits` runs evaluate-response; a run that was stopped continues. `hidden` goes through train-response
and predict-response with exclusion lists, as a user with hidden lines and drugs would.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from loci2lead.cli import main as loci2lead
from loci2lead.io.tables import write_text_table
from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.response.biomarkers import PAIRS, check_pairs, shuffled_pairs
from loci2lead.response.omics import Omics, read_folder
from loci2lead.response.predict import predict_table
from loci2lead.response.scores import column_correlations, strict_per_drug
from loci2lead.response.storage import unpack

HERE = Path(__file__).parent
SHUFFLES = 20


def data() -> Path:
    """Return the folder of response tables."""
    return Path(os.environ["LOCI2LEAD_DATA"]) / "response"


def splits(work: Path, config: Path | None) -> None:
    """Run the harness and keep its tables."""
    if config is None:
        config = work / "defaults.yaml"
        work.mkdir(parents=True, exist_ok=True)
        config.write_text("{}\n")
    if loci2lead(["evaluate-response", "--config", str(config), "--output", str(work)]):
        raise SystemExit("evaluate-response failed")
    for source, name in (("metrics.tsv", "response.tsv"), ("coverage.tsv", "response.coverage.tsv")):
        write_text_table(HERE / name, pd.read_csv(work / source, sep="\t"))


def pairs(model_name: str) -> None:
    """Check known pairs and, as control, shuffled ones."""
    model = unpack(load_checkpoint(model_name))
    omics = read_folder(data())
    complete = [
        s for s, letters in zip(omics.samples, model.sets_present(omics), strict=True) if letters == model.modalities
    ]
    omics = omics.take(complete)
    known = check_pairs(model, omics, PAIRS)
    control = [int(check_pairs(model, omics, shuffled_pairs(seed))["found"].sum()) for seed in range(SHUFFLES)]
    total = pd.DataFrame([{"gene": "TOTAL", "carriers": len(known), "found": int(known["found"].sum())}])
    shuffled = pd.DataFrame(
        [{"gene": f"SHUFFLED (mean of {SHUFFLES})", "carriers": len(known), "found": float(np.mean(control))}]
    )
    write_text_table(HERE / "response.pairs.tsv", pd.concat([known, total, shuffled], ignore_index=True).round(3))
    print(known["found"].sum(), "of", len(known), "known pairs; shuffled:", control)


def hidden(work: Path) -> None:
    """Hide lines, a tissue and compounds through the command line, then score what predict-response writes."""
    work.mkdir(parents=True, exist_ok=True)
    main = pd.read_parquet(data() / "response_gdsc2.parquet")
    meta = pd.read_csv(data() / "lines.csv.gz").set_index("line")
    lines = sorted(main["line"].unique())
    rng = np.random.default_rng(7)
    pancreas = [line for line in lines if meta["tissue"].get(line) == "pancreas"]
    some = sorted(rng.choice([line for line in lines if line not in pancreas], 80, replace=False))
    drugs = sorted(rng.choice(sorted(main["drug"].unique()), 20, replace=False))
    (work / "lines.txt").write_text("\n".join([*some, *pancreas]) + "\n")
    (work / "drugs.txt").write_text("\n".join(drugs) + "\n")
    responses = [str(data() / f"response_{s}.parquet") for s in ("gdsc2", "gdsc1")]
    model = work / "hidden.pt"
    command = [
        "train-response",
        "--responses",
        *responses,
        "--features",
        str(data()),
        "--exclude-lines",
        str(work / "lines.txt"),
    ]
    command += [
        "--exclude-drugs",
        str(work / "drugs.txt"),
        "--output",
        str(model),
        "--metrics",
        str(work / "hidden.metrics.json"),
    ]
    if not model.exists() and loci2lead(command):
        raise SystemExit("train-response failed")
    catalogue = pd.read_csv(data() / "drugs.csv.gz")
    new = catalogue[(catalogue["study"] == "GDSC2") & catalogue["drug"].isin(drugs)]
    new.rename(columns={"drug": "compound"}).rename(columns={"name": "drug"})[
        ["drug", "smiles", "targets", "pathway"]
    ].to_csv(work / "new.csv", index=False)
    command = ["predict-response", "--features", str(data()), "--drugs", str(work / "new.csv"), "--model", str(model)]
    if loci2lead([*command, "--output", str(work / "hidden.parquet")]):
        raise SystemExit("predict-response failed")
    table = pd.read_parquet(work / "hidden.parquet")
    write_text_table(
        HERE / "response.hidden.tsv", pd.DataFrame(_hidden_rows(table, main, some, pancreas, drugs)).round(4)
    )


def _hidden_rows(
    table: pd.DataFrame, main: pd.DataFrame, some: list[str], tissue: list[str], drugs: list[str]
) -> list[dict[str, object]]:
    truth = main.pivot_table(index="line", columns="drug", values="ln_ic50")
    predicted = table[table["study"] != "GDSC1"].pivot_table(
        index="sample", columns="compound", values="ln_ic50", aggfunc="first"
    )
    predicted = predicted.reindex(index=truth.index, columns=truth.columns).astype(float)
    known = [d for d in truth.columns if d not in drugs]
    rest = [line for line in truth.index if line not in {*some, *tissue}]
    groups = {
        "hidden lines, known drugs": (some, known),
        "hidden tissue (pancreas), known drugs": (tissue, known),
        "known lines, hidden drugs": (rest, drugs),
        "hidden lines, hidden drugs": (some, drugs),
    }
    rows: list[dict[str, object]] = []
    for name, (lines, columns) in groups.items():
        y, p = truth.loc[lines, columns].to_numpy(), predicted.loc[lines, columns].to_numpy()
        mean = truth.loc[rest, columns].mean().to_numpy()
        seen = np.isfinite(y) & np.isfinite(p)
        rows.append(
            {
                "case": name,
                "pairs": int(seen.sum()),
                "npear": np.corrcoef((y - mean)[seen], (p - mean)[seen])[0, 1],
                "per_drug": np.nanmean(column_correlations(y, p)),
                "strict": np.nanmean(strict_per_drug(y, p)),
                "rmse": np.sqrt(np.mean((y - p)[seen] ** 2)),
            }
        )
    inside = table[table["sample"].isin(some) & table["compound"].isin(known)].merge(
        main, left_on=["sample", "compound"], right_on=["line", "drug"]
    )
    covered = (inside["ln_ic50_y"] >= inside["lower_90"]) & (inside["ln_ic50_y"] <= inside["upper_90"])
    own = inside["study"] == "GDSC2"
    return [
        *rows,
        {
            "case": "coverage of 90 % intervals, hidden lines",
            "pairs": int(own.sum()),
            "coverage": float(covered[own].mean()),
        },
    ]


def speed(model_name: str) -> None:
    """Time 1,000 samples x all drugs in one process, the model already loaded."""
    model = unpack(load_checkpoint(model_name))
    omics = read_folder(data())
    complete = [
        s for s, letters in zip(omics.samples, model.sets_present(omics), strict=True) if letters == model.modalities
    ]
    base = omics.take(complete)
    names = [f"S{i}" for i in range(1000)]
    chosen = [i % len(complete) for i in range(1000)]
    frames = {k: f.iloc[chosen].set_axis(names) for k, f in base.frames.items()}
    many = Omics(names, frames, [base.words[i] for i in chosen], [base.tissue[i] for i in chosen])
    start = time.perf_counter()
    table = predict_table(model, many)
    seconds = time.perf_counter() - start
    row = {"samples": 1000, "drugs": len(model.drugs), "rows": len(table), "seconds_one_process": round(seconds, 2)}
    write_text_table(HERE / "response.speed.tsv", pd.DataFrame([row]))
    print(row)


def main() -> None:
    """Run one part of the scoreboard."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["splits", "pairs", "hidden", "speed"])
    parser.add_argument("--work", type=Path, default=Path("response-benchmark"))
    parser.add_argument("--config", type=Path)
    parser.add_argument("--model", default="response-gdsc-v1")
    args = parser.parse_args()
    parts = {
        "splits": lambda: splits(args.work, args.config),
        "pairs": lambda: pairs(args.model),
        "hidden": lambda: hidden(args.work),
        "speed": lambda: speed(args.model),
    }
    parts[args.part]()


if __name__ == "__main__":
    main()
