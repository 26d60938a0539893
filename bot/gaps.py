"""What was asked in vain, put together: questions that ask the same, by their embeddings."""

import asyncio
import hashlib
import logging
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.errors import Busy
from bot.records import Span, Unanswered
from index import SeedIndexError

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]

# So much nearer than two questions about nothing in common, from 0 to 1, are two that ask the same:
# a cosine of 0.57 with the model that comes with the bot. With that, of 2,000 questions on 35
# documentations those in a group belong together in 93 of 100 cases, and of those that ask the same
# in other words 79 of 100 are (B-cubed: Bagga and Baldwin 1998). Higher, more groups are the same.
ALIKE = 0.55
# What two questions about nothing in common are to a model is found out with these.
STRANGERS = (
    "How do I boil an egg?",
    "Who won the match on Saturday?",
    "Which file do I have to delete?",
    "what does error 42 mean",
    "Is the museum open on Mondays?",
    "can someone recommend a laptop",
    "Why is my tomato plant turning yellow?",
    "how much is the membership",
)
# The embeddings of so many questions are kept in memory: 9 MB.
KEPT = 6_000
# What a question asks stands in its first words; more would take longer.
READ_CHARS = 300
BUSY = "I'm still putting together what somebody else has asked for; please try again in a minute."


class Embedder(Protocol):
    """As much of a model as is needed."""

    @property
    def revision(self) -> str:
        """What changes whenever the model's embeddings do."""

    def embed_question(self, text: str) -> "Embedded":
        """Embed a question."""


class Embedded(Protocol):
    """What comes of that."""

    @property
    def vector(self) -> Vectors:
        """(dim,) of unit length."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask the same, the newest first; `example` is what is asked most often."""

    example: str
    questions: tuple[Unanswered, ...]

    @property
    def kinds(self) -> Counter[str]:
        """How often what came of them."""
        return Counter(each.kind for each in self.questions)


@dataclass(frozen=True, slots=True)
class Found:
    """What was asked in vain in the last `days`, as far as somebody may read it.

    `spans` count all that was asked, day by day; `gaps` are None where texts aren't kept.
    """

    days: int
    spans: Sequence[Span]
    gaps: Sequence[Gap] | None

    @property
    def whole(self) -> Span:
        """All days as one."""
        return Span.over(self.spans)

    @property
    def hidden(self) -> int:
        """How many questions that weren't answered well are counted and not shown."""
        shown = sum(len(gap.questions) for gap in self.gaps or ())
        return max(0, self.whole.in_vain - shown)


class Grouping:
    """Puts questions together; embeddings of the last ones are kept. From any thread.

    Who asks for it on the event loop waits for their `turn`: it may take one thread for seconds,
    but not all of them.
    """

    def __init__(self, kept: int = KEPT) -> None:
        """Know nothing yet."""
        self._kept = kept
        # By model and text, hashed: nothing can be read here that is forgotten elsewhere.
        self._vectors: OrderedDict[bytes, Vectors] = OrderedDict()
        self._working = threading.Lock()
        self.turn = asyncio.Lock()

    def gaps(
        self, questions: Sequence[Unanswered], embedder: Callable[[], Embedder | None]
    ) -> list[Gap]:
        """Return the gaps, those that were asked most often first, then the newest.

        Without a model, or where that fails, those that say the same word for word are one. 5,000
        questions that the model hasn't seen take it some seconds.

        Raises:
            Busy: a caller before gave up, and the thread didn't.
        """
        said: dict[str, list[Unanswered]] = {}
        for each in sorted(questions, key=lambda each: -each.moment):
            said.setdefault(_normal(each.text), []).append(each)
        # What is asked most often begins a group.
        texts = sorted(said, key=lambda text: -len(said[text]))
        groups = [[at] for at in range(len(texts))]
        if len(texts) > 1:
            if not self._working.acquire(blocking=False):
                raise Busy(BUSY)
            try:
                model = embedder()
                if model is not None:
                    groups = together(self.embed(texts, model), self.least(model))
            except SeedIndexError as error:
                log.warning("questions that are alike can't be told: %s", error)
            finally:
                self._working.release()
        gaps = [
            Gap(
                said[texts[group[0]]][0].text,
                tuple(
                    sorted(
                        (each for at in group for each in said[texts[at]]),
                        key=lambda each: -each.moment,
                    )
                ),
            )
            for group in groups
        ]
        return sorted(gaps, key=lambda gap: (-len(gap.questions), -gap.questions[0].moment))

    def embed(self, texts: Sequence[str], model: Embedder) -> Vectors:
        """Return the embeddings of texts, (n, dim) float32, unit rows."""
        rows = []
        for text in texts:
            key = hashlib.sha256(f"{model.revision}\0{text}".encode()).digest()
            if key not in self._vectors:
                self._vectors[key] = model.embed_question(text[:READ_CHARS]).vector.copy()
            self._vectors.move_to_end(key)
            rows.append(self._vectors[key])
            if len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        return np.stack(rows)

    def least(self, model: Embedder) -> float:
        """Return from which cosine on two questions are alike, to that model."""
        vectors = self.embed(STRANGERS, model)
        usual = float(np.median([a @ b for a, b in combinations(vectors, 2)]))
        return usual + ALIKE * (1 - usual)


def together(vectors: Vectors, least: float) -> list[list[int]]:
    """Put embeddings, (n, dim) float32, unit rows, into groups; return their numbers.

    One after the other joins the nearest of those that began a group, if their cosine is `least` or
    more, and else begins one (leader clustering: Hartigan 1975). So none is farther than that from
    the first of its group, whoever else is in it.
    """
    leaders = np.empty_like(vectors)
    groups: list[list[int]] = []
    for number, vector in enumerate(vectors):
        near = leaders[: len(groups)] @ vector
        best = int(near.argmax()) if groups else -1
        if groups and near[best] >= least:
            groups[best].append(number)
        else:
            leaders[len(groups)] = vector
            groups.append([number])
    return groups


def _normal(text: str) -> str:
    """What two texts have in common that say the same."""
    text = text.encode(errors="replace").decode()
    return " ".join(text.casefold().split()).strip("?!. ")
