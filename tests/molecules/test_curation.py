"""The curation report counts what a hand count gives."""

import numpy as np
import pandas as pd

from loci2lead.molecules.curation import split_report, structures_report, target_report
from loci2lead.molecules.datasets import measured_molecules, row_values, standardise_table
from loci2lead.molecules.inputs import inputs_of
from loci2lead.molecules.splits import Split

SMILES = ["CCO", "OCC", "C1CC", "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CCN.Cl", "", "c1ccccc1CCCCO"]


def test_structures_are_counted() -> None:
    report = structures_report(standardise_table(SMILES))
    assert report["rows"] == 8
    assert report["rejected"] == {"empty": 1, "invalid_smiles": 1}
    assert report["codes"] == {"parent_fragment": 1}
    assert report["structures"] == 5
    assert report["compounds_whatever_the_stereochemistry"] == 4


def test_a_target_knows_its_censored_cells_and_conflicts() -> None:
    table = pd.DataFrame({"label": ["1", "0", "1", "1", None, "0", "1", "1"],
                          "ic50": ["5", "7", "1", ">10", " <= 3", "n/a", "2", "< 1"]})  # fmt: skip
    compounds = standardise_table(SMILES)
    values = row_values(table, ["label", "ic50"])
    _, member = measured_molecules(compounds, values, ["classification", "regression"])
    label = target_report(table["label"], values[:, 0], member, "label", "classification")
    assert label["measured"] == 5
    assert label["positives"] == 3
    assert label["empty"] == 1
    assert label["molecules_measured_again"] == 1
    assert label["molecules_with_conflicting_labels"] == 1
    ic50 = target_report(table["ic50"], values[:, 1], member, "ic50", "regression")
    assert ic50["censored_left_out"] == 3
    assert ic50["text_left_out"] == 1
    assert ic50["measured"] == 2
    assert ic50["quantiles_0_5_50_95_100"][2] == 6
    assert ic50["median_difference_of_repeats"] == 2
    assert ic50["repeats_differing_by_a_standard_deviation"] == 1


def test_units_come_from_the_endpoint_table() -> None:
    report = target_report(pd.Series(["1.5"]), np.array([1.5]), np.array([0]), "half_life_obach", "regression")
    assert report["unit"] == "h"
    nothing = target_report(pd.Series([""]), np.array([np.nan]), np.array([0]), "mine", "regression")
    assert nothing["unit"] == "as in the table"
    assert nothing["measured"] == 0


def test_a_split_tells_what_it_gives_away() -> None:
    compounds = standardise_table(SMILES)
    split = Split(np.array([0, 3]), np.array([], dtype=np.int64), np.array([1, 4, 7]))
    fingerprints = {part: inputs_of([compounds[i].mol for i in getattr(split, part)]).fingerprints
                    for part in ("train", "test")}  # fmt: skip
    report = split_report(compounds, split, {**fingerprints, "valid": fingerprints["test"][:0]})
    assert set(report) == {"test"}
    assert report["test"]["rows_with_a_training_inchikey"] == 1
    assert report["test"]["rows_with_a_training_inchikey_block"] == 2
    assert report["test"]["nearest_training_tanimoto_quantiles_0_25_50_75_100"][-1] == 1
    assert report["test"]["share_nearer_than_0.85"] == round(2 / 3, 4)
    assert report["test"]["share_farther_than_0.4"] == round(1 / 3, 4)
