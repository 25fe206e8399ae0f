"""Judge variant calls against a truth set, haplotype-aware and with the genotype.

Writes {"SNP": {...}, "INDEL": {...}} with truth, tp, fp, fn, precision, recall, f1 and 95 % Wilson
intervals, and the same by repeat context under "strata". Only records with FILTER PASS (or none) count.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--truth", type=Path, required=True, help="VCF of the truth")
    parser.add_argument("--calls", type=Path, required=True, help="VCF to judge")
    parser.add_argument("--confident", type=Path, required=True, help="BED inside which the truth is complete")
    parser.add_argument("--reference", type=Path, required=True, help="indexed FASTA")
    parser.add_argument("--output", type=Path, required=True, help="JSON to write")
    parser.add_argument("--errors", type=Path, help="also write a TSV of the sites that disagree")


def run(
    *, truth: Path, calls: Path, confident: Path, reference: Path, output: Path, errors: Path | None = None
) -> None:
    """Compare, and write the JSON (and the table of errors)."""
    from loci2lead.io.atomic import write_json, write_text
    from loci2lead.io.bed import read_bed
    from loci2lead.io.fasta import Reference
    from loci2lead.provenance import describe
    from loci2lead.variants import RESULTS_VERSION
    from loci2lead.variants.evaluate import evaluate, read_units

    genome, region = Reference(reference), read_bed(confident)
    expected = read_units(truth, region, genome)
    scores, wrong = evaluate(expected, read_units(calls, region, genome), genome)
    inputs = {"truth": truth, "calls": calls, "confident": confident, "reference": reference}
    scores["provenance"] = describe("evaluate-calls", results_version=RESULTS_VERSION, inputs=inputs)
    write_json(output, scores)
    if errors is not None:
        lines = ["contig\tposition\terror\ttype\tgenotype"]
        for contig, kind, unit in wrong:
            spelled = "/".join("ref" if a is None else f"{a[0] + 1}:{a[1] or '-'}>{a[2] or '-'}" for a in unit.alleles)
            lines.append(f"{contig}\t{unit.position + 1}\t{kind}\t{'SNP' if unit.is_snp else 'INDEL'}\t{spelled}")
        write_text(errors, "\n".join(lines) + "\n")


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
