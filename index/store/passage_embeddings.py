"""Embeddings as they lie in the files of a generation, passage by passage."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.domain import Passage
from index.store.arrays import Array

Floats = npt.NDArray[np.float32]
KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class TokenRows:
    """Tokens of a text: `values`, `scales` (n,) float16 and `ids` (n,) int32.

    `values` is (n, dim) int8, or uint8 in the code of the generation that they were taken from.
    """

    values: npt.NDArray[np.int8] | npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float16]
    ids: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class EmbeddedPassage:
    """A passage: `vector` is (dim,) float32, `rows` are its tokens, those of its preamble first."""

    vector: Floats
    rows: TokenRows


def passage_key(passage: Passage) -> bytes:
    """Return a hash of all that the embeddings of a passage depend on, beside the model."""
    content = repr((passage.preamble, passage.units[0].context, passage.text))
    return hashlib.blake2b(content.encode(), digest_size=KEY_BYTES).digest()


class Slices(Protocol):
    """Rows of a file, read or still being written."""

    def __getitem__(self, part: slice, /) -> Array:
        """Return rows that lie together."""


@dataclass(frozen=True, slots=True)
class PassageEmbeddings:
    """The embeddings that lie in a generation's files, also while these are being written."""

    passages: Slices
    vectors: Slices
    codes: Slices
    scales: Slices
    ids: Slices

    def passage(self, number: int) -> EmbeddedPassage:
        """Return the embeddings of a passage, the tokens in the generation's code."""
        row = self.passages[number : number + 1][0]
        rows = self._tokens(int(row["token"]), int(row["last_token"]))
        return EmbeddedPassage(self.vectors[number : number + 1][0], rows)

    def name(self, number: int) -> TokenRows:
        """Return the tokens of the name of the file that a passage is of."""
        row = self.passages[number : number + 1][0]
        return self._tokens(int(row["name"]), int(row["last_name"]))

    def keys(self) -> list[bytes]:
        """Return the keys of all passages."""
        return [key.tobytes() for key in self.passages[:]["key"]]

    def _tokens(self, begin: int, end: int) -> TokenRows:
        return TokenRows(self.codes[begin:end], self.scales[begin:end], self.ids[begin:end])
