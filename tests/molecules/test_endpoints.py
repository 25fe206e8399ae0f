"""The endpoint table is complete, and speaks of the shipped model."""

import pytest

from loci2lead.models.checkpoint import load_checkpoint
from loci2lead.molecules.endpoints import CLASSIFICATION, REGRESSION, endpoint_table


def test_every_field_is_filled_with_known_words() -> None:
    for endpoint in endpoint_table().values():
        assert all([endpoint.unit, endpoint.assay, endpoint.dataset, endpoint.licence])
        assert endpoint.task in {CLASSIFICATION, REGRESSION}
        assert endpoint.direction in {"lower", "higher", "neither"}
        assert endpoint.commercial in {"yes", "no", "unknown"}


def test_clintox_never_ranks_and_tox21_says_in_vitro() -> None:
    table = endpoint_table()
    assert not table["CT_TOX"].ranking
    tox21 = [endpoint for endpoint in table.values() if endpoint.dataset.startswith("Tox21")]
    assert len(tox21) == 12
    assert all("in vitro" in endpoint.assay for endpoint in tox21)


@pytest.mark.parametrize("name", ["molecules-properties-v1", "molecules-fast-v1"])
def test_the_shipped_models_answer_what_the_table_lists(name: str) -> None:
    outputs = load_checkpoint(name).settings["outputs"]
    answers = {output["name"]: output["task"] for output in outputs if not output["helper"]}
    assert answers == {name: endpoint.task for name, endpoint in endpoint_table().items()}
