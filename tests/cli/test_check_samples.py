"""check-samples and the pair checks of call-somatic from the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from loci2lead.variants.haplotypes import Haplotype, Variant
from loci2lead.variants.simulate import simulate_reads
from tests.variants.drawn_reads import CONTIG, draw_sequence, other_base, write_fasta

LENGTH = 16_000


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return reads of person A (twice) and B, of 140 common places, and their reference."""
    folder = tmp_path_factory.mktemp("people")
    text = draw_sequence(LENGTH)
    files = {"reference": write_fasta(folder / "ref.fa", {CONTIG: text})}
    for seed, name in enumerate(("A1", "A2", "B1")):
        rng = np.random.default_rng(11 if name[0] == "A" else 12)
        copies: tuple[list[Variant], list[Variant]] = ([], [])
        for position in range(300, LENGTH - 300, 110):
            for copy in copies:
                if rng.random() < 0.5:
                    copy.append(Variant(CONTIG, position, text[position], other_base(text[position])))
        haplotypes = [Haplotype(0.5, copy) for copy in copies]
        bam = folder / f"{name}.bam"
        files[name] = simulate_reads({CONTIG: text}, haplotypes, bam, depth=25, seed=seed, sample_name=name)
    return files


def test_says_which_samples_match(run_cli, people: dict[str, Path], tmp_path: Path) -> None:
    output = tmp_path / "pairs.json"
    reads = [people[name] for name in ("A1", "A2", "B1")]
    code, _, err = run_cli("check-samples", "--reads", *reads, "--reference", people["reference"], "--output", output)
    assert code == 0, err
    found = {(p["first"], p["second"]): p["same_person"] for p in json.loads(output.read_text())["pairs"]}
    assert len(found) == 6
    for (first, second), same in found.items():
        assert same == (first[2] == second[2]), (first, second)


def test_a_normal_of_another_person_stops_the_run(run_cli, people: dict[str, Path], tmp_path: Path) -> None:
    output = tmp_path / "calls.vcf.gz"
    pair = ("--tumor", people["A1"], "--normal", people["B1"], "--reference", people["reference"])
    code, _, err = run_cli("call-somatic", *pair, "--output", output)
    assert code == 2
    assert "A1 and B1" in err and "not of the same person" in err
    assert not output.exists()
    code, _, err = run_cli("call-somatic", *pair, "--output", output, "--allow-mismatch")
    assert code == 0, err


def test_one_file_is_refused(run_cli, people: dict[str, Path], tmp_path: Path) -> None:
    code, _, err = run_cli(
        *("check-samples", "--reads", people["A1"], "--reference", people["reference"]),
        *("--output", tmp_path / "pairs.json"),
    )
    assert code == 2
    assert "two files" in err
