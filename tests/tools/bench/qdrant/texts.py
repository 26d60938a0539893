"""Real passages and questions, embedded and cut into words as a build does it: `real/`."""

import gzip
import json
import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.domain import Embedder
from index.model.choose import load_embedder, try_export
from index.settings import IndexSettings
from index.text.words import Analyzer

PASSAGES = "passages.jsonl.gz"
CONTEXTS = "public.jsonl.gz"
WRITTEN = "authored.jsonl.gz"
LANGUAGE = "english"
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
# The texts of public sets are cut so that most fit the model, as the passages of a build do.
CHARACTERS = 900
SAMPLE = 500
STEP = 2000
QUESTIONS = 1000

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Words:
    """What words each of n texts holds: text i has the rows `starts[i]` to `starts[i + 1]`."""

    starts: Numbers
    numbers: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int32]

    def of(self, texts: Numbers) -> "Words":
        """Return the words of some of the texts."""
        sizes = self.starts[texts + 1] - self.starts[texts]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        rows = np.arange(starts[-1]) + np.repeat(self.starts[texts] - starts[:-1], sizes)
        return Words(starts, self.numbers[rows], self.counts[rows])

    def save(self, folder: Path, name: str) -> None:
        """Write it.

        Raises:
            OSError: the disk refuses.
        """
        np.savez(folder / name, starts=self.starts, numbers=self.numbers, counts=self.counts)

    @classmethod
    def load(cls, folder: Path, name: str) -> "Words":
        """Read what `save` wrote.

        Raises:
            OSError: it isn't there.
        """
        with np.load(folder / f"{name}.npz") as arrays:
            return cls(arrays["starts"], arrays["numbers"], arrays["counts"])


class Counting:
    """Gathers the words of texts, and numbers them as they come."""

    def __init__(self, numbers: dict[str, int]) -> None:
        """Add new words to `numbers`."""
        self._known = numbers
        self._starts, self._numbers, self._counts = array("q", [0]), array("i"), array("i")

    def add(self, words: Sequence[str]) -> None:
        """Take in the next text."""
        for word, count in Counter(words).items():
            self._numbers.append(self._known.setdefault(word, len(self._known)))
            self._counts.append(count)
        self._starts.append(len(self._numbers))

    def words(self) -> Words:
        """All texts so far."""
        return Words(
            np.array(self._starts, np.int64),
            np.array(self._numbers, np.int32),
            np.array(self._counts, np.int32),
        )


def lines(file: Path) -> Iterator[dict[str, str]]:
    """Yield the objects of a file of JSON lines.

    Raises:
        OSError: it can't be read.
    """
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        yield from map(json.loads, opened)


def pieces(text: str) -> Iterator[str]:
    """Cut a text between sentences."""
    piece = ""
    for sentence in SENTENCE_END.split(text):
        if piece and len(piece) + len(sentence) > CHARACTERS:
            yield piece
            piece = sentence
        else:
            piece = f"{piece} {sentence}" if piece else sentence
    yield piece


def passages(folder: Path) -> tuple[list[str], list[str]]:
    """Return the texts, each once, as the model sees them, and the collection that each is of."""
    found: dict[str, str] = {}
    for each in lines(folder / PASSAGES):
        found.setdefault(f"{each['preamble']}\n{each['text']}".strip(), each["corpus"])
    for each in lines(folder / CONTEXTS):
        for piece in pieces(each["context"]):
            found.setdefault(f"{each['title']}\n{piece}".strip(), each["source"])
    return list(found), list(found.values())


def questions(folder: Path) -> list[str]:
    """Return questions, half about the documentations and half about the public texts."""
    both: list[str] = []
    for file in (WRITTEN, CONTEXTS):
        texts = dict.fromkeys(each["question"] for each in lines(folder / file))
        every = len(texts) / (QUESTIONS // 2)
        listed = list(texts)
        both += [listed[int(number * every)] for number in range(QUESTIONS // 2)]
    return both


def embedded(texts: Sequence[str], model: Embedder) -> Floats:
    """Return unit rows, (n, dim) float32."""
    rows: list[Floats] = []
    for first in range(0, len(texts), STEP):
        part = texts[first : first + STEP]
        rows.append(np.stack([each.vector for each in model.embed_documents(part)]))
    return np.concatenate(rows)


def exported(sample: Sequence[str], folder: Path) -> Embedder:
    """Return the bundled model as a build runs it."""
    folder.mkdir(parents=True, exist_ok=True)
    return try_export(load_embedder(IndexSettings(), None), sample, folder)[0]


def prepare(training: Path, folder: Path) -> tuple[int, int]:
    """Read, embed and cut into words all there is; return how many passages and questions.

    Raises:
        OSError: a file can't be read or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts, collections = passages(training)
    asked = questions(training)
    analyzer = Analyzer([LANGUAGE])
    numbers: dict[str, int] = {}
    for name, given in (("passages", texts), ("questions", asked)):
        counting = Counting(numbers)
        for text in given:
            counting.add(analyzer.words(text, LANGUAGE))
        counting.words().save(folder, f"words-{name}")
    (folder / "words.txt").write_text("\n".join(numbers), encoding="utf-8")
    (folder / "collections.json").write_text(json.dumps(collections), encoding="utf-8")
    model = exported(texts[:: max(1, len(texts) // SAMPLE)], folder / "model")
    np.save(folder / "questions.npy", np.stack([model.embed_question(q).vector for q in asked]))
    np.save(folder / "passages.npy", embedded(texts, model))
    return len(texts), len(asked)
