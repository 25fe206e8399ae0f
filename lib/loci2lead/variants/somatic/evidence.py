"""What the network sees of an allele: both samples' summary features, and how they compare."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loci2lead.io.alignments import base_codes
from loci2lead.variants.candidates import Allele
from loci2lead.variants.features import FEATURES, chunk_alleles, locus_features, support
from loci2lead.variants.genotyping import read_weights
from loci2lead.variants.loci import Locus
from loci2lead.variants.somatic.likelihoods import HYPOTHESES, Evidence, origins
from loci2lead.variants.somatic.pair import PairChunk, PairLocus, Sample

CLEAR = 3.0
# log10 of the likelihood that an allele must gain over "not there" before anything else is computed.
LEAST_GAIN = 2.0
PAIR_FEATURES = (
    *(f"log_{name}" for name in HYPOTHESES),
    *("share_tumour", "share_normal", "most_normal", "log_tumour", "log_normal", "log_depth", "log_depth_normal"),
    *("strand_balance", "fragment_balance", "molecules", "damage", "carried", "carried_normal", "has_normal"),
)


@dataclass(frozen=True)
class Counted:
    """Reads of one sample that clearly show the allele, that clearly do not, and all."""

    alternate: int
    other: int
    depth: int

    @property
    def share(self) -> float:
        """Share of the allele among the clear reads."""
        clear = self.alternate + self.other
        return self.alternate / clear if clear else 0.0


@dataclass(frozen=True)
class Judged:
    """One allele of a pair's locus on its way to a record: likelihoods of its origins, and the network's inputs."""

    pair: PairLocus
    index: int
    origins: NDArray[np.float64]
    tumour: Evidence
    normal: Evidence | None
    tumour_features: NDArray[np.float32]
    normal_features: NDArray[np.float32]
    pair_features: NDArray[np.float32]

    @property
    def allele(self) -> Allele:
        """The allele itself."""
        return self.pair.tumour.alleles[self.index]


def judge_locus(
    chunk: PairChunk,
    pair: PairLocus,
    near: NDArray[np.float64],
    tumour: Sample,
    normal: Sample | None,
    damage: NDArray[np.float64],
    wanted: list[int],
) -> list[Judged]:
    """Return the alleles of a locus that the reads speak for, and those in `wanted`."""
    judged = []
    evidence = [evidence_of(chunk, pair, index, damage) for index in range(len(pair.tumour.alleles))]
    gains = [origins(*both) for both in evidence]
    kept = [i for i, gain in enumerate(gains) if i in wanted or gain[2:].max() >= LEAST_GAIN]
    if not kept:
        return []
    own = locus_features(chunk.tumour, pair.tumour, near, tumour.library)
    other = np.zeros_like(own)
    if chunk.normal is not None and pair.normal is not None and normal is not None:
        other = locus_features(chunk.normal, pair.normal, near, normal.library)
    for index in kept:
        compared = _compare(chunk, pair, index, evidence[index], gains[index], damage)
        judged.append(Judged(pair, index, gains[index], *evidence[index], own[index], other[index], compared))
    return judged


def evidence_of(
    chunk: PairChunk, pair: PairLocus, index: int, damage: NDArray[np.float64]
) -> tuple[Evidence, Evidence | None]:
    """Return the reads' evidence for one allele in tumour and normal."""
    block = chunk.tumour.block
    limit = damage_rate(pair, index, damage)
    own = _evidence(pair.tumour, pair.rivals, index, block.flag[pair.tumour.read], block.pair[pair.tumour.read], limit)
    if chunk.normal is None or pair.normal is None:
        return own, None
    block = chunk.normal.block
    return own, _evidence(
        pair.normal, pair.rivals, index, block.flag[pair.normal.read], block.pair[pair.normal.read], limit
    )


def _evidence(
    locus: Locus,
    rivals: NDArray[np.bool_],
    index: int,
    flag: NDArray[np.int32],
    pairs: NDArray[np.int32],
    rate: float,
) -> Evidence:
    margin = support(locus, index, rivals)
    if rate > 0:
        margin = np.where(margin > 0, -10 * np.log10(10.0 ** (-margin / 10) + rate), margin)
    reverse = (flag & 0x10) != 0
    second = (flag & 0x80) != 0
    return Evidence(margin, read_weights(pairs), np.stack([reverse, reverse ^ second]))


def damage_rate(pair: PairLocus, index: int, damage: NDArray[np.float64]) -> float:
    """Return the library's chance of the allele by damage (0 for indels)."""
    allele = pair.tumour.alleles[index]
    if allele.change != 0:
        return 0.0
    return float(damage[base_codes(allele.ref)[0], base_codes(allele.alt)[0]])


def count(locus: Locus | None, index: int, rivals: NDArray[np.bool_]) -> Counted:
    """Count the reads that clearly favour the allele or one of its rivals."""
    if locus is None:
        return Counted(0, 0, 0)
    margin = support(locus, index, rivals)
    return Counted(int((margin > CLEAR).sum()), int((margin < -CLEAR).sum()), len(margin))


def _compare(
    chunk: PairChunk,
    pair: PairLocus,
    index: int,
    evidence: tuple[Evidence, Evidence | None],
    gains: NDArray[np.float64],
    damage: NDArray[np.float64],
) -> NDArray[np.float32]:
    own, other = (count(locus, index, pair.rivals) for locus in (pair.tumour, pair.normal))
    tumour = evidence[0]
    clear = tumour.margin > CLEAR
    sides = tumour.sides[:, clear]
    balance = [min(side.mean(), 1 - side.mean()) if side.size else 0.5 for side in sides]
    block, read = chunk.tumour.block, pair.tumour.read[clear]
    molecules = len(set(zip(block.start[read].tolist(), block.end[read].tolist(), strict=True)))
    values = [
        *np.clip(gains / 10, -2, 3),
        own.share,
        other.share,
        (other.alternate + 1) / (other.depth + 2),
        np.log1p(own.alternate) / 5,
        np.log1p(other.alternate) / 5,
        np.log1p(own.depth) / 5,
        np.log1p(other.depth) / 5,
        *balance,
        molecules / max(int(clear.sum()), 1),
        min(damage_rate(pair, index, damage) * 1000, 10.0) / 10,
        float(pair.tumour.carries[:, index].mean()) if len(pair.tumour.read) else 0.0,
        float(pair.normal.carries[:, index].mean()) if pair.normal is not None and len(pair.normal.read) else 0.0,
        pair.normal is not None,
    ]
    return np.array(values, dtype=np.float32)


def near_alleles(chunk: PairChunk) -> NDArray[np.float64]:
    """Return (position, share of reads) of all alleles of a chunk."""
    return chunk_alleles([pair.tumour for pair in chunk.loci])


WIDTHS = (len(FEATURES), len(PAIR_FEATURES))
