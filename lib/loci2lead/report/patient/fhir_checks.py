"""What must hold in a FHIR bundle of ours, and what a generic model lets through: value sets, units, targets.

The value sets are those that FHIR R4 and the HL7 Genomics Reporting guide require for report, variant and
implication. `fhir.resources` accepts any word as a status, any code, and references that point nowhere.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

REPORT_STATUS = frozenset(
    {
        *("registered", "partial", "preliminary", "final", "amended", "corrected", "appended"),
        *("cancelled", "entered-in-error", "unknown"),
    }
)
OBSERVATION_STATUS = frozenset(
    {
        *("registered", "preliminary", "final", "amended", "corrected"),
        *("cancelled", "entered-in-error", "unknown"),
    }
)
_LOINC, _TBD = "http://loinc.org", "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs"
_GUIDE = "http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/"
_LABORATORY = ("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory")
_GENETICS = ("http://terminology.hl7.org/CodeSystem/v2-0074", "GE")
# Observation: what each kind is coded as, and its profile.
_VARIANT, _IMPLICATION = (_LOINC, "69548-6"), (_TBD, "therapeutic-implication")
_PROFILES = {_VARIANT: "variant", _IMPLICATION: "therapeutic-implication", (_LOINC, "51969-4"): "genomic-report"}
_ASSESSMENT = {"LA9633-4", "LA9634-2"}  # of the answers to 69548-6 those that we may give: present, absent
_SOURCE_CLASS = {"LA6683-2", "LA6684-0"}  # likewise of 48002-0: germline, somatic
# Components by code: the kind of value that they hold.
_COMPONENTS = {
    **dict.fromkeys(
        [(_LOINC, c) for c in ("48018-6", "48005-3", "48004-6", "48002-0", "51963-7", "93044-6")],
        "valueCodeableConcept",
    ),
    **dict.fromkeys([(_LOINC, c) for c in ("81258-6", "82121-5")], "valueQuantity"),
    _IMPLICATION: "valueCodeableConcept",
}
_REQUIRED = {
    "Observation": ("id", "meta", "status", "category", "code", "subject", "specimen", "component"),
    "DiagnosticReport": ("id", "meta", "status", "category", "code", "subject", "specimen", "conclusion"),
    "Patient": ("id", "identifier"),
    "Specimen": ("id", "identifier", "subject"),
}
_ALLOWED = {
    "Patient": {"resourceType", "id", "identifier"},  # no name, no birth date, no address: a pseudonym alone
    "Specimen": {"resourceType", "id", "identifier", "subject"},
}
_TARGETS = {"subject": "Patient", "specimen": "Specimen", "result": "Observation", "derivedFrom": "Observation"}
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


def check_bundle(made: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a bundle, a sentence each; an empty list where all holds."""
    entries = made.get("entry", [])
    kinds = {entry.get("fullUrl"): entry.get("resource", {}).get("resourceType") for entry in entries}
    problems = [] if (made.get("resourceType"), made.get("type")) == ("Bundle", "collection") else ["not a collection"]
    if len(kinds) != len(entries):
        problems.append("a fullUrl stands twice")
    found = list(kinds.values())
    problems += [f"{found.count(k)} {k} resources" for k in ("Patient", "DiagnosticReport") if found.count(k) != 1]
    for entry in entries:
        resource = entry.get("resource", {})
        name = f"{resource.get('resourceType')}/{resource.get('id')}"
        if entry.get("fullUrl") != f"urn:uuid:{resource.get('id')}":
            problems.append(f"{name}: fullUrl and id differ")
        problems += [f"{name}: {problem}" for problem in _check_resource(resource, kinds)]
    return problems


def _check_resource(resource: Mapping[str, Any], kinds: Mapping[str, str]) -> list[str]:
    kind = resource.get("resourceType", "")
    if kind not in _REQUIRED:
        return [f"unknown resource {kind!r}"]
    problems = [f"{element} is missing" for element in _REQUIRED[kind] if not resource.get(element)]
    problems += [f"{element} may not be there" for element in sorted(set(resource) - _ALLOWED.get(kind, set(resource)))]
    problems += _check_references(resource, kinds) + _check_texts(resource)
    checks: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
        "Observation": _check_observation,
        "DiagnosticReport": _check_report,
    }
    return problems + (checks[kind](resource) if kind in checks else [])


def _check_report(resource: Mapping[str, Any]) -> list[str]:
    problems = _check_coded(resource, REPORT_STATUS, {(_LOINC, "51969-4")}, {_GENETICS})
    date = resource.get("effectiveDateTime")
    if date is not None and not _DATE.fullmatch(date):
        problems.append(f"effectiveDateTime {date!r} is no date")
    return problems


def _check_observation(resource: Mapping[str, Any]) -> list[str]:
    problems = _check_coded(resource, OBSERVATION_STATUS, {_VARIANT, _IMPLICATION}, {_LABORATORY, _GENETICS})
    codes = _codes(resource.get("code"))
    if _VARIANT in codes:
        problems += _among(resource.get("valueCodeableConcept"), _ASSESSMENT, "the assessment")
    if _IMPLICATION in codes and not resource.get("derivedFrom"):
        problems.append("an implication is derived from no variant")
    for part in resource.get("component", []):
        problems += _check_component(part)
    return problems


def _check_coded(
    resource: Mapping[str, Any],
    statuses: frozenset[str],
    codes: set[tuple[str, str]],
    categories: set[tuple[str, str]],
) -> list[str]:
    problems = []
    if resource.get("status") not in statuses:
        problems.append(f"status {resource.get('status')!r} is not in the value set")
    own = _codes(resource.get("code"))
    if not own & codes:
        problems.append("the code is none of the guide's")
    given = {code for category in resource.get("category", []) for code in _codes(category)}
    problems += [f"category {code} is missing" for _, code in sorted(categories - given)]
    profiles = resource.get("meta", {}).get("profile", [])
    problems += [
        f"profile {_PROFILES[c]} is not named" for c in own & set(_PROFILES) if _GUIDE + _PROFILES[c] not in profiles
    ]
    return problems


def _check_component(part: Mapping[str, Any]) -> list[str]:
    known = [code for code in _codes(part.get("code")) if code in _COMPONENTS]
    if not known:
        return ["a component's code is none of the guide's"]
    code = known[0][1]
    values = [key for key in part if key.startswith("value")]
    if values != [_COMPONENTS[known[0]]]:
        return [f"component {code} holds {values or 'no value'}"]
    if values == ["valueQuantity"]:
        return _check_quantity(part["valueQuantity"], code)
    concept = part["valueCodeableConcept"]
    if not concept.get("text") and not _codes(concept):
        return [f"component {code} has neither a code nor a text"]
    return _among(concept, _SOURCE_CLASS, "the source class") if code == "48002-0" else []


def _check_quantity(quantity: Mapping[str, Any], code: str) -> list[str]:
    value = quantity.get("value")
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        return [f"component {code}: value {value!r} is no number from 0"]
    if code == "81258-6" and value > 1:
        return ["an allele fraction is above 1"]
    if quantity.get("system") != "http://unitsofmeasure.org" or not quantity.get("code"):
        return [f"component {code}: the unit is not UCUM's"]
    return []


def _check_references(resource: Mapping[str, Any], kinds: Mapping[str, str]) -> list[str]:
    problems = []
    for element, kind in _TARGETS.items():
        value = resource.get(element, [])
        for reference in value if isinstance(value, list) else [value]:
            target = kinds.get(reference.get("reference"))
            if target is None:
                problems.append(f"{element} points nowhere")
            elif target != kind:
                problems.append(f"{element} points to a {target}")
    return problems


def _check_texts(value: Any) -> list[str]:
    """Return where a string, list or object is empty, which FHIR forbids."""
    if isinstance(value, Mapping):
        return [p for part in value.values() for p in _check_texts(part)] + ([] if value else ["an empty object"])
    if isinstance(value, list):
        return [p for part in value for p in _check_texts(part)] + ([] if value else ["an empty list"])
    return ["an empty text"] if isinstance(value, str) and not value.strip() else []


def _codes(concept: Mapping[str, Any] | None) -> set[tuple[str, str]]:
    codings = (concept or {}).get("coding", [])
    return {(c["system"], c["code"]) for c in codings if c.get("system") and c.get("code")}


def _among(concept: Mapping[str, Any] | None, allowed: set[str], what: str) -> list[str]:
    codes = {code for _, code in _codes(concept)}
    return [] if codes and codes <= allowed else [f"{what} is not in the value set"]
