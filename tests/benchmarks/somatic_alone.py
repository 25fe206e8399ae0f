"""Somatic calling of a tumour alone, with population frequencies and a panel of normals, both simulated.

    LOCI2LEAD_DATA=... python tests/benchmarks/somatic_alone.py --work DIR   # writes somatic_alone.tsv and calibration

Tumours of 60x over GRCh38 chr20 from 5 Mb on, of several purities, with losses and gains, damage, misplaced reads of
paralogs and systematic errors; 6 % of the donor's alleles are the tumour's own. The frequencies list 97 % of the
person's germline SNVs and 94 % of the indels, and 1 % of the somatic alleles as rare; the panel lists four fifths of
the systematic errors and of the paralogs' differences, and the germline alleles above 1 %. These shares are assumed.
Half of the somatic alleles lie on both chromosome copies, as half of the donor's do; in a tumour few would. The rows
"one copy" are without those: neither true nor false, where false calls stand against half as many true ones.

Recall is over shares from 10 %, precision over all that passes. A tumour has fewer somatic alleles per megabase than
these have: `precision_at_10_per_mb` is what the same recall and the same false calls per megabase make of ten.
The peers' calls are theirs (freebayes --pooled-continuous at its best QUAL; bcftools mpileup | call -mv), less all
that frequencies or panel list.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pysam
import pysam.bcftools
from somatic import (
    BANDS,
    QUALITIES,
    Line,
    TestSet,
    calibration,
    common_designs,
    f1_of,
    line_of,
    measure,
    named,
    once,
    plain_reference,
    pooled,
    slug,
    with_noise,
)

from loci2lead.io.bed import Intervals
from loci2lead.io.fasta import Reference
from loci2lead.models.metrics import wilson_interval
from loci2lead.seeds import derive_seed, generator
from loci2lead.variants.evaluate import KINDS, contig_fetch
from loci2lead.variants.haplotypes import Variant
from loci2lead.variants.matching import make_units
from loci2lead.variants.simulate import simulate_reads
from loci2lead.variants.somatic.simulation import PairDesign, PairTruth, draw_truth
from loci2lead.variants.truth_haplotypes import read_haplotypes

TABLE = Path(__file__).with_suffix(".tsv")
CALIBRATION = Path(__file__).with_suffix(".calibration.tsv")
COLUMNS = (
    *("set", "caller", "type", "truth", "found", "false", "false_germline", "recall", "recall_low", "recall_high"),
    *("precision", "precision_low", "precision_high", "somatic_per_mb", "precision_at_10_per_mb", "cpu_seconds"),
)
SHARES = (0.1, 1.01)
LISTED_SNVS, LISTED_INDELS, LISTED_SOMATIC, IN_PANEL = 0.97, 0.94, 0.01, 0.8
COMMON = 0.01
MODEL = os.environ.get("SOMATIC_MODEL", "variants-somatic-v1")
HEAD = '##fileformat=VCFv4.2\n{}##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">\n' + "\t".join(
    ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO\n"]
)


class AloneSet:
    """A simulated tumour, its truth, and the two resources of its region."""

    def __init__(self, data: Path, work: Path, number: int, design: PairDesign) -> None:
        path = data / "grch38.chr20_and_21_10M.fa.gz"
        self.reference, region = Reference(path), design.region
        truth = draw_truth(design, data / "HG002_GRCh38_v4.2.1.chr20_1-10M.vcf.gz", self.reference)
        self.germline = sorted({*truth.germline[0], *truth.germline[1]})
        stem = work / f"alone-{number}"
        bam = stem.with_suffix(".tumour.bam")
        self._simulate(design, truth, bam)
        rng = generator(design.seed, "resources")
        self.frequencies, self.panel = stem.with_suffix(".af.vcf.gz"), stem.with_suffix(".pon.vcf.gz")
        listed = self._frequencies(truth, rng)
        self._write(self.frequencies, listed)
        common = [(v, frequency) for v, frequency in listed if frequency >= COMMON]
        self._write(self.panel, [*common, *((v, 1.0) for v in self._artefacts(design) if rng.random() < IN_PANEL)])
        copies = read_haplotypes(
            data / "HG002_GRCh38_v4.2.1.chr20_1-10M.vcf.gz", region, generator(design.seed, "pair truth")
        )
        self.doubled = set(copies[0]) & set(copies[1])
        low, high = region.start + 600, region.end - 600
        lines = [((v.contig, v.position, v.ref, v.alt, 0.0), share) for v, share in sorted(truth.shares.items())]
        confident = Intervals({region.contig: [(low, high)]})
        where = f"{region.contig}:{low + 1}-{high}"
        self.part = TestSet("alone", bam, bam, path, where, confident, lines, (SHARES,))

    def _simulate(self, design: PairDesign, truth: PairTruth, bam: Path) -> None:
        region = design.region
        if not bam.with_name(bam.name + ".bai").exists():
            sequence = {region.contig: self.reference.fetch(region.contig, 0, self.reference.lengths[region.contig])}
            simulate_reads(
                sequence,
                list(truth.tumour),
                bam,
                depth=design.tumour_depth,
                seed=derive_seed(design.seed, "alone"),
                sample_name="tumour",
                regions=[region],
                library=design.tumour_library,
            )

    def _frequencies(self, truth: PairTruth, rng: np.random.Generator) -> list[tuple[Variant, float]]:
        listed = []
        for variant in self.germline:
            share = LISTED_SNVS if len(variant.ref) == len(variant.alt) else LISTED_INDELS
            if rng.random() < share:
                listed.append((variant, float(np.exp(rng.uniform(np.log(1e-4), np.log(0.9))))))
        rare = [v for v in sorted(truth.shares) if rng.random() < LISTED_SOMATIC]
        return [*listed, *((v, 1e-5) for v in rare)]

    def _artefacts(self, design: PairDesign) -> Iterator[Variant]:
        for site in design.tumour_library.systematic:
            ref = self.reference.fetch(site.contig, site.position, site.position + 1)
            yield Variant(site.contig, site.position, ref, site.base)
        for decoy in design.tumour_library.decoys:
            yield from decoy.variants

    def _write(self, path: Path, listed: list[tuple[Variant, float]]) -> None:
        contigs = "".join(f"##contig=<ID={n},length={x}>\n" for n, x in self.reference.lengths.items())
        rows = [f"{v.contig}\t{v.position + 1}\t.\t{v.ref}\t{v.alt}\t.\t.\tAF={f:.6g}\n" for v, f in sorted(listed)]
        with pysam.BGZFile(str(path), "w") as handle:
            handle.write((HEAD.format(contigs) + "".join(rows)).encode())
        pysam.tabix_index(str(path), preset="vcf", force=True)

    def keys(self, lines: list[Line]) -> list[tuple]:
        """Return the spelling of alleles by which they are compared."""
        fetch = contig_fetch(self.reference, self.part.region.split(":")[0])
        return [make_units(p, (r, a), (0, 1), fetch)[0].key for _, p, r, a, _ in lines]

    def unlisted(self, lines: list[Line]) -> list[Line]:
        """Return the calls that neither resource lists."""
        known: list[Line] = []
        for path in (self.frequencies, self.panel):
            with pysam.VariantFile(str(path)) as vcf:
                known += [line_of(r, alt) for r in vcf for alt in r.alts or ()]
        taken = set(self.keys(known))
        return [line for line, key in zip(lines, self.keys(lines), strict=True) if key not in taken]

    def of_one_copy(self, lines: list[Line]) -> tuple[TestSet, list[Line]]:
        """Return the test and calls without the somatic alleles that lie on both copies."""
        doubled = {(v.contig, v.position, v.ref, v.alt) for v in self.doubled}
        truth = [(line, share) for line, share in self.part.truth if line[:4] not in doubled]
        taken = set(self.keys([line for line, _ in self.part.truth if line[:4] in doubled]))
        kept = [line for line, key in zip(lines, self.keys(lines), strict=True) if key not in taken]
        return replace(self.part, truth=truth), kept

    def of_germline(self, lines: list[Line]) -> list[Line]:
        """Return the calls that are the person's germline."""
        inherited = set(self.keys([(v.contig, v.position, v.ref, v.alt, 0.0) for v in self.germline]))
        return [line for line, key in zip(lines, self.keys(lines), strict=True) if key in inherited]


def run_own(tumour: AloneSet, output: Path) -> tuple[list[Line], float]:
    """Run call-somatic without a normal; return its passing calls and CPU seconds."""
    part = tumour.part
    command = [sys.executable, "-m", "loci2lead", "call-somatic", "--tumor", str(part.tumour), "--model", MODEL]
    command += ["--reference", str(part.reference), "--regions", part.region, "--device", "cpu"]
    command += ["--population-frequencies", str(tumour.frequencies), "--panel-of-normals", str(tumour.panel)]
    seconds = measure([*command, "--output", str(output)])
    with pysam.VariantFile(str(output)) as vcf:
        return [line_of(r, alt) for r in vcf if "PASS" in r.filter for alt in r.alts or ()], seconds


def run_freebayes(tumour: AloneSet, output: Path) -> tuple[list[Line], float]:
    """Run freebayes on the tumour; return the calls that no resource lists."""
    part, raw = tumour.part, output.with_suffix(".raw.vcf")
    plain = plain_reference(part.reference, output.parent)
    bam = named(part.tumour, "tumour", output.parent)
    options = ["--pooled-continuous", "-F", "0.02", "-C", "3", "-r", part.region.replace("-", "..")]
    seconds = once(["freebayes", "-f", str(plain), *options, "-v", str(raw), str(bam)], raw)
    pysam.bcftools.norm("-f", str(plain), "-m", "-any", "-a", "-o", str(output), str(raw), catch_stdout=False)
    with pysam.VariantFile(str(output)) as vcf:
        lines = [line_of(r, alt) for r in vcf for alt in r.alts or () if set(alt) <= set("ACGT")]
    return tumour.unlisted(lines), seconds


def run_bcftools(tumour: AloneSet, output: Path) -> tuple[list[Line], float]:
    """Run bcftools on the tumour; return the calls that no resource lists."""
    part = tumour.part
    code = (
        "import sys, pysam.bcftools as b\n"
        "fasta, region, out, bam = sys.argv[1:]\n"
        "b.mpileup('-d', '2000', '-f', fasta, '-r', region, '-Ou', '-o', out + '.p', bam, catch_stdout=False)\n"
        "b.call('-mv', '-Ou', '-o', out + '.c', out + '.p', catch_stdout=False)\n"
        "b.norm('-f', fasta, '-m', '-any', '-Ov', '-o', out, out + '.c', catch_stdout=False)\n"
    )
    seconds = once(
        [sys.executable, "-c", code, str(part.reference), part.region, str(output), str(part.tumour)], output
    )
    with pysam.VariantFile(str(output)) as vcf:
        lines = [line_of(r, alt) for r in vcf for alt in r.alts or () if set(alt) <= set("ACGT")]
    return tumour.unlisted(lines), seconds


def rows_of(sets: list[AloneSet], work: Path) -> Iterator[str]:
    """Run all callers and yield the lines of the table."""
    parts = [s.part for s in sets]
    size = sum(high - low for p in parts for _, low, high in p.confident) / 1e6
    for caller, run in (("loci2lead", run_own), ("freebayes", run_freebayes), ("bcftools", run_bcftools)):
        suffix = ".vcf.gz" if caller == "loci2lead" else ".vcf"
        done = [run(s, work / f"alone-{i}.{slug(caller)}{suffix}") for i, s in enumerate(sets)]
        for kind in KINDS:
            options = [
                [[x for x in lines if x[4] >= q] for lines, _ in done]
                for q in (QUALITIES if caller == "freebayes" else (0,))
            ]
            counted = [(pooled(parts, calls, work)[kind], calls) for calls in options]
            own, calls = max(counted, key=lambda x: f1_of(x[0], SHARES))
            inherited = pooled(parts, [s.of_germline(lines) for s, lines in zip(sets, calls, strict=True)], work)[kind]
            seconds, germline = sum(c for _, c in done), inherited["false"] + inherited["right"]
            yield row(f"alone 60x, {size:.1f} Mb", size, caller, kind, own, germline, seconds)
            single = [s.of_one_copy(lines) for s, lines in zip(sets, calls, strict=True)]
            own = pooled([part for part, _ in single], [lines for _, lines in single], work)[kind]
            yield row(f"alone 60x, {size:.1f} Mb, one copy", size, caller, kind, own, germline, seconds)


def row(name: str, size: float, caller: str, kind: str, own: dict, germline: int, seconds: float) -> str:
    """Return one line of the table; `size` in megabases."""
    truth, found = own[SHARES]
    right, false = own["right"], own["false"]
    recall, precision = found / max(truth, 1), right / max(right + false, 1)
    at_ten = 10 * recall / max(10 * recall + false / size, 1e-9)
    numbers = [recall, *wilson_interval(found, truth), precision, *wilson_interval(right, right + false)]
    texts = [*(f"{n:.4f}" for n in numbers), f"{truth / size:.1f}", f"{at_ten:.4f}", f"{seconds:.1f}"]
    text = "\t".join([name, caller, kind, *map(str, (truth, found, false, germline)), *texts])
    print(text, flush=True)
    return text


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for reads and calls")
    parser.add_argument("--parts", type=int, default=6, help="how many of the tumours")
    parser.add_argument("--simulate-only", action="store_true", help="stop when the reads are made")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    data = Path(os.environ["LOCI2LEAD_DATA"]) / "variants" / "reference_and_truth"
    reference = Reference(data / "grch38.chr20_and_21_10M.fa.gz")
    designs = [with_noise(replace(d, somatic=0.06, seed=300 + i), reference) for i, d in enumerate(common_designs())][
        : arguments.parts
    ]
    sets = [AloneSet(data, arguments.work, number, design) for number, design in enumerate(designs)]
    if not arguments.simulate_only:
        TABLE.write_text("\n".join(["\t".join(COLUMNS), *rows_of(sets, arguments.work)]) + "\n")
        bands = calibration([[s.part for s in sets]], arguments.work)
        CALIBRATION.write_text("\n".join(["\t".join(BANDS), *bands]) + "\n")


if __name__ == "__main__":
    main()
