"""What is asked and searched: passages of four tenants, a tenth and a half of which die."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.store.ranking import K1, B, idf
from tests.tools.bench.qdrant.shard import ALIVE, FIRST, Contents, Lives, word_key
from tests.tools.bench.qdrant.spread import spread
from tests.tools.bench.qdrant.texts import Floats, Numbers, Words

# How far made passages lie from real ones; `likeness` shows what comes of it.
LEAN, FAR = 0.35, 0.45
# Nearly all; a hundredth, of one subject or of all; a ten-thousandth.
TENANTS = ("big", "subject", "scattered", "small")
SUBJECT = "laravel"
# At these moments so much is dead.
MOMENTS = {FIRST: 0.0, FIRST + 1000: 0.1, FIRST + 2000: 0.5}
ASKED = 300
ROWS = 100_000


@dataclass(frozen=True)
class Corpus:
    """Passages and questions; `questions` are (q, dim) float32, `asked` their words."""

    contents: Contents
    questions: Floats
    asked: Words

    def allowed(self, tenant: str | None, moment: int | None) -> npt.NDArray[np.bool_]:
        """Which passages a filter lets through: (n,)."""
        lives = self.contents.lives
        allowed = np.ones(len(lives.tenant), bool)
        if tenant is not None:
            allowed &= lives.tenant == lives.tenants.index(tenant)
        if moment is not None:
            allowed &= (lives.born <= moment) & (lives.died > moment)
        return allowed

    @cached_property
    def cosines(self) -> Floats:
        """Of every question with every passage: (q, n) float32."""
        vectors = self.contents.vectors
        rows = np.empty((len(self.questions), len(vectors)), np.float32)
        for first in range(0, len(vectors), ROWS):
            part = vectors[first : first + ROWS]
            rows[:, first : first + len(part)] = self.questions @ part.T
        return rows

    @cached_property
    def postings(self) -> tuple[Numbers, npt.NDArray[np.int32], Floats]:
        """Of each word, where its passages start; passages and values by word."""
        words = self.contents.words
        order = np.argsort(words.numbers, kind="stable")
        size = len(self.contents.keys)
        starts = np.concatenate(
            [np.zeros(1, np.int64), np.cumsum(np.bincount(words.numbers, minlength=size))]
        )
        texts = np.repeat(np.arange(len(words.starts) - 1, dtype=np.int32), np.diff(words.starts))
        return starts, texts[order], self.contents.values[order]

    def question_words(self, number: int) -> Numbers:
        """The words of a question that any passage holds."""
        first, last = self.asked.starts[number : number + 2]
        words = self.asked.numbers[first:last].astype(np.int64)
        starts = self.postings[0]
        known: Numbers = words[starts[words + 1] > starts[words]]
        return known

    def rarity(self, words: Numbers, allowed: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Return the idf of words among the passages allowed, and the share that holds each."""
        starts, texts, _ = self.postings
        count = int(allowed.sum())
        holding = np.array(
            [allowed[texts[starts[word] : starts[word + 1]]].sum() for word in words], np.int64
        )
        return idf(count, holding), (holding / max(1, count)).astype(np.float32)

    def lexical(self, words: Numbers, weights: Floats) -> Floats:
        """The BM25 score of every passage: (n,) float32."""
        starts, texts, values = self.postings
        scores = np.zeros(len(self.contents.vectors), np.float32)
        for word, weight in zip(words, weights, strict=True):
            rows = slice(starts[word], starts[word + 1])
            scores[texts[rows]] += values[rows] * weight
        return scores


def document_side(words: Words) -> Floats:
    """Return BM25 of each word of each text, without the rarity of the word."""
    sizes = np.diff(words.starts)
    texts = np.repeat(np.arange(len(sizes)), sizes)
    lengths = np.maximum(1, np.bincount(texts, words.counts, minlength=len(sizes)))
    norms = K1 * ((1 - B) + B * lengths / lengths.mean())
    values: Floats = (words.counts / (norms[texts] + words.counts)).astype(np.float32)
    return values


def lives(origins: Numbers, collections: list[str]) -> Lives:
    """Say whose each passage is and when it dies."""
    count = len(origins)
    random = np.random.default_rng(11)
    tenant = np.zeros(count, np.int64)
    own = np.flatnonzero(np.array([name == SUBJECT for name in collections])[origins])
    tenant[own[: count // 100]] = TENANTS.index("subject")
    rest = random.permutation(np.flatnonzero(tenant == 0))
    tenant[rest[: count // 100]] = TENANTS.index("scattered")
    tenant[rest[count // 100 :][: max(1, count // 10_000)]] = TENANTS.index("small")
    died = np.full(count, ALIVE, np.int64)
    place = random.random(count)
    for moment, share in sorted(MOMENTS.items(), reverse=True):
        died[place < share] = moment
    return Lives(TENANTS, tenant, np.full(count, FIRST, np.int64), died)


def make(folder: Path, count: int) -> None:
    """Make `count` passages of the real ones in `folder`.

    Raises:
        OSError: what `texts.prepare` made isn't there, or the disk refuses.
    """
    real = folder / "real"
    made = spread(
        np.load(real / "passages.npy"), Words.load(real, "words-passages"), count, LEAN, FAR
    )
    target = folder / str(count)
    target.mkdir(exist_ok=True)
    np.save(target / "vectors.npy", made.vectors)
    np.save(target / "origins.npy", made.origins)
    made.words.save(target, "words")


def load(folder: Path, count: int, asked: int = ASKED) -> Corpus:
    """Read what `make` made, and `asked` questions.

    Raises:
        OSError: it isn't there.
    """
    real, target = folder / "real", folder / str(count)
    words = Words.load(target, "words")
    names = (real / "words.txt").read_text(encoding="utf-8").split("\n")
    contents = Contents(
        np.load(target / "vectors.npy"),
        words,
        document_side(words),
        np.array([word_key(name) for name in names], np.int64),
        lives(
            np.load(target / "origins.npy"),
            json.loads((real / "collections.json").read_text(encoding="utf-8")),
        ),
    )
    questions = np.load(real / "questions.npy")
    every = np.linspace(0, len(questions) - 1, asked).astype(int)
    whole = Words.load(real, "words-questions")
    return Corpus(contents, questions[every], whole.of(every))
