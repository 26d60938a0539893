"""Answers, passages and documents as JSON: what `ask --json`, the HTTP API and the tools give.

Each form is a dictionary whose type says its fields; the schemas that programs are told are made
of these.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Required, cast

from pydantic import Field
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from index import Answer, Citation, NoAnswer, SeedIndexError, Source

Pair = Annotated[list[int], Field(min_length=2, max_length=2)]
Lines = Annotated[Pair, Field(description="The first and the last line, from 1.")]
Range = Annotated[
    Pair, Field(description="In characters from 0: the first, and the one after the last.")
]


class Numbers(TypedDict, total=False):
    """Where something stands: lines, or what a format without lines is numbered by, if it is."""

    lines: Lines
    page: int
    slide: int
    row: int
    cell: int
    record: int


class Place(Numbers):
    """A place in a document."""

    path: str


class Words(Numbers):
    """A quote and where it stands."""

    span: Required[Range]
    quote: Required[Annotated[str, Field(description="Word for word as in the document.")]]
    bold: Required[Annotated[str, Field(description="The part of the quote that answers.")]]


class Cited(Words):
    """A quote, with all that is to be said of its place."""

    number: Required[Annotated[int, Field(description="From 1.")]]
    path: Required[str]
    title: Required[str]
    headings: Required[Annotated[list[str], Field(description="Those above it, outermost first.")]]
    context: Required[Annotated[str, Field(description="What a table row needs of its header.")]]
    url: Required[
        Annotated[str | None, Field(description="The document, or its place, on the web.")]
    ]
    rows: Required[Annotated[list[Words], Field(description="Further rows or items of the list.")]]
    more: Required[Annotated[int, Field(description="How many of that list aren't here.")]]
    goes_on: Required[Annotated[bool, Field(description="Whether it is a part of longer code.")]]
    unlike: Required[
        Annotated[
            int, Field(description="The number of an earlier quote that says otherwise, or 0.")
        ]
    ]
    later: Required[
        Annotated[str, Field(description="The date or version that makes it the later one of two.")]
    ]
    also: Required[Annotated[list[Place], Field(description="Other places that say the same.")]]


class Answered(TypedDict):
    """What the documents say to a question."""

    question: str
    outcome: Annotated[
        Literal["answer", "nearest", "none"],
        Field(description="`nearest`: the closest passages, which are no answer."),
    ]
    confidence: Annotated[float, Field(ge=0, le=1)]
    seconds: Annotated[float, Field(ge=0, description="What the answer took.")]
    generation: Annotated[str, Field(description="The build that answered.")]
    understood: Annotated[
        str, Field(description="What was searched for, where it isn't the question as it stands.")
    ]
    written: Annotated[str, Field(description="What a writer made of the quotes, if there is one.")]
    citations: list[Cited]


class Found(TypedDict):
    """The passages nearest to some words."""

    query: str
    passages: Annotated[
        list[Cited], Field(description="The nearest first; the quote is the whole passage.")
    ]


class Listed(TypedDict):
    """A document in the list of them."""

    path: str
    title: str
    extent: Annotated[str, Field(description='Such as "12 lines" or "3 pages"; it may be empty.')]
    passages: int


class Documents(TypedDict):
    """Documents, by path."""

    documents: list[Listed]
    total: Annotated[int, Field(description="How many there are.")]
    rest: Annotated[
        int | None,
        Field(description="What `start` has to be for those that follow; null: none do."),
    ]


class Mark(TypedDict):
    """A heading, or the beginning of a page, slide, row, cell or record."""

    kind: str
    label: str
    level: Annotated[int, Field(description="Of a heading, from 1.")]
    start: Annotated[int, Field(description="In characters of the document from 0.")]


class Text(TypedDict):
    """A document, or a part of one."""

    path: str
    title: str
    media_type: str
    extent: Annotated[str, Field(description='Such as "12 lines" or "3 pages"; it may be empty.')]
    url: str | None
    sha256: Annotated[str, Field(description="Of the file's bytes when it was indexed.")]
    span: Range
    lines: Annotated[
        Lines | None, Field(description="Null where the text doesn't have the lines of its file.")
    ]
    text: str
    marks: Annotated[
        list[Mark],
        Field(description="Those that begin in this part, and the last of each kind before it."),
    ]
    rest: Annotated[
        Range | None,
        Field(description="What didn't fit, to be asked for as `start` and `end`; null: nothing."),
    ]


class Failed(TypedDict):
    """Why there is no answer."""

    error: Annotated[str, Field(description="A sentence.")]


def answered(question: str, reply: Answer | NoAnswer, seconds: float) -> Answered:
    """Return the form of an answer that took some seconds."""
    citations = reply.citations if isinstance(reply, Answer) else reply.nearest
    return {
        "question": question,
        "outcome": _outcome(reply),
        "confidence": round(reply.confidence, 4),
        "seconds": round(seconds, 4),
        "generation": reply.generation,
        "understood": reply.understood,
        "written": written(reply),
        "citations": [cited(citation) for citation in citations],
    }


def unanswered(question: str, error: SeedIndexError) -> dict[str, Any]:
    """Return the form for a question that can't be asked, so that no line goes unanswered."""
    empty: Answered = {
        "question": question,
        "outcome": "none",
        "confidence": 0.0,
        "seconds": 0.0,
        "generation": "",
        "understood": "",
        "written": "",
        "citations": [],
    }
    return {**empty, "error": str(error)}


def written(reply: Answer | NoAnswer) -> str:
    """Return what a model wrote of an answer; nothing where the quotes are all there is."""
    sentences = reply.written if isinstance(reply, Answer) else ()
    return " ".join(sentence.text for sentence in sentences)


def cited(citation: Citation) -> Cited:
    """Return the form of a citation."""
    return {
        "number": citation.number,
        "path": citation.path,
        "title": citation.title,
        "headings": list(citation.headings),
        **_words(citation),
        "context": citation.context,
        "url": citation.url,
        "rows": [_words(row) for row in citation.rows],
        "more": citation.more,
        "goes_on": citation.goes_on,
        "unlike": citation.unlike,
        "later": citation.later,
        "also": [{"path": other.path, **_numbers(other)} for other in citation.also],
    }


def documents(sources: Sequence[Source], start: int, count: int) -> Documents:
    """Return the form of a part of all documents."""
    end = start + count
    return {
        "documents": [
            {
                "path": each.path,
                "title": each.title,
                "extent": each.extent,
                "passages": each.passages,
            }
            for each in sources[start:end]
        ],
        "total": len(sources),
        "rest": end if end < len(sources) else None,
    }


def _outcome(reply: Answer | NoAnswer) -> Literal["answer", "nearest", "none"]:
    if isinstance(reply, Answer):
        return "answer"
    return "nearest" if reply.nearest else "none"


def _words(citation: Citation) -> Words:
    return {
        **_numbers(citation),
        "span": [citation.span.start, citation.span.end],
        "quote": citation.quote,
        "bold": citation.bold,
    }


def _numbers(citation: Citation) -> Numbers:
    """The lines, or the page, cell or record; nothing where the format has none of them."""
    if citation.lines is not None:
        return {"lines": list(citation.lines)}
    mark = citation.landmark
    return {} if mark is None else cast("Numbers", {mark.kind: int(mark.label)})
