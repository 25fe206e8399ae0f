"""Write the settings and sheets of a new run from a folder of BAMs, CRAMs, FASTQ, VCFs, or an output folder of sarek.

Writes config.yaml, samples.tsv and, where there are structure files, libraries.tsv. Names that could identify a
person are replaced by numbers. Says which cells are left to fill in, and the commands that come next.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("folder", type=Path, help="folder with reads, variants or libraries, or an output of sarek")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for config.yaml and sheets")
    parser.add_argument(
        "--type", default="germline", choices=("germline", "tumor", "normal"), help="of samples (default: germline)"
    )
    parser.add_argument("--oncotree", default="", metavar="CODE", help="OncoTree code of all tumours")
    parser.add_argument("--build", choices=("GRCh37", "GRCh38"), help="where the files do not tell (FASTQ)")
    parser.add_argument("--reference", type=Path, metavar="FASTA", help="reference genome of that build")
    parser.add_argument("--genes", type=Path, metavar="GFF3", help="gene models of that build")


def run(
    *,
    folder: Path,
    output: Path,
    type: str = "germline",
    oncotree: str = "",
    build: str | None = None,
    reference: Path | None = None,
    genes: Path | None = None,
) -> None:
    """Write the files. Raises InputError for an empty folder, or where a file to write exists already."""
    from dataclasses import asdict

    import yaml

    from loci2lead.errors import InputError
    from loci2lead.io.atomic import write_text
    from loci2lead.runs.discover import discover, libraries

    if not folder.is_dir():
        raise InputError("No such folder", file=folder, remedy="check the path")
    samples, structures = discover(folder.resolve(), type), libraries(folder.resolve())
    if not samples and not structures:
        expected = "BAM, CRAM, FASTQ pairs, VCF, .smi or .sdf files, or an output folder of sarek"
        raise InputError("Nothing to start from", file=folder, expected=expected)
    names = ("config.yaml", *(["samples.tsv"] if samples else []), *(["libraries.tsv"] if structures else []))
    for name in names:
        if (output / name).exists():
            raise InputError("The file exists already", file=output / name, remedy="name another --output")

    columns = ("patient", "sample", "type", "reads", "fastq_1", "fastq_2", "variants", "build")
    header = [*columns, "oncotree", "consent_somatic"]
    lines = ["\t".join(header)]
    for found in samples:
        cells = asdict(found) | {"build": found.build or build or ""}
        lines.append("\t".join([*(cells[c] for c in columns), oncotree if found.type == "tumor" else "", ""]))
    builds = sorted({found.build or build or "" for found in samples} - {""})
    settings = {
        "samples": str(output / "samples.tsv") if samples else None,
        "libraries": str(output / "libraries.tsv") if structures else None,
        "results": str(output / "results"),
        "references": {
            name: {"fasta": str(reference) if reference else None, "genes": str(genes) if genes else None}
            for name in builds
        },
    }
    if samples:
        write_text(output / "samples.tsv", "\n".join(lines) + "\n")
    if structures:
        rows = "".join(f"{name}\t{path}\n" for name, path in structures)
        write_text(output / "libraries.tsv", f"library\tpath\n{rows}")
    write_text(output / "config.yaml", yaml.safe_dump(settings, sort_keys=False))
    print(f"{len(samples)} samples and {len(structures)} libraries found; wrote {', '.join(names)} to {output}")
    for number, found in enumerate(samples, start=1):
        for text in filter(None, (found.note, _lacking(found.type, found.build or build, oncotree))):
            print(f"  samples.tsv, row {number}: {text}")
    for name in builds:
        for key, value in (("fasta", reference), ("genes", genes)):
            if value is None:
                print(f"  config.yaml: references.{name}.{key} is to be filled in (or give --{_flag(key)})")
    print(f"then: loci2lead doctor --configfile {output / 'config.yaml'}")
    print(f"      loci2lead plan --configfile {output / 'config.yaml'}")


def _flag(key: str) -> str:
    return "reference" if key == "fasta" else key


def _lacking(kind: str, build: str | None, oncotree: str) -> str:
    lacking = [
        *([] if build else ["build (GRCh37 or GRCh38)"]),
        *(["oncotree (the tumour's code, such as COAD)"] if kind == "tumor" and not oncotree else []),
    ]
    return f"fill in {' and '.join(lacking)}" if lacking else ""


def main(args: argparse.Namespace) -> None:
    """Run with the parsed options."""
    run(**vars(args))
