"""Atoms' contributions: the score's own change, equal for equivalent atoms, and where toxicophores are."""

import numpy as np
import pandas as pd
import pytest
import torch

from loci2lead.molecules.attribution import attribute, attribute_leads
from loci2lead.molecules.model import PropertyModel, load_model


@pytest.fixture(scope="module")
def model() -> PropertyModel:
    return load_model("molecules-properties-v1", torch.device("cpu"))


def test_the_nitro_group_speaks_for_mutagenicity(model: PropertyModel) -> None:
    (found,) = attribute("O=[N+]([O-])c1ccc(CCO)cc1", model, ["ames"])
    assert found.endpoint == "ames"
    assert len(found.atoms) == 12
    assert np.argmax(found.atoms) == 1, "the nitrogen of the nitro group"
    assert found.atoms[1] > found.atoms[7:10].max() + 0.5, "more than any atom of the alcohol"
    assert found.atoms[5] == found.atoms[10] or found.atoms[4] == found.atoms[11], "symmetric atoms are alike"


def test_symmetric_atoms_are_alike_whatever_the_order(model: PropertyModel) -> None:
    (benzene,) = attribute("c1ccccc1", model, ["herg"])
    assert len(set(benzene.atoms.tolist())) == 1
    (one,), (other,) = attribute("CCN", model, ["herg"]), attribute("NCC", model, ["herg"])
    np.testing.assert_array_equal(one.atoms, other.atoms[::-1])


def test_leads_that_are_ranked_low_and_not_picked_stay_out(model: PropertyModel) -> None:
    leads = pd.DataFrame(
        {
            "rank": [1, 2, 3],
            "picked": [False, False, True],
            "id": list("abc"),
            "canonical_smiles": ["CCO", "CCC", "[2H]C"],
        }
    )
    table = attribute_leads(leads, model, ["ames", "ld50_zhu"], top=1)
    assert table["rank"].tolist() == [1, 1, 3, 3]
    assert table["endpoint"].tolist() == ["ames", "ld50_zhu"] * 2
    assert table.loc[2, "atoms"] == [None, None], "a labelled hydrogen leaves nothing to ask"
