"""The FHIR bundle: valid to a generic model, and checked by us where such a model lets anything through."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loci2lead.report.evidence.sources import EvidenceFiles
from loci2lead.report.patient.fhir_checks import check_bundle
from loci2lead.report.patient.run import Request, make_report
from loci2lead.report.patient.settings import Settings
from tests.report.builders import Call, write_context, write_vcf

Bundle = dict[str, Any]
CALLS = [Call("BRAF", "p.Val600Glu", vaf=0.315), Call("KRAS", "p.Ala59Thr", vaf=0.1)]


def made_in(folder: Path, calls: list[Call] = CALLS, **context: Any) -> Bundle:
    inputs = folder / "inputs"
    inputs.mkdir()
    write_vcf(inputs / "annotated.vcf.gz", calls)
    write_context(inputs / "context.json", **context)
    settings = Settings(report_date="2026-11-24", formats=("fhir",))
    make_report(Request("S1", inputs, None, EvidenceFiles(demo=True), settings, None, None), folder / "out")
    assert [p.name for p in (folder / "out").iterdir()] == ["report.fhir.json"]
    bundle: Bundle = json.loads((folder / "out" / "report.fhir.json").read_text())
    return bundle


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return made_in(tmp_path_factory.mktemp("fhir"))


def of(bundle: Bundle, kind: str, code: str = "") -> Bundle:
    for entry in bundle["entry"]:
        resource: Bundle = entry["resource"]
        codes = [c["code"] for c in resource.get("code", {}).get("coding", [])]
        if resource["resourceType"] == kind and (not code or code in codes):
            return resource
    raise AssertionError(kind)


def variant(bundle: Bundle) -> Bundle:
    return of(bundle, "Observation", "69548-6")


def implication(bundle: Bundle) -> Bundle:
    return of(bundle, "Observation", "therapeutic-implication")


def part(resource: Bundle, code: str) -> Bundle:
    found: Bundle = next(p for p in resource["component"] if p["code"]["coding"][0]["code"] == code)
    return found


def gene(bundle: Bundle) -> Bundle:
    return part(variant(bundle), "48018-6")


def fraction(bundle: Bundle) -> Bundle:
    quantity: Bundle = part(variant(bundle), "81258-6")["valueQuantity"]
    return quantity


def drug(bundle: Bundle) -> Bundle:
    return part(implication(bundle), "51963-7")


def test_our_bundles_hold_report_variants_and_implications(good: Bundle) -> None:
    assert check_bundle(good) == []
    assert part(variant(good), "48002-0")["valueCodeableConcept"]["coding"][0]["display"] == "Somatic"
    assert implication(good)["derivedFrom"]


@pytest.mark.parametrize("context", [{"consent_somatic": False}, {"type": "germline", "consent_germline": True}])
def test_a_bundle_with_nothing_to_say_or_of_a_germline_sample_is_valid(tmp_path: Path, context: Bundle) -> None:
    assert check_bundle(made_in(tmp_path, [], **context)) == []


def test_mixed_origins_name_no_source_class(tmp_path: Path) -> None:
    bundle = made_in(tmp_path, source="reads", germline_model_accepted=True)
    assert check_bundle(bundle) == []
    assert "48002-0" not in json.dumps(bundle)


BREAKAGES: dict[str, tuple[str, Callable[[Bundle], object]]] = {
    "bogus report status": ("status 'bogus'", lambda b: of(b, "DiagnosticReport").update(status="bogus")),
    "bogus variant status": ("status 'done'", lambda b: variant(b).update(status="done")),
    "no status": ("status is missing", lambda b: implication(b).pop("status")),
    "no code": ("code is missing", lambda b: variant(b).pop("code")),
    "other code": ("none of the guide's", lambda b: variant(b)["code"]["coding"][0].update(code="1-1")),
    "code without system": ("none of the guide's", lambda b: variant(b)["code"]["coding"][0].pop("system")),
    "no category": ("category is missing", lambda b: variant(b).pop("category")),
    "one category": ("category GE is missing", lambda b: variant(b)["category"].pop(1)),
    "no profile": ("profile genomic-report", lambda b: of(b, "DiagnosticReport")["meta"].update(profile=["x"])),
    "assessment": (
        "the assessment is not in",
        lambda b: variant(b)["valueCodeableConcept"]["coding"][0].update(code="LA1-1"),
    ),
    "source class": (
        "the source class is not in",
        lambda b: part(variant(b), "48002-0")["valueCodeableConcept"]["coding"][0].update(code="LA1-1"),
    ),
    "component code": (
        "a component's code",
        lambda b: part(variant(b), "48018-6")["code"]["coding"][0].update(code="x"),
    ),
    "component of another kind": (
        "component 48018-6 holds",
        lambda b: part(variant(b), "48018-6").update(valueString="x"),
    ),
    "fraction above one": (
        "fraction is above 1",
        lambda b: fraction(b).update(value=31.5),
    ),
    "fraction as text": ("is no number", lambda b: fraction(b).update(value="0.3")),
    "unit": ("not UCUM", lambda b: part(variant(b), "82121-5")["valueQuantity"].update(system="mine")),
    "empty concept": (
        "neither a code nor a text",
        lambda b: drug(b).update(valueCodeableConcept={}),
    ),
    "not derived": ("derived from no variant", lambda b: implication(b).pop("derivedFrom")),
    "dangling": ("subject points nowhere", lambda b: variant(b).update(subject={"reference": "urn:uuid:0"})),
    "wrong target": (
        "derivedFrom points to a Patient",
        lambda b: implication(b).update(derivedFrom=[variant(b)["subject"]]),
    ),
    "doubled": ("stands twice", lambda b: b["entry"].append(b["entry"][0])),
    "no patient": ("0 Patient", lambda b: b["entry"].pop(0)),
    "unknown resource": ("unknown resource", lambda b: of(b, "Specimen").update(resourceType="Spoon")),
    "message": ("not a collection", lambda b: b.update(type="message")),
    "date": ("is no date", lambda b: of(b, "DiagnosticReport").update(effectiveDateTime="24 November")),
    "name": ("name may not be there", lambda b: of(b, "Patient").update(name=[{"family": "Doe"}])),
    "birth date": ("birthDate may not be there", lambda b: of(b, "Patient").update(birthDate="1950-01-01")),
    "empty text": ("an empty text", lambda b: variant(b)["note"][0].update(text=" ")),
    "empty list": ("an empty list", lambda b: of(b, "DiagnosticReport").update(result=[])),
    "id": ("fullUrl and id differ", lambda b: variant(b).update(id="x")),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_the_checks_find_a_spoilt_bundle(good: Bundle, name: str) -> None:
    bundle = copy.deepcopy(good)
    words, spoil = BREAKAGES[name]
    spoil(bundle)
    assert any(words in problem for problem in check_bundle(bundle)), check_bundle(bundle)


def test_a_generic_model_reads_the_bundle_but_lets_a_bogus_status_through(good: Bundle) -> None:
    models = pytest.importorskip("fhir.resources.R4B.bundle")
    assert models.Bundle.model_validate(good).type == "collection"
    bogus = copy.deepcopy(good)
    of(bogus, "DiagnosticReport").update(status="bogus")
    assert models.Bundle.model_validate(bogus)  # the reason for our own checks
    assert check_bundle(bogus)
