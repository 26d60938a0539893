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
    """A passage with its units.

    `vector` is (dim,) float32; `ranges` is (1 + units, 2) int64, which of `rows` are the passage's
    and each unit's; `shared` says how many tokens at its beginning are of its preamble.
    """

    vector: Floats
    rows: TokenRows
    ranges: npt.NDArray[np.int64]
    shared: int


def passage_key(passage: Passage) -> bytes:
    """Return a hash of all that the embeddings of a passage depend on, beside the model."""
    spans = [unit.span.within(passage.span) for unit in passage.units]
    units = [
        (span.start, span.end, str(unit.kind), unit.context)
        for span, unit in zip(spans, passage.units, strict=True)
    ]
    content = repr((passage.preamble, passage.text, units))
    return hashlib.blake2b(content.encode(), digest_size=KEY_BYTES).digest()


class Slices(Protocol):
    """Rows of a file, read or still being written."""

    def __getitem__(self, part: slice, /) -> Array:
        """Return rows that lie together."""


@dataclass(frozen=True, slots=True)
class PassageEmbeddings:
    """The embeddings that lie in a generation's files, also while these are being written."""

    passages: Slices
    units: Slices
    vectors: Slices
    codes: Slices
    scales: Slices
    ids: Slices

    def passage(self, number: int) -> EmbeddedPassage:
        """Return the embeddings of a passage, the tokens in the generation's code."""
        row = self.passages[number : number + 1][0]
        first, last = int(row["unit"]), int(row["unit"] + row["units"])
        units = self.units[first:last]
        ranges = np.array(
            [(row["token"], row["last_token"]), *units[["token", "last_token"]].tolist()], np.int64
        )
        begin, end = int(ranges[0, 0]), int(ranges[:, 1].max())
        return EmbeddedPassage(
            vector=self.vectors[number : number + 1][0],
            rows=self._tokens(begin, end),
            ranges=ranges - begin,
            shared=int(row["shared"]),
        )

    def name(self, number: int) -> TokenRows:
        """Return the tokens of the name of the file that a passage is of."""
        row = self.passages[number : number + 1][0]
        return self._tokens(int(row["name"]), int(row["last_name"]))

    def keys(self) -> list[bytes]:
        """Return the keys of all passages."""
        return [key.tobytes() for key in self.passages[:]["key"]]

    def _tokens(self, begin: int, end: int) -> TokenRows:
        return TokenRows(self.codes[begin:end], self.scales[begin:end], self.ids[begin:end])
