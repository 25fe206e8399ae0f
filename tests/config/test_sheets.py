"""Sheets: every problem with its row and column, all at once; nothing identifying repeated; no heavy import."""

import subprocess
import sys
from pathlib import Path

import pytest

from loci2lead.config.oncotree import load_oncotree
from loci2lead.config.pseudonyms import identifier_kind, problem_with
from loci2lead.config.sheets import missing_files, read_libraries, read_samples
from loci2lead.errors import ConfigError

GOOD = {
    "patient": "P001",
    "sample": "P001-T",
    "type": "tumor",
    "variants": "a.vcf.gz",
    "build": "GRCh38",
    "oncotree": "COAD",
}


def write_sheet(path: Path, *rows: dict[str, str]) -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["\t".join(columns)] + ["\t".join(row.get(c, "") for c in columns) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def problems_of(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read_samples(path)
    return str(caught.value)


def test_a_full_row_is_read_into_types(tmp_path: Path) -> None:
    row = GOOD | {"her2": "positive", "er": "unknown", "pdl1": "55%", "line": "2", "stage": "iv"}
    row |= {"prior_therapies": "FOLFOX; bevacizumab", "consent_somatic": "yes", "simulated": "yes"}
    [sample] = read_samples(write_sheet(tmp_path / "s.tsv", row))
    assert (sample.her2, sample.er, sample.pdl1, sample.line, sample.stage) == ("positive", None, 55.0, 2, "IV")
    assert sample.prior_therapies == ("folfox", "bevacizumab")
    assert sample.consent_somatic and sample.simulated and not sample.consent_germline
    assert sample.source == "variants"


def test_empty_is_unknown_and_no_consent(tmp_path: Path) -> None:
    [sample] = read_samples(write_sheet(tmp_path / "s.tsv", GOOD))
    assert sample.prior_therapies is None and sample.mmr_ihc is None and sample.line is None
    assert not (sample.consent_somatic or sample.consent_germline or sample.consent_research)


def test_none_is_known_to_be_no_therapy(tmp_path: Path) -> None:
    [sample] = read_samples(write_sheet(tmp_path / "s.tsv", GOOD | {"prior_therapies": "none"}))
    assert sample.prior_therapies == ()


@pytest.mark.parametrize("spelling", ["COAD", "coad", "Colon Adenocarcinoma", "C4349", "DOID:234", "234"])
def test_the_tumour_type_is_one_code_in_every_spelling(tmp_path: Path, spelling: str) -> None:
    [sample] = read_samples(write_sheet(tmp_path / "s.tsv", GOOD | {"oncotree": spelling}))
    assert sample.oncotree == "COAD"


@pytest.mark.parametrize(
    ("change", "column", "expected"),
    [
        ({"her2": "maybe"}, "her2", "positive, negative, low, unknown"),
        ({"mmr_ihc": "lost"}, "mmr_ihc", "deficient"),
        ({"type": "tumour"}, "type", "germline, tumor, normal"),
        ({"build": "hg19"}, "build", "GRCh37"),
        ({"build": ""}, "build", "found: nothing"),
        ({"sex": "F"}, "sex", "female"),
        ({"oncotree": "COLN"}, "oncotree", "nearest"),
        ({"oncotree": ""}, "oncotree", "COAD"),
        ({"pdl1": "high"}, "pdl1", "0 to 100"),
        ({"pdl1": "101"}, "pdl1", "0 to 100"),
        ({"line": "0"}, "line", "number of the line"),
        ({"stage": "V"}, "stage", "III"),
        ({"consent_germline": "maybe"}, "consent_germline", "yes or no"),
        ({"reads": "a.bam"}, "reads", "exactly one source"),
        ({"variants": ""}, "reads", "none of them"),
        ({"variants": "", "fastq_1": "a.fq"}, "fastq_2", "both files"),
        ({"colour": "red"}, "colour", "unknown column"),
        ({"oncotre": "COAD"}, "oncotre", "did you mean oncotree?"),
        ({"er": "1"}, "er", "positive"),
        ({"pr": "neg"}, "pr", "negative"),
        ({"simulated": "true"}, "simulated", "yes or no"),
        ({"germline_model": "accept"}, "germline_model", "yes or no"),
        ({"patient": ""}, "patient", "pseudonym"),
        ({"sample": ""}, "sample", "pseudonym"),
    ],
)
def test_a_wrong_cell_names_row_column_value_and_remedy(
    tmp_path: Path, change: dict[str, str], column: str, expected: str
) -> None:
    message = problems_of(write_sheet(tmp_path / "s.tsv", GOOD | change))
    assert column in message and expected in message
    assert "s.tsv" in message and "to mend it" in message and ("row 1" in message or "header" in message)
    value = change.get(column)
    if value and column in GOOD | {"er": "", "pdl1": ""}:
        assert repr(value) in message


@pytest.mark.parametrize(
    ("change", "column", "expected"),
    [
        ({"library": "my library"}, "library", "letters, digits"),
        ({"library": ""}, "library", "letters, digits"),
        ({"path": ""}, "path", "the file of the library"),
        ({"simulated": "1"}, "simulated", "yes or no"),
        ({"smiles": "x"}, "smiles", "did you mean smiles_column?"),
    ],
)
def test_a_wrong_library_names_row_column_and_remedy(
    tmp_path: Path, change: dict[str, str], column: str, expected: str
) -> None:
    path = write_sheet(tmp_path / "l.tsv", {"library": "fda", "path": "fda.smi"} | change)
    with pytest.raises(ConfigError) as caught:
        read_libraries(path)
    message = str(caught.value)
    assert f"column {column}" in message or f"column {column!r}" in message
    assert expected in message and "to mend it" in message


IDENTIFYING = {
    "John Smith": "name",
    "Tremblay": "name",
    "marie_tremblay": "name",
    "TCGA-A6-2686-01A": "TCGA",
    "12345678": "record number",
    "MRN-0012": "record number",
    "TREM 1234 5678": "health card",
    "j.doe@example.org": "e-mail",
    "1984-03-02": "date",
    "19840302": "date",
    "02.03.1984": "date",
    "514-555-0199": "telephone",
    "123-45-6789": "social security",
    "H2X 1Y4": "postcode",
    "10.1.2.33": "IP address",
    "https://example.org/p1": "web address",
}


@pytest.mark.parametrize("column", ["patient", "sample"])
@pytest.mark.parametrize(("text", "kind"), IDENTIFYING.items())
def test_identifying_words_are_refused_and_not_repeated(tmp_path: Path, column: str, text: str, kind: str) -> None:
    message = problems_of(write_sheet(tmp_path / "s.tsv", GOOD | {column: text}))
    assert f"column {column}" in message and kind in message and "row 1" in message
    assert text not in message


@pytest.mark.parametrize("text", ["P001", "HG002", "NA12878", "T001-COAD", "demo-patient-1", "SRR1234567", "P0000123"])
def test_pseudonyms_pass(text: str) -> None:
    assert problem_with(text, needs_digit=True) is None


@pytest.mark.parametrize("text", ["tumour", "Tumor", "normal-b", "germline"])
def test_label_words_serve_as_sample_but_not_as_patient(text: str) -> None:
    assert problem_with(text, needs_digit=False) is None
    assert problem_with(text, needs_digit=True) is not None


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    second = {"patient": "Jane Doe", "her2": "perhaps", "colour": "red"}
    message = problems_of(write_sheet(tmp_path / "s.tsv", GOOD, GOOD | second))
    for part in ("row 2, column patient", "row 2, column her2", "'colour'", "same sample as in row 1"):
        assert part in message


def test_a_sheet_with_commas_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "s.tsv"
    path.write_text("patient,sample,type,build\nP1,S1,tumor,GRCh38\n")
    assert "tab separated" in problems_of(path)


@pytest.mark.parametrize("content", ["", "# only a comment\n", "patient\tsample\ttype\tbuild\n"])
def test_an_empty_sheet_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "s.tsv"
    path.write_text(content)
    assert "empty" in problems_of(path)


def test_a_missing_sheet_and_missing_files(tmp_path: Path) -> None:
    assert "not found" in problems_of(tmp_path / "absent.tsv")
    sheet = write_sheet(tmp_path / "s.tsv", GOOD, GOOD | {"sample": "P001-N", "targets": "t.bed"})
    with pytest.raises(ConfigError, match="3 problems"):
        missing_files(read_samples(sheet), sheet)


def test_libraries(tmp_path: Path) -> None:
    path = tmp_path / "l.tsv"
    path.write_text("library\tpath\tsmiles_column\nfda\tf.csv\tsmiles\n")
    [row] = read_libraries(path)
    assert (row.library, row.path, row.smiles_column, row.id_column) == ("fda", "f.csv", "smiles", "")
    path.write_text("library\tpath\nfda\tf.csv\nfda\t\n")
    with pytest.raises(ConfigError, match=r"(?s)row 2, column path.*same library as in row 1"):
        read_libraries(path)


def test_a_full_oncotree_table_adds_rare_types(tmp_path: Path) -> None:
    table = tmp_path / "oncotree.tsv"
    table.write_text("oncotree_code\tname\tparent\nRWDNET\tRectal Neuroendocrine Tumor\tGINET\n")
    sheet = write_sheet(tmp_path / "s.tsv", GOOD | {"oncotree": "RWDNET"})
    assert read_samples(sheet, oncotree_table=table)[0].oncotree == "RWDNET"
    assert "RWDNET" in problems_of(sheet)


def test_every_shipped_tumour_type_hangs_on_the_root() -> None:
    tree = load_oncotree()
    assert all(list(tree.lineage(code))[-1] == "TISSUE" for code in tree.nodes)
    assert tree.is_within("COAD", "COADREAD") and not tree.is_within("COADREAD", "COAD")


def test_a_public_accession_is_no_identifier() -> None:
    assert identifier_kind("SAMN12345678") is None


def test_reading_sheets_imports_nothing_heavy() -> None:
    code = "import sys, loci2lead.config.sheets; print('pandas' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
