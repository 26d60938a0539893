"""Embeddings read back from the bytes that they were quantized to."""

import numpy as np
import numpy.typing as npt


def restore(
    values: npt.NDArray[np.int8], scales: npt.NDArray[np.float16]
) -> npt.NDArray[np.float32]:
    """Return what `quantize` was given, nearly: (n, dim) float32."""
    vectors: npt.NDArray[np.float32] = (
        values.astype(np.float32) * scales.astype(np.float32)[:, None]
    )
    return vectors
