"""Reads of a window as flat arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class ReadBlock(NamedTuple):
    """Reads in file order. Per read: reference `start`/`end`, `flag`, `mapq`, `pair` (same number for mates),
    `offset` into `bases`/`qualities` and `cigar_offset` into the
    operations, each with one entry more than there are reads. A named tuple, since numba takes those.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    flag: NDArray[np.int32]
    mapq: NDArray[np.uint8]
    pair: NDArray[np.int32]
    offset: NDArray[np.int64]
    bases: NDArray[np.uint8]
    qualities: NDArray[np.uint8]
    cigar_offset: NDArray[np.int64]
    operations: NDArray[np.uint8]
    lengths: NDArray[np.int32]

    @property
    def size(self) -> int:
        """How many reads there are."""
        return len(self.start)
