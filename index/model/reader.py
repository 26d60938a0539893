"""The reader: a small model that is given a question and a passage together.

It says whether the passage answers, and which of its words do. It ships with the bot, is run by
onnxruntime like an exported embedder, and was trained by tests/tools/reader.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.domain import Passage
from index.errors import EmbeddingError, ModelUnavailable
from index.model.onnx_embedder import INPUTS, open_session
from index.model.torch_embedder import reason_of

Floats = npt.NDArray[np.float32]

GRAPH, TOKENIZER = "reader.onnx", "tokenizer.json"
OUTPUTS = ("answers", "starts", "ends")
# What the reader was trained with, in tokens.
LONGEST, LONGEST_QUESTION, LONGEST_PREAMBLE = 320, 48, 40
BEGIN, BETWEEN, AFTER_PREAMBLE = "[CLS]", "[SEP]", "."


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader says of a passage.

    `answers` is the logit of whether it answers. `starts` and `ends` are (tokens,) float32, the
    logarithms of how likely the answer begins and ends with each of the passage's tokens, and
    `offsets` (tokens, 2) int64, where these begin and end in its text, in code points.
    """

    answers: float
    starts: Floats
    ends: Floats
    offsets: npt.NDArray[np.int64]


class Reader:
    """The reader that ships with the bot; every method may be called from any thread."""

    def __init__(self) -> None:
        """Load it.

        Raises:
            ModelUnavailable: its files are missing or damaged.
        """
        folder = resources.files("index.model") / "weights"
        try:
            self._tokenizer = Tokenizer.from_str((folder / TOKENIZER).read_text(encoding="utf-8"))
            self._session = open_session((folder / GRAPH).read_bytes())
        # The libraries raise what they like for a file that is none of theirs.
        except Exception as error:
            message = (
                f"{folder}: the reader can't be loaded ({reason_of(error)}); install the bot again "
                "with `pip install --force-reinstall --no-deps .`"
            )
            raise ModelUnavailable(message) from error
        # One a processor for all questions at once: more would only take more memory.
        self._threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="reader")
        self._marks = [self._tokenizer.token_to_id(m) for m in (BEGIN, BETWEEN, AFTER_PREAMBLE)]

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """Read a question with each of some passages.

        Raises:
            EmbeddingError: the model fails.
        """
        asked = self._ids(question)[:LONGEST_QUESTION]
        return list(self._threads.map(lambda passage: self._read(asked, passage), passages))

    def _read(self, question: list[int], passage: Passage) -> Reading:
        begin, between, stop = self._marks
        preamble = self._ids(passage.preamble)[-LONGEST_PREAMBLE:]
        head = [begin, *question, between, *preamble, *([stop] if preamble else [])]
        text = self._tokenizer.encode(passage.text, add_special_tokens=False)
        body = text.ids[: LONGEST - len(head) - 1]
        ids = np.array([[*head, *body, between]], np.int64)
        types = (np.arange(ids.shape[1]) >= len(question) + 2).astype(np.int64)[None]
        try:
            outputs = self._session.run(list(OUTPUTS), dict(zip(INPUTS, (ids, types), strict=True)))
        # The library's errors have no common root but this.
        except Exception as error:
            message = f"the reader failed: {reason_of(error)}"
            raise EmbeddingError(message) from error
        answers, starts, ends = outputs
        inside = slice(len(head), len(head) + len(body))
        return Reading(
            answers=float(answers[0]),
            starts=_log_softmax(starts[0, inside]),
            ends=_log_softmax(ends[0, inside]),
            offsets=np.array(text.offsets[: len(body)], np.int64).reshape(-1, 2),
        )

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids


@cache
def load_reader() -> Reader:
    """Return the reader, loaded once in a process.

    Raises:
        ModelUnavailable: its files are missing or damaged.
    """
    return Reader()


def _log_softmax(values: npt.NDArray[Any]) -> Floats:
    result: Floats = values - np.logaddexp.reduce(values) if len(values) else values
    return result
