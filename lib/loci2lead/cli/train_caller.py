"""Train the germline caller on simulated reads of real haplotypes, and test it on regions it never saw.

A model that goes on from another one (`start` in the YAML) is written only where it is no worse on the tuning region.
Resumable: finished libraries and epochs are kept in the work folder until the model is written.
"""

import argparse
import logging
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--config", type=Path, required=True, help="YAML; paths in it are relative to LOCI2LEAD_DATA")
    parser.add_argument("--output", type=Path, required=True, help="weights to write (.pt); a JSON card goes beside")
    parser.add_argument("--work", type=Path, help="folder of intermediate files (default: <output>.work)")
    parser.add_argument("--keep-work", action="store_true", help="keep the work folder at the end")


def run(*, config: Path, output: Path, work: Path | None = None, keep_work: bool = False) -> None:
    """Make examples, train, tune, test, and write weights and card."""
    import shutil

    import torch

    from loci2lead.models.checkpoint import save_checkpoint
    from loci2lead.variants.features import FEATURES
    from loci2lead.variants.scorer import FOREST
    from loci2lead.variants.training import fit, fit_trees, gather, unsettled
    from loci2lead.variants.training_config import check_files, read_training_config
    from loci2lead.variants.training_report import make_card, measure_test
    from loci2lead.variants.tuning import refuse_worse, tune

    log = logging.getLogger(__name__)
    settings = read_training_config(config)
    check_files(settings.reference, settings.truth)
    folder = work or output.with_name(output.name + ".work")
    folder.mkdir(parents=True, exist_ok=True)
    examples = gather(settings, "train", folder)
    log.info("%d candidates, %d pileups", len(examples.labels), len(examples.image_row))
    forest = fit_trees(examples, settings)
    pictured = unsettled(examples, forest)
    log.info("%d pileups that the trees are not certain of", len(pictured.image_row))
    network = fit(pictured, settings, folder / "state.pt")
    judged = gather(settings, "tune", folder)
    tuned = tune(forest, network, judged, settings.noise_weight)
    log.info("tuning region: %s", tuned.figures)
    if settings.start:
        refuse_worse(tuned, settings.start, judged, settings.noise_weight)
    plain = {
        "features": list(FEATURES),
        "network": network.settings.plain(),
        **tuned.chosen,
    }
    trees = {k: torch.from_numpy(v) for k, v in forest.arrays(FOREST).items()}
    state = {**network.state_dict(), **trees}
    draft = folder / "draft.pt"
    save_checkpoint(draft, settings=plain, state=state, card={})
    figures = measure_test(settings, draft, folder)
    card = make_card(settings, config, pictured, tuned, figures)
    save_checkpoint(output, settings=plain, state=state, card=card)
    if not keep_work:
        shutil.rmtree(folder)


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
