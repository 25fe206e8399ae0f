"""Gene models: which transcript is taken, what is unsound, and what is refused."""

import gzip
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


def test_cut_and_missing_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gff3.gz", gene("A"))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match="cannot be read"):
        read_transcripts(path)
    with pytest.raises(InputError, match="not found"):
        read_transcripts(tmp_path / "no.gff3")


def test_contig_names() -> None:
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
