"""Unit vectors in fewer bits, and their cosines with whole ones; pure NumPy."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint8]

BYTE = 8
# The step between the levels of a uniform quantizer that fits numbers of variance 1 best, by how
# many bits a number gets (Max 1960).
STEPS = {2: 0.9957, 4: 0.3352}
# Codes unpacked at a time: few enough for a processor's own cache, which makes it twice as fast.
BATCH = 256
# Fixed for ever: what was written with one rotation can't be read with another.
SEED = 0


def quantize(vectors: Floats) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float16]]:
    """Return `vectors` (n, dim), unit rows, as bytes and the (n,) factors that give them back.

    What they give back is quantized to the same bytes and factors again.
    """
    scale = np.abs(vectors).max(axis=1, initial=0) / np.float32(127)
    scale = np.maximum(scale, np.finfo(np.float16).tiny)
    # A factor of few digits, rounded up, has exact products with all bytes.
    short = scale.astype(np.float16)
    short = np.where(short < scale, np.nextafter(short, np.float16(np.inf)), short)
    return np.rint(vectors / short.astype(np.float32)[:, None]).astype(np.int8), short


@cache
def rotation(dim: int) -> Floats:
    """Return an orthogonal matrix (dim, dim) that makes all dimensions of vectors alike.

    It is the discrete cosine transform of a vector some of whose signs are turned, at random. One
    drawn as a whole mixes no better and takes a cold start a quarter of a second to orthogonalize.
    """
    places = np.arange(dim)
    cosines = np.cos(np.pi / dim * np.outer(places + 0.5, places)) * np.sqrt(2 / dim)
    cosines[:, 0] /= np.sqrt(2)
    # The old generator, whose numbers NumPy never changes.
    signs = np.random.RandomState(SEED).choice([-1, 1], dim)
    turned: Floats = (signs[:, None] * cosines).astype(np.float32)
    return turned


@dataclass(frozen=True, slots=True)
class Code:
    """How unit vectors of `dim` numbers are kept, in `bits` a number: 4 or 2.

    They are rotated, so that no dimension is wider than the others, and rounded to evenly spaced
    levels; the numbers of neighbouring dimensions share a byte.
    """

    bits: int
    dim: int

    @property
    def width(self) -> int:
        """The bytes of a vector."""
        return -(-self.dim * self.bits // BYTE)

    def encode(self, values: npt.NDArray[np.int8]) -> tuple[Codes, npt.NDArray[np.float16]]:
        """Return in this code the bytes that `quantize` gave: (n, width) and (n,) factors."""
        vectors = values.astype(np.float32) @ rotation(self.dim)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        half = 1 << (self.bits - 1)
        levels = np.floor(vectors * np.float32(np.sqrt(self.dim) / STEPS[self.bits])) + half
        np.clip(levels, 0, 2 * half - 1, out=levels)
        # So that a vector's product with itself stays what it is, rounding moves no product by
        # more than chance (Gao and Long 2024).
        products = np.einsum("td,td->t", vectors, levels - np.float32(half - 0.5))
        factors = 1 / np.maximum(products, np.finfo(np.float32).tiny)
        apart = BYTE // self.bits
        padded = np.zeros((len(levels), self.width * apart), np.uint8)
        padded[:, : self.dim] = levels
        packed = padded[:, ::apart]
        for place in range(1, apart):
            packed = packed | padded[:, place::apart] << np.uint8(self.bits * place)
        return packed, factors.astype(np.float16)

    def cosines(self, vectors: Floats, codes: Codes, scales: npt.NDArray[np.float16]) -> Floats:
        """Return the cosines of coded vectors (n, width) with whole ones (m, dim): (n, m)."""
        apart = BYTE // self.bits
        rotated = np.zeros((len(vectors), self.width * apart), np.float32)
        rotated[:, : self.dim] = vectors @ rotation(self.dim)
        # Each place of the bytes has the numbers of its own dimensions; those are left where they
        # are, as multiples of a power of two.
        masks = [np.uint8(((1 << self.bits) - 1) << self.bits * place) for place in range(apart)]
        factors = [
            np.ascontiguousarray(rotated[:, place::apart].T) / np.float32(1 << self.bits * place)
            for place in range(apart)
        ]
        # The levels are counted from 0, so all are too high by as much.
        excess = rotated.sum(axis=1) * np.float32((1 << self.bits) / 2 - 0.5)
        cosines = np.empty((len(codes), len(vectors)), np.float32)
        levels = np.empty((BATCH, self.width), np.float32)
        for first in range(0, len(codes), BATCH):
            batch = codes[first : first + BATCH]
            sums = -excess
            for mask, factor in zip(masks, factors, strict=True):
                numbers = levels[: len(batch)]
                np.copyto(numbers, batch & mask)
                sums = sums + numbers @ factor
            cosines[first : first + BATCH] = sums
        cosines *= scales.astype(np.float32)[:, None]
        return cosines
