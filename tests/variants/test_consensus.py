"""Consensus of callers: votes on left-aligned alleles, joint substitutions, and files as callers write them."""

import re
from pathlib import Path

import pysam
import pytest

from loci2lead.cli import main
from tests.io.somatic_vcfs import sequence, write_somatic

HEAD = ["##fileformat=VCFv4.2", "##contig=<ID=c1,length=600>", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "genome.fa").write_text(f">c1\n{sequence()}\n>c2\n{'A' * 40 + 'CT' * 6 + 'G' * 40}\n")
    return tmp_path


def merged(folder: Path, *calls: str, votes: int = 2, name: str = "out.vcf.gz") -> dict[str, tuple[str, str]]:
    """Return FILTER and callers by allele."""
    flags = ["--reference", str(folder / "genome.fa"), "--output", str(folder / name), "--min-votes", str(votes)]
    assert main(["merge-calls", *(part for c in calls for part in ("--calls", c)), *flags]) == 0
    with pysam.VariantFile(str(folder / name)) as source:
        return {
            f"{r.contig}:{r.pos}{r.ref}>{r.alts[0]}": (r.filter.keys()[0], ",".join(r.info["CALLERS"]))
            for r in source
            if r.alts
        }


def plain(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([*HEAD, *(row.replace(" ", "\t") for row in rows)]) + "\n")
    path.write_text(
        path.read_text().replace("##contig", '##INFO=<ID=TVAF,Number=A,Type=Float,Description="x">\n##contig', 1)
    )
    return path


def test_three_callers_as_they_write_agree(folder: Path) -> None:
    mutect = write_somatic(folder / "m.vcf", "mutect2 pair")
    snvs = write_somatic(folder / "s.vcf", "strelka2 snvs")
    indels = write_somatic(folder / "i.vcf", "strelka2 indels")
    vardict = write_somatic(folder / "v.vcf", "vardict pair", drop="del")
    found = merged(folder, f"mutect2={mutect}", f"strelka2={snvs},{indels}", f"vardict={vardict}", votes=3)
    assert sorted(found.values()) == [("FewVotes", "mutect2,strelka2"), ("PASS", "mutect2,strelka2,vardict")]
    with pysam.VariantFile(str(folder / "out.vcf.gz")) as source:
        snv = next(r for r in source if len(r.ref or "") == 1)
    sample = snv.samples[0]
    assert (sample["DP"], sample["AD"], sample["VAF"][0]) == (100, (70, 30), pytest.approx(0.3))
    assert snv.info["CALLERVAF"] == pytest.approx((0.3, 0.3, 0.3)) and snv.info["VOTES"] == 3


def test_two_spellings_of_a_deletion_are_one_allele(folder: Path) -> None:
    left = plain(folder / "a.vcf", "c2 40 . ACT A . PASS TVAF=0.2")
    right = plain(folder / "b.vcf", "c2 50 . TCT T . PASS TVAF=0.2")
    assert merged(folder, f"a={left}", f"b={right}") == {"c2:40ACT>A": ("PASS", "a,b")}


def test_parts_of_a_joint_substitution_vote_for_it(folder: Path) -> None:
    ref = sequence()[159:161]
    alt = "".join({"A": "C", "C": "A", "G": "T", "T": "G"}[base] for base in ref)
    joint = plain(folder / "a.vcf", f"c1 160 . {ref} {alt} . PASS TVAF=0.2")
    parts = plain(
        folder / "b.vcf", f"c1 160 . {ref[0]} {alt[0]} . PASS TVAF=0.2", f"c1 161 . {ref[1]} {alt[1]} . PASS TVAF=0.2"
    )
    one = plain(folder / "c.vcf", f"c1 160 . {ref[0]} {alt[0]} . PASS TVAF=0.2")
    found = merged(folder, f"a={joint}", f"b={parts}", f"c={one}")
    assert found == {f"c1:160{ref}>{alt}": ("PASS", "a,b"), f"c1:160{ref[0]}>{alt[0]}": ("FewVotes", "c")}


def test_the_order_of_callers_changes_no_vote(folder: Path) -> None:
    one = write_somatic(folder / "m.vcf", "mutect2 pair")
    two = write_somatic(folder / "d.vcf", "dragen pair", drop="snv")
    first = merged(folder, f"a={one}", f"b={two}")
    second = merged(folder, f"b={two}", f"a={one}", name="again.vcf.gz")
    assert {k: v[0] for k, v in first.items()} == {k: v[0] for k, v in second.items()}
    again = folder / "third.vcf.gz"
    merged(folder, f"a={one}", f"b={two}", name=again.name)
    assert again.read_bytes() == (folder / "out.vcf.gz").read_bytes()


BAD = [
    (["mutect2"], "name and VCF"),
    (["a=m.vcf"], "at least two callers"),
    (["a=m.vcf", "a=m.vcf"], "each named once"),
    (["a=m.vcf", "b=absent.vcf"], "VCF not found"),
    (["a=m.vcf", "b=m.vcf", "--min-votes=3"], "cannot be reached"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD)
def test_mistakes_are_named(
    folder: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    write_somatic(folder / "m.vcf", "mutect2 pair")
    given = [a if a.startswith("--") else f"--calls={a}" for a in arguments]
    assert main(["merge-calls", *given, "--reference", "genome.fa", "--output", "out.vcf"]) == 2
    assert re.search(words, capsys.readouterr().err)
    assert not (folder / "out.vcf").exists()
