"""The linter for the eighteen kinds of identifier of the HIPAA Safe Harbor list, and what must pass it."""

from pathlib import Path

import pytest

from loci2lead.config.pseudonyms import identifier_in, problem_with, problem_with_path
from loci2lead.config.sheets import read_samples
from loci2lead.errors import ConfigError

# 45 CFR 164.514(b)(2)(i), (A) to (R): the kind, and forms of it as they turn up in sheets and file names.
IDENTIFIERS = {
    "A names": ["John_Smith", "Marie-Tremblay", "Jean.Tremblay.2"],
    "B places": ["K1A 0B6", "K1A0B6", "90210-1234", "12-Main-Street", "221_Baker_St"],
    "C dates and high ages": ["1956-03-14", "19560314", "14-03-1956", "14Mar1956", "age93", "93yo"],
    "D telephone": ["613-555-0199", "(613) 555-0199", "+16135550199"],
    "E fax": ["1-613-555-0188"],
    "F e-mail": ["j.smith@example.org"],
    "G social security": ["078-05-1120", "046 454 286"],
    "H medical record": ["MRN4471839", "4471839", "dossier-55213"],
    "I health plan": ["RAMQ-12345", "TREM 5603 1412", "member#88123"],
    "J account": ["acct-55120987", "IBAN_GB33123", "claim 2210"],
    "K certificate or licence": ["NPI1234567893", "licence-A12345"],
    "L vehicle": ["1HGCM82633A004352", "plate-ABC1234"],
    "M device": ["serial-00412345", "IMEI490154203237518", "00:1a:2b:3c:4d:5e"],
    "N web address": ["https://example.org/p/7", "www.example.org"],
    "O internet address": ["192.168.10.44", "2001:0db8:85a3:0000:0000:8a2e:0370:7334"],
    "P biometric": ["fingerprint-7", "retina_scan_2"],
    "Q photograph": ["portrait7", "P7.jpg", "head.dcm"],
    "R other unique number": ["123e4567-e89b-12d3-a456-426614174000", "0000-0002-1825-0097", "TCGA-A6-2686-01A"],
}
FORMS = [(kind, form) for kind, forms in IDENTIFIERS.items() for form in forms]


def test_all_eighteen_kinds_are_there() -> None:
    assert [kind[0] for kind in IDENTIFIERS] == list("ABCDEFGHIJKLMNOPQR")


@pytest.mark.parametrize(("kind", "form"), FORMS)
def test_a_pseudonym_may_be_none_of_them(kind: str, form: str) -> None:
    problem = problem_with(form, needs_digit=True)
    assert problem and form not in problem, kind


@pytest.mark.parametrize(("kind", "form"), [f for f in FORMS if "/" not in f[1]])
def test_no_file_name_may_hold_one(kind: str, form: str) -> None:
    problem = problem_with_path(f"data/{form}.bam" if "." not in form[-5:] else f"data/{form}")
    assert problem and form not in problem, kind


@pytest.mark.parametrize(("kind", "form"), FORMS)
def test_no_sentence_may_hold_one(kind: str, form: str) -> None:
    assert identifier_in(f"seen in the tumour of {form}"), kind


@pytest.mark.parametrize(
    "path",
    [
        *("reads/P001.bam", "T001-COAD.grch37.vcf.gz", "SRR12345678_1.fastq.gz", "HG002.chr20_9950000_10150000.bam"),
        *("/home/marie/run7/P7.vcf.gz", "${DATA}/P7/tumour.bam", "NA12878.bam", "../P1/P1-T.md.cram", "S0000123.bam"),
        "C:\\Users\\john\\P7.bam".removeprefix("C:"),
    ],
)
def test_ordinary_file_names_pass(path: str) -> None:
    assert problem_with_path(path) is None


@pytest.mark.parametrize(
    "text",
    [
        "BRAF V600E confirmed by IHC (3+), PMID 26460303, EID 1234567",
        "no benefit after encorafenib + cetuximab; trial NCT04607421",
        "depth 412, VAF 0.31, chr7:140753336, NM_004333.6:c.1799T>A, level II-C since 2021",
    ],
)
def test_ordinary_remarks_pass(text: str) -> None:
    assert identifier_in(text) is None


HEADER = "patient\tsample\ttype\tvariants\tbuild\toncotree\tconsent_somatic\tstage\tprior_therapies\n"


def sheet(folder: Path, **changes: str) -> Path:
    cells = {"patient": "P1", "sample": "P1-T", "type": "tumor", "variants": "P1.vcf.gz", "build": "GRCh38"}
    cells |= {"oncotree": "COAD", "consent_somatic": "yes", "stage": "III", "prior_therapies": "none"} | changes
    path = folder / "samples.tsv"
    path.write_text(HEADER + "\t".join(cells.values()) + "\n")
    return path


@pytest.mark.parametrize("column", ["patient", "sample", "type", "variants", "build", "oncotree", "consent_somatic"])
@pytest.mark.parametrize("form", ["MRN4471839", "j.smith@example.org", "078-05-1120", "James1"])
def test_what_is_typed_into_a_wrong_cell_is_not_repeated(column: str, form: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_samples(sheet(tmp_path, **{column: form}))
    assert form not in str(caught.value) and "not repeated here" in str(caught.value)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://data.example.org/run-7/s1.bam", True),
        ("http://127.0.0.1:8000/s1.vcf.gz", True),
        ("s3://bucket/s1.cram", True),
        ("https://data.example.org/s1", False),
        ("https://data.example.org/run-7/miller.bam", False),
        ("https://data.example.org/s1.bam?token=abc", False),
        ("https://someone@data.example.org/s1.bam", False),
        ("https://data.example.org/1956-03-14/s1.bam", False),
        ("ftp://data.example.org/s1.bam", False),
        ("www.example.org/s1.bam", False),
    ],
)
def test_only_addresses_of_data_files_are_paths(address: str, allowed: bool) -> None:
    assert (problem_with_path(address) is None) == allowed


@pytest.mark.parametrize("column", ["stage", "prior_therapies"])
def test_free_cells_are_linted_too(column: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_samples(sheet(tmp_path, **{column: "seen 1956-03-14"}))
    assert "1956" not in str(caught.value)


def test_a_site_refuses_its_own_accession_numbers(tmp_path: Path) -> None:
    path = sheet(tmp_path, variants="runs/S24-01234.vcf.gz")
    assert read_samples(path)
    with pytest.raises(ConfigError, match="accession number of your site") as caught:
        read_samples(path, accession_patterns=[r"S\d{2}-\d{5}"])
    assert "S24" not in str(caught.value)
    with pytest.raises(ConfigError, match="accession_patterns"):
        read_samples(path, accession_patterns=["("])
