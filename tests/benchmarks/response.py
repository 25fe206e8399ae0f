"""Scoreboard of the response room: splits beside baselines, coverage, known gene-drug pairs, speed.

    LOCI2LEAD_DATA=... python tests/benchmarks/response.py splits --work DIR [--config YAML]  (hours)
    LOCI2LEAD_DATA=... python tests/benchmarks/response.py pairs [--model NAME]
    LOCI2LEAD_DATA=... python tests/benchmarks/response.py hidden --work DIR
    LOCI2LEAD_DATA=... python tests/benchmarks/response.py speed [--model NAME]
    LOCI2LEAD_DATA=... python tests/benchmarks/response.py tumours --work DIR [--model NAME]
    LOCI2LEAD_DATA=... python tests/benchmarks/response.py domain

Writes response.tsv, response.<part>.tsv beside this file. `splits` runs evaluate-response; a run that was stopped
continues, and predictions are kept by split and model. The committed splits are those of response.yaml; the rows of
LightGBM and of the latent were added to the others from the same code, folds, seed and resamples. `hidden` goes
through train-response and predict-response with exclusion lists, as a user with hidden lines and drugs would.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.cluster.vq import kmeans2
from sklearn.metrics import roc_auc_score

from loci2lead.cli import main as loci2lead
from loci2lead.io.tables import write_text_table
from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.records import PROFILE_COLUMNS
from loci2lead.response.biomarkers import PAIRS, carriers, check_pairs, contributions_of, shuffled_pairs
from loci2lead.response.blocks import fit_blocks, standardise
from loci2lead.response.domain import fit_domain_without_limit
from loci2lead.response.explain import LISTED, TOP
from loci2lead.response.genes import DRIVERS
from loci2lead.response.model import ResponseModel
from loci2lead.response.omics import Omics, copies_from_calls, read_folder
from loci2lead.response.predict import predict_table
from loci2lead.response.scores import column_correlations, strict_per_drug
from loci2lead.response.splits import group_folds, line_folds
from loci2lead.response.storage import unpack

HERE = Path(__file__).parent
SHUFFLES = 20
SEED = 20
LEAST_CARRIERS, MOST_CARRIERS = 8, 40


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
    for source, name in (("metrics.tsv", ""), ("coverage.tsv", ".coverage"), ("seeds.tsv", ".seeds")):
        if (work / source).exists():
            write_text_table(HERE / f"response{name}.tsv", pd.read_csv(work / source, sep="\t"))
    controls = json.loads((work / "controls.json").read_text(encoding="utf-8"))
    write_text_table(HERE / "response.controls.tsv", pd.DataFrame([controls]))


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
    sums = [
        ("TOTAL", float(known["found"].sum())),
        (f"SHUFFLED (mean of {SHUFFLES})", float(np.mean(control))),
        (f"SHUFFLED (most of {SHUFFLES})", float(max(control))),
        ("OTHER DRIVERS (share of gene-drug pairs named)", named_share(model, omics)),
    ]
    totals = pd.DataFrame([{"gene": name, "carriers": len(known), "found": value} for name, value in sums])
    write_text_table(HERE / "response.pairs.tsv", pd.concat([known, totals], ignore_index=True).round(4))
    print(known["found"].sum(), "of", len(known), "known pairs; shuffled:", control)


def named_share(model: ResponseModel, omics: Omics) -> float:
    """Return how often a driver outside the known pairs would be named for a drug, over all drugs and carriers."""
    hits = total = 0
    for gene in sorted(set(DRIVERS) - {p.gene for p in PAIRS}):
        for alteration in ("hot", "any", "amp", "del", "high"):
            samples = carriers(omics, gene, alteration)[:MOST_CARRIERS]
            if len(samples) >= LEAST_CARRIERS:
                genes, effects = contributions_of(model, omics, samples, slice(None))
                if gene in genes:
                    own = np.abs(effects[genes.index(gene)])
                    rank = (np.abs(effects) > own).sum(axis=0) + 1
                    hits, total = hits + int(((own >= LISTED) & (rank <= TOP)).sum()), total + len(own)
    return hits / total


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


def tumours(work: Path, model_name: str) -> None:
    """Run the MSK tumours through predict-response as profiles, and count what the domain check and refusals say.

    The table gives no tumour types, so once no OncoTree code is given, and otherwise all are called LUAD. Coverage:
    all genes of the panel, half of them, or not known. There is no outcome: this checks input handling only.
    """
    work.mkdir(parents=True, exist_ok=True)
    wide = {
        n: pd.read_parquet(data() / f"msk_tumours_panel718_{n}.parquet")
        for n in ("mutation", "cnamplification", "cndeletion")
    }
    copies = copies_from_calls(wide["cnamplification"], wide["cndeletion"])
    genes = [str(g) for g in wide["mutation"].columns]
    half = np.random.default_rng(SEED).random(len(genes)) < 0.5
    rows = []
    for code, coverage in ((None, "panel"), ("LUAD", "panel"), ("LUAD", "half the panel"), ("LUAD", "unknown")):
        covered = {"panel": np.ones(len(genes), dtype=bool), "half the panel": half, "unknown": None}[coverage]
        parts = [
            pd.DataFrame(
                {
                    "sample": str(sample),
                    "oncotree": code,
                    "gene": genes,
                    "mutation_state": np.where(calls == 1, "other", "none"),
                    "copies_relative": copies.loc[sample].to_numpy(),
                    "log2_tpm": np.nan,
                    "covered": covered,
                }
            )
            for sample, calls in zip(wide["mutation"].index, wide["mutation"].to_numpy(), strict=True)
        ]
        table = pd.concat(parts).astype({c.name: c.dtype for c in PROFILE_COLUMNS})
        if coverage == "half the panel":
            table.loc[~table["covered"].astype(bool), ["copies_relative", "mutation_state"]] = None
        table.to_parquet(work / "tumours.parquet", index=False)
        output = work / "predicted.parquet"
        command = ["predict-response", "--profile", str(work / "tumours.parquet"), "--model", model_name]
        if loci2lead([*command, "--output", str(output)]):
            raise SystemExit("predict-response failed")
        rows.append({"oncotree": code or "not given", "covered": coverage} | _tumour_row(pd.read_parquet(output)))
    write_text_table(HERE / "response.tumours.tsv", pd.DataFrame(rows).round(4))


def _tumour_row(table: pd.DataFrame) -> dict[str, object]:
    per_tumour = table.drop_duplicates("sample")
    notes = table["note"].fillna("")
    return {
        "tumours": len(per_tumour),
        "modalities": "; ".join(f"{n} {w}" for w, n in per_tumour["modalities"].value_counts().sort_index().items()),
        "tumours_in_domain": float(table.groupby("sample")["in_domain"].any().mean()),
        "pairs_with_a_number": float(table["ln_ic50"].notna().mean()),
        "pairs_shown": float((notes == "").mean()),
        "refused_not_for_patients": float(notes.str.contains("not predicted for patients").mean()),
        "refused_unreliable": float(notes.str.contains("unreliable").mean()),
        "refused_no_gain": float(notes.str.contains("no number: without expression").mean()),
        "flagged_tissue_unknown": float(notes.str.contains("the tissue is unknown").mean()),
        "flagged_burden": float(notes.str.contains("more mutated genes").mean()),
    }


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


def domain() -> None:
    """Compare domain scores: shifted expression, held-out tissues, and parts of a profile, against held-out lines.

    The rival scores are those of principal components: the share of a sample off 40 of them, and the distance to
    the nearest centre of training lines. `found`: share beyond the limit that 1 % of held-out lines pass.
    """
    omics = read_folder(data())
    omics = omics.take([str(s) for s, known in omics.known("expr").items() if known])
    x = standardise(fit_blocks(omics, ["expr"], SEED).scalers["expr"], "expr", omics)
    rng = np.random.default_rng(SEED)
    offsets = rng.normal(0, 0.7, x.shape[1])
    shifts: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "noise of half a standard deviation": lambda z: z + 0.5 * rng.standard_normal(z.shape),
        "noise of one standard deviation": lambda z: z + rng.standard_normal(z.shape),
        "genes shuffled": lambda z: rng.permuted(z, axis=1),
        "an offset per gene (sd .7)": lambda z: z + offsets,
        "values times 1.5": lambda z: 1.5 * z,
        "half the genes unknown (should stay inside)": lambda z: np.where(rng.random(z.shape[1]) < 0.5, 0.0, z),
    }
    marks: dict[str, list[np.ndarray]] = {n: [] for n in ("held-out lines", *shifts, "held-out tissues")}
    for rows in line_folds(len(x), 5, SEED):
        marks_of = _domain_marks(np.delete(x, rows, axis=0))
        marks["held-out lines"].append(marks_of(x[rows]))
        for name, shift in shifts.items():
            marks[name].append(marks_of(shift(x[rows])))
    for rows in group_folds(omics.tissue, 5, SEED):
        marks["held-out tissues"].append(_domain_marks(np.delete(x, rows, axis=0))(x[rows]))
    usual = np.concatenate(marks.pop("held-out lines"))
    table = []
    for name, parts in marks.items():
        shifted = np.concatenate(parts)
        for score, (first, last) in {"autoencoder and neighbours": (0, 3), "components and centres": (3, 5)}.items():
            a, b = (_excess(m[:, first:last], usual[:, first:last]) for m in (usual, shifted))
            auroc = roc_auc_score(np.repeat([0, 1], [len(a), len(b)]), np.concatenate([a, b]))
            found = float((b > np.quantile(a, 0.99)).mean())
            table.append({"samples": name, "score": score, "auroc": auroc, "found": found})
    write_text_table(HERE / "response.domain.tsv", pd.DataFrame(table).round(3))


def _domain_marks(train: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function to five marks per row: three of the autoencoder, two of components."""
    fitted = fit_domain_without_limit(train, SEED)
    _, s, vt = np.linalg.svd(train, full_matrices=False)
    axes, scales = vt[:40].T, s[:40] / np.sqrt(len(train))
    centres, labels = kmeans2(train @ axes / scales, len(train) // 15, minit="++", seed=SEED)
    centres = centres[np.bincount(labels, minlength=len(centres)) >= 5]

    def marks(x: np.ndarray) -> np.ndarray:
        z, total = x @ axes, np.maximum((x**2).sum(axis=1), 1e-12)
        off = np.sqrt(np.maximum(total - (z**2).sum(axis=1), 0) / total)
        near = np.linalg.norm((z / scales)[:, None, :] - centres[None], axis=2).min(axis=1)
        return np.column_stack([fitted.raw_marks(x), off, near])

    return marks


def _excess(marks: np.ndarray, usual: np.ndarray) -> np.ndarray:
    return (np.maximum((marks - usual.mean(axis=0)) / usual.std(axis=0), 0) ** 2).sum(axis=1)


def main() -> None:
    """Run one part of the scoreboard."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["splits", "pairs", "hidden", "speed", "tumours", "domain"])
    parser.add_argument("--work", type=Path, default=Path("response-benchmark"))
    parser.add_argument("--config", type=Path)
    parser.add_argument("--model", default="response-gdsc-v1")
    args = parser.parse_args()
    parts = {
        "splits": lambda: splits(args.work, args.config),
        "pairs": lambda: pairs(args.model),
        "hidden": lambda: hidden(args.work),
        "speed": lambda: speed(args.model),
        "tumours": lambda: tumours(args.work, args.model),
        "domain": domain,
    }
    parts[args.part]()


if __name__ == "__main__":
    main()
