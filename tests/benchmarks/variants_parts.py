"""What each part of the germline model is worth on libraries it never saw, seed by seed, and how well it is calibrated.

    LOCI2LEAD_DATA=... python tests/benchmarks/variants_parts.py --work DIR [--seeds 5] [--epochs 0 3 --rate 5e-4]
        [--libraries 10]

Writes variants.parts.tsv: errors of the likelihoods, the trees alone (LightGBM on features and likelihoods), the
network alone (after the trees have settled what is certain) and the shipped stack of both, on the same candidates of
test libraries drawn like the training ones over chr20 5 to 9.9 Mb. Paired counts are against the trees of the same
seed. SNPs whose likelihoods are misled by injected noise weigh .05, as in training. Then, for the shipped weights,
variants.calibration.tsv and variants.reliability.svg: stated against observed chance of being right, by type and
repeat context. DIR keeps libraries and epochs; the training libraries may be linked in from a train-caller work folder.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import loci2lead
from loci2lead.models.forest import Forest
from loci2lead.models.metrics import mcnemar_exact
from loci2lead.report.figures import OKABE_ITO, draw
from loci2lead.variants.features import FEATURES
from loci2lead.variants.scorer import Scorer
from loci2lead.variants.training import Examples, fit, fit_trees, gather, load_examples, natural_weights, unsettled
from loci2lead.variants.training_config import TrainingConfig, read_training_config
from loci2lead.variants.training_data import make_examples
from loci2lead.variants.tuning import cascade_errors, predict, tune

HERE = Path(__file__).parent
CONFIG = Path(loci2lead.__file__).parent / "resources" / "training" / "variants-germline.yaml"
BINS = 10
Errors = dict[str, NDArray[np.bool_]]


def test_examples(config: TrainingConfig, folder: Path, libraries: int) -> Examples:
    """Return candidates of libraries over the test region, made where they are not there yet."""
    drawn = replace(config, test_region=(5_000_000, 9_900_000))
    paths = [folder / f"test-{i:03d}.npz" for i in range(libraries)]
    for number, path in enumerate(paths):
        if not path.exists():
            make_examples(drawn, "test", number, path)
    return load_examples(paths)


def errors_of_seed(
    config: TrainingConfig, forest: Forest, folder: Path, train: Examples, tuning: Examples, test: Examples
) -> Errors:
    """Train a network with the config's seed beside the trees and return which test candidates each part gets wrong."""
    network = fit(unsettled(train, forest), config, folder / f"state-{config.seed}-{config.epochs}.pt")
    chosen = tune(forest, network, tuning, config.noise_weight).chosen
    found = predict(forest, network, test)
    trees = found.trees.argmax(axis=1) != test.labels
    chance = np.exp(found.trees - found.trees.max(axis=1, keepdims=True))
    is_open = 1 / chance.sum(axis=1) < chosen["settled"]
    stack = found.stack(test, chosen["network_share"])
    return {
        "likelihoods": test.costs.argmin(axis=1) != test.labels,
        "trees": trees,
        "network": cascade_errors(trees, is_open, found.network, test),
        "stack": cascade_errors(trees, is_open, stack, test),
    }


def rows_of_seed(config: TrainingConfig, errors: Errors, test: Examples) -> Iterator[str]:
    """Yield the lines of one seed, paired with its trees."""
    weights = natural_weights(test, config.noise_weight).numpy()
    for kind, mask in (("SNP", ~test.indel), ("INDEL", test.indel)):
        events = int((test.labels[mask] > 0).sum())
        for part, wrong in errors.items():
            here, trees = (int((mask & a & ~b).sum()) for a, b in ((wrong, errors["trees"]), (errors["trees"], wrong)))
            counts = [int((mask & wrong).sum()), f"{weights[mask & wrong].sum():.2f}", here, trees]
            paired = "" if part == "trees" else f"{mcnemar_exact(here, trees):.2g}"
            yield "\t".join(
                map(str, (config.seed, config.epochs, kind, part, int(mask.sum()), events, *counts, paired))
            )


def contexts(test: Examples) -> dict[str, NDArray[np.bool_]]:
    """Return the cells of calibration: type by repeat context."""
    columns = {name: test.features[:, FEATURES.index(name)] for name in ("unit_1", "unit_2", "unit_3", "tract_units")}
    run = (columns["unit_1"] > 0) & (columns["tract_units"] * 25 >= 6)
    repeat = (columns["unit_2"] + columns["unit_3"]) > 0
    kinds = {"SNP": ~test.indel, "INDEL": test.indel}
    places = {"homopolymer": run, "tandem_repeat": repeat & ~run, "other": ~run & ~repeat}
    return {f"{k} {p}": kinds[k] & places[p] for k in kinds for p in places}


def calibration(config: TrainingConfig, test: Examples) -> None:
    """Write table and plot of the shipped weights."""
    scorer = Scorer.load(device="cpu")
    chances, asked = scorer.settle(test.features, test.costs.astype(float))
    rows = test.image_row[asked[test.image_row]]
    images = test.images[asked[test.image_row]]
    chances[rows] = scorer.fused(images, test.features[rows], test.costs[rows].astype(float))
    stated, right = chances.max(axis=1), chances.argmax(axis=1) == test.labels
    weights = natural_weights(test, config.noise_weight).double().numpy()
    lines, curves = ["cell\tcandidates\terrors\tmean_stated\tobserved\tece"], {}
    for cell, mask in contexts(test).items():
        curve = reliability(stated[mask], right[mask], weights[mask])
        if not len(curve):
            continue
        curves[cell] = curve
        share = curve[:, 2] / curve[:, 2].sum()
        ece = float((share * np.abs(curve[:, 0] - curve[:, 1])).sum())
        values = [f"{float((share * curve[:, i]).sum()):.4f}" for i in (0, 1)]
        lines.append("\t".join([cell, str(int(mask.sum())), str(int((mask & ~right).sum())), *values, f"{ece:.4f}"]))
        print(lines[-1], flush=True)
    (HERE / "variants.calibration.tsv").write_text("\n".join(lines) + "\n")
    plot(curves).save(HERE / "variants.reliability.svg")


def reliability(stated: NDArray, right: NDArray, weights: NDArray) -> NDArray[np.float64]:
    """Return (mean stated chance, observed share, weight) of equally filled bins."""
    order = np.argsort(stated, kind="stable")
    parts = [p for p in np.array_split(order, BINS) if len(p)]
    return np.array(
        [[*(np.average(v[p], weights=weights[p]) for v in (stated, right)), weights[p].sum()] for p in parts]
    )


def plot(curves: dict[str, NDArray]):
    """Return the reliability plot in Phred, where the differences lie."""

    def paint(axes) -> None:
        for number, (cell, curve) in enumerate(curves.items()):
            phred = -10 * np.log10(np.clip(1 - curve[:, :2], 1e-4, 1))
            colour = list(OKABE_ITO.values())[1 + number % 7]
            axes.plot(phred[:, 0], phred[:, 1], marker="osD^v*"[number], color=colour, label=cell, linewidth=1)
        axes.plot([0, 40], [0, 40], color="grey", linestyle="--", linewidth=1)
        axes.set_xlabel("stated quality (Phred)")
        axes.set_ylabel("observed quality (Phred; 40 stands for 40 and more)")
        axes.legend(fontsize=7)

    words = (
        "Stated against observed chance of a right genotype on simulated test libraries, by type and repeat context."
    )
    return draw("reliability", paint, title="Reliability of the germline model", description=words, height=4.0)


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for libraries and training states; kept")
    parser.add_argument("--seeds", type=int, default=5, help="0: calibration only")
    parser.add_argument("--epochs", type=int, nargs="*", help="of each network, one or several (default: as shipped)")
    parser.add_argument("--rate", type=float, help="of learning, where there are epochs")
    parser.add_argument("--libraries", type=int, default=10, help="of the test region, half a megabase each")
    arguments = parser.parse_args()
    config = read_training_config(CONFIG)
    test = test_examples(config, arguments.work, arguments.libraries)
    lines = [
        "seed\tepochs\ttype\tpart\tcandidates\tevents\terrors\tweighted_errors\twrong_only_here\twrong_only_in_trees\tp_paired"
    ]
    if arguments.seeds:
        train, tuning = gather(config, "train", arguments.work), gather(config, "tune", arguments.work)
        for seed in range(config.seed, config.seed + arguments.seeds):
            forest = fit_trees(train, replace(config, seed=seed))
            for epochs in arguments.epochs or [config.epochs]:
                own = replace(config, seed=seed, epochs=epochs, learning_rate=arguments.rate or config.learning_rate)
                errors = errors_of_seed(own, forest, arguments.work, train, tuning, test)
                for line in rows_of_seed(own, errors, test):
                    print(line, flush=True)
                    lines.append(line)
            # After every seed, so that a run that is stopped leaves what it has measured.
            (HERE / "variants.parts.tsv").write_text("\n".join(lines) + "\n")
    calibration(config, test)


if __name__ == "__main__":
    main()
