"""Exposure margins from a table of peak plasma levels."""

from pathlib import Path

import numpy as np
import pytest

from loci2lead.errors import InputError
from loci2lead.molecules import exposure
from loci2lead.molecules.endpoints import Endpoint
from loci2lead.molecules.exposure import margins, read_cmax


def test_a_concentration_over_cmax(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"task": "regression", "direction": "lower", "assay": "", "dataset": "", "licence": ""}
    table = {
        name: Endpoint(name=name, unit=unit, commercial="yes", ranking=True, **words)
        for name, unit in (("block", "-log10(IC50 in mol/L)"), ("logd", "log D"))
    }
    monkeypatch.setattr(exposure, "endpoint_table", lambda: table)
    names = [("AAA", "one"), ("BBB", "two"), ("CCC", "three")]
    scores = {"block": np.array([6.0, 5.0, 4.0]), "logd": np.zeros(3)}
    found = margins(names, scores, {"aaa": 0.5, "two": 2.0})
    assert list(found) == ["cmax_um", "block_margin"]
    np.testing.assert_array_equal(found["cmax_um"], [0.5, 2.0, np.nan])
    np.testing.assert_allclose(found["block_margin"], [2.0, 5.0, np.nan], rtol=1e-9)


def test_a_shipped_endpoint_gives_a_margin() -> None:
    found = margins([("AAA", "one")], {"herg_pic50": [5.5], "herg": [0.4]}, {"one": 0.1})
    assert found["herg_pic50_margin"].tolist() == [pytest.approx(31.623)]
    assert "herg_margin" not in found, "a probability is no concentration"


def test_reading_the_table(tmp_path: Path) -> None:
    path = tmp_path / "cmax.csv"
    path.write_text("name,inchikey,cmax_um\nAspirin,BSYN,20\nnothing,,\n,RYYV,3\n")
    assert read_cmax(path) == {"aspirin": 20.0, "bsyn": 20.0, "ryyv": 3.0}


@pytest.mark.parametrize(
    "text", ["drug,cmax_um\na,1\n", "id,cmax_um\na,much\n", "id,cmax_um\na,-1\n", "id,level\na,1\n"]
)
def test_what_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cmax.csv"
    path.write_text(text)
    with pytest.raises(InputError):
        read_cmax(path)
