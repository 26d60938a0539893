"""The same commands in a terminal: one question, a stream of them as JSON, or a chat."""

import contextlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from bot.programs import forms
from index import (
    Answer,
    Citation,
    Library,
    NoAnswer,
    SeedIndexError,
    Span,
    ago,
    differences,
    messages,
    moment,
    on_one_line,
    output,
    progress_bar,
    show_skipped,
)

HELP = """\
A line is a question. A line that begins with a slash is a command:
  /ask QUESTION         the same as the question alone
  /lookup WORDS         the passages nearest to some words
  /sources              the documents
  /show NUMBER          the whole passage of a citation in the last answer
  /show FILE[:LINE]     a document around a line
  /rebuild              index the documents again
  /help, /quit"""
WRITTEN_BY_A_MODEL = "Written by a language model and checked against these quotes:"
SHOWN_LINES = 8
LOOKUP_COUNT = 5
REMEMBERED_QUESTIONS = 6


def show_answer(reply: Answer | NoAnswer, seconds: float) -> None:
    """Print an answer with its citations, or the closest passages, or that there is nothing."""
    citations = reply.citations if isinstance(reply, Answer) else reply.nearest
    if reply.understood:
        output.print(Text(f"Understood as: {on_one_line(reply.understood)}", "dim"))
    if isinstance(reply, NoAnswer):
        output.print(Text(reply.reason, "yellow"))
    elif reply.written:
        output.print(Text(forms.written(reply)))
        output.print(Text(f"{WRITTEN_BY_A_MODEL}\n", "dim"))
    if said := differences(citations):
        output.print(Text(f"{on_one_line(said)}\n", "yellow"))
    for citation in citations:
        output.print(_quoted(citation))
    built = f"index built {ago(moment(reply.generation))}"
    output.print(Text(f"{seconds:.2f} s · confidence {reply.confidence:.0%} · {built}", "dim"))


def _quoted(citation: Citation) -> Text:
    """A quote with its answering part in bold, and its place below."""
    result = Text()
    if citation.context:
        result.append(f"    {on_one_line(citation.context)}\n", "dim")
    for quoted in (citation, *citation.rows):
        for line in _bold(quoted.quote, quoted.bold_span.within(quoted.span)).split("\n"):
            result.append_text(Text("  │ ", "cyan") + line + Text("\n"))
    if citation.more:
        result.append(f"    {citation.more} more in the same list\n", "dim")
    if citation.goes_on:
        result.append("    … and so on: this is a part of the code\n", "dim")
    result.append(f"[{citation.number}] ", "bold cyan")
    result.append(_place(citation))
    if citation.also:
        result.append(f"\n    The same stands in {on_one_line(citation.elsewhere)}", "dim")
    return result


def _bold(text: str, span: Span) -> Text:
    """A text with a part of it in bold; rich leaves out signs, and so moves what is counted."""
    before, after = text[: span.start], text[span.end :]
    return Text.assemble(before, (span.of(text), "bold"), after)


def _place(citation: Citation) -> str:
    headings = " › ".join(citation.headings) or citation.title
    parts = [citation.path, citation.where, headings, citation.url]
    return on_one_line(" · ".join(part for part in parts if part))


def print_json(value: Mapping[str, Any]) -> None:
    """Print one object on one line, at once; in ASCII, whatever the terminal's encoding is."""
    output.file.write(json.dumps(value) + "\n")
    output.file.flush()


class Chat:
    """A conversation in the terminal."""

    def __init__(self, library: Library, names: Sequence[str]) -> None:
        """Talk about the documents of the collections of those names."""
        self._library = library
        self._names = names
        self._shelf = library.open(names)
        self._last: tuple[Citation, ...] = ()
        self._earlier: deque[str] = deque(maxlen=REMEMBERED_QUESTIONS)
        self._commands: dict[str, Callable[[str], None]] = {
            "ask": self._ask,
            "lookup": self._lookup,
            "sources": self._sources,
            "show": self._show,
            "rebuild": self._rebuild,
            "help": self._help,
        }

    def run(self, lines: Iterator[str]) -> None:
        """Answer each line until one says to quit."""
        output.print(
            "Ask about the documents; /help lists the commands, /quit leaves.", style="dim"
        )
        for line in lines:
            words = line.strip()
            if words in {"/quit", "/exit", "quit", "exit"}:
                break
            if not words:
                continue
            try:
                self._obey(words)
            except SeedIndexError as error:
                messages.print(Text(on_one_line(str(error)), "red"))

    def _obey(self, words: str) -> None:
        if not words.startswith("/"):
            self._ask(words)
            return
        name, _, argument = words[1:].partition(" ")
        command = self._commands.get(name.casefold())
        if command is None:
            messages.print(Text(f"there is no command /{name}; /help lists them", "red"))
            return
        command(argument.strip())

    def _ask(self, question: str) -> None:
        started = time.perf_counter()
        reply = self._shelf.answer(question, self._earlier)
        self._earlier.append(question)
        show_answer(reply, time.perf_counter() - started)
        self._last = reply.citations if isinstance(reply, Answer) else reply.nearest

    def _lookup(self, query: str) -> None:
        citations = []
        for hit, citation in self._shelf.lookup(query, LOOKUP_COUNT):
            citations.append(citation)
            output.print(Text(f"[{hit.rank}] {_place(citation)}", "bold cyan"))
            output.print(Text(hit.passage.text + "\n"))
        self._last = tuple(citations)

    def _sources(self, _argument: str) -> None:
        for source in self._shelf.sources():
            about = ", ".join(part for part in (source.title, source.extent) if part)
            output.print(Text(on_one_line(f"{source.path}  {about}")))

    def _show(self, argument: str) -> None:
        if argument.isdigit():
            citation = self._cited(int(argument))
            if citation is None:
                messages.print(Text(f"the last answer has no citation {argument}", "red"))
                return
            self._show_passage(citation)
            return
        path, _, number = argument.rpartition(":")
        if not path or not number.isdigit():
            path, number = argument, "1"
        document = self._shelf.read(path)
        if document is None:
            messages.print(Text(f"no document {path!r}; /sources lists them", "red"))
            return
        lines = document.text.split("\n")
        first = max(0, min(int(number), len(lines)) - 1 - SHOWN_LINES // 2)
        for at, line in enumerate(lines[first : first + SHOWN_LINES], start=first + 1):
            output.print(Text.assemble((f"{at:5} ", "dim"), line))

    def _cited(self, number: int) -> Citation | None:
        return next((citation for citation in self._last if citation.number == number), None)

    def _show_passage(self, citation: Citation) -> None:
        view = self._shelf.passage(citation.path, citation.bold_span, citation.sha256)
        if view is None:
            messages.print(Text(f"{citation.path} is no longer in the index", "red"))
            return
        place = ", ".join(part for part in (view.path, view.where) if part)
        output.print(Text(place, "bold cyan"))
        output.print(_bold(view.text, view.marked.within(view.span)))

    def _rebuild(self, _argument: str) -> None:
        for name in self._names:
            with progress_bar() as progress:
                report = self._library.rebuild(name, progress)
            show_skipped(report.manifest.skipped, notes=report.manifest.notes)
            output.print(f"{name}: {report.summary}" if name else report.summary)
        self._shelf = self._library.open(self._names)

    def _help(self, _argument: str) -> None:
        output.print(Text(HELP))


def typed_lines() -> Iterator[str]:
    """Yield what is typed until the end of input."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401, PLC0415 - gives input() its history
    while True:
        try:
            yield input("> ")
        except (EOFError, KeyboardInterrupt):
            output.print()
            return
