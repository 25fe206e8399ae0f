"""A FHIR R4 bundle after the HL7 Genomics Reporting guide (STU3); codes are LOINC's as the guide names them."""

import uuid
from typing import Any

from loci2lead.errors import Loci2leadError
from loci2lead.report.patient.build import Report
from loci2lead.report.patient.context import Context
from loci2lead.report.patient.fhir_checks import check_bundle
from loci2lead.report.patient.findings import Finding
from loci2lead.report.patient.regimens import Option
from loci2lead.report.patient.wording import citations, condition_words, line_words, outcome_words

LOINC, OBSERVATION = "http://loinc.org", "http://terminology.hl7.org/CodeSystem/observation-category"
GUIDE = "http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/"
NAMESPACE = uuid.UUID("6f6f2f4b-6b1c-5d4e-9d0a-0f3c5a1b2c3d")
UNITS, HGVS = "http://unitsofmeasure.org", "http://varnomen.hgvs.org"
_GENETICS = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "GE", "display": "Genetics"}]
}
_CATEGORY = [{"coding": [{"system": OBSERVATION, "code": "laboratory", "display": "Laboratory"}]}, _GENETICS]
_SOURCE_CLASS = {"somatic": ("LA6684-0", "Somatic"), "germline": ("LA6683-2", "Germline")}
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
    variants = {
        f.id: _add(entries, f"{context.sample}/{f.id}", "Observation", base | _variant(f, _origin(context)))
        for f in reported
    }
    implications = [
        _add(entries, f"{context.sample}/{number}", "Observation", base | _implication(option, variants), "implication")
        for number, option in enumerate(report.options)
        if option.near and option.finding in variants and option.outcome != "neutral"
    ]
    content: dict[str, Any] = {
        "meta": {"profile": [GUIDE + "genomic-report"]},
        "status": "preliminary",
        "category": [_GENETICS],
        "code": _coded(LOINC, "51969-4", "Genetic analysis report"),
        "subject": patient,
        "specimen": [specimen],
        "conclusion": " ".join([*report.page.alerts, *report.page.markers])
        or "No finding of tier I or II is reported.",
    }
    if variants:  # FHIR forbids empty lists
        content["result"] = [*variants.values(), *implications]
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


def _origin(context: Context) -> str:
    """Return "somatic" or "germline" where the caller told them apart, else ""."""
    if context.type != "tumor":
        return "germline"
    return "" if context.origin_unresolved else "somatic"


def _variant(finding: Finding, origin: str) -> dict[str, Any]:
    parts = [_component("48018-6", "Gene studied [ID]", valueCodeableConcept={"text": finding.gene})]
    if finding.hgvs_p:
        parts.append(_component("48005-3", "Amino acid change (pHGVS)", valueCodeableConcept={"text": finding.hgvs_p}))
    if finding.hgvs_c and finding.transcript:
        named = _coded(HGVS, f"{finding.transcript}:{finding.hgvs_c}", finding.hgvs_c)
        parts.append(_component("48004-6", "DNA change (c.HGVS)", valueCodeableConcept=named))
    if origin and finding.kind == "small":
        code, display = _SOURCE_CLASS[origin]
        parts.append(
            _component("48002-0", "Genomic source class [Type]", valueCodeableConcept=_coded(LOINC, code, display))
        )
    if finding.vaf is not None:
        quantity = {"value": round(finding.vaf, 4), "unit": "1", "system": UNITS, "code": "1"}
        parts.append(_component("81258-6", "Sample variant allelic frequency [NFr]", valueQuantity=quantity))
    if finding.depth is not None:
        quantity = {"value": finding.depth, "unit": "reads", "system": UNITS, "code": "1"}
        parts.append(_component("82121-5", "Allelic read depth", valueQuantity=quantity))
    return {
        "meta": {"profile": [GUIDE + "variant"]},
        "category": _CATEGORY,
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
        "category": _CATEGORY,
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
