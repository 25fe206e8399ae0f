"""Everything a model needs to know about molecules, computed once and shared by all its parts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from loci2lead.io.atomic import atomic_path
from loci2lead.molecules.domain import packed_fingerprints
from loci2lead.molecules.features import describe
from loci2lead.molecules.graphs import Graphs, graphs_of
from loci2lead.molecules.standardise import without_isotopes


@dataclass(frozen=True)
class Inputs:
    """What a model sees of molecules: descriptors, counts, graphs and packed fingerprints, computed once."""

    descriptors: NDArray[np.float32]
    counts: NDArray[np.uint8]
    graphs: Graphs
    fingerprints: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.descriptors)

    def take(self, rows: NDArray[np.int64]) -> "Inputs":
        """Return the molecules numbered `rows`."""
        return Inputs(self.descriptors[rows], self.counts[rows], self.graphs.take(rows), self.fingerprints[rows])


def inputs_of(mols: Sequence[Chem.Mol], forget: bool = False) -> Inputs:
    """Compute all that a model needs to know about molecules; with `forget` nothing is kept in them (see describe)."""
    plain = [without_isotopes(mol) for mol in mols]
    descriptors, counts = describe(plain, forget)
    return Inputs(descriptors, counts, graphs_of(plain), packed_fingerprints(plain))


def save_inputs(path: Path, inputs: Inputs) -> None:
    """Write inputs as plain arrays, whole or not at all."""
    graphs = {f"graphs_{field.name}": getattr(inputs.graphs, field.name) for field in fields(Graphs)}
    with atomic_path(path) as temporary:
        np.savez(
            temporary,
            descriptors=inputs.descriptors,
            counts=inputs.counts,
            fingerprints=inputs.fingerprints,
            **graphs,
        )


def load_inputs(path: Path) -> Inputs:
    """Read what `save_inputs` wrote."""
    with np.load(path) as arrays:
        graphs = Graphs(**{field.name: arrays[f"graphs_{field.name}"] for field in fields(Graphs)})
        return Inputs(arrays["descriptors"], arrays["counts"], graphs, arrays["fingerprints"])
