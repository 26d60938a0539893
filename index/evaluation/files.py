"""Question sets read from files in any of three forms, told apart by what is in them.

SQuAD 1.1 or 2.0 JSON    articles with questions; its paragraphs are the corpus
JSON lines               question, files that answer it, words of the answer, kind
a plain list             one question a line, none of which the corpus answers
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.answer.question import check_question
from index.domain import Span
from index.errors import QuestionError
from index.evaluation.questions import (
    ADVERSARIAL,
    ANSWERABLE,
    OFF_CORPUS,
    Article,
    GradedQuestion,
    Place,
    QuestionSet,
    Words,
)

NAME_CHARS = 100


class _Line(BaseModel):
    """One JSON line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    files: tuple[str, ...] = ()
    words: tuple[str | tuple[str, ...], ...] = ()
    kind: str = ANSWERABLE
    earlier: tuple[str, ...] = ()


class _Squad(BaseModel):
    """What SQuAD files have beyond what is read here is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Answer(_Squad):
    text: str = Field(min_length=1)
    answer_start: int = Field(ge=0)


class _SquadQuestion(_Squad):
    question: str
    is_impossible: bool = False
    answers: tuple[_Answer, ...] = ()


class _Paragraph(_Squad):
    context: str = Field(min_length=1)
    qas: tuple[_SquadQuestion, ...] = ()


class _Article(_Squad):
    title: str = Field(min_length=1)
    paragraphs: tuple[_Paragraph, ...]


class _File(_Squad):
    data: tuple[_Article, ...] = Field(min_length=1)


def read_sets(files: Sequence[Path]) -> QuestionSet:
    """Read question sets into one.

    Raises:
        QuestionError: names the file and the line or place that isn't what it should be.
    """
    questions: list[GradedQuestion] = []
    articles: dict[str, Article] = {}
    for file in files:
        questions.extend(_read(file, articles))
    if not questions:
        message = f"{', '.join(map(str, files))}: the question set is empty"
        raise QuestionError(message)
    return QuestionSet(tuple(questions), articles)


def _read(file: Path, articles: dict[str, Article]) -> Iterator[GradedQuestion]:
    """Yield a file's questions; its articles join `articles`."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{file}: the question set can't be read: {error.strerror}"
        raise QuestionError(message) from error
    except UnicodeDecodeError as error:
        number = error.object.count(b"\n", 0, error.start) + 1
        message = f"{file}, line {number}: the question set is not UTF-8 text"
        raise QuestionError(message) from error
    # Not splitlines: JSON may hold line separators that are no line feed.
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        message = f"{file}: the question set is empty"
        raise QuestionError(message)
    if lines[0][1].lstrip()[0] not in "{[":
        yield from _plain(file, lines)
    elif _is_question(lines[0][1]):
        yield from _json_lines(file, lines)
    else:
        yield from _squad(file, text, articles)


def _is_question(line: str) -> bool:
    """Whether a line is a JSON object of its own that is no SQuAD file."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "data" not in value


def _plain(file: Path, lines: list[tuple[int, str]]) -> Iterator[GradedQuestion]:
    for number, line in lines:
        if line.lstrip().startswith("{"):
            message = f"{file}, line {number}: JSON in a list of plain questions"
            raise QuestionError(message)
        yield GradedQuestion(_check(line.strip(), f"{file}, line {number}"), OFF_CORPUS)


def _json_lines(file: Path, lines: list[tuple[int, str]]) -> Iterator[GradedQuestion]:
    for number, text in lines:
        place = f"{file}, line {number}"
        try:
            line = _Line.model_validate_json(text)
        except ValidationError as error:
            message = f"{place}: not a question: {_reason(error)}"
            raise QuestionError(message) from None
        words = tuple((word,) if isinstance(word, str) else word for word in line.words)
        key = Words(line.files, words) if line.files else None
        question = _check(line.question, place)
        yield GradedQuestion(question, line.kind, key, earlier=line.earlier)


def _squad(file: Path, text: str, articles: dict[str, Article]) -> Iterator[GradedQuestion]:
    try:
        squad = _File.model_validate_json(text)
    except ValidationError as error:
        message = (
            f"{file}: neither SQuAD, nor JSON lines, nor a list of questions: {_reason(error)}"
        )
        raise QuestionError(message) from None
    for entry in squad.data:
        path = _file_name(entry.title, articles)
        # A lone carriage return would be read as a line feed and end a paragraph.
        paragraphs = tuple(part.context.replace("\r", " ") for part in entry.paragraphs)
        article = Article(" ".join(entry.title.replace("_", " ").split()), paragraphs)
        articles[path] = article
        place = f"{file}, article {entry.title!r}"
        for paragraph, span in zip(entry.paragraphs, article.spans, strict=True):
            for question in paragraph.qas:
                wording = _check(question.question, place)
                if question.is_impossible:
                    yield GradedQuestion(wording, ADVERSARIAL, article=path)
                    continue
                answers = tuple(_answers(question, paragraph.context, span.start, place))
                yield GradedQuestion(wording, ANSWERABLE, Place(path, span, answers), path)


def _answers(question: _SquadQuestion, context: str, start: int, place: str) -> Iterator[Span]:
    """Yield the spans of a question's answers, in a document where its paragraph is at `start`."""
    if not question.answers:
        message = f"{place}: {question.question[:80]!r} has no answer, but isn't marked impossible"
        raise QuestionError(message)
    for answer in question.answers:
        span = Span(answer.answer_start, answer.answer_start + len(answer.text))
        if span.of(context) != answer.text:
            message = f"{place}: the answer {answer.text[:80]!r} isn't at {span.start}"
            raise QuestionError(message)
        yield Span(start + span.start, start + span.end)


def _file_name(title: str, taken: dict[str, Article]) -> str:
    """Return a file name for an article, unlike the others whatever the case."""
    name = re.sub(r"[^\w() .,'&-]", "_", title).lstrip(". ")[:NAME_CHARS] or "_"
    # A README at the top of a folder of documents is about the folder and isn't indexed.
    used = {"readme.md", *(path.casefold() for path in taken)}
    path, number = f"{name}.md", 2
    while path.casefold() in used:
        path, number = f"{name} {number}.md", number + 1
    return path


def _check(question: str, place: str) -> str:
    """Return a question that can be asked.

    Raises:
        QuestionError: it can't be; names the place that it is from.
    """
    try:
        check_question(question)
    except QuestionError as error:
        message = f"{place}: {error}"
        raise QuestionError(message) from None
    return question


def _reason(error: ValidationError) -> str:
    """Say the first thing that a model found wrong, and where."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"`{where}`: {first['msg']}" if where else str(first["msg"])
