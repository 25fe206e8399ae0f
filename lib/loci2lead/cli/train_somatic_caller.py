"""Train the somatic caller on simulated pairs of tumour and normal.

Resumable: finished pairs are kept in the work folder until the model is written.
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
    """Make examples, train, tune, and write weights and card."""
    import shutil

    from loci2lead.models.checkpoint import save_checkpoint
    from loci2lead.variants.features import FEATURES
    from loci2lead.variants.somatic.card import make_card
    from loci2lead.variants.somatic.evidence import PAIR_FEATURES
    from loci2lead.variants.somatic.training import fit, gather
    from loci2lead.variants.somatic.training_config import read_somatic_config
    from loci2lead.variants.somatic.tuning import tune
    from loci2lead.variants.training_config import check_files

    log = logging.getLogger(__name__)
    settings = read_somatic_config(config)
    check_files(settings.reference, settings.truth)
    folder = work or output.with_name(output.name + ".work")
    folder.mkdir(parents=True, exist_ok=True)
    examples = gather(settings, "train", folder)
    log.info("%d candidate alleles", len(examples.label))
    networks = [fit(examples, settings, member) for member in range(settings.members)]
    tuned = tune(networks, gather(settings, "tune", folder))
    log.info("tuning region: %s", tuned.figures)
    save_checkpoint(
        output,
        settings={
            "features": list(FEATURES),
            "pair_features": list(PAIR_FEATURES),
            "network": networks[0].settings.plain(),
            "members": len(networks),
            "temperature": tuned.temperature,
            "threshold": tuned.threshold,
            "threshold_alone": tuned.threshold_alone,
        },
        state={f"{i}.{k}": v for i, network in enumerate(networks) for k, v in network.state_dict().items()},
        card=make_card(settings, config, examples, tuned),
    )
    if not keep_work:
        shutil.rmtree(folder)


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
