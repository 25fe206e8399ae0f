"""CPU seconds from a variant file to every format of the report, for the two public tumours; writes report.tsv.

    LOCI2LEAD_DATA=... python tests/benchmarks/report.py

Annotation and report are processes of their own, as in the workflow. CPU seconds (user + system) are given, since
a shared machine's wall seconds say little; the bar is 60 s per tumour.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def cpu_seconds(*command: str) -> float:
    """Run a subcommand and return its user and system seconds, children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "loci2lead", *command], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    clinical = Path(os.environ["LOCI2LEAD_DATA"]) / "clinical"
    kb = clinical / "kb"
    evidence = ["--civic", kb / "civic_2018-05_predictive.tsv.gz"]
    evidence += ["--moalmanac-statements", kb / "moalmanac_regulatory_statements.tsv.gz"]
    evidence += ["--moalmanac-assertions", kb / "moalmanac_assertions.tsv.gz"]
    lines = ["tumour\tmmr_ihc\tfindings\twords_page_one\tcpu_s_annotate\tcpu_s_report\tcpu_s\tsame_bytes\tbar_60_s"]
    for name, mmr in (("COAD", None), ("COAD", "deficient"), ("BRCA", None)):
        with tempfile.TemporaryDirectory() as folder:
            lines.append(measure(Path(folder), clinical, name, mmr, list(map(str, evidence))))
    (HERE / "report.tsv").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def measure(folder: Path, clinical: Path, name: str, mmr: str | None, evidence: list[str]) -> str:
    """Make one tumour's report twice; return its row of the table."""
    sample = f"T001-{name}"
    context = {"patient": "T001", "sample": sample, "type": "tumor", "build": "GRCh37", "oncotree": name}
    context |= {"consent_somatic": True, "source": "variants", "mmr_ihc": mmr}
    (folder / "context.json").write_text(json.dumps(context))
    annotate = cpu_seconds(
        *("annotate-variants", "--variants", str(clinical / "pcgr_examples" / f"{sample}.grch37.vcf.gz")),
        *("--genes", str(clinical / "genemodel" / "refGene_canonical.GRCh37.gff3.gz")),
        *("--output", str(folder / "annotated.vcf.gz"), "--sample-name", sample),
    )
    command = ("report-patient", "--sample", sample, "--inputs", str(folder), "--report-date", "2026-11-24", *evidence)
    report = cpu_seconds(*command, "--output", str(folder / "one"))
    cpu_seconds(*command, "--output", str(folder / "two"))
    files = sorted(p.name for p in (folder / "one").iterdir())
    same = [n for n in files if (folder / "one" / n).read_bytes() == (folder / "two" / n).read_bytes()]
    content = json.loads((folder / "one" / "report.json").read_text())
    total = annotate + report
    cells = [sample, mmr or "unknown", content["counts"]["findings in genes"], content["page_one"]["words"]]
    cells += [
        f"{annotate:.1f}",
        f"{report:.1f}",
        f"{total:.1f}",
        f"{len(same)} of {len(files)} files",
        "met" if total < 60 else "missed",
    ]
    return "\t".join(map(str, cells))


if __name__ == "__main__":
    main()
