"""The JSON card of a somatic model: what it is for, data and hashes, command, figures and limits."""

from pathlib import Path
from typing import Any

import numpy as np

from loci2lead.provenance import sha256_of
from loci2lead.variants.somatic.training import PairExamples
from loci2lead.variants.somatic.training_config import SomaticTrainingConfig
from loci2lead.variants.somatic.tuning import Tuned


def make_card(config: SomaticTrainingConfig, config_file: Path, examples: PairExamples, tuned: Tuned) -> dict[str, Any]:
    """Return the card."""
    return {
        "name": "variants-somatic-v1",
        "purpose": "somatic SNVs and short indels from paired reads of a tumour, with its normal or alone; "
        "research use only",
        "licence": "Apache-2.0",
        "command": "loci2lead train-somatic-caller --config resources/training/variants-somatic.yaml --output MODEL.pt",
        "data": {
            "reads": "simulated by loci2lead: a donor's real alleles split into germline and somatic, several clones; "
            "no real read was used",
            "reference_sha256": sha256_of(config.reference),
            "truth_sha256": sha256_of(config.truth),
            "config_sha256": sha256_of(config_file),
            "train_region": [config.contig, *config.train_region],
            "tune_region": [config.contig, *config.tune_region],
            "pairs": config.pairs,
            "candidates": dict(
                zip(("noise", "germline", "somatic"), np.bincount(examples.label, minlength=3).tolist(), strict=True)
            ),
        },
        "seed": config.seed,
        "tuning": tuned.figures,
        "test": "tests/benchmarks/somatic.tsv",
        "limits": [
            "trained on simulated pairs only: no claim about real tumours is made; figures on simulated reads have "
            "the advantage of the same simulator",
            "of a tumour alone the network judges what is noise; germline and somatic are told apart by population "
            "frequencies, by the share of reads and by phase with inherited SNPs, which is less sure than a normal",
            "no claim about real tumours may be made from mixes: the real mix of two germlines tests real reads, not a "
            "tumour, and its truth lists two alleles that the background itself carries",
            "posteriors hold for the simulated frequencies of somatic, germline and artefact among candidates",
            "somatic alleles have the spectrum of a donor's germline alleles, not that of mutational processes",
        ],
    }
