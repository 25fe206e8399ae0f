"""Writing calls: a bgzipped, tabix-indexed VCF that appears whole, valid also when there is nothing to call."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pysam

from loci2lead.io.atomic import atomic_path
from loci2lead.provenance import to_json
from loci2lead.variants.genotypes import Record

_FORMAT = "GT:GQ:DP:AD:VAF:PL"
_META = (
    '##FILTER=<ID=PASS,Description="All filters passed">',
    '##FILTER=<ID=LowQual,Description="A substitution is likelier than not, but not by enough">',
    '##FILTER=<ID=RefCall,Description="Candidate that was judged to be the reference">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="End of the reference block">',
    '##INFO=<ID=FORCED,Number=0,Type=Flag,Description="Site was asked for with --force-sites">',
    '##INFO=<ID=ALT_READS,Number=1,Type=Integer,Description="Reads that show the asked-for allele">',
    '##INFO=<ID=VAF_UPPER,Number=1,Type=Float,Description="Upper 95 % limit of the asked-for allele\'s share">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Phred-scaled chance that the genotype is wrong">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Reads over the site that were used">',
    '##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="Least depth in the reference block">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads that clearly favour each allele">',
    '##FORMAT=<ID=VAF,Number=A,Type=Float,Description="Share of each alternate allele among the reads of AD">',
    '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set: position of its first call; reads link its calls">',
    '##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Phred-scaled genotype posteriors relative to the best">',
)
# Beyond this length tabix cannot index; CSI can.
_TABIX_LIMIT = 1 << 29


def header(lengths: Mapping[str, int], sample: str, provenance: Mapping[str, Any], reference_blocks: bool) -> str:
    """Return the header lines, ending with the line of column names."""
    lines = ["##fileformat=VCFv4.2", f"##loci2lead={to_json(provenance)}", *_META]
    if reference_blocks:
        lines.append('##ALT=<ID=*,Description="Any other allele">')
    lines += [f"##contig=<ID={name},length={length}>" for name, length in lengths.items()]
    lines.append("#" + "\t".join(("CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", sample)))
    return "\n".join(lines) + "\n"


def line(record: Record) -> str:
    """Return a record as a line of VCF."""
    clear = sum(record.counts)
    shares = ",".join(f"{c / clear:.4f}" if clear else "0" for c in record.counts[1:])
    phased = record.phase_set is not None
    genotype = ("|" if phased else "/").join(map(str, record.genotype)) or "./."
    sample = (
        genotype,
        str(record.gq),
        str(record.depth),
        ",".join(map(str, record.counts)),
        shares,
        ",".join(map(str, record.likelihoods)),
        *([str(record.phase_set)] if phased else []),
    )
    fields = (
        record.contig,
        str(record.position + 1),
        ".",
        record.ref,
        ",".join(record.alts),
        f"{record.quality:.1f}",
        record.filter,
        record.info,
        f"{_FORMAT}:PS" if phased else _FORMAT,
        ":".join(sample),
    )
    return "\t".join(fields) + "\n"


@contextmanager
def open_vcf(path: str | Path, head: str, lengths: Mapping[str, int]) -> Iterator[Callable[[str], object]]:
    """Yield a function that writes text after the header; then index, and give file and index their names.

    Neither appears where writing fails.
    """
    path = Path(path)
    use_csi = max(lengths.values(), default=0) >= _TABIX_LIMIT
    suffix = ".csi" if use_csi else ".tbi"
    with atomic_path(path) as temporary:
        index = Path(f"{temporary}{suffix}")
        try:
            with pysam.BGZFile(str(temporary), "w", None) as handle:
                handle.write(head.encode())
                yield lambda text: handle.write(text.encode())
            pysam.tabix_index(str(temporary), preset="vcf", force=True, csi=use_csi, keep_original=True)
            index.replace(f"{path}{suffix}")
        finally:
            index.unlink(missing_ok=True)
