"""A tumour of 100,000 variants stays readable: page one as short as ever, the page small, the rest in tables."""

import json
import time
from pathlib import Path

import pytest

from loci2lead.report.evidence.sources import EvidenceFiles
from loci2lead.report.patient.page_one import MOST_WORDS
from loci2lead.report.patient.run import Request, make_report
from loci2lead.report.patient.settings import Settings
from loci2lead.seeds import generator
from tests.report.builders import Call, write_context, write_vcf

VARIANTS = 100_000
GENES = ("BRCA2", "APC", "PTEN", "MSH6", "ATM", "RNF43", "ARID1A")  # suppressors that MSI hits at repeats


def hypermutated() -> list[Call]:
    """Return BRAF V600E among passengers, a fifth of them frameshifts, some of those in tumour suppressors."""
    draws = generator(3, "hypermutated")
    fractions, shifts = draws.uniform(0.05, 0.5, VARIANTS), draws.random(VARIANTS) < 0.2
    calls = [Call("BRAF", "p.Val600Glu", vaf=0.3)]
    for i in range(1, VARIANTS):
        gene = GENES[i % 7] if i % 1000 < 7 else f"GENE{i % 15_000}"
        vaf = round(float(fractions[i]), 3)
        if shifts[i]:
            calls.append(Call(gene, f"p.Lys{i % 900 + 10}fs", "frameshift_variant", vaf=vaf, ref="AT", alt="A"))
        else:
            calls.append(Call(gene, f"p.Ala{i % 900 + 10}Thr", vaf=vaf))
    return calls


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_thousand_variants_stay_readable(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    write_vcf(inputs / "annotated.vcf.gz", hypermutated())
    write_context(inputs / "context.json", oncotree="COAD", msi="high")
    started = time.process_time()
    make_report(Request("S1", inputs, None, EvidenceFiles(demo=True), Settings(), None, None), tmp_path / "out")
    seconds = time.process_time() - started
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    page = content["page_one"]
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "out").iterdir()}
    print(f"\n{seconds:.1f} CPU s, {sizes}, {page['words']} words")
    assert page["words"] <= MOST_WORDS
    assert [f["label"] for f in page["findings"]] == ["BRAF V600E"]
    assert any("probable passengers" in note for note in page["notes"])
    certain = {f["certainty"] for f in content["findings"] if f["gene"] in GENES and (f["change"] or "").endswith("fs")}
    assert certain == {"probable passenger"}
    assert sizes["report.html"] < 1_000_000 and sizes["report.pdf"] < 1_000_000
    assert (tmp_path / "out" / "findings.tsv").read_bytes().count(b"\n") == VARIANTS + 1
    assert seconds < 90
