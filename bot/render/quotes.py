"""A document's text in Discord: prose with its links, code in blocks, what answers marked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from textwrap import dedent

from bot.render.fitting import clip, clip_start, fits, size
from bot.render.links import LINK_LIMIT, MAYBE_CUT, Piece, invites, pieces
from bot.render.markup import BOLD, FENCE, can_be_code, escape, plain
from index import Span

# What stands before the answer, for those who can't see what is bold.
ANSWER = "▸"
QUOTED = "> "
# So much of a quote is looked at; the longest that an index cuts is shorter.
QUOTE_LIMIT = 12_000
# Longer lines would be cut on pages, and code is of no use with another end of line.
CODE_LINE_LIMIT = 1500

OPENING = re.compile(r"\s*(?:`{3,}|~{3,})[ \t]*(?P<language>[\w+#.-]*)[^`~\n]*")
CLOSING = re.compile(r"\s*(?:`{3,}|~{3,})\s*")
LANGUAGE = re.compile(r"[a-z0-9_+\-.#]{1,20}", re.IGNORECASE)
# A document's own escape codes are taken out; what is left of them is no colour either.
COLOURED = "ansi"
# What stands before the words of a list's item or a table's row, escaped.
SIGN = re.compile(r"\s*(?:\\[-+*|]|•|\w{1,3}\\?[.)])\s*")
# Files that are code as a whole, by what Discord calls their language.
LANGUAGES = (
    "bash c cc cpp cs css go h hpp ini java js json jsx kt lua php pl py r rb rs scala sh sql "
    "swift toml ts tsx xml yaml yml zsh"
)
SUFFIXES = frozenset(LANGUAGES.split())


@dataclass(frozen=True, slots=True)
class Quote:
    """A text with its part `bold`, and its parts that are `code`.

    `path` is its file's, which tells the language of code that doesn't name one.
    """

    text: str
    bold: Span
    code: Sequence[Span] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    """Whole lines of a quote: prose, or code, which leaves out what encloses it in its file."""

    span: Span
    code: bool = False
    language: str = ""


def block_quote(quote: Quote, limit: int | None = None, start: str = QUOTED) -> str:
    """Return a text as a block quote, its bold part in bold and behind a mark.

    What is longer than `limit` is cut, the context of the bold part first; `room` shrinks with each
    try, until nothing is left. Without a limit it may become several pages, and only what no quote
    is made of is cut.
    """
    room = limit or QUOTE_LIMIT
    while True:
        result = "\n".join(_lines(_cut(quote, room), start))
        if limit is None or size(result) <= limit:
            return result
        if room < 2:  # noqa: PLR2004 - nothing left to cut
            return ""
        room = room * 9 // 10


def worded(text: str) -> str:
    """Return a line as it reads, its code as such, and no link in it."""
    return "".join(
        _shown(each) if each.code else escape(text[each.start : each.end]) for each in pieces(text)
    )


def _cut(quote: Quote, room: int) -> Quote:
    """Return the bold part with as much around it as there is room for."""
    text, bold = quote.text, quote.bold
    if fits(text, room):
        return quote
    strong = clip(bold.of(text)[: room + 1], max(room, 2))
    left = max(0, room - size(strong))
    # As much is looked at as either side could have alone: each has what the other leaves.
    before, after = text[max(0, bold.start - left - 1) : bold.start], text[bold.end :][: left + 1]
    share = max(left // 2, left - size(after))
    before = clip_start(before, share) if share else ""
    share = left - size(before)
    whole = len(strong) == bold.end - bold.start
    after = clip(after, share) if share and whole else ""
    cut = f"{before}{strong}{after}"
    shift = len(before) - bold.start
    code = [
        Span(max(0, each.start + shift), min(each.end + shift, len(cut)))
        for each in quote.code
        if -shift < each.end and each.start < len(cut) - shift
    ]
    return Quote(cut, Span(len(before), len(before) + len(strong)), code, quote.path)


def _lines(quote: Quote, start: str) -> Iterator[str]:
    """Yield the lines of a message that show a quote."""
    text, bold = quote.text, quote.bold
    strong = bold.of(text)
    begin = bold.start + len(strong) - len(strong.lstrip())
    # Where all of it answers, nothing has to be told apart.
    begin = begin if strong.strip() and strong.strip() != text.strip() else -1
    for block in _blocks(quote):
        shown = _code_block(quote, block, begin) if block.code else None
        yield from shown or _prose(quote, block, begin, start)


def _blocks(quote: Quote) -> Iterator[_Block]:
    """Yield a quote's prose and code, in order, without the blank lines between them."""
    text = quote.text
    done = 0
    for span in [*_together(text, quote.code), Span(len(text), len(text))]:
        prose = text[done : span.start]
        if prose.strip():
            first = len(prose) - len(prose.lstrip()) if done else 0
            begin = text.rfind("\n", done, done + first) + 1 or done
            yield _Block(Span(begin, done + len(prose.rstrip() if span.of(text) else prose)))
        if span.of(text).strip():
            yield _unfenced(quote, span)
        done = span.end


def _together(text: str, code: Sequence[Span]) -> Iterator[Span]:
    """Yield the spans of code from the beginnings of their lines; what was divided is one again."""
    spans: list[Span] = []
    for each in code:
        line = text.rfind("\n", 0, each.start) + 1
        span = each if text[line : each.start].strip() else Span(line, each.end)
        if spans and not text[spans[-1].end : span.start].strip():
            last = spans[-1].of(text).rpartition("\n")[2]
            if not CLOSING.fullmatch(last) and not OPENING.match(span.of(text)):
                span = Span(spans.pop().start, span.end)
        spans.append(span)
    yield from spans


def _unfenced(quote: Quote, span: Span) -> _Block:
    """Return a span of code without what encloses it in its file, and with its language."""
    text = quote.text
    first, line_end, rest = span.of(text).partition("\n")
    opening = OPENING.fullmatch(first)
    suffix = PurePosixPath(quote.path).suffix[1:].casefold()
    language = opening["language"] if opening else suffix if suffix in SUFFIXES else ""
    begin = span.start + len(first) + len(line_end) if opening else span.start
    last = rest.rpartition("\n")[2] if line_end else ""
    end = span.end - len(last) if CLOSING.fullmatch(last) else span.end
    usable = LANGUAGE.fullmatch(language) and language.casefold() != COLOURED
    return _Block(Span(begin, max(begin, end)), code=True, language=language if usable else "")


def _code_block(quote: Quote, block: _Block, begin: int) -> list[str] | None:
    """Return the lines of a block of code; None where something in it would get out."""
    text = block.span.of(quote.text)
    lines = dedent("\n".join(plain(line) for line in text.split("\n"))).rstrip().split("\n")
    shown = "\n".join(lines).strip("\n")
    if FENCE in shown or invites(shown) or any(size(line) > CODE_LINE_LIMIT for line in lines):
        return None
    if not shown:
        return []
    marked = [_pointer(quote, block, begin)] if block.span.start <= begin < block.span.end else []
    return [*marked, f"{FENCE}{block.language}", *shown.split("\n"), FENCE]


def _pointer(quote: Quote, block: _Block, begin: int) -> str:
    """Say which lines of the code below answer, since nothing is bold in there."""
    code, bold = block.span.of(quote.text), quote.bold.within(block.span)
    blank = len(code) - len(code.lstrip("\n"))
    first = code.count("\n", blank, begin - block.span.start) + 1
    last = first + code[begin - block.span.start : bold.end].rstrip().count("\n")
    if first == 1 and last == code.strip("\n").count("\n") + 1:
        return f"{ANSWER} **This code:**"
    which = f"Line {first}" if first == last else f"Lines {first}–{last}"
    return f"{ANSWER} **{which} of this code:**"


def _prose(quote: Quote, block: _Block, begin: int, start: str) -> Iterator[str]:
    """Yield lines of text as they read; code that can't be set in a block is among them."""
    text, at = quote.text, block.span.start
    for line in block.span.of(text).split("\n"):
        end = at + len(line)
        following = text[end : end + 1]
        longest = MAYBE_CUT if not following else LINK_LIMIT if following.isspace() else 0
        parts = _as_code(line) if block.code else list(pieces(line, longest))
        yield start + _marked(parts, quote.bold.within(Span(at, at)), begin - at)
        at = end + 1


def _as_code(line: str) -> list[Piece]:
    bare = plain(line)
    return [Piece(0, len(line), line, code=bool(bare.strip()) and can_be_code(bare))]


def _marked(parts: Sequence[Piece], bold: Span, begin: int) -> str:
    """Return a line with what of it lies in `bold` in bold, and a mark at `begin`."""
    shown: list[tuple[bool, str]] = []
    for part in parts:
        if part.code or part.address:
            inside = part.start < bold.end and bold.start < part.end
            # Discord would take two asterisks in there for the end of what is bold.
            inside = inside and not set("*\\") & set(part.address or part.text)
            if part.start <= begin < part.end:
                shown.append((False, f"{ANSWER} "))
            shown.append((inside, _shown(part)))
            continue
        first, last = (min(max(each, part.start), part.end) for each in (bold.start, bold.end))
        for span, strong in (
            (Span(part.start, first), False),
            (Span(first, last), True),
            (Span(last, part.end), False),
        ):
            within = part.text[span.start - part.start : span.end - part.start]
            if strong and span.start <= begin < span.end:
                left = len(within) - len(within.lstrip())
                shown += [(False, within[:left]), (False, f"{ANSWER} ")]
                within = within[left:]
            if within:
                shown.append((strong, escape(within)))
    result = ""
    for strong, group in groupby(shown, key=lambda each: each[0]):
        text = "".join(each for _, each in group)
        core = text.strip()
        result += text.replace(core, f"{BOLD}{core}{BOLD}", 1) if strong and core else text
    return _fronted(result)


def _fronted(line: str) -> str:
    """Return a line with the mark before it, where only a list's or a table's sign is."""
    sign, mark, rest = line.partition(f"{ANSWER} ")
    return f"{mark}{sign}{rest}" if SIGN.fullmatch(sign) else line


def _shown(part: Piece) -> str:
    """Return code as such, and an address behind the words of its link."""
    if part.code:
        return f"`{plain(part.text)}`"
    if not part.text:
        return f"<{part.address}>"
    return f"{worded(part.text)} \\(<{part.address}>\\)"
