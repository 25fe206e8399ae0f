"""From posteriors to VCF lines: filter, tumour and normal columns, what would have been seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.models.metrics import wilson_interval
from loci2lead.provenance import to_json
from loci2lead.variants.candidates import Allele
from loci2lead.variants.loci import Locus
from loci2lead.variants.somatic.evidence import Counted, Judged, count
from loci2lead.variants.somatic.likelihoods import SHARES, Evidence, mixture
from loci2lead.variants.somatic.visible import smallest_share

NOISE, GERMLINE, SOMATIC = 0, 1, 2
FORMAT = "GT:GQ:DP:AD:VAF:PL:VAF_LOW:VAF_HIGH:MINVAF"
# How germline alleles are told apart: by the normal, by population frequencies, or not at all.
REMOVED, WEIGHED, STANDING = "removed_by_normal", "weighed_by_population", "not_removed"
# Of a tumour alone with frequencies an allele passes that is so surely no noise, until germline is so much likelier
# than somatic: of a grid, the point of highest precision with a recall of 0.87 and more of SNVs and of indels, on
# 3.6 Mb of tuning tumours (SNVs 0.92 at a precision of 0.88, indels 0.89 at 0.67).
LEAST_REAL, MOST_GERMLINE = 0.8, 8.0
# Candidates judged noise are printed where something else had at least this chance.
_SHOWN = 0.05
_HIGHEST_PHRED = 99.0
_META = (
    '##FILTER=<ID=PASS,Description="Somatic">',
    '##FILTER=<ID=LowQual,Description="Somatic is likeliest or nearly so, but not surely enough">',
    '##FILTER=<ID=Germline,Description="Judged to be in the germline">',
    '##FILTER=<ID=Artefact,Description="Candidate judged to be an error of the library or of the alignment">',
    '##FILTER=<ID=RefCall,Description="Site was asked for and the allele is not there">',
    '##INFO=<ID=P_SOMATIC,Number=1,Type=Float,Description="Posterior probability of a somatic allele">',
    '##INFO=<ID=P_GERMLINE,Number=1,Type=Float,Description="Posterior probability of a germline allele">',
    '##INFO=<ID=P_ARTEFACT,Number=1,Type=Float,Description="Posterior probability that no cell has the allele">',
    '##INFO=<ID=FORCED,Number=0,Type=Flag,Description="Site was asked for with --force-sites">',
    '##INFO=<ID=GERMLINE_NOT_REMOVED,Number=0,Type=Flag,Description="No normal and no frequencies: may be germline">',
    '##INFO=<ID=PON,Number=0,Type=Flag,Description="Allele is in the given panel of normals">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype; 0/1 for any share of the allele">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Phred-scaled chance that the allele\'s origin is wrong">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Reads over the site that were used">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads that clearly favour each allele">',
    '##FORMAT=<ID=VAF,Number=A,Type=Float,Description="Share of the allele among the reads of AD">',
    '##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Phred-scaled likelihoods of none, some and all molecules">',
    '##FORMAT=<ID=VAF_LOW,Number=A,Type=Float,Description="Lower end of the 95 % Wilson interval of VAF">',
    '##FORMAT=<ID=VAF_HIGH,Number=A,Type=Float,Description="Upper end of the 95 % Wilson interval of VAF">',
    '##FORMAT=<ID=MINVAF,Number=1,Type=Float,Description="Least share seen with 95 % confidence at this depth">',
)


@dataclass(frozen=True)
class SomaticRecord:
    """One allele: 0-based `position`, REF and ALT as in VCF, posteriors of noise, germline and somatic."""

    contig: str
    position: int
    ref: str
    alt: str
    filter: str
    chances: tuple[float, float, float]
    tumour: str
    normal: str | None
    flags: tuple[str, ...] = field(default=())

    @property
    def sort_key(self) -> tuple:
        """Order within a contig."""
        return (self.position, len(self.ref), self.ref, self.alt)

    def line(self) -> str:
        """Return the record as a line of VCF."""
        names = ("P_ARTEFACT", "P_GERMLINE", "P_SOMATIC")
        info = [f"{name}={chance:.6f}" for name, chance in zip(names, self.chances, strict=True)]
        quality = f"{phred(1 - self.chances[SOMATIC]):.1f}"
        place = (self.contig, str(self.position + 1), ".", self.ref, self.alt, quality, self.filter)
        columns = [self.tumour] if self.normal is None else [self.tumour, self.normal]
        return "\t".join([*place, ";".join([*self.flags, *info]), FORMAT, *columns]) + "\n"


_POP_AF = '##INFO=<ID=POP_AF,Number=1,Type=Float,Description="Frequency of the allele in the given population file">'


def header(
    lengths: Mapping[str, int],
    samples: tuple[str, str | None],
    germline: str,
    provenance: Mapping[str, Any],
    frequencies: bool,
) -> str:
    """Return the header; `germline` says how germline alleles were told apart.

    POP_AF is declared only where `frequencies` were given: declared and empty means not in the population.
    """
    tumour, normal = samples
    lines = ["##fileformat=VCFv4.2", f"##loci2lead={to_json(provenance)}", f"##loci2lead_tumour_sample={tumour}"]
    lines += [f"##loci2lead_normal_sample={normal}"] if normal else []
    lines += [f"##loci2lead_germline={germline}", *_META, *([_POP_AF] if frequencies else [])]
    lines += [f"##contig=<ID={name},length={length}>" for name, length in lengths.items()]
    names = [tumour, normal] if normal else [tumour]
    lines.append("#" + "\t".join(["CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names]))
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Rule:
    """How an allele is judged: the chance from which it passes, how germline alleles are told apart (as in the
    header), whether it was asked for, and what INFO adds."""

    threshold: float
    germline: str
    forced: bool
    flags: tuple[str, ...] = ()


def make_record(
    contig: str, judged: Judged, chances: Sequence[float], rule: Rule, anchor_of: NDArray[np.uint8], start: int
) -> SomaticRecord | None:
    """Return the record of an allele, or None for noise nobody asked for.

    `anchor_of` holds reference codes from `start` on, for the base before an indel.
    """
    noise, germline, somatic = (float(c) for c in chances)
    shown = verdict(chances, rule.threshold)
    if rule.germline != REMOVED:
        least = LEAST_REAL if rule.germline == WEIGHED else rule.threshold
        shown = verdict((noise, 0.0, germline + somatic), least)
        if rule.germline == WEIGHED and shown in {"PASS", "LowQual"} and germline > MOST_GERMLINE * somatic:
            shown = "Germline"
    if shown == "Artefact" and noise > 1 - _SHOWN:
        if not rule.forced:
            return None
        shown = "RefCall"
    flags = [*(("FORCED",) if rule.forced else ()), *rule.flags]
    if rule.germline == STANDING and shown == "PASS":
        flags.append("GERMLINE_NOT_REMOVED")
    allele = judged.pair.tumour.alleles[judged.index]
    position, ref, alt = _spell(allele, "ACGTN"[anchor_of[max(allele.position - 1 - start, 0)]])
    tumour, normal = _columns(judged, shown, round(phred(1 - max(chances))))
    return SomaticRecord(contig, position, ref, alt, shown, (noise, germline, somatic), tumour, normal, tuple(flags))


def _columns(judged: Judged, shown: str, quality: int) -> tuple[str, str | None]:
    """Return the columns of tumour and normal; a germline allele has the normal's genotype in both."""
    pair, index = judged.pair, judged.index
    indel = pair.tumour.alleles[index].change != 0
    genotype = "0/0" if shown in {"RefCall", "Artefact"} else "0/1"
    if pair.normal is None or judged.normal is None:
        return _column(count(pair.tumour, index, pair.rivals), judged.tumour, genotype, quality, indel), None
    inherited = _normal_genotype(pair.normal, index) if shown == "Germline" else "0/0"
    own = inherited if shown == "Germline" else genotype
    return (
        _column(count(pair.tumour, index, pair.rivals), judged.tumour, own, quality, indel),
        _column(count(pair.normal, index, pair.rivals), judged.normal, inherited, quality, indel),
    )


def verdict(chances: Sequence[float], threshold: float) -> str:
    """Return the FILTER of posteriors (noise, germline, somatic)."""
    if chances[SOMATIC] >= threshold:
        return "PASS"
    likeliest = int(np.argmax(chances))
    if likeliest == SOMATIC or (likeliest == NOISE and chances[SOMATIC] >= threshold / 2):
        return "LowQual"
    return "Germline" if likeliest == GERMLINE else "Artefact"


def phred(chance: float) -> float:
    """Return −10 log10 of a chance, at most 99."""
    return min(-10 * log10(max(chance, 1e-10)), _HIGHEST_PHRED)


def _normal_genotype(locus: Locus, index: int) -> str:
    copies = int(locus.copies[index].argmin())
    return "1/1" if copies == 2 else "0/1"


def _column(counted: Counted, evidence: Evidence, genotype: str, quality: int, indel: bool) -> str:
    clear = counted.alternate + counted.other
    low, high = wilson_interval(counted.alternate, clear)
    logs = mixture(evidence.margin, evidence.weight, SHARES)
    costs = -10 * np.array([0.0, logs[1:-1].max(), logs[-1]])
    likelihoods = ",".join(str(min(round(c), 990)) for c in costs - costs.min())
    least = f"{smallest_share(counted.depth, indel):.4f}" if counted.depth else "."
    fields = (
        *(genotype, str(quality), str(counted.depth), f"{counted.other},{counted.alternate}"),
        *(f"{counted.share:.4f}", likelihoods, f"{low:.4f}", f"{high:.4f}", least),
    )
    return ":".join(fields)


def _spell(allele: Allele, anchor: str) -> tuple[int, str, str]:
    if allele.change == 0:
        return allele.position, allele.ref, allele.alt
    return allele.position - 1, anchor + allele.ref, anchor + allele.alt
