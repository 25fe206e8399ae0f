"""Wrong input is refused with a message that names it, or counted; nothing is silently taken."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from loci2lead.errors import InputError
from loci2lead.response.compounds import Drug, excluded, identify, modalities, read_exclusions, same_drug
from loci2lead.response.extend import read_new_drugs
from loci2lead.response.genes import resolve
from loci2lead.response.omics import read_folder
from loci2lead.response.profiles import read_profiles
from loci2lead.response.tables import read_panel
from tests.response.drawn import GENES, Study, draw_profile, draw_study

Table = pd.DataFrame


def shifted(by: float) -> Callable[[Table], Table]:
    return lambda t: t.assign(ln_ic50=t["ln_ic50"] + by)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (shifted(np.log(1000)), "nM"),
        (lambda t: t.assign(ln_ic50=np.exp(t["ln_ic50"] + 2)), "without the logarithm"),
        (lambda t: t.drop(columns="ln_ic50"), "ln_ic50"),
        (lambda t: t.iloc[:0], "empty"),
    ],
    ids=["nanomolar", "no logarithm", "no column", "empty"],
)
def test_wrong_responses(study: Study, tmp_path: Path, change: Callable[[Table], Table], words: str) -> None:
    path = tmp_path / "response_x.parquet"
    change(pd.read_parquet(study.responses)).to_parquet(path)
    with pytest.raises(InputError, match=words):
        read_panel([path])


def test_repeated_pairs_are_averaged_and_counted(study: Study, tmp_path: Path) -> None:
    table = pd.read_parquet(study.responses)
    twice = pd.concat([table, table.iloc[:5].assign(ln_ic50=table["ln_ic50"].iloc[:5] + 1)])
    twice.to_parquet(tmp_path / "r.parquet")
    panel, plain = read_panel([tmp_path / "r.parquet"]), read_panel([study.responses])
    assert panel.counts["pairs_repeated"] == 5
    assert np.nansum(panel.y) == pytest.approx(np.nansum(plain.y) + 2.5)


def test_no_table_in_the_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No feature table"):
        read_folder(tmp_path)
    with pytest.raises(InputError, match="not found"):
        read_folder(tmp_path / "missing")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: (np.exp2(t.abs()) * 100).round(), "read counts"),
        (lambda t: t.abs() * 3, "not z-scores"),
        (lambda t: pd.concat([t, t.iloc[:1]]), "twice"),
        (lambda t: t.iloc[:0], "empty"),
    ],
    ids=["counts", "log TPM", "duplicated line", "empty"],
)
def test_wrong_expression_table(tmp_path: Path, change: Callable[[Table], Table], words: str) -> None:
    study = draw_study(tmp_path / "s", lines=30)
    path = study.folder / "expr_census706.parquet"
    change(pd.read_parquet(path)).to_parquet(path)
    with pytest.raises(InputError, match=words):
        read_folder(study.folder)


def test_duplicated_line_in_the_sheet(tmp_path: Path) -> None:
    study = draw_study(tmp_path / "s", lines=30)
    meta = pd.read_csv(study.folder / "lines.csv.gz")
    pd.concat([meta, meta.iloc[:1]]).to_csv(study.folder / "lines.csv.gz", index=False)
    with pytest.raises(InputError, match="L000"):
        read_folder(study.folder)


def test_all_zero_mutations_without_coverage_are_unknown(tmp_path: Path) -> None:
    study = draw_study(tmp_path / "s", lines=30)
    for name in ("mut_census706", "hotspot_mut2369"):
        table = pd.read_parquet(study.folder / f"{name}.parquet")
        table.iloc[3] = 0
        table.to_parquet(study.folder / f"{name}.parquet")
    omics = read_folder(study.folder)
    assert omics.frames["hot"].loc["L003"].isna().all() and "coverage is unknown" in omics.notes["L003"]
    assert omics.frames["hot"].loc["L004"].notna().all()


def test_all_zero_mutations_with_coverage_are_zero(tmp_path: Path) -> None:
    covered = draw_profile(tmp_path / "a.parquet", mutation_state="none", covered=True)
    unknown = draw_profile(tmp_path / "b.parquet", sample="T2", mutation_state="none", covered=None)
    omics = read_profiles([covered, unknown], GENES)
    assert (omics.frames["hot"].loc["T1"] == 0).all() and omics.frames["hot"].loc["T2"].isna().all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"log2_tpm": np.arange(len(GENES)) * 40.0}, "TPM without the logarithm"),
        ({"log2_tpm": -1.0}, "negative"),
        ({"copies_relative": 2.0}, "relative to diploid"),
        ({"copies_relative": -1.0}, "relative to diploid"),
        ({"mutation_state": "activating"}, "Unknown mutation state"),
        ({"oncotree": "NOSUCH"}, "Unknown OncoTree code"),
        ({"gene": "TP53"}, "twice"),
    ],
    ids=["tpm", "z-scores", "absolute copies", "negative copies", "state", "code", "gene twice"],
)
def test_wrong_profile(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    path = draw_profile(tmp_path / "p.parquet", **changes)
    with pytest.raises(InputError, match=words):
        read_profiles([path], GENES)


def test_counts_in_a_profile(tmp_path: Path) -> None:
    genes = [f"G{i}" for i in range(80)]
    table = pd.concat([pd.read_parquet(draw_profile(tmp_path / "p.parquet")).iloc[:1]] * 80)
    table.assign(gene=genes, log2_tpm=np.arange(80.0) * 7).to_parquet(tmp_path / "q.parquet", index=False)
    with pytest.raises(InputError, match="read counts"):
        read_profiles([tmp_path / "q.parquet"], genes)


def test_empty_profile_and_a_sample_in_two_files(tmp_path: Path) -> None:
    path = draw_profile(tmp_path / "p.parquet")
    pd.read_parquet(path).iloc[:0].to_parquet(tmp_path / "empty.parquet")
    with pytest.raises(InputError, match="empty"):
        read_profiles([tmp_path / "empty.parquet"], GENES)
    with pytest.raises(InputError, match="two profiles"):
        read_profiles([path, draw_profile(tmp_path / "again.parquet")], GENES)


def test_old_gene_names_are_resolved() -> None:
    renamed, unknown = resolve(["MLL2", "her2", "NOGENE", "TP53"], ["KMT2D", "ERBB2", "TP53"])
    assert renamed == {"MLL2": "KMT2D", "her2": "ERBB2"} and unknown == ["NOGENE"]
    renamed, _ = resolve(["KMT2D"], ["MLL2"])
    assert renamed == {"KMT2D": "MLL2"}
    renamed, unknown = resolve(["MLL2", "KMT2D"], ["KMT2D"])
    assert renamed == {} and unknown == ["MLL2"]


def test_new_drugs_are_accepted_or_counted(tmp_path: Path) -> None:
    path = tmp_path / "drugs.csv"
    path.write_text(
        "drug,smiles,targets,pathway\nNewone,CCO,EGFR,\nBroken,C1CC,,\nNothing,,,\nKnown,,EGFR,\nNewone,CCN,,\n,CCO,,\nTargeted,,MEK1,\n"
    )
    drugs, rejected = read_new_drugs(path, [Drug("KNOWN", "KEY", "KEY")])
    assert [d.name for d in drugs] == ["Newone", "Targeted"]
    assert [(r.row, r.code) for r in rejected] == [
        (1, "invalid_smiles"), (2, "nothing_known"), (3, "known_drug"), (4, "known_drug"), (5, "no_name"),
    ]  # fmt: skip
    assert len(drugs) + len(rejected) == 7


def test_doxorubicin_is_not_epirubicin() -> None:
    same = "COc1cccc2c1C(=O)c1c(O)c3c(c(O)c1C2=O)C[C@@](O)(C(=O)CO)C[C@@H]3O[C@H]1C[C@H](N)[C@{}](O)[C@H](C)O1"
    a, b = (
        identify(Drug(n, "", "", same.format(x)), modalities()) for n, x in (("Doxorubicin", "H"), ("Epirubicin", "@H"))
    )
    assert a.key != b.key and a.compound == b.compound and not same_drug(a, b)


def test_exclusions_go_by_compound_key_and_name(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("# hidden\nAOJJSUZBOXZQNB\nNutlin 3a\n")
    words = read_exclusions(tmp_path / "x.txt")
    assert excluded(Drug("Epirubicin", "AOJJSUZBOXZQNB-VTZDEGQISA-N", "AOJJSUZBOXZQNB"), words)
    assert excluded(Drug("nutlin-3a", "K", "K"), words)
    assert not excluded(Drug("Gefitinib", "XGALLCVXEZPNRQ-UHFFFAOYSA-N", "XGALLCVXEZPNRQ"), words)
    with pytest.raises(InputError, match="File not found"):
        read_exclusions(tmp_path / "missing.txt")
