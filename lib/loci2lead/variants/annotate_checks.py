"""Checks the records of a VCF one by one, so that a bad one is set aside and the others go on."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pysam

from loci2lead.errors import InputError
from loci2lead.io.contigs import match_contigs
from loci2lead.io.vcf_text import TAG, contig_lengths

PLAIN = re.compile(r"[ACGTN]+")
IUPAC = re.compile(r"[ACGTNRYSWKMBDHV]+")
MISMATCH_SHARE = 0.2
MISMATCH_FLOOR = 5
"""A VCF where more than this share (and number) of records contradict the FASTA is of another genome build."""

LARGEST_POSITION = 1 << 29
"""The largest position that a .tbi index can hold; no human chromosome is longer."""

GENOTYPE = re.compile(r"[|/]?(\d+|\.)([|/](\d+|\.))*")
_FLOAT = r"([-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?nan|[-+]?inf|\.)"
NUMBERS = {
    "Integer": re.compile(r"(-?\d+|\.)(,(-?\d+|\.))*"),
    "Float": re.compile(rf"{_FLOAT}(,{_FLOAT})*", re.IGNORECASE),
}
FORMAT_TYPE = re.compile(r"##FORMAT=<ID=([^,]+),.*?Type=(\w+)")


CONTIG = re.compile(r"[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&*+./:;=?@^_|~-]*")
FIELD = re.compile(TAG)
FILTERS = re.compile(r"[^\s,;\"<>]+(;[^\s,;\"<>]+)*")


def _words_problem(parts: Sequence[str]) -> str:
    """Return which name in a record is not one that VCF allows, empty where all are."""
    info = [item.split("=", 1)[0] for item in parts[7].split(";") if item]
    tags = info if info != ["."] else []
    tags += parts[8].split(":") if len(parts) > 8 and parts[8] not in {"", "."} else []
    if not CONTIG.fullmatch(parts[0]):
        return f"contig name {parts[0][:20]!r}"
    if not FILTERS.fullmatch(parts[6]) or parts[6] == "0":
        return f"FILTER {parts[6][:20]!r}"
    bad = next((tag for tag in tags if not FIELD.fullmatch(tag)), None)
    return "" if bad is None else f"field name {bad[:20]!r}"


class RecordChecker:
    """Checks records one by one against the format and, where there is one, against the FASTA."""

    def __init__(
        self,
        fasta: pysam.FastaFile | None,
        lengths: Mapping[str, int],
        meta: Sequence[str],
        columns: Sequence[str],
        sample_column: int | None,
    ) -> None:
        """Prepare to check records; `lengths` are the FASTA's contigs, `meta` and `columns` the VCF's header."""
        self.fasta, self.lengths = fasta, lengths
        self.declared, self.width, self.sample_column = contig_lengths(meta), len(columns), sample_column
        typed = (FORMAT_TYPE.match(line) for line in meta)
        self.types = {found.group(1): found.group(2) for found in typed if found}
        self.names: dict[str, str] = {}
        self.confirmed = False
        self.mismatches = self.compared = 0
        self.contigs: set[str] = set()

    def check(self, parts: list[str]) -> tuple[str, str]:
        """Return a reason's code and words, both empty for a record that can be used."""
        self.confirmed = False
        if len(parts) != self.width:
            return "malformed_record", f"{len(parts)} columns, the header has {self.width}"
        if problem := _words_problem(parts):
            return "malformed_record", problem
        contig, position, ref, alts = parts[0], parts[1], parts[3].upper(), parts[4].upper().split(",")
        if not position.isdigit() or not 1 <= int(position) <= LARGEST_POSITION:
            return "malformed_record", f"position {position[:20]!r} is not a whole number from 1 to 2^29"
        if not PLAIN.fullmatch(ref):
            return "bad_bases", f"REF {ref[:20]!r} is not made of A, C, G, T, N"
        if any(not a or (IUPAC.fullmatch(a) and not PLAIN.fullmatch(a)) for a in alts):
            return "bad_bases", f"ALT {parts[4][:20]!r} holds ambiguous or no bases"
        if alts != ["."] and not any(PLAIN.fullmatch(a) for a in alts):
            return "symbolic_allele", f"ALT {parts[4][:20]!r}: structural and symbolic alleles are not annotated"
        if self.sample_column is not None and (problem := self._values_problem(parts)):
            return "malformed_record", problem
        return self._compare(contig, int(position) - 1, ref, alts)

    def _values_problem(self, parts: list[str]) -> str:
        """Return what is wrong with the sample's values, empty where nothing is: htslib stops at such a record."""
        keys, values = parts[8].split(":"), parts[self.sample_column or 0].split(":")
        if len(values) > len(keys):
            return f"{len(values)} values for {len(keys)} FORMAT fields"
        for key, value in zip(keys, values, strict=False):
            kind = GENOTYPE if key == "GT" else NUMBERS.get(self.types.get(key, ""))
            if kind is not None and not kind.fullmatch(value):
                return f"{key} {value[:20]!r} cannot be read"
        return ""

    def _compare(self, contig: str, start: int, ref: str, alts: list[str]) -> tuple[str, str]:
        self.contigs.add(contig)
        if contig not in self.names:
            self.names[contig] = match_contigs([contig], self.lengths).get(contig, contig)
        name = self.names[contig]
        end, declared = start + len(ref), self.declared.get(contig)
        if declared is not None and end > declared:
            return "off_contig", f"ends behind the contig's {declared} bases"
        if self.fasta is None or end > self.lengths.get(name, 0):  # also where the FASTA holds a part of the contig
            return "", ""
        bases = self.fasta.fetch(name, start, start + len(ref)).upper()
        if "N" in bases:
            return "", ""
        self.compared += 1
        if bases != ref:
            self.mismatches += 1
            return "reference_mismatch", f"REF {ref[:20]}, the FASTA has {bases[:20]}"
        self.confirmed = alts != ["."]
        return "", ""

    def judge(self, path: str | Path) -> None:
        """Refuse the whole file where it shares no contig with the FASTA or mostly contradicts it."""
        if self.contigs and self.lengths and not match_contigs(self.contigs, self.lengths):
            raise InputError(
                "The VCF and the FASTA share no contig",
                file=path,
                found=", ".join(sorted(self.contigs)[:5]),
                expected=", ".join(list(self.lengths)[:5]),
                remedy="give the reference that the variants were called on",
            )
        if self.mismatches > max(MISMATCH_FLOOR, MISMATCH_SHARE * self.compared):
            raise InputError(
                "The VCF contradicts the FASTA: they are of different genome builds",
                file=path,
                found=f"{self.mismatches} of {self.compared} records with other reference bases",
                remedy="give the reference that the variants were called on",
            )
