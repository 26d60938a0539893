"""The sentences, items and rows of a quote, each with all the ways to say it.

Where it is in doubt whether one stands for itself it doesn't: it may be half a sentence, or
somebody's speech.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from index.answer.leaning import (
    OPENING,
    TURNING,
    carries,
    goes_with,
    is_fragment,
    means_its_speaker,
)
from index.answer.wording import AROUND_WORDS, JOINING, Words, cut, opening, statement, words
from index.domain import Citation

ITEM = re.compile(r"\s*(?:[-*+•]|[0-9]{1,3}[.)])\s+")
ROW = re.compile(r"\s*\|")
QUOTED = re.compile(r"\s*>")
BETWEEN_BLOCKS = re.compile(rf"\n(?={ITEM.pattern}|{ROW.pattern}|{QUOTED.pattern})|\n\s*\n")
DELIMITER = re.compile(r"[|:\s]*-[-|:\s]*")
CELL_END = re.compile(r"(?<!\\)\|")
NUMBERING = re.compile(r"^\s*\d{1,2}(?:[.)]|(?:\.\d{1,2})+[.)]?)\s+(?=\D)")
# As in "Fee: 5 euros" or "Opening hours: nine to five".
LABELLED = re.compile(r"\**[^\W\d_]+(?:[ -][^\W\d_]+){0,3}\**:\**\s+\S")
# A line with one of these says what the lines below it are about.
NAMING = {"name", "title", "item", "product", "model", "room", "person", "place", "id", "question"}
# A longer sentence without an end may be the beginning of one that was divided.
UNENDED_CHARS = 200
ENDS = (".", "!", "?", "…", ".”", '."', "!”", '!"', ".’", ".)")


@dataclass(frozen=True, slots=True)
class Label:
    """A title, heading or lead-in.

    It is `needed` where what is below can't be said without it, and `runs_on` where that may
    follow it without a sign: "You need | a passport".
    """

    words: Words
    needed: bool
    runs_on: bool = False

    def off(self, claim: Words) -> Words:
        """Return what a claim says behind this label; all of it, if that doesn't begin with it."""
        length = len(self.words)
        if claim[:length] != self.words:
            return claim
        sign, behind = claim[length : length + 1], claim[length + 1 :]
        if sign == (":",) or (sign == (",",) and self.words[0] in OPENING):
            return opening(behind)
        return opening(claim[length:]) if self.runs_on else claim


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence, item or row in its quote; it has no `ways` where it doesn't stand for itself."""

    text: str
    said: Words
    marked: re.Pattern[str] | None
    ways: str = ""
    leads: tuple[Label, ...] = ()
    fragment: bool = False  # may need the sentence before it
    carried: bool = False  # may hold only where one before it does
    headed: bool = False  # needs the heading above it


class Quote:
    """A quote that is gone through from its beginning."""

    def __init__(self, citation: Citation) -> None:
        *leads, last = citation.context.split(" › ")
        self.columns = [cell.strip() for cell in last.split("|")] if "|" in last else []
        self.leads = [
            label_of(lead) for lead in (leads if self.columns else [*leads, last]) if lead
        ]
        self.goes_on = citation.goes_on
        self.blocks = [block for block in BETWEEN_BLOCKS.split(citation.quote) if block.strip()]
        # What was said last, and what that leads in until a list or table ends.
        self.last: Words = ()
        self.over: Words = ()

    def parts(self) -> Iterator[Part]:
        """Yield its parts in order."""
        for marked, group in groupby(self.blocks, _mark):
            blocks = list(group)
            if marked is None:
                for block in blocks:
                    yield from self._plain(block)
                    self.last = label_of(list(cut(block))[-1])
                    if not block.rstrip().endswith(ENDS) and not LABELLED.match(block):
                        self.over = self.last
            else:
                yield from self._rows(blocks) if marked is ROW else self._items(blocks)
                self.over = ()

    def _leads(self, *, runs_on: bool = False) -> tuple[Label, ...]:
        """What leads in a list or table."""
        leads = dict.fromkeys(each for each in (*self.leads, self.over, self.last) if each)
        return tuple(Label(each, needed=True, runs_on=runs_on) for each in leads)

    def _rows(self, blocks: Sequence[str]) -> Iterator[Part]:
        header = self.columns
        section: tuple[Label, ...] = ()  # what the rows below one of a single cell are about
        for number, block in enumerate(blocks):
            cells = _cells(block)
            if DELIMITER.fullmatch(block.strip()):
                header = _cells(blocks[0]) if number == 1 else []
                continue
            filled = [cell for cell in cells if cell]
            said = statement(" ".join(cells))
            if len({*filled}) == 1 < len(cells):
                section = tuple(Label(each, needed=True) for each in [label_of(filled[0])] if each)
            elif number and cells[:1] == header[:1]:
                header = []  # another one, which may go on with other columns
            if header and len(cells) != len(header):
                while cells and not cells[0]:
                    cells = cells[1:]  # the context names what it inherits
            whole = "\n" not in block.strip() and block.rstrip().endswith("|")
            stands = (
                whole and len(cells) == len(header) and statement(cells[0]) and len({*filled}) > 1
            )
            ways = _ways_of_row(header, cells) if stands else ""
            yield Part(block, said, ROW, ways, (*self._leads(), *section))

    def _items(self, blocks: Sequence[str]) -> Iterator[Part]:
        outer = _indent(blocks[0])
        whole = True  # until one leads in others, of which it isn't plain where they end
        for number, block in enumerate(blocks):
            below = blocks[number + 1] if number + 1 < len(blocks) else ""
            nested = _indent(block) > outer or (below and _indent(below) > outer)
            whole = whole and not block.rstrip().endswith(":")
            stands = whole and not nested and (below or not self.goes_on)
            for sentence in cut(ITEM.sub("", block, count=1)):
                said = statement(sentence)
                alone = LABELLED.match(sentence) is not None
                leads = self._leads(runs_on=not alone)
                ways = _ways(sentence, said) if stands else ""
                yield Part(sentence, said, ITEM, ways, leads, headed=not leads and not alone)

    def _plain(self, block: str) -> Iterator[Part]:
        lines = [line.strip() for line in block.strip().split("\n")]
        listed = all(LABELLED.match(line) for line in lines)
        quoted = QUOTED.match(block) is not None
        named: Words = ()  # what all lines of a block are about
        asked: Words = ()
        for line in lines if listed else [block]:
            label: Words = ()  # who says all sentences of a line, or what they are about
            carried = False
            before: Words = ()
            for sentence in cut(line):
                said = statement(sentence)
                labelled = LABELLED.match(sentence) is not None
                ended = sentence.rstrip().endswith(ENDS) or len(sentence) <= UNENDED_CHARS
                lowered = sentence.lstrip(AROUND_WORDS)[:1].islower()
                stands = not quoted and ended and (labelled or not lowered)
                above = (*self.leads, self.over, named, label, asked)
                leads = tuple(Label(each, needed=True) for each in above if each)
                ways = _ways(sentence, said) if stands else ""
                fragment = not labelled and is_fragment(said)
                told_with = (carried and not label) or goes_with(said, before)
                yield Part(sentence, said, None, ways, leads, fragment, told_with)
                carried, before = carried or carries(said), said
                asked = said[:-1] if said[-1:] == ("?",) else ()
                if labelled and not label:
                    place = said.index(":")
                    label, value = said[:place], opening(said[place + 1 :])
                    if said[0] in NAMING or (line is lines[0] and value[:1] and value[0].isalpha()):
                        named = value


def _mark(block: str) -> re.Pattern[str] | None:
    """What a block is marked as."""
    return next((mark for mark in (ROW, ITEM) if mark.match(block)), None)


def _ways(sentence: str, said: Words) -> str:
    """The pattern of a sentence; empty where it claims nothing by itself."""
    if not said or said[-1] in {"?", ":", "…"} or means_its_speaker(said):
        return ""
    ways = [_pattern(said)]
    joining = next((each for each in JOINING if said[: len(each)] == each), None)
    if joining and said[len(joining) :]:
        ways.append(_pattern(opening(said[len(joining) :])))
    if LABELLED.match(sentence):
        place = said.index(":")
        label, value = said[:place], said[place + 1 :]
        ways.append(rf"(?:the )?{_pattern(label)} (?:is|are) {_pattern(value)}")
    return "|".join(ways)


def _ways_of_row(header: Sequence[str], cells: Sequence[str]) -> str:
    """The pattern of a row: all of its cells in order, each with the name of its column.

    The name of the first column may be left out, or the second told of the first: "the fee for
    children is two euros".
    """
    first, *others = [
        (label_of(name), statement(cell) or words(cell))
        for name, cell in zip(header, cells, strict=True)
        if words(cell)
    ]
    named = [_named(*each) for each in others]
    # What a row takes from one above it is told with the column: "Group: Children; Day | Fee".
    turned = ";" in first[0] or any(TURNING.fullmatch(word) for word in first[0])
    key = _pattern(first[1])
    ways = [[f"(?:{_named(*first)}{'' if turned else f'|{key}'})", *named]]
    if others and others[0][0] and not turned:
        told = (_pattern(each) for each in others[0])
        ways.append([rf"(?:the )?{next(told)} (?:for|of|in|at|on) {key} (?:is|are) {next(told)}"])
        ways[-1] += named[1:]
    return "|".join(" (?:[,;:|–] )?(?:and )?".join(way) for way in ways)


def _named(label: Words, cell: Words) -> str:
    """The pattern of a cell behind the name of its column."""
    return (
        rf"(?:the )?{_pattern(label)} (?:(?::|is|are) )?{_pattern(cell)}"
        if label
        else _pattern(cell)
    )


def _pattern(said: Words) -> str:
    """The pattern of a statement's words, the first of which may begin a sentence."""
    first, *others = said
    spelled = dict.fromkeys([first, first[0].upper() + first[1:]])
    return " ".join([f"(?:{'|'.join(map(re.escape, spelled))})", *map(re.escape, others)])


def label_of(text: str) -> Words:
    """The words of a title, heading, lead-in or column's name, without numbering and colon."""
    said = statement(NUMBERING.sub("", text))
    return said[:-1] if said[-1:] in {(":",), ("?",)} else said


def _cells(row: str) -> list[str]:
    line = row.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in CELL_END.split(line)]


def _indent(block: str) -> int:
    return len(block) - len(block.lstrip())
