"""What makes an index of some documents, and an answer from it, take milliseconds.

The model, the reader and the process that reads documents are put in the place of the real ones;
all else that builds and answers is as it is.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pytest

from index import IndexSettings
from index.domain import Cut, Document, Passage, Skipped, TokenEmbeddings
from index.model.reader import Reading
from index.model.revision import revision
from index.reading.formats import read
from index.reading.worker import Cutter

DIM = 16
MOST_TOKENS = 200
PIECE_CHARS = 8
PAGE_CHARS = 350
# The logits of a reader that is sure of everything, and sure where an answer begins and ends.
SURE, THERE, ELSEWHERE = 6.0, -0.1, -8.0

Floats = npt.NDArray[np.float32]


class WordEmbedder:
    """A model for which every word means something, and nothing that another one means."""

    name = IndexSettings().model
    revision = revision(IndexSettings())
    dim = DIM
    files: Path | None = None
    max_tokens = MOST_TOKENS

    @property
    def count_tokens(self) -> Callable[[str], int]:
        """Count words, of which a long one is cut in pieces."""
        return count_pieces

    def embed_documents(self, texts: Sequence[str]) -> list[TokenEmbeddings]:
        """Embed each by its words."""
        return [self.embed_question(text) for text in texts]

    def embed_question(self, text: str) -> TokenEmbeddings:
        """Embed a text by its words."""
        words = text.casefold().split() or [""]
        rows = np.stack([_meaning(word) for word in words])
        whole = rows.sum(axis=0)
        ids = [int.from_bytes(_hash(word)[:2], "big") for word in words]
        return TokenEmbeddings(whole / np.linalg.norm(whole), rows, np.array(ids, np.int64))


class SureReader:
    """A reader to whom any passage answers any question, by one of its words."""

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """Be sure of all; of which word is chance, the same for the same."""
        return [_sure(question, passage.text) for passage in passages]


class Here:
    """Reads and cuts documents in this process."""

    def __init__(self, settings: IndexSettings, cutter: Cutter | None = None) -> None:
        """Read from the seeds folder; nothing is cut without a cutter."""
        self._settings = settings
        self._cutter = cutter

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End nothing."""

    def read(self, path: str) -> Document | Skipped:
        """Return the document at a path."""
        return read(path, (self._settings.seeds_path / path).read_bytes(), self._settings)

    def cut(self, document: Document, first_id: int) -> Cut | Skipped:
        """Return its passages."""
        assert self._cutter is not None
        return self._cutter.cut(document, first_id)


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Put them in their places, and have pages so short that there are many to turn."""
    patch.setattr("index.build.build.revision", lambda _settings: WordEmbedder.revision)
    patch.setattr("index.build.collect.ReaderProcess", Here)
    patch.setattr("index.reading.preview.ReaderProcess", Here)
    patch.setattr("index.answer.serving.load_reader", SureReader)
    patch.setattr("bot.render.reply.DESCRIPTION_LIMIT", PAGE_CHARS)


def count_pieces(text: str) -> int:
    """How many tokens a text has; a word that is one of them is no misspelt one."""
    return sum(1 + len(word) // PIECE_CHARS for word in text.split())


def _sure(question: str, text: str) -> Reading:
    words = [match.span() for match in re.finditer(r"\S+", text)] or [(0, 0)]
    place = int.from_bytes(_hash(question + text)[:2], "big") % len(words)
    where = np.full(len(words), ELSEWHERE, np.float32)
    where[place] = THERE
    return Reading(SURE, where, where, np.array(words, np.int64))


@lru_cache(maxsize=10_000)
def _meaning(word: str) -> Floats:
    numbers = np.frombuffer(_hash(word)[: 2 * DIM], np.uint8)[:DIM].astype(np.float32) - 127.5
    row: Floats = numbers / np.linalg.norm(numbers)
    return row


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode()).digest()
