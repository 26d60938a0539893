"""What the index talks about: documents, passages, hits, answers. Standard library only.

The way of the data: bytes -> `Document` -> `Passage` with its `Unit`s -> vectors and postings;
question -> `Hit` -> `Answer` or `NoAnswer` with `Citation`s.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, the steps done and the steps in all."""

PLACES_NAMED = 3
KEY_CHARS = 22
OLD_KEY_CHARS = 12


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of Unicode code points in `Document.text`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the part of `text` that the span covers."""
        return text[self.start : self.end]

    def within(self, outer: "Span") -> "Span":
        """Return the same range counted from the start of `outer`."""
        return Span(self.start - outer.start, self.end - outer.start)

    def holds(self, inner: "Span") -> bool:
        """Whether another range lies within this one."""
        return self.start <= inner.start and inner.end <= self.end


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place in a document that a citation can name.

    `kind` is "heading", or what a file without lines of its own is numbered by: "page" (PDF),
    "slide" (presentation), "row" (workbook), "cell" (notebook), "record" (JSON), "line" (JSON
    Lines, transcripts, chats in CSV); `level` counts from 1 (the title); `start` is in code points.
    """

    kind: str
    label: str
    level: int
    start: int


class BlockKind(StrEnum):
    """What a block of a document is; decides how it is divided into units."""

    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    CODE = "code"
    METADATA = "metadata"
    HEADER = "header"

    @property
    def among(self) -> "BlockKind":
        """The kind that it stands among: a header among rows."""
        return BlockKind.ROW if self is BlockKind.HEADER else self


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table row, code block or line of metadata, found by a reader.

    A header is a row that surely names the columns of those below, and answers nothing by itself.

    `context` holds the words that it can't be understood without and that stand elsewhere (a
    table's header cells, the award a row belongs to, a list's lead-in); `anchor` is where a
    quote has to begin to include them, when they stand directly above (-1: with the block).
    """

    kind: BlockKind
    span: Span
    context: str = ""
    anchor: int = -1


@dataclass(frozen=True, slots=True)
class Document:
    """One source file, decoded.

    `text` is the whole file as Python's text mode reads it: byte-order mark dropped, line ends
    turned to a line feed, so that its lines are the file's lines. Where the format's own text
    can't be quoted (PDF, HTML), it is the text that was extracted, and `lined` is false: its lines
    say nothing of the file, so a citation names a landmark instead. `path` is POSIX, relative to
    the seeds folder; `sha256` is of the file's bytes; `author` is who the front matter or a byline
    names, `aliases` what else that says the document is called or about, `date` when it says the
    document is from; `language` is a stemmer's name; `notes` says what reading it had to guess.
    """

    path: str
    media_type: str
    title: str
    text: str
    sha256: str
    landmarks: tuple[Landmark, ...] = ()
    blocks: tuple[Block, ...] = ()
    author: str = ""
    aliases: str = ""
    date: str = ""
    language: str = "english"
    notes: tuple[str, ...] = ()
    lined: bool = True


@dataclass(frozen=True, slots=True)
class Unit:
    """What is quoted as one: a row, an item, a few neighbouring sentences; units may overlap.

    `context` and `anchor` are those of its block, so the units of one block share their anchor.
    """

    span: Span
    kind: BlockKind
    context: str
    anchor: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document that is retrieved as one.

    Invariant: `document.text[span] == text`. `id` is its row in the FAISS index, `document` the
    path of its document, `headings` the path of headings above it, outermost first; `preamble` is
    what the model reads before the text: author, title and headings.
    """

    id: int
    document: str
    span: Span
    text: str
    headings: tuple[str, ...]
    preamble: str
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """The passages of one document; `divided` counts sentences, rows and items cut into pieces."""

    passages: tuple[Passage, ...]
    divided: int


@dataclass(frozen=True, slots=True)
class Signals:
    """Why a passage was found.

    `dense` is the cosine with the question (-1 to 1); `lexical` the BM25 score over the summed
    idf of the question's words (0 to about 2); `late` the idf-weighted mean, over the question's
    tokens, of the best cosine with a token of the text, of the headings above it or of the file's
    name (-1 to 1).
    """

    dense: float
    lexical: float
    late: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A scored passage; a higher score is better, `rank` counts from 1, `best_unit` from 0.

    `answer` is what of the best unit answers, in the document; `answers` is the reader's logit of
    whether the passage does, None where it didn't read it.
    """

    passage: Passage
    score: float
    rank: int
    signals: Signals
    best_unit: int
    answer: Span
    answers: float | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote and the place it stands in.

    `lines` are the file's, counted from 1, both ends included; None where the format has none,
    then `landmark` is the page, cell or record, if it has those. `where` says either in words,
    "lines 3–5" or "page 3", and is empty where headings are all that can be named. `quote` is
    the document's text at `span`, `bold` the part of it that answers, at `bold_span`; `context`
    names what the quote needs from elsewhere in the file (header cells of a table); `passage` is
    the span of the whole passage; `sha256` is of the file's bytes when it was indexed, in the
    `generation` of that name; `also` are other places that say the same. `rows` are further rows or
    items of the same list that answer (`where` counts them in), and `more` is how many of the list
    aren't shown. `code` are the spans of the quote that are code, and `goes_on` says that this is
    too long to be shown whole, and the quote ends before it. `unlike` is the number of an earlier
    quote that says otherwise, and `later` the date or version that makes this the later one of two
    that do; `date` is the document's.
    """

    number: int
    path: str
    title: str
    span: Span
    lines: tuple[int, int] | None
    headings: tuple[str, ...]
    quote: str
    bold: str
    bold_span: Span
    passage: Span
    sha256: str
    generation: str
    context: str = ""
    landmark: Landmark | None = None
    where: str = ""
    url: str | None = None
    also: "tuple[Citation, ...]" = ()
    rows: "tuple[Citation, ...]" = ()
    more: int = 0
    code: tuple[Span, ...] = ()
    goes_on: bool = False
    unlike: int = 0
    later: str = ""
    date: str = ""

    @property
    def elsewhere(self) -> str:
        """The other places that say the same, in words; the first ones, where they are many."""
        places = [
            f"{other.path}, {other.where}" if other.where else other.path
            for other in self.also[:PLACES_NAMED]
        ]
        more = len(self.also) - len(places)
        return "; ".join([*places, f"{more} more"] if more else places)


def differences(citations: "Sequence[Citation]") -> str:
    """Say which quotes don't say the same, and which is the later; empty where none is `unlike`."""
    pairs = [(each.unlike, each.number) for each in citations if each.unlike]
    numbers = [f"[{number}]" for number in sorted({number for pair in pairs for number in pair})]
    if not numbers:
        return ""
    said = [f"{', '.join(numbers[:-1])} and {numbers[-1]} don't say the same."]
    said += [f"[{each.number}] is later: {each.later}." for each in citations if each.later]
    return " ".join(said)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that a language model wrote and the quotes bear out.

    `text` has the numbers of its citations in square brackets, `citations` holds them in order.
    """

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say; `citations` is never empty, `confidence` is a probability.

    `generation` is the one that all of it comes from. `written` says it in sentences, each resting
    on citations of this answer; it is empty where the quotes alone are the answer. `understood` is
    what was searched for in the place of a question that continues one before it, or that has
    misspelt words.
    """

    question: str
    citations: tuple[Citation, ...]
    confidence: float
    generation: str
    written: tuple[Sentence, ...] = ()
    understood: str = ""

    @property
    def quotes(self) -> tuple[str, ...]:
        """The verbatim quotes, in the order of their citations."""
        return tuple(citation.quote for citation in self.citations)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The documents don't say; `nearest` shows the closest passages, possibly none.

    `generation` and `understood` are as in `Answer`.
    """

    question: str
    reason: str
    nearest: tuple[Citation, ...]
    confidence: float
    generation: str
    understood: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One indexed document, for a list of them; `extent` is "12 lines", "3 pages" or empty."""

    path: str
    title: str
    extent: str
    passages: int


def document_key(path: str) -> str:
    """Return the short name of a document, for where its path may not fit.

    It is a slash, which no path begins with, and 132 bits of a hash: nobody finds two paths with
    one key.
    """
    digest = hashlib.sha256(path.encode()).digest()
    return "/" + urlsafe_b64encode(digest)[:KEY_CHARS].decode()


def named(sources: "Iterable[Source]") -> dict[str, Source]:
    """Return the documents by path, by key, and by the key that they had up to version 0.2.

    That has 48 bits, few enough to find two paths for: one that two documents share names neither.
    """
    names: dict[str, Source] = {}
    shared: set[str] = set()
    for source in sources:
        names[source.path] = names[document_key(source.path)] = source
        old = "/" + hashlib.sha256(source.path.encode()).hexdigest()[:OLD_KEY_CHARS]
        if old in names:
            shared.add(old)
        names[old] = source
    return {name: source for name, source in names.items() if name not in shared}


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage with its neighbours; `where` `text` stands in the file.

    `changed` and `renamed` say whether the file was, since the passage was cited; `code` are the
    spans that are code, as in `Citation`.
    """

    path: str
    title: str
    headings: tuple[str, ...]
    text: str
    span: Span
    marked: Span
    where: str
    changed: bool
    renamed: bool = False
    url: str | None = None
    code: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that isn't in the index, and why.

    `passing` if that says nothing of what the file holds (the disk failed, the reader was killed),
    so that reading it may well work another time; else `sha256` is of the bytes that were read.
    """

    path: str
    reason: str
    passing: bool = False
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class TokenEmbeddings:
    """One text as the model sees it.

    `vector` is (dim,) float32 of unit length; `tokens` (n, dim) float32, unit rows, special
    tokens left out; `ids` (n,) int64 the tokens' numbers in the vocabulary.
    """

    vector: "npt.NDArray[np.float32]"
    tokens: "npt.NDArray[np.float32]"
    ids: "npt.NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What is known of an exported model.

    `max_length` is the tokens that it reads of a text, special ones included, and `max_tokens`
    those that are left for a passage; `weights` says in how many bits they are kept; `cosine` is
    the smallest with the original's embeddings on a sample of passages, and `same` the share of
    these with the same nearest other one.
    """

    name: str
    revision: str
    dim: int
    max_length: int
    max_tokens: int
    query_prompt: str
    document_prompt: str
    weights: str = ""
    cosine: float = 1.0
    same: float = 1.0


class Embedder(Protocol):
    """Turns text into embeddings; the one thing a test may put a stand-in for."""

    @property
    def name(self) -> str:
        """The model as the settings name it."""

    @property
    def revision(self) -> str:
        """What changes whenever the model's embeddings do."""

    @property
    def dim(self) -> int:
        """The length of an embedding."""

    @property
    def files(self) -> "Path | None":
        """The folder with all that asking this model needs; None if that is a library's."""

    @property
    def max_tokens(self) -> int:
        """The tokens that the model reads of a text, special tokens and prompt not counted."""

    @property
    def count_tokens(self) -> Callable[[str], int]:
        """What counts the model's tokens in a text, special ones left out; it can be pickled."""

    def embed_documents(self, texts: "Sequence[str]") -> "list[TokenEmbeddings]":
        """Embed passages or units."""

    def embed_question(self, text: str) -> "TokenEmbeddings":
        """Embed a question."""
