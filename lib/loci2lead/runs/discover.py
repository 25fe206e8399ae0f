"""What lies in a folder that a run could start from: reads, FASTQ, variants, libraries, or the output of sarek."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pysam

from loci2lead.config.pseudonyms import problem_with, problem_with_path
from loci2lead.io.contigs import build_of_lengths

# What pipelines put behind a sample's name; the name is what is left.
_TAIL = re.compile(
    r"[._](sorted|sort|md|markdup|markduplicates|dedup|dedupped|duplicates_marked|recal|bqsr|aligned|bwa|minimap2|"
    r"filtered|norm|pass|mutect2|haplotypecaller|deepvariant|strelka|variants|calls|final|hg19|hg38|grch3[78])$",
    re.IGNORECASE,
)
_FASTQ = re.compile(
    r"(?P<sample>.+?)(?:_S\d+)?(?:_(?P<lane>L\d{3}))?[._]R?(?P<mate>[12])(?:_001)?\.f(?:ast)?q(?:\.gz)?$"
)
_LIBRARY = (".smi", ".sdf", ".smi.gz", ".sdf.gz")
# Of several callers' files for one sample the first of these is taken.
_GERMLINE_CALLERS, _SOMATIC_CALLERS = ("deepvariant", "haplotypecaller", "strelka"), ("mutect2", "strelka")


@dataclass(frozen=True)
class Found:
    """One sample that was found: its row to be, and what was noticed about it."""

    sample: str
    type: str
    patient: str = ""
    reads: str = ""
    fastq_1: str = ""
    fastq_2: str = ""
    variants: str = ""
    build: str = ""
    note: str = ""


def discover(folder: Path, kind: str) -> list[Found]:
    """Return the samples of a folder, with names that may stand in a sheet; `kind` is their type where none is told."""
    sarek = (folder / "variant_calling").is_dir() or (folder / "preprocessing").is_dir()
    found = list(_of_sarek(folder) if sarek else _of_files(folder, kind))
    return _pseudonymised(found)


def libraries(folder: Path) -> list[tuple[str, str]]:
    """Return name and path of the structure files of a folder."""
    paths = sorted(p for p in folder.iterdir() if p.name.lower().endswith(_LIBRARY))
    return [(re.sub(r"[^A-Za-z0-9_.-]", "-", p.name.split(".")[0]), str(p)) for p in paths]


def _of_files(folder: Path, kind: str) -> Iterator[Found]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    for path in files:
        if path.suffix in (".bam", ".cram"):
            note = "" if _indexed(path) else f"no index: samtools index {path.name}"
            yield Found(_name(path), kind, reads=str(path), build=build_of_reads(path), note=note)
        elif path.name.endswith((".vcf.gz", ".vcf")) and not path.name.endswith((".g.vcf.gz", ".g.vcf")):
            yield Found(_name(path), kind, variants=str(path), build=build_of_variants(path))
    yield from _of_fastq(files, kind)


def _of_fastq(files: Iterable[Path], kind: str) -> Iterator[Found]:
    mates: dict[str, dict[str, dict[str, Path]]] = {}
    for path in files:
        if match := _FASTQ.fullmatch(path.name):
            mates.setdefault(match["sample"], {}).setdefault(match["lane"] or "", {})[match["mate"]] = path
    for sample, lanes in mates.items():
        whole = [lane for _, lane in sorted(lanes.items()) if len(lane) == 2]
        note = "" if len(whole) == len(lanes) else "a lane without its second file was left out"
        if whole:
            first, second = (";".join(str(lane[mate]) for lane in whole) for mate in "12")
            yield Found(sample, kind, fastq_1=first, fastq_2=second, note=note)


def _of_sarek(folder: Path) -> Iterator[Found]:
    """Yield the samples of sarek 3: tumours with their somatic calls, everything else with reads, or calls at least."""
    called = folder / "variant_calling"
    somatic: dict[str, tuple[str, Path]] = {}
    for caller in _SOMATIC_CALLERS:
        for path in sorted((called / caller).glob("*_vs_*/*.vcf.gz")):
            wanted = "filtered" in path.name if caller == "mutect2" else "somatic_snvs" in path.name
            if wanted:
                tumour, normal = path.parent.name.split("_vs_", 1)
                somatic.setdefault(tumour, (normal, path))
    for tumour, (normal, path) in somatic.items():
        note = "strelka's SNVs alone: indels are in a file of their own" if "somatic_snvs" in path.name else ""
        yield Found(tumour, "tumor", normal, variants=str(path), build=build_of_variants(path), note=note)
    normals = {normal for normal, _ in somatic.values()}
    reads: dict[str, Path] = {}
    for step in ("recalibrated", "markduplicates", "mapped"):
        for path in sorted((folder / "preprocessing" / step).glob("*/*.[cb]ram")) + sorted(
            (folder / "preprocessing" / step).glob("*/*.bam")
        ):
            reads.setdefault(path.parent.name, path)
    for sample in sorted(reads.keys() - somatic.keys()):
        kind, path = "normal" if sample in normals else "germline", reads[sample]
        yield Found(sample, kind, sample, reads=str(path), build=build_of_reads(path))
    for caller in _GERMLINE_CALLERS:
        for path in sorted((called / caller).glob("*/*.vcf.gz")):
            sample = path.parent.name
            if "_vs_" not in sample and ".g.vcf" not in path.name and sample not in reads.keys() | somatic.keys():
                reads[sample] = path
                yield Found(sample, "germline", sample, variants=str(path), build=build_of_variants(path))


def _name(path: Path) -> str:
    name = re.sub(r"\.(bam|cram|vcf|vcf\.gz)$", "", path.name)
    while (shorter := _TAIL.sub("", name)) != name:
        name = shorter
    return name


def _pseudonymised(found: list[Found]) -> list[Found]:
    """Number the samples and patients whose names may not stand in a sheet, or stand twice."""
    rows: list[Found] = []
    patients: dict[str, str] = {}
    for number, one in enumerate(found, start=1):
        name = one.sample
        if problem_with(name, needs_digit=False) or name in {row.sample for row in rows}:
            name = f"S{number:03d}"
        source = one.patient or one.sample
        fallback = f"P{len(patients) + 1:03d}"
        patient = patients.setdefault(source, fallback if problem_with(source, needs_digit=True) else source)
        renamed = "" if name == one.sample else f"named {name}"
        note = "; ".join(filter(None, (one.note, renamed, _path_problem(one))))
        rows.append(replace(one, sample=name, patient=patient, note=note))
    return rows


def _path_problem(found: Found) -> str:
    """Return what to do where a path looks as if it named a person, which the sheet would be refused for."""
    paths = ";".join(filter(None, (found.reads, found.fastq_1, found.fastq_2, found.variants))).split(";")
    problems = dict.fromkeys(filter(None, map(problem_with_path, paths)))
    return f"it has {', '.join(problems)}: link or copy it to a pseudonym" if problems else ""


def _indexed(path: Path) -> bool:
    suffixes = (".bai", ".crai", ".csi")
    return any(Path(f"{path}{s}").exists() or path.with_suffix(s).exists() for s in suffixes)


def build_of_reads(path: Path) -> str:
    """Return the build that the contigs of a BAM or CRAM tell, "" where they do not or it cannot be read."""
    try:
        with pysam.AlignmentFile(str(path), check_sq=False) as file:
            return build_of_lengths(dict(zip(file.references, file.lengths, strict=True))) or ""
    except (OSError, ValueError):
        return ""


def build_of_variants(path: Path) -> str:
    """Return the build that the contigs of a VCF tell, "" where they do not or it cannot be read."""
    try:
        with pysam.VariantFile(str(path)) as file:
            return build_of_lengths({str(name): contig.length for name, contig in file.header.contigs.items()}) or ""
    except (OSError, ValueError):
        return ""
