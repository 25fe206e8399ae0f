"""The network's forward pass in numpy: the same layers as `network.py` without torch, for calling on a CPU.

Batch normalisation is folded into the convolutions. Kernels see micro-batches of one size, on one thread.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_LN10 = np.float32(0.2302585)
_HIGHEST_COST = 60.0
_EPSILON = 1e-5


class PlainNetwork:
    """Weights of a PileupNetwork, ready for numpy."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], stages: int) -> None:
        """Take the tensors by the names that PileupNetwork gives them; `stages` is how many widths it has."""
        self.arrays = arrays
        self.convolutions = []
        for stage in range(stages):
            first, block = f"pileup.{4 * stage}", f"pileup.{4 * stage + 3}"
            self.convolutions.append(
                (
                    self._folded(f"{first}.weight", f"pileup.{4 * stage + 1}"),
                    self._folded(f"{block}.first.weight", f"{block}.norms.0"),
                    self._folded(f"{block}.second.weight", f"{block}.norms.1"),
                )
            )

    def _folded(self, weight: str, norm: str) -> tuple[Array, Array]:
        """Return a convolution as (9 · channels) × outputs and a shift, its batch normalisation folded in."""
        kernel = self.arrays[weight]
        scale = self.arrays[f"{norm}.weight"] / np.sqrt(self.arrays[f"{norm}.running_var"] + _EPSILON)
        shift = self.arrays[f"{norm}.bias"] - self.arrays[f"{norm}.running_mean"] * scale
        matrix = (kernel * scale[:, None, None, None]).transpose(2, 3, 1, 0).reshape(-1, len(kernel))
        return np.ascontiguousarray(matrix, dtype=np.float32), shift.astype(np.float32)

    def _linear(self, name: str, x: Array) -> Array:
        return x @ self.arrays[f"{name}.weight"].T + self.arrays[f"{name}.bias"]

    def summary(self, features: Array, costs: Array) -> tuple[Array, Array]:
        """Return the summary head's logits (N × 3) and the embedding that the fused head takes."""
        x = (features - self.arrays["mean"]) / self.arrays["scale"]
        embedded = _rectified(self._linear("embed.3", _rectified(self._linear("embed.1", x))))
        return self._linear("summary_head", embedded) + self._prior(0, costs), embedded

    def forward(self, images: NDArray[np.uint8], features: Array, costs: Array) -> tuple[Array, Array]:
        """Return logits (N × 3) of both heads; `images` are N × channels × rows × columns."""
        summary, embedded = self.summary(features, costs)
        x = np.ascontiguousarray(images.transpose(0, 2, 3, 1)).astype(np.float32) / np.float32(255)
        for down, first, second in self.convolutions:
            x = _rectified(_convolve(x, *down, stride=2))
            x = _rectified(x + _convolve(_rectified(_convolve(x, *first)), *second))
        pooled = np.concatenate([x.mean(axis=(1, 2)), x.max(axis=(1, 2)), embedded], axis=1)
        hidden = _rectified(self._linear("fused.0", pooled))
        return summary, self._linear("fused.3", hidden) + self._prior(1, costs)

    def _prior(self, head: int, costs: Array) -> Array:
        return self.arrays["trust"][head] * -_LN10 * np.minimum(costs, np.float32(_HIGHEST_COST))


def _rectified(x: Array) -> Array:
    return np.maximum(x, np.float32(0))


def _convolve(x: Array, kernel: Array, shift: Array, stride: int = 1) -> Array:
    """Return the 3 × 3 convolution of x (N × rows × columns × channels), padded by one."""
    n, height, width, channels = x.shape
    padded = np.zeros((n, height + 2, width + 2, channels), dtype=np.float32)
    padded[:, 1:-1, 1:-1] = x
    rows, columns = (height - 1) // stride + 1, (width - 1) // stride + 1
    windows = np.empty((n, rows, columns, 9, channels), dtype=np.float32)
    for place in range(9):
        top, left = divmod(place, 3)
        windows[:, :, :, place] = padded[:, top : top + height : stride, left : left + width : stride]
    flat = windows.reshape(n * rows * columns, -1) @ kernel
    flat += shift
    return flat.reshape(n, rows, columns, -1)
