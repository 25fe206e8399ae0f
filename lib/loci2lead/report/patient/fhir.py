"""A FHIR R4 bundle after the HL7 Genomics Reporting guide, written and checked here.

Codes are LOINC's as the guide names them. The checks cover what a generic model lets through: value sets of
status and code, required elements, and references that point nowhere.
"""

import uuid
from typing import Any

from loci2lead.errors import Loci2leadError
from loci2lead.report.patient.build import Report
from loci2lead.report.patient.findings import Finding
from loci2lead.report.patient.regimens import Option
from loci2lead.report.patient.wording import citations, condition_words, line_words, outcome_words

LOINC, OBSERVATION = "http://loinc.org", "http://terminology.hl7.org/CodeSystem/observation-category"
GUIDE = "http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/"
NAMESPACE = uuid.UUID("6f6f2f4b-6b1c-5d4e-9d0a-0f3c5a1b2c3d")
REPORT_STATUS = frozenset({"registered", "partial", "preliminary", "final", "amended", "corrected", "appended"})
OBSERVATION_STATUS = frozenset({"registered", "preliminary", "final", "amended", "corrected", "cancelled", "unknown"})
_PRESENT = {"coding": [{"system": LOINC, "code": "LA9633-4", "display": "Present"}]}


def bundle(report: Report, date: str, provenance: dict[str, Any]) -> dict[str, Any]:
    """Return the bundle: patient (pseudonym), specimen, variants, implications and the report.

    Everything is "preliminary": a person has not signed it. Raises Loci2leadError if the own checks fail.
    """
    context = report.context
    entries: list[dict[str, Any]] = []
    patient = _add(entries, context.sample, "Patient", {"identifier": [_identifier(context.patient or context.sample)]})
    specimen = _add(
        entries, context.sample, "Specimen", {"identifier": [_identifier(context.sample)], "subject": patient}
    )
    base = {"status": "preliminary", "subject": patient, "specimen": specimen}
    reported = [f for f in report.findings if report.tiers[f.id].name != "III"]
    variants = {f.id: _add(entries, f"{context.sample}/{f.id}", "Observation", base | _variant(f)) for f in reported}
    implications = [
        _add(entries, f"{context.sample}/{number}", "Observation", base | _implication(option, variants), "implication")
        for number, option in enumerate(report.options)
        if option.near and option.finding in variants and option.outcome != "neutral"
    ]
    content: dict[str, Any] = {
        "meta": {"profile": [GUIDE + "genomic-report"]},
        "status": "preliminary",
        "category": [_coded("http://terminology.hl7.org/CodeSystem/v2-0074", "GE", "Genetics")],
        "code": _coded(LOINC, "51969-4", "Genetic analysis report"),
        "subject": patient,
        "specimen": [specimen],
        "result": [*variants.values(), *implications],
        "conclusion": " ".join([*report.page.alerts, *report.page.markers])
        or "No finding of tier I or II is reported.",
    }
    if date:
        content["effectiveDateTime"] = date
    _add(entries, context.sample, "DiagnosticReport", content)
    made = {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{_uuid(context.sample + 'bundle')}"},
        "meta": {
            "tag": [{"system": "urn:loci2lead", "code": "research-use-only", "display": _banner(context.simulated)}]
        },
        "entry": entries,
    }
    problems = check_bundle(made)
    if problems:
        raise Loci2leadError("The FHIR bundle is not valid", found="; ".join(problems[:5]))
    return made


def check_bundle(made: dict[str, Any]) -> list[str]:
    """Return what is wrong with a bundle: required elements, value sets, dangling or doubled references."""
    problems = []
    entries = made.get("entry", [])
    urls = [entry.get("fullUrl") for entry in entries]
    if made.get("resourceType") != "Bundle" or made.get("type") != "collection":
        problems.append("not a collection bundle")
    problems += [f"{url} stands twice" for url in dict.fromkeys(urls) if urls.count(url) > 1]
    for entry in entries:
        resource = entry.get("resource", {})
        name = f"{resource.get('resourceType')}/{resource.get('id')}"
        problems += [f"{name}: {problem}" for problem in _check_resource(resource)]
        problems += [f"{name}: {r} points nowhere" for r in _references(resource) if r not in urls]
    return problems


def _check_resource(resource: dict[str, Any]) -> list[str]:
    kind = resource.get("resourceType")
    required = {
        "Observation": ("status", "code", "subject", "category"),
        "DiagnosticReport": ("status", "code", "subject"),
        "Patient": ("identifier",),
        "Specimen": ("subject",),
    }
    if kind not in required:
        return [f"unknown resource {kind}"]
    problems = [f"{element} is missing" for element in required[kind] if not resource.get(element)]
    allowed = {"Observation": OBSERVATION_STATUS, "DiagnosticReport": REPORT_STATUS}.get(kind)
    if allowed and resource.get("status") not in allowed:
        problems.append(f"status {resource.get('status')!r} is not in the value set")
    for part in [resource.get("code"), *(c.get("code") for c in resource.get("component", []))]:
        if part is not None and not all(c.get("code") for c in part.get("coding", [])) and not part.get("text"):
            problems.append("a code without a value")
    return problems


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [r for part in value.values() for r in _references(part)]
    return [r for part in value for r in _references(part)] if isinstance(value, list) else []


def _add(
    entries: list[dict[str, Any]], name: str, kind: str, content: dict[str, Any], salt: str = ""
) -> dict[str, str]:
    """Append a resource with an id that depends on its names alone, and return the reference to it."""
    identity = _uuid(f"{kind}/{salt}/{name}")
    url = f"urn:uuid:{identity}"
    entries.append({"fullUrl": url, "resource": {"resourceType": kind, "id": identity, **content}})
    return {"reference": url}


def _uuid(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, name))


def _identifier(pseudonym: str) -> dict[str, str]:
    return {"system": "urn:loci2lead:pseudonym", "value": pseudonym}


def _coded(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _component(code: str, display: str, **value: Any) -> dict[str, Any]:
    return {"code": _coded(LOINC, code, display), **value}


def _variant(finding: Finding) -> dict[str, Any]:
    parts = [_component("48018-6", "Gene studied [ID]", valueCodeableConcept={"text": finding.gene})]
    if finding.hgvs_p:
        parts.append(_component("48005-3", "Amino acid change (pHGVS)", valueCodeableConcept={"text": finding.hgvs_p}))
    if finding.hgvs_c and finding.transcript:
        text = f"{finding.transcript}:{finding.hgvs_c}"
        parts.append(_component("48004-6", "DNA change (c.HGVS)", valueCodeableConcept={"text": text}))
    if finding.vaf is not None:
        quantity = {"value": round(finding.vaf, 4), "unit": "1", "system": "http://unitsofmeasure.org", "code": "1"}
        parts.append(_component("81258-6", "Sample variant allelic frequency [NFr]", valueQuantity=quantity))
    if finding.depth is not None:
        quantity = {"value": finding.depth, "unit": "reads", "system": "http://unitsofmeasure.org", "code": "1"}
        parts.append(_component("82121-5", "Allelic read depth", valueQuantity=quantity))
    return {
        "meta": {"profile": [GUIDE + "variant"]},
        "category": [_coded(OBSERVATION, "laboratory", "Laboratory")],
        "code": _coded(LOINC, "69548-6", "Genetic variant assessment"),
        "valueCodeableConcept": _PRESENT,
        "note": [{"text": finding.label}],
        "component": parts,
    }


def _implication(option: Option, variants: dict[str, dict[str, str]]) -> dict[str, Any]:
    words = "; ".join(w for w in (outcome_words(option), line_words(option), condition_words(option)) if w)
    parts = [
        _component("51963-7", "Medication assessed [ID]", valueCodeableConcept={"text": option.regimen}),
        _component("93044-6", "Level of evidence", valueCodeableConcept={"text": f"Tier {option.tier.shown}"}),
        {
            "code": _coded(
                "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs",
                "therapeutic-implication",
                "Therapeutic implication",
            ),
            "valueCodeableConcept": {"text": words},
        },
    ]
    return {
        "meta": {"profile": [GUIDE + "therapeutic-implication"]},
        "category": [_coded(OBSERVATION, "laboratory", "Laboratory")],
        "code": _coded(
            "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs",
            "therapeutic-implication",
            "Therapeutic Implication",
        ),
        "derivedFrom": [variants[option.finding]],
        "note": [{"text": citations(option, most=3)}],
        "component": parts,
    }


def _banner(simulated: bool) -> str:
    return "Research use only; not a medical device" + ("; simulated patient" if simulated else "")
