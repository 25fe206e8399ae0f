"""What users get wrong, all in one table: each says what to mend, exits as promised and leaves nothing behind."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pysam
import pytest

from loci2lead.seeds import generator
from loci2lead.variants.haplotypes import Haplotype
from loci2lead.variants.simulate import simulate_reads

BASES = "ACGT"


@dataclass(frozen=True)
class Case:
    """A mistake: how to make it in a folder and the arguments that run into it."""

    name: str
    arguments: Callable[[Path], list[object]]
    fragments: tuple[str, ...]
    code: int = 2


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a small genome, its reads, gene models and a variant file: all of them fine."""
    folder = tmp_path_factory.mktemp("good")
    sequence = "".join(BASES[i] for i in generator(3, "genome").integers(0, 4, 3000))
    (folder / "genome.fa").write_text(f">c1\n{sequence}\n")
    pysam.faidx(str(folder / "genome.fa"))
    simulate_reads(
        folder / "genome.fa", [Haplotype(0.5, []), Haplotype(0.5, [])], folder / "reads.bam", depth=10, seed=3
    )
    (folder / "genes.gff3").write_text(
        "##gff-version 3\n"
        "c1\tx\tgene\t101\t400\t.\t+\t.\tID=gene:G1;Name=G1;biotype=protein_coding\n"
        "c1\tx\tmRNA\t101\t400\t.\t+\t.\tID=transcript:T1;Parent=gene:G1;Name=G1;biotype=protein_coding\n"
        "c1\tx\texon\t101\t400\t.\t+\t.\tParent=transcript:T1\n"
        "c1\tx\tCDS\t101\t400\t.\t+\t0\tParent=transcript:T1\n"
    )
    (folder / "tumour.vcf").write_text(vcf("s1", [f"c1\t150\t.\t{sequence[149]}\t{other(sequence[149])}"]))
    return folder


def vcf(samples: str, records: list[str]) -> str:
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO" + (f"\tFORMAT\t{samples}" if samples else "")
    rest = "\t50\tPASS\t." + ("\tGT:AD:DP\t0/1:10,10:20" if samples else "")
    head = [
        "##fileformat=VCFv4.2",
        "##contig=<ID=c1,length=3000>",
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">',
        '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="x">',
        '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="x">',
    ]
    return "\n".join([*head, columns, *(record + rest for record in records)]) + "\n"


def other(base: str) -> str:
    return BASES[(BASES.index(base) + 1) % 4]


def call(folder: Path, **changes: object) -> list[object]:
    flags = {
        "--reads": folder / "reads.bam",
        "--reference": folder / "genome.fa",
        "--output": folder / "out.vcf.gz",
        "--device": "cpu",
    } | {f"--{key.replace('_', '-')}": value for key, value in changes.items()}
    return ["call-variants", *(part for pair in flags.items() for part in pair)]


def profile(folder: Path, **changes: object) -> list[object]:
    flags = {
        "--variants": folder / "tumour.vcf",
        "--genes": folder / "genes.gff3",
        "--oncotree": "COAD",
        "--sample": "s1",
        "--output": folder / "out.parquet",
    } | {f"--{key.replace('_', '-')}": value for key, value in changes.items()}
    return ["profile-tumour", *(part for pair in flags.items() for part in pair)]


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def screen(folder: Path, name: str, text: str, *more: object) -> list[object]:
    return ["screen-library", "--library", write(folder / name, text), "--output", folder / "out.parquet", *more]


def context(
    folder: Path, row: str, header: str = "patient\tsample\ttype\tvariants\tbuild\toncotree\ther2"
) -> list[object]:
    sheet = write(folder / "samples.tsv", f"{header}\n{row}\n")
    return ["sample-context", "--samples", sheet, "--sample", "s1", "--output", folder / "out.json"]


def unindexed(folder: Path) -> Path:
    target = folder / "unindexed.bam"
    target.write_bytes((folder / "reads.bam").read_bytes())
    return target


def unsorted(folder: Path) -> Path:
    target = folder / "unsorted.bam"
    with pysam.AlignmentFile(str(folder / "reads.bam")) as source:
        header = source.header.to_dict() | {"HD": {"VN": "1.6", "SO": "unsorted"}}
        with pysam.AlignmentFile(str(target), "wb", header=header) as sink:
            for read in reversed(list(source)):
                sink.write(read)
    return target


def genome(folder: Path, contig: str, length: int) -> Path:
    path = write(folder / "other.fa", f">{contig}\n{'ACGT' * (length // 4)}\n")
    pysam.faidx(str(path))
    return path


COUNTS = "gene\ttpm\n" + "".join(f"G{i}\t{i * 977}\n" for i in range(9000))
CASES = [
    Case("missing BAM", lambda f: call(f, reads=f / "no.bam"), ("no.bam",)),
    Case("unindexed BAM", lambda f: call(f, reads=unindexed(f)), ("unindexed.bam", "samtools index")),
    Case("unsorted BAM", lambda f: call(f, reads=unsorted(f)), ("unsorted.bam", "sort")),
    Case("BAM of a reference with other contigs", lambda f: call(f, reference=genome(f, "chrX", 3000)), ("c1",)),
    Case("BAM of a reference with other lengths", lambda f: call(f, reference=genome(f, "c1", 2000)), ("3000", "2000")),
    Case("region outside the contig", lambda f: call(f, regions="c1:9000-9100"), ("c1",)),
    Case("region on an unknown contig", lambda f: call(f, regions="c9:1-100"), ("c9",)),
    Case("missing caller weights", lambda f: call(f, model="no-such-model"), ("no-such-model", "variants-germline")),
    Case(
        "VCF without samples or counts",
        lambda f: profile(f, variants=write(f / "bare.vcf", "not a variant file\n")),
        ("bare.vcf",),
    ),
    Case("unknown OncoTree code", lambda f: profile(f, oncotree="CAOD"), ("CAOD", "COAD")),
    Case(
        "expression as counts",
        lambda f: profile(
            f, expression=write(f / "e.tsv", "gene\ttpm\n" + "".join(f"G{i}\t{i * 977}\n" for i in range(9000)))
        ),
        ("e.tsv", "TPM"),
    ),
    Case(
        "expression below zero",
        lambda f: profile(f, expression=write(f / "e.tsv", "gene\ttpm\nG1\t-3.5\nG2\t1.5\n")),
        ("e.tsv", "TPM"),
    ),
    Case("empty library", lambda f: screen(f, "l.csv", "name,smiles\n"), ("l.csv",)),
    Case("library without structures", lambda f: screen(f, "l.csv", "name,weight\nx,3\n"), ("smiles", "name")),
    Case("library of an unknown kind", lambda f: screen(f, "l.docx", "x"), ("l.docx", ".smi")),
    Case("missing screening weights", lambda f: screen(f, "l.smi", "CCO x\n", "--model", "absent.pt"), ("absent.pt",)),
    Case("unknown endpoint", lambda f: screen(f, "l.smi", "CCO x\n", "--endpoints", "NR-AHR"), ("NR-AHR", "NR-AhR")),
    Case(
        "patient's name in the sheet",
        lambda f: context(f, "Jane Doe\ts1\ttumor\tx.vcf\tdemo\tCOAD\t"),
        ("row 1", "pseudonym"),
    ),
    Case(
        "duplicate sample",
        lambda f: context(f, "\n".join(["p1\ts1\ttumor\tx.vcf\tdemo\tCOAD\t"] * 2)),
        ("row 2", "same sample as in row 1"),
    ),
    Case("unknown tumour in the sheet", lambda f: context(f, "p1\ts1\ttumor\tx.vcf\tdemo\tCAOD\t"), ("CAOD", "COAD")),
    Case(
        "a word the sheet does not know",
        lambda f: context(f, "p1\ts1\ttumor\tx.vcf\tdemo\tCOAD\tmaybe"),
        ("her2", "maybe"),
    ),
    Case("unknown build", lambda f: context(f, "p1\ts1\ttumor\tx.vcf\thg17\tCOAD\t"), ("hg17", "GRCh37")),
    Case("response without weights", lambda f: predict(f, "absent.pt"), ("absent.pt",)),
    Case("profile without the columns", lambda f: predict(f), ("mutation_state",)),
    Case(
        "report of nothing",
        lambda f: ["report-patient", "--sample", "s1", "--inputs", f / "no", "--output", f / "r"],
        ("no",),
    ),
    Case("ranking key misspelt", lambda f: rank(f), ("saftey", "safety")),
]


def predict(folder: Path, *model: object) -> list[object]:
    import pandas as pd

    pd.DataFrame({"sample": ["s1"], "gene": ["KRAS"]}).to_parquet(folder / "p.parquet")
    extra = ["--model", *model] if model else []
    return ["predict-response", "--profile", folder / "p.parquet", "--output", folder / "out.parquet", *extra]


def rank(folder: Path) -> list[object]:
    import pandas as pd

    pd.DataFrame({"id": ["a"], "smiles": ["CCO"]}).to_parquet(folder / "s.parquet")
    weights = write(folder / "w.yaml", "weights: {saftey: 1}\n")
    return [
        "rank-compounds",
        "--scores",
        folder / "s.parquet",
        "--weights",
        weights,
        "--output",
        folder / "out.parquet",
    ]


@pytest.fixture
def folder(shared: Path, tmp_path: Path) -> Path:
    """Return a fresh folder with the good inputs in it."""
    for file in shared.iterdir():
        (tmp_path / file.name).symlink_to(file)
    return tmp_path


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_mistake_is_explained(run_cli, folder: Path, case: Case) -> None:
    arguments = case.arguments(folder)
    before = set(folder.iterdir())
    code, _, err = run_cli(*arguments)
    assert code == case.code, err
    for fragment in case.fragments:
        assert fragment in err
    assert "Traceback" not in err
    assert set(folder.iterdir()) == before, "something was left behind"


def test_smiles_that_do_not_parse_are_counted_not_fatal(run_cli, folder: Path) -> None:
    import pandas as pd

    code, _, err = run_cli(*screen(folder, "l.csv", "name,smiles\na,CCO\nb,C1CC\nc,\n"))
    assert code == 0, err
    table = pd.read_parquet(folder / "out.parquet")
    assert list(table["status"] == "rejected") == [False, True, True]
    rejected = pd.read_csv(folder / "out.rejected.tsv", sep="\t")
    assert list(rejected["id"]) == ["b", "c"] and rejected["reason"].notna().all()
