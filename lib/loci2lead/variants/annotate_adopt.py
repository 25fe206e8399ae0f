"""Takes an annotation that a VCF already carries over as it is, where there is no reference to make a better one."""

import logging
import re
import tempfile
from pathlib import Path

from loci2lead.io.tables import write_rejected
from loci2lead.io.vcf_text import read_lines, split_header, write_bgzipped
from loci2lead.provenance import describe, to_json
from loci2lead.variants import RESULTS_VERSION
from loci2lead.variants.annotate_intake import take_in
from loci2lead.variants.consequence_csq import run_bcftools

log = logging.getLogger(__name__)
_ANNOTATION = re.compile(r"##INFO=<ID=(CSQ|ANN|BCSQ),")


def existing_annotation(variants: str | Path) -> str | None:
    """Return CSQ, ANN or BCSQ where the header of a VCF declares one, else None."""
    found = {
        match.group(1) for line in split_header(read_lines(variants), variants)[0] if (match := _ANNOTATION.match(line))
    }
    return next((tag for tag in ("CSQ", "ANN", "BCSQ") if tag in found), None)


def adopt(
    variants: str | Path, output: str | Path, *, sample: str | None = None, sample_name: str | None = None
) -> int:
    """Write a VCF with its own annotation, header scrubbed, one sample kept, bad records set aside.

    Returns the number of records written. Raises InputError where the file as a whole cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="loci2lead-adopt-") as name:
        folder = Path(name)
        intake = take_in(variants, None, folder, sample=sample, sample_name=sample_name, drop=())
        source = intake.blind
        if not intake.is_sorted:
            source = folder / "sorted.vcf"
            run_bcftools("sort", "-T", str(folder / "sort"), "-Ov", "-o", str(source), str(intake.blind))
        provenance = describe(
            "annotate-variants",
            results_version=RESULTS_VERSION,
            inputs={"variants": variants},
            parameters={"annotation": "the file's own", "sample_chosen": sample is not None},
        )
        header = [
            "##fileformat=VCFv4.2",
            *intake.header,
            f"##loci2lead={to_json(provenance)}",
            "\t".join(intake.columns),
        ]
        records = [line for line in read_lines(source) if not line.startswith("#")]
        write_bgzipped(output, [*header, *records])
    write_rejected(output, intake.rejections)
    log.info("%d records with the annotation that the file carries; %d rejected", len(records), len(intake.rejections))
    return len(records)
