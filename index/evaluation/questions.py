"""Questions with what a right answer to each is, and the articles they are about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, groupby
from operator import attrgetter
from typing import Protocol

from index.domain import Span

ANSWERABLE = "answerable"
ADVERSARIAL = "adversarial"
OFF_CORPUS = "off-corpus"


class Key(Protocol):
    """What a right answer is."""

    def found_in(self, path: str, passage: Span, text: str) -> bool:
        """Whether the passage of the document at `path`, whose whole text is `text`, is right."""

    def answered_by(self, path: str, quote: Span, text: str) -> bool:
        """Whether the quote holds an answer."""


@dataclass(frozen=True, slots=True)
class Words:
    """An answer known by its words, all of which it holds; one of each inner tuple is enough."""

    files: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]

    def found_in(self, path: str, passage: Span, text: str) -> bool:
        """Whether the passage is of a right file and holds the words, whatever their case."""
        if path not in self.files:
            return False
        folded = _folded(passage.of(text))
        return all(any(_folded(word) in folded for word in choices) for choices in self.words)

    def answered_by(self, path: str, quote: Span, text: str) -> bool:
        """Whether the quote is of a right file and holds the words, whatever their case."""
        return self.found_in(path, quote, text)


@dataclass(frozen=True, slots=True)
class Place:
    """An answer known by where it stands: any of `answers`, spans of the document at `path`."""

    path: str
    paragraph: Span
    answers: tuple[Span, ...]

    def found_in(self, path: str, passage: Span, text: str) -> bool:  # noqa: ARG002 - Key's
        """Whether the passage lies in the paragraph, or covers it."""
        inside = _covers(self.paragraph, passage) or _covers(passage, self.paragraph)
        return path == self.path and inside

    def answered_by(self, path: str, quote: Span, text: str) -> bool:  # noqa: ARG002 - Key's
        """Whether the quote covers one of the answers."""
        return path == self.path and any(_covers(quote, answer) for answer in self.answers)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _covers(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


@dataclass(frozen=True, slots=True)
class GradedQuestion:
    """What is asked, and by which key answers are graded: None where the corpus has none.

    `kind` is what figures are counted by, `article` the document that a SQuAD question is about,
    `earlier` are the questions that it follows, oldest first.
    """

    text: str
    kind: str
    key: Key | None = None
    article: str = ""
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """A document made of a SQuAD article: its title as a heading, then its paragraphs."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole document, in Markdown."""
        return "\n\n".join([f"# {self.title}", *self.paragraphs]) + "\n"

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where in `text` each paragraph stands."""
        lengths = [len(paragraph) for paragraph in self.paragraphs]
        ends = accumulate((2 + length for length in lengths), initial=len(f"# {self.title}"))
        return tuple(Span(end - n, end) for end, n in zip(list(ends)[1:], lengths, strict=True))


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions, and the articles they are about by file name, if these came with them."""

    questions: tuple[GradedQuestion, ...]
    articles: dict[str, Article] = field(default_factory=dict)


def spread(questions: Sequence[GradedQuestion], limit: int) -> tuple[GradedQuestion, ...]:
    """Return at most `limit` questions of each kind, evenly spread over the set."""
    kind = attrgetter("kind")
    sample: list[GradedQuestion] = []
    for _, group in groupby(sorted(questions, key=kind), kind):
        of_kind = list(group)
        count = min(limit, len(of_kind))
        sample.extend(of_kind[number * len(of_kind) // count] for number in range(count))
    return tuple(sample)
