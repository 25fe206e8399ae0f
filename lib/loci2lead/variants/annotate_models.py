"""The reference and the gene models that an annotation needs, fitted to the VCF's contigs."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pysam

from loci2lead.errors import InputError
from loci2lead.io.contigs import match_contigs
from loci2lead.io.gff import Gene, Transcript, declared_build, read_transcripts
from loci2lead.variants.annotate_intake import Intake
from loci2lead.variants.hgvs_protein import translate
from loci2lead.variants.transcripts import TranscriptMap

REACH = 2000
"""A gene is loaded where a variant lies within this many bases of it: room for left-aligning and promoters."""

BIN = 1 << 14

# Of so many transcripts at least a third must begin or end as coding sequences do; by chance one in sixteen does.
_JUDGED, _FEWEST_JUDGED, _PLAIN_SHARE = 200, 5, 1 / 3


def open_fasta(path: str | Path, folder: Path) -> pysam.FastaFile:
    """Open a FASTA, its index made in `folder` where it has none, so that nothing is written beside the input."""
    path = Path(path).absolute()
    if not path.is_file():
        raise InputError("FASTA not found", file=path, remedy="check the path")
    link = folder / ("reference.fa.gz" if path.suffix == ".gz" else "reference.fa")
    link.symlink_to(path)
    for suffix in (".fai", ".gzi"):
        if Path(f"{path}{suffix}").is_file():
            Path(f"{link}{suffix}").symlink_to(f"{path}{suffix}")
    try:
        if not Path(f"{link}.fai").exists():
            pysam.faidx(str(link))
        return pysam.FastaFile(str(link))
    except (OSError, ValueError, pysam.SamtoolsError) as error:
        raise InputError(
            "The FASTA cannot be read",
            file=path,
            found=str(error)[:200],
            expected="plain or bgzipped FASTA",
            remedy="recompress a gzipped one: gunzip, then bgzip",
        ) from error


def load_models(genes: str | Path, intake: Intake) -> list[Transcript]:
    """Load the transcripts near any variant, their contigs renamed to those of the working VCF."""
    names = {}
    near = {
        contig: {p // BIN for q in positions for p in (q - REACH, q, q + REACH)}
        for contig, positions in intake.positions.items()
    }

    def wanted(gene: Gene) -> bool:
        if gene.contig not in names:
            names[gene.contig] = match_contigs([gene.contig], near).get(gene.contig)
        bins = near.get(names[gene.contig] or "", set())
        return not bins.isdisjoint(range(gene.start // BIN, gene.end // BIN + 1))

    build = declared_build(genes)
    if build and intake.build and build != intake.build:
        raise InputError(
            "The VCF and the gene models are of different genome builds",
            file=genes,
            found=build,
            expected=intake.build,
            remedy="give the gene models of the genome that the variants were called on",
        )
    loaded = read_transcripts(genes, wanted)
    if intake.positions and not any(names.values()):
        raise InputError(
            "The VCF and the GFF3 share no contig",
            file=genes,
            found=", ".join(list(names)[:5]),
            expected=", ".join(list(intake.positions)[:5]),
            remedy="give the gene models of the same genome",
        )
    return [replace(m, gene=replace(m.gene, contig=names[m.gene.contig] or m.gene.contig)) for m in loaded]


def check_fit(models: Iterable[TranscriptMap], genes: str | Path, reference: str | Path) -> None:
    """Raise InputError where the coding sequences of whole transcripts do not read as such in the reference.

    Contig names and lengths can agree between two genomes; start and stop codons cannot.
    """
    ends = ((m.coding[:3], m.coding[-3:]) for m in models if not m.transcript.flaw)
    known = list(islice((pair for pair in ends if set("".join(pair)) <= set("ACGT")), _JUDGED))
    plain = sum(first == "ATG" or translate(last) == "*" for first, last in known)
    if len(known) >= _FEWEST_JUDGED and plain < _PLAIN_SHARE * len(known):
        raise InputError(
            "The gene models and the reference are of different genomes",
            file=genes,
            found=f"in {Path(reference).name} only {plain} of {len(known)} transcripts have a start or a stop codon",
            remedy="give the gene models of the genome that the variants were called on",
        )
