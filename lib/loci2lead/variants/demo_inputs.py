"""Writes the demo's inputs: genome, gene models, targets, reads, truth, expression and copy numbers."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from loci2lead.io.atomic import write_text
from loci2lead.io.tables import write_text_table
from loci2lead.io.vcf_text import write_bgzipped
from loci2lead.seeds import derive_seed, generator
from loci2lead.variants.demo_genome import DemoGenome, gff_lines, make_genome
from loci2lead.variants.demo_variants import make_samples, truth_lines
from loci2lead.variants.simulate import simulate_reads

DEPTHS = {"germline-1": 30, "germline-2": 30, "tumour-1": 60}
PADDING = 20
"""Bases of intron that the targets hold on both sides of an exon."""

PROMOTER = 200
LINE = 60
TPM_TOTAL = 1e6
EXPRESSED_TOTAL = 0.4
"""Share of all transcripts that the listed genes make up; the rest of the genome is not in the table."""

GAINED = {"EGFR": 3.0, "MET": 3.0, "BRAF": 3.0, "SMAD4": 1.0, "TP53": 1.0, "PTEN": 2.0}
"""Copies of the tumour's changed genes; all others have two."""


def write_demo(folder: Path, seed: int, *, genes: Iterable[str] = ()) -> None:
    """Write all inputs of the demo into `folder`, the same bytes for the same seed.

    `genes` are further symbols for the expression table, beside the toy genes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    genome = make_genome(seed)
    _write_fasta(folder / "genome.fa", genome)
    write_text(folder / "genes.gff3", "\n".join(gff_lines(genome)) + "\n")
    write_text(folder / "targets.bed", "".join(f"{c}\t{s}\t{e}\n" for c, s, e in targets(genome)))
    toy = [t.gene.name for t in genome.transcripts]
    names = sorted({*toy, *genes})
    write_text_table(folder / "tumour-1.expression.tsv", expression(names, seed))
    write_text_table(folder / "tumour-1.copy_number.tsv", copy_number(names))
    for sample in make_samples(genome, seed):
        write_bgzipped(folder / f"{sample.name}.truth.vcf.gz", truth_lines(genome, sample))
        simulate_reads(
            genome.sequences,
            list(sample.haplotypes),
            folder / f"{sample.name}.bam",
            depth=DEPTHS[sample.name],
            seed=derive_seed(seed, "demo reads", sample.name),
            sample_name=sample.name,
        )


def targets(genome: DemoGenome) -> list[tuple[str, int, int]]:
    """Return the regions of an imagined panel: exons with a little intron, and TERT's promoter."""
    spans: list[tuple[str, int, int]] = []
    for transcript in genome.transcripts:
        contig, length = transcript.gene.contig, len(genome.sequences[transcript.gene.contig])
        spans += [(contig, max(0, s - PADDING), min(length, e + PADDING)) for s, e in transcript.exons]
        if transcript.gene.name == "TERT":
            edge = transcript.end if transcript.gene.strand < 0 else transcript.start - PROMOTER
            spans.append((contig, edge, edge + PROMOTER))
    merged: list[tuple[str, int, int]] = []
    for contig, start, end in sorted(spans):
        if merged and merged[-1][0] == contig and start <= merged[-1][2]:
            merged[-1] = (contig, merged[-1][1], max(end, merged[-1][2]))
        else:
            merged.append((contig, start, end))
    return merged


def expression(genes: list[str], seed: int) -> pd.DataFrame:
    """Return a simulated tumour's TPM: log-normal, each gene drawn by its own name."""
    levels = np.array([generator(seed, "demo expression", gene).lognormal(2.5, 1.5) for gene in genes])
    scale = TPM_TOTAL * EXPRESSED_TOTAL / max(levels.sum(), 1.0)
    return pd.DataFrame({"gene": genes, "tpm": np.round(levels * min(scale, 20.0), 4)})


def copy_number(genes: list[str]) -> pd.DataFrame:
    """Return the simulated tumour's copies by gene."""
    return pd.DataFrame({"gene": genes, "copies": [GAINED.get(gene, 2.0) for gene in genes]})


def _write_fasta(path: Path, genome: DemoGenome) -> None:
    """Write the FASTA and its .fai index."""
    text, index = [], []
    offset = 0
    for contig, bases in genome.sequences.items():
        header = f">{contig} simulated\n"
        body = "".join(f"{bases[i : i + LINE]}\n" for i in range(0, len(bases), LINE))
        offset += len(header)
        index.append(f"{contig}\t{len(bases)}\t{offset}\t{LINE}\t{LINE + 1}\n")
        offset += len(body)
        text.append(header + body)
    write_text(path, "".join(text))
    write_text(Path(f"{path}.fai"), "".join(index))
