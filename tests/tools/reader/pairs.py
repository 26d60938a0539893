"""Pairs of a question and a passage, drawn from the prepared arrays; needs NumPy alone.

A group is a question with a passage that answers, the same passage without the words that do, and
passages that search finds near it; or a question and a passage that doesn't answer it.
"""

from dataclasses import dataclass, fields
from multiprocessing.pool import Pool
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.tools.reader.ragged import Ragged, packed, unpacked

CLS, SEP, STOP = 101, 102, 1012
LONGEST = 320
SEED = 17
# Forms of a question, as `prepare` numbers them.
CHANGED_FORM, UNNAMED = 2, 3
# What a pair is: the passage that answers; the one a near miss was written against; one that
# search finds; the answering one without its answer; one whose question was changed.
GOLD, MISS, FOUND, REMOVED, CHANGED = range(5)
FOUND_EACH = 3
FOUND_MISS = 2
SHORTEST_CUT, LONGEST_CUT = 60, 260
Tokens = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Texts:
    """The prepared passages and questions."""

    heads: Ragged
    bodies: Ragged
    units: Ragged
    questions: Ragged
    answers: Ragged
    corpus: Tokens
    text: Tokens
    source: Tokens
    sources: Tokens
    corpora: Tokens
    form: Tokens
    answerable: Tokens
    held: Tokens
    overlap: Tokens
    weight: Tokens
    near: Tokens

    @classmethod
    def read(cls, file: Any) -> "Texts":  # noqa: ANN401 - what np.load takes
        """Read what `prepare` wrote."""
        with np.load(file) as arrays:
            found = {
                each.name: arrays[each.name] if each.name in arrays else unpacked(arrays, each.name)
                for each in fields(cls)
            }
        return cls(**found)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs, those of a group next to each other.

    `tokens` are whole inputs; `second` is where the passage's part of each begins, `body` where
    its text does; `first` and `last` are the answer's tokens (0 where there is none); `weight` is
    how much its label counts.
    """

    tokens: Ragged
    second: Tokens
    body: Tokens
    first: Tokens
    last: Tokens
    label: Tokens
    kind: Tokens
    weight: Tokens
    question: Tokens

    @classmethod
    def of(cls, tokens: list[Tokens], rows: list[tuple[Any, ...]]) -> "Pairs":
        """Return pairs of these inputs; a row has the other fields of one, in their order."""
        kinds = (np.uint16, np.uint16, np.uint16, np.uint16, bool, np.uint8, np.float16, np.int32)
        columns = zip(*rows, strict=True)
        arrays = [np.array(col, kind) for col, kind in zip(columns, kinds, strict=True)]
        return cls(Ragged.of(tokens, np.uint16), *arrays)

    def arrays(self) -> dict[str, Tokens]:
        """Return the arrays that `read` takes."""
        others = {e.name: getattr(self, e.name) for e in fields(self) if e.name != "tokens"}
        return {**packed(tokens=self.tokens), **others}

    def chosen(self, numbers: Tokens) -> "Pairs":
        """Return those of these numbers."""
        tokens = Ragged.of([self.tokens[each] for each in numbers], np.uint16)
        names = [each.name for each in fields(self) if each.name != "tokens"]
        return Pairs(tokens, *(getattr(self, name)[numbers] for name in names))

    @classmethod
    def joined(cls, parts: "list[Pairs]") -> "Pairs":
        """Put several end to end."""
        starts = np.concatenate([[0], *(part.tokens.lengths for part in parts)]).cumsum()
        tokens = Ragged(np.concatenate([part.tokens.values for part in parts]), starts)
        names = [each.name for each in fields(cls) if each.name != "tokens"]
        return cls(tokens, *(np.concatenate([getattr(p, name) for p in parts]) for name in names))


def whole(question: Tokens, head: Tokens, body: Tokens) -> tuple[Tokens, int, int]:
    """Return an input, where its second part begins and where the body does."""
    stop = [STOP] if len(head) else []
    room = LONGEST - len(question) - len(head) - len(stop) - 3
    parts = [[CLS], question, [SEP], head, stop, body[:room], [SEP]]
    tokens = np.concatenate([np.asarray(part, np.uint16) for part in parts])
    second = len(question) + 2
    return tokens, second, second + len(head) + len(stop)


class Maker:
    """Collects the pairs of some questions."""

    def __init__(self, texts: Texts, seed: int) -> None:
        """Start with none; `seed` is another for other questions."""
        self.texts = texts
        self.rng = np.random.default_rng([SEED, seed])
        self.rows: list[tuple[Any, ...]] = []
        self.tokens: list[Tokens] = []
        self.loose = np.array(
            [
                str(name) in {str(source) for source in texts.sources} | {"squad", "nq"}
                for name in texts.corpora
            ]
        )

    def made(self) -> Pairs:
        """Return what was added."""
        return Pairs.of(self.tokens, self.rows)

    def group(self, number: int, found: Tokens) -> None:
        """Add the pairs of a question; `found` are the passages near it, the nearest first."""
        texts, rng = self.texts, self.rng
        text, weight = int(texts.text[number]), float(texts.weight[number])
        answers = texts.answers[number].reshape(-1, 2).astype(np.int64)
        answers = answers[answers[:, 1] > answers[:, 0]]
        if texts.answerable[number] and len(answers):
            chosen = answers[rng.integers(len(answers))]
            self._answering(number, text, chosen, answers, weight)
            if texts.form[number] == UNNAMED:
                return
            told = self.silent(number, answers, found)
            ahead = rng.permutation(told[:6])[: FOUND_EACH // 2]
            rest = rng.permutation(told[6:])[: FOUND_EACH - len(ahead)]
            for other in [*ahead, *rest]:
                self._add(number, int(other), None, FOUND, 0.25)
            return
        if texts.answerable[number]:
            return
        kind = CHANGED if texts.form[number] == CHANGED_FORM else MISS
        self._add(number, text, None, kind, weight)
        if kind == MISS and texts.form[number] != UNNAMED:
            for other in rng.permutation(found[:6])[:FOUND_MISS]:
                # Nobody has looked whether that one answers; a teacher's word is all there is.
                self._add(number, int(other), None, FOUND, 0.0)

    def silent(self, number: int, answers: Tokens, found: Tokens) -> Tokens:
        """Return those of `found` that don't hold the words of the answer."""
        texts = self.texts
        body = texts.bodies[int(texts.text[number])]
        said = [body[start:end].astype(np.uint16).tobytes() for start, end in answers]
        kept = []
        for other in found:
            held = texts.bodies[int(other)].tobytes()
            if not any(_holds(held, each) for each in said):
                kept.append(other)
        return np.array(kept, np.int32)

    def _answering(
        self, number: int, text: int, chosen: Tokens, answers: Tokens, weight: float
    ) -> None:
        rng, texts = self.rng, self.texts
        units = texts.units[text].reshape(-1, 2).astype(np.int64)
        start, end = int(chosen[0]), int(chosen[1])
        low, high = self._window(text, start, end)
        drop = None
        if rng.random() < 0.15:
            # A text with a gap must not be the mark of one without its answer.
            free = [u for u in units if u[0] >= low and u[1] <= high and _apart(u, answers)]
            if len(free) > 1:
                drop = free[rng.integers(len(free))]
        self._put(number, text, low, high, drop, (start, end), GOLD, weight)
        if rng.random() < 0.45:
            gone = [u for u in units if not _apart(u, answers)]
            if gone:
                first = min(u[0] for u in gone)
                last = max(u[1] for u in gone)
                if last - first <= 120 and high - low - (last - first) >= 12:
                    self._put(number, text, low, high, (first, last), None, REMOVED, 0.7)

    def _window(self, text: int, start: int, end: int) -> tuple[int, int]:
        """Cut a long text to the length of a passage, at its sentences if that fits."""
        rng, texts = self.rng, self.texts
        length = len(texts.bodies[text])
        if not self.loose[texts.corpus[text]]:
            return 0, length
        limit = int(rng.integers(SHORTEST_CUT, LONGEST_CUT))
        if length <= limit:
            return 0, length
        slack = max(0, limit - (end - start))
        low = max(0, min(start - int(rng.integers(slack + 1)), length - limit))
        high = min(length, max(low + limit, end))
        if rng.random() < 0.8:
            units = texts.units[text].reshape(-1, 2).astype(np.int64)
            starts = units[(units[:, 0] >= low) & (units[:, 0] <= start), 0]
            ends = units[(units[:, 1] <= high) & (units[:, 1] >= end), 1]
            low = int(starts.min()) if len(starts) else low
            high = int(ends.max()) if len(ends) else high
        return low, high

    def _add(
        self, number: int, text: int, answer: tuple[int, int] | None, kind: int, weight: float
    ) -> None:
        length = len(self.texts.bodies[text])
        place = int(self.rng.integers(length)) if length else 0
        low, high = self._window(text, place, min(length, place + 1))
        self._put(number, text, low, high, None, answer, kind, weight)

    def _put(  # noqa: PLR0913, PLR0917 - what a pair is
        self,
        number: int,
        text: int,
        low: int,
        high: int,
        drop: Any,  # noqa: ANN401 - a pair of numbers in any form
        answer: tuple[int, int] | None,
        kind: int,
        weight: float,
    ) -> None:
        texts = self.texts
        body = texts.bodies[text]
        shift = low
        if drop is None:
            shown = body[low:high]
        else:
            first, last = max(low, int(drop[0])), min(high, int(drop[1]))
            shown = np.concatenate([body[low:first], body[last:high]])
            if answer and answer[0] >= last:
                shift += last - first
        head = texts.heads[text]
        if self.loose[texts.corpus[text]] and self.rng.random() > 0.6:
            head = head[:0]
        question = texts.questions[number]
        tokens, second, begin = whole(question, head, shown)
        first_token = last_token = 0
        if answer:
            first_token = begin + answer[0] - shift
            last_token = begin + answer[1] - shift - 1
            if last_token >= len(tokens) - 1:
                return
        self.tokens.append(tokens)
        self.rows.append(
            (second, begin, first_token, last_token, answer is not None, kind, weight, number)
        )


def _holds(text: bytes, part: bytes) -> bool:
    """Whether tokens of two bytes each are among others."""
    at = text.find(part)
    while at >= 0 and at % 2:
        at = text.find(part, at + 1)
    return at >= 0


def _apart(unit: Tokens, answers: Tokens) -> bool:
    return bool(((answers[:, 1] <= unit[0]) | (answers[:, 0] >= unit[1])).all())


_texts: list[Texts] = []


def start(file: str) -> None:
    """Read the texts in a process of the pool."""
    _texts[:] = [Texts.read(file)]


def _made(given: tuple[Tokens, Tokens]) -> Pairs:
    numbers, dense = given
    texts = _texts[0]
    maker = Maker(texts, int(numbers[0]))
    for number, near in zip(numbers, dense, strict=True):
        both = np.stack([near[: texts.near.shape[1]], texts.near[number]], axis=1).reshape(-1)
        rest = np.concatenate([both, near[texts.near.shape[1] :]])
        order = [each for each in dict.fromkeys(rest.tolist()) if each >= 0]
        maker.group(int(number), np.array(order, np.int32))
    return maker.made()


def make(pool: Pool, dense: Tokens, held: Tokens) -> Pairs:
    """Return the pairs of all questions that aren't held out; `dense` (n, k): passages near."""
    numbers = np.flatnonzero(~held)
    parts = np.array_split(numbers, max(1, len(numbers) // 1000))
    return Pairs.joined(pool.map(_made, [(part, dense[part]) for part in parts]))
