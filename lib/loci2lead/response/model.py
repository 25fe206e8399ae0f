"""The response model in memory: linear weights per set of modalities, networks, intervals, references.

Prediction = drug mean + pool and network residuals, averaged with weights that were fitted on unseen lines.
The part that a tissue's mean explains is reported beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loci2lead.response.blocks import NEEDS, Blocks
from loci2lead.response.compounds import Drug
from loci2lead.response.domain import Domain
from loci2lead.response.network import ResponseNet, input_blocks, network_predict
from loci2lead.response.omics import Omics
from loci2lead.response.reference import Distribution

Matrix = NDArray[np.float64]
MODALITY_WORDS = {"M": "mutation", "C": "copy_number", "E": "expression"}
SETS = ("EMC", "EC", "EM", "E", "MC", "C", "M", "")
MIN_SHARE_EXPRESSION = 0.5  # of the model's expression genes that a sample must have
MIN_SHARE_COPIES = 0.2
SHARP_SHARE = 0.3  # of an unseen drug's prediction that comes from `transfer` (leave-drug-out, see DESIGN)
MIN_DRIVERS = 3  # driver genes whose mutation state must be known, or one mutation found


@dataclass
class PoolWeights:
    """One set's linear weights in low rank: per block features x rank, and rank x drugs."""

    factors: dict[str, Matrix]
    decoder: Matrix

    def predict(self, blocks: dict[str, Matrix]) -> Matrix:
        """Return residuals (samples x drugs)."""
        latent = sum(blocks[name] @ factor for name, factor in self.factors.items())
        return latent @ self.decoder


@dataclass
class SetFigures:
    """What unseen lines taught about one set of modalities, per drug.

    `half_width` and `half_width_tumour` in ln units (leave-line-out and leave-tissue-out residuals),
    `reliability` the strict correlation, `gain` and its interval the relative drop of squared error against
    the tissue's mean.
    """

    network_share: float
    half_width: NDArray[np.float64]
    half_width_tumour: NDArray[np.float64]
    reliability: NDArray[np.float64]
    gain: NDArray[np.float64]
    gain_low: NDArray[np.float64]
    gain_high: NDArray[np.float64]


@dataclass
class ResponseModel:
    """Everything that prediction needs; see `storage` for how it lies on disk."""

    drugs: list[Drug]
    means: NDArray[np.float64]
    blocks: Blocks
    pools: dict[str, PoolWeights]
    networks: list[ResponseNet]
    figures: dict[str, SetFigures]
    tissue_means: dict[str, NDArray[np.float64]]
    distribution: Distribution
    domain: Domain | None
    max_burden: float
    expression_quantiles: Matrix  # genes x levels of the z-scores, for rank-mapping
    unseen: dict[str, Any] = field(default_factory=dict)
    modalities: str = ""  # what the training data had, e.g. "EMC"
    transfer: PoolWeights | None = None  # nearly unshrunken weights of all modalities, for unseen drugs
    extension: Matrix | None = None  # drugs learned x drugs offered, where further drugs were added
    support: NDArray[np.int_] | None = None  # per added drug: 0 nothing in common with a known one, 1, 2

    @property
    def expression_genes(self) -> list[str]:
        """Return the genes whose expression the model reads, in order."""
        return self.blocks.scalers["expr"].names if "expr" in self.blocks.scalers else []

    def sets_present(self, omics: Omics) -> list[str]:
        """Return per sample the modality letters that it has enough of, among those the model learned."""
        letters = np.array([""] * len(omics.samples), dtype=object)
        for letter, ok in (
            ("E", self._enough_expression(omics)),
            ("M", self._enough_mutations(omics)),
            ("C", self._enough_copies(omics)),
        ):
            if letter in self.modalities:
                letters[ok] += letter
        return [str(w) for w in letters]

    def _enough_expression(self, omics: Omics) -> NDArray[np.bool_]:
        return _share_known(omics, "expr", self.expression_genes) >= MIN_SHARE_EXPRESSION

    def _enough_copies(self, omics: Omics) -> NDArray[np.bool_]:
        names = self.blocks.scalers["cn"].names if "cn" in self.blocks.scalers else []
        return _share_known(omics, "cn", names) >= MIN_SHARE_COPIES

    def _enough_mutations(self, omics: Omics) -> NDArray[np.bool_]:
        counts = np.zeros(len(omics.samples))
        for name in ("any", "hot", "drv"):
            if name in self.blocks.scalers:
                names = self.blocks.scalers[name].names
                counts = np.maximum(counts, _share_known(omics, name, names) * len(names))
        found = (
            omics.frames["any"].eq(1).any(axis=1).to_numpy() if "any" in omics.frames else np.zeros(len(counts), bool)
        )
        return (counts >= MIN_DRIVERS) | found

    def residuals(self, omics: Omics, modalities: str) -> tuple[Matrix, dict[str, Matrix]]:
        """Return residuals (samples x drugs) for samples that all have these modalities, and their blocks."""
        wanted = sorted(set(self.pools[modalities].factors) | set(input_blocks(modalities)))
        blocks = self.blocks.transform(omics, wanted)
        pooled = self.pools[modalities].predict(blocks)
        predicted = pooled
        share = self.figures[modalities].network_share
        if self.networks and share > 0:
            predicted = (1 - share) * pooled + share * network_predict(
                self.networks, self._network_blocks(omics, blocks), modalities
            )
        if self.extension is None:
            return predicted, blocks
        if self.transfer is not None and modalities == self.modalities:
            pooled = (1 - SHARP_SHARE) * pooled + SHARP_SHARE * self.transfer.predict(blocks)
        return np.hstack([predicted, pooled @ self.extension[:, -self.added :]]), blocks

    @property
    def added(self) -> int:
        """Return the number of drugs that were added to those learned."""
        return 0 if self.support is None else len(self.support)

    def _network_blocks(self, omics: Omics, blocks: dict[str, Matrix]) -> dict[str, Matrix]:
        missing = [b for b in input_blocks(self.modalities) if b not in blocks]
        return blocks | self.blocks.transform(omics, missing)


def _share_known(omics: Omics, frame: str, genes: Sequence[str]) -> NDArray[np.float64]:
    from loci2lead.response.omics import align

    if frame not in omics.frames or not genes:
        return np.zeros(len(omics.samples))
    values, _ = align(omics.frames[frame], genes)
    return np.isfinite(values).mean(axis=1)


def set_blocks(modalities: str) -> list[str]:
    """Return the blocks a set of modalities may use."""
    return [b for b, letter in NEEDS.items() if letter == "" or letter in modalities]


def words_of_set(modalities: str) -> str:
    """Return the modalities in words, as the output's column says them."""
    return ",".join([word for letter, word in MODALITY_WORDS.items() if letter in modalities] + ["tissue"])


def short_name(modalities: str) -> str:
    """Name a set of modalities in tables of figures: all, EC, EM, E, MC, C, M or subtype."""
    return {"EMC": "all", "": "subtype"}.get(modalities, modalities)
