"""Recipes are read, checked, and turned into molecules with values."""

from pathlib import Path

import numpy as np
import pytest

from loci2lead.errors import InputError
from loci2lead.molecules.endpoints import endpoint_table
from loci2lead.molecules.members import TREES
from loci2lead.molecules.recipe import gather, plan_of, read_recipe

RECIPE = {
    "tables": [
        {"file": "wide.csv", "smiles": "smi", "task": "classification", "columns": ["a", "b"]},
        {
            "file": "long.csv",
            "smiles": "smiles",
            "task": "regression",
            "long": {"name": "what", "value": "y"},
            "columns": ["t1"],
            "scale": {"t1": "log10"},
        },
        {
            "file": "help.csv",
            "smiles": "smiles",
            "task": "regression",
            "where": {"kind": "x"},
            "columns": ["y"],
            "rename": {"y": "aid"},
            "helper": True,
        },
    ],
    "helpers": {"a": ["aid"]},
    "plan": {"members": 2, "network": None},
}


def test_tables_meet_in_molecules(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text("smi,a,b\nCCO,1,\nCC,0,1\n")
    (tmp_path / "long.csv").write_text("smiles,what,y\nOCC,t1,10\nCCC,t1,1000\nCCC,other,5\n")
    (tmp_path / "help.csv").write_text("smiles,kind,y\nCCO,x,2\nCCO,z,9\nC1CC,x,1\n")
    gathered = gather(RECIPE, tmp_path)
    measured = dict(zip(gathered.measured.keys, gathered.measured.values, strict=True))
    assert set(measured) == {"CCO", "CC", "CCC"}
    np.testing.assert_array_equal(measured["CCO"], [1, np.nan, 10, 2])
    np.testing.assert_array_equal(measured["CC"], [0, 1, np.nan, np.nan])
    np.testing.assert_array_equal(measured["CCC"], [np.nan, np.nan, 1000, np.nan])
    assert [(o.name, o.helper, o.scale.kind) for o in gathered.outputs] == [
        ("a", False, "plain"),
        ("b", False, "plain"),
        ("t1", False, "log10"),
        ("aid", True, "plain"),
    ]
    assert gathered.plan.network is None
    assert gathered.plan.helpers == {"a": ["aid"]}
    wide = gathered.curation["table_0_wide.csv"]
    assert wide["structures"]["rows"] == 3  # one row per measured value
    assert wide["targets"]["b"]["positives"] == 1
    assert gathered.curation["table_1_long.csv"]["targets"]["t1"]["quantiles_0_5_50_95_100"][::4] == [10, 1000]


def test_scaffold_folds_keep_a_scaffold_together(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text("smi,a,b\nc1ccccc1CC,1,\nc1ccccc1C(=O)O,0,1\nCC,0,1\nC1CC1CC,1,0\n")
    recipe = {"tables": RECIPE["tables"][:1], "folds": "scaffold"}
    measured = gather(recipe, tmp_path).measured
    groups = dict(zip(measured.keys, measured.groups, strict=True))
    assert groups == {"CCc1ccccc1": "c1ccccc1", "O=C(O)c1ccccc1": "c1ccccc1", "CC": "", "CCC1CC1": "C1CC1"}
    by_compound = gather({"tables": RECIPE["tables"][:1]}, tmp_path).measured
    assert len(set(by_compound.groups)) == 4


def test_a_plan_changes_only_the_tree_settings_it_names() -> None:
    trees = plan_of({"plan": {"trees": {"learning_rate": 0.5}}}).trees
    assert trees == {**TREES, "learning_rate": 0.5}


def test_the_shipped_recipe_makes_the_listed_endpoints() -> None:
    recipe = read_recipe("molecules")
    names = [
        table.get("rename", {}).get(name, name)
        for table in recipe["tables"]
        if not table.get("helper")
        for name in table["columns"]
    ]
    assert sorted(names) == sorted(endpoint_table())
    assert plan_of(recipe).members >= 2


def test_what_is_no_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Recipe not found"):
        read_recipe("nothing")
    (tmp_path / "x.yaml").write_text("- 1\n")
    with pytest.raises(InputError, match="Not a training recipe"):
        read_recipe(str(tmp_path / "x.yaml"))
    with pytest.raises(InputError, match="Unknown key"):
        plan_of({"plan": {"memberz": 3}})
