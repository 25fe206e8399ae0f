"""Gene models: which transcript is taken, what is unsound, and what is refused."""

import gzip
import math
from pathlib import Path

import pytest

from loci2lead.errors import InputError
from loci2lead.io.contigs import build_of_lengths, match_contigs, plain_contig
from loci2lead.io.gff import coding_length, declared_build, read_transcripts


def gene(name: str, start: int = 1, end: int = 1000, contig: str = "1", strand: str = "+") -> str:
    return f"{contig}\tx\tgene\t{start}\t{end}\t.\t{strand}\t.\tID=gene:{name};Name={name};biotype=protein_coding"


def transcript(name: str, parent: str, extra: str = "", strand: str = "+") -> str:
    return f"1\tx\tmRNA\t1\t1000\t.\t{strand}\t.\tID=transcript:{name};Parent=gene:{parent}{extra}"


def segment(kind: str, start: int, end: int, parent: str, phase: str = ".", strand: str = "+") -> str:
    return f"1\tx\t{kind}\t{start}\t{end}\t.\t{strand}\t{phase}\tParent=transcript:{parent}"


def write(path: Path, *lines: str) -> Path:
    text = "\n".join(["##gff-version 3", *lines]) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["a.gff3", "a.gff3.gz"])
def test_coordinates_become_half_open(tmp_path: Path, name: str) -> None:
    path = write(
        tmp_path / name, gene("A"), transcript("T", "A"), segment("exon", 11, 40, "T"), segment("CDS", 20, 31, "T", "0")
    )
    (found,) = read_transcripts(path)
    assert (found.gene.name, found.id, found.exons, found.cds) == ("A", "T", ((10, 40),), ((19, 31),))
    assert coding_length(found) == 12 and found.flaw == "" and (found.start, found.end) == (10, 40)


def two(tmp_path: Path, first: str, second: str, wide: str = "T2") -> str:
    path = write(
        tmp_path / "a.gff3",
        gene("A"),
        transcript("T1", "A", first),
        transcript("T2", "A", second),
        *(segment("exon", 11, 60, t) for t in ("T1", "T2")),
        *(segment("CDS", 11, 40 if t == wide else 22, t, "0") for t in ("T1", "T2")),
    )
    (found,) = read_transcripts(path)
    return found.id


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "", "T2"),
        (";tag=Ensembl_canonical", "", "T1"),
        (";tag=Ensembl_canonical", ";tag=basic,MANE_Select", "T2"),
        (";tag=MANE Select", ";tag=Ensembl_canonical", "T1"),
        ("", ";biotype=nonsense_mediated_decay", "T1"),
    ],
)
def test_one_transcript_per_gene(tmp_path: Path, first: str, second: str, expected: str) -> None:
    assert two(tmp_path, first, second) == expected


@pytest.mark.parametrize(
    ("ids", "residues", "tags", "expected", "otherwise"),
    [
        (("NM_002524.5", "NM_9"), (20, 189), ("", ";tag=MANE Select"), "NM_002524.5", True),
        (("ENST1", "ENST2"), (189, 300), ("", ";tag=MANE Select"), "ENST1", False),
        (("ENST1", "ENST2"), (200, 300), ("", ";tag=MANE Select"), "ENST2", True),
    ],
)
def test_the_transcript_of_the_clinic_comes_first(
    tmp_path: Path,
    ids: tuple[str, ...],
    residues: tuple[int, ...],
    tags: tuple[str, ...],
    expected: str,
    otherwise: bool,
) -> None:
    """NRAS is pinned to NM_002524 with 189 residues."""
    lines = [gene("NRAS", 1, 2000)]
    for name, count, tag in zip(ids, residues, tags, strict=True):
        lines += [transcript(name, "NRAS", tag), segment("CDS", 11, 10 + 3 * (count + 1), name, "0")]
    (found,) = read_transcripts(write(tmp_path / "a.gff3", *lines))
    assert (found.id, found.numbered_otherwise) == (expected, otherwise)


@pytest.mark.parametrize(("residues", "same_until"), [(188, math.inf), (189, 150), (300, 0)])
def test_isoforms_share_numbers_up_to_a_residue(tmp_path: Path, residues: int, same_until: float) -> None:
    """KRAS 4B (pinned) and 4A are alike up to residue 150."""
    lines = (gene("KRAS"), transcript("T", "KRAS"), segment("CDS", 11, 10 + 3 * (residues + 1), "T", "0"))
    (found,) = read_transcripts(write(tmp_path / "a.gff3", *lines))
    assert found.clinical_codons == same_until and found.numbered_otherwise == (same_until < math.inf)


FLAWS = [
    ([(11, 22)], [(11, 22, "0")], ""),
    ([(11, 22)], [(11, 21, "0")], "no multiple of three"),
    ([(11, 22)], [(11, 22, "1")], "phases"),
    ([(11, 22)], [(9, 20, "0")], "outside the exons"),
    ([(11, 22), (20, 40)], [(11, 22, "0")], "overlap"),
    ([(11, 20), (31, 41)], [(11, 20, "0"), (31, 38, "2")], ""),
    ([(11, 20), (31, 41)], [(11, 20, "0"), (31, 38, "0")], "phases"),
]


@pytest.mark.parametrize(("exons", "coding", "flaw"), FLAWS)
def test_unsound_frames_are_told(
    tmp_path: Path, exons: list[tuple[int, int]], coding: list[tuple[int, int, str]], flaw: str
) -> None:
    lines = [segment("exon", s, e, "T") for s, e in exons] + [segment("CDS", s, e, "T", p) for s, e, p in coding]
    (found,) = read_transcripts(write(tmp_path / "a.gff3", gene("A"), transcript("T", "A"), *lines))
    assert (flaw in found.flaw) if flaw else found.flaw == ""


def test_the_mitochondrion_is_set_apart(tmp_path: Path) -> None:
    lines = (gene("A"), transcript("T", "A"), segment("CDS", 11, 22, "T", "0"))
    (found,) = read_transcripts(write(tmp_path / "a.gff3", *(line.replace("1\tx", "chrM\tx", 1) for line in lines)))
    assert "genetic code" in found.flaw


def test_only_wanted_genes_are_loaded(tmp_path: Path) -> None:
    lines = []
    for name in ("A", "B"):
        lines += [gene(name), transcript(f"T{name}", name), segment("CDS", 11, 22, f"T{name}", "0")]
    path = write(tmp_path / "a.gff3", *lines)
    assert [t.gene.name for t in read_transcripts(path, lambda g: g.name == "B")] == ["B"]


def test_escaped_and_versioned_names(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.gff3",
        gene("A").replace("Name=A", "Name=A%2C1"),
        transcript("ENST1", "A", ";version=3"),
        segment("CDS", 11, 22, "ENST1", "0"),
    )
    (found,) = read_transcripts(path)
    assert (found.gene.name, found.id) == ("A,1", "ENST1.3")


BAD = [
    ("", "no gene models"),
    ("##gff-version 3\n", "no gene models"),
    ("1\tx\tgene\n", "Not a GFF3 line"),
    (
        gene("A").replace("\t1\t", "\tone\t") + "\n" + transcript("T", "A") + "\n" + segment("CDS", 1, 3, "T"),
        "Not a GFF3",
    ),
    (">chr1\nACGT\n", "Not a GFF3 line"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_what_is_no_gff_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.gff3"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_transcripts(path)


def test_sequences_at_the_end_are_passed_over(tmp_path: Path) -> None:
    lines = (gene("A"), transcript("T", "A"), segment("CDS", 11, 22, "T", "0"), "##FASTA", ">1", "ACGT")
    assert len(read_transcripts(write(tmp_path / "a.gff3", *lines))) == 1


def test_cut_and_missing_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gff3.gz", gene("A"))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match="cannot be read"):
        read_transcripts(path)
    with pytest.raises(InputError, match="not found"):
        read_transcripts(tmp_path / "no.gff3")


STYLES = [
    (
        "ID=ENSG1;gene_name=KRAS;gene_type=protein_coding",
        ["ID=ENST1.2;Parent=ENSG1;transcript_id=ENST1.2;transcript_type=protein_coding;tag=MANE_Select"],
        "Parent=ENST1.2",
        "ENST1.2",
    ),
    (
        "ID=gene-KRAS;Name=KRAS;gene_biotype=protein_coding",
        ["ID=rna-NM_1.4;Parent=gene-KRAS;transcript_id=NM_1.4;tag=MANE Select"],
        "ID=cds-1;Parent=rna-NM_1.4",
        "NM_1.4",
    ),
]


@pytest.mark.parametrize(("of_gene", "of_transcripts", "of_cds", "name"), STYLES, ids=["GENCODE", "RefSeq"])
def test_other_styles_are_read(tmp_path: Path, of_gene: str, of_transcripts: list[str], of_cds: str, name: str) -> None:
    def line(kind: str, attributes: str, phase: str = ".") -> str:
        return f"NC_000012.12\tx\t{kind}\t11\t22\t.\t+\t{phase}\t{attributes}"

    unwanted = line("mRNA", of_transcripts[0].replace("protein_coding", "nonsense_mediated_decay"))
    lines = [line("gene", of_gene), *(line("mRNA", t) for t in of_transcripts), line("CDS", of_cds, "0")]
    (found,) = read_transcripts(write(tmp_path / "a.gff3", *lines))
    assert (found.gene.name, found.id, plain_contig(found.gene.contig)) == ("KRAS", name, "12")
    if "transcript_type" in of_transcripts[0]:
        assert read_transcripts(write(tmp_path / "b.gff3", lines[0], unwanted, lines[2])) == []


def test_contig_names() -> None:
    assert [plain_contig(n) for n in ("NC_000007.14", "NC_000023.10", "NC_012920.1")] == ["7", "X", "MT"]
    assert [plain_contig(n) for n in ("chr7", "7", "chrM", "MT", "CHR1", "chr")] == ["7", "7", "MT", "MT", "1", "chr"]
    assert match_contigs(["1", "chr2", "x"], ["chr1", "2", "chr2"]) == {"1": "chr1", "chr2": "chr2"}
    assert build_of_lengths({"1": 248956422, "2": 243199373}) is None


@pytest.mark.parametrize(
    ("header", "build"),
    [
        ("#!genome-build Genome Reference Consortium GRCh38.p14", "GRCh38"),
        ("##sequence-region 20 1 63025520", "GRCh37"),
        ("##sequence-region demo1 1 500", "demo"),
        ("##sequence-region 20 1 500", None),
    ],
)
def test_the_header_may_tell_the_build(tmp_path: Path, header: str, build: str | None) -> None:
    assert declared_build(write(tmp_path / "a.gff3", header, gene("A"))) == build


@pytest.mark.data
@pytest.mark.parametrize(("name", "count"), [("hg38", 19270), ("GRCh37", 19165)])
def test_whole_gene_models_are_sound(data_dir: Path, name: str, count: int) -> None:
    found = read_transcripts(data_dir / f"clinical/genemodel/refGene_canonical.{name}.gff3.gz")
    assert len(found) == count and not any(t.flaw for t in found)
    braf = next(t for t in found if t.gene.name == "BRAF")
    assert coding_length(braf) == 2301 and len(braf.exons) == 18
