"""What a quote says, statement by statement, each with what it can't be told without.

A statement is a sentence, an item of a list or a row of a table. Where it is in doubt whether it
stands for itself it doesn't: it may be half a sentence, somebody's speech, or taken back by what
follows.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from index.answer.leaning import (
    OPENING,
    TURNING,
    answers,
    is_fragment,
    leans,
    means_its_speaker,
    needs,
    outside_pairs,
    takes_back,
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
# In words; longer lead-ins say something.
LONGEST_NAME = 2
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
class Statement:
    """Something that a quote says.

    `ways` is a pattern of all the ways to say it, over words with a space between two. `labels`
    may go before it, each with a colon, the outermost first. `place` counts the statements of its
    quote. It `leans` on the statement before it where only that says what it speaks of, and is
    `definite` where that could be.
    """

    ways: re.Pattern[str]
    labels: tuple[Label, ...]
    place: int
    leans: bool
    definite: bool

    def is_said_by(self, claim: Words) -> bool:
        """Whether `claim` says this and nothing else."""
        rest = claim
        for label in self.labels:
            behind = label.off(rest)
            if label.needed and behind == rest:
                return False
            rest = behind
        return self.ways.fullmatch(" ".join(rest)) is not None


@dataclass(frozen=True, slots=True)
class _Part:
    """A sentence, item or row in its quote; it has no `ways` where it doesn't stand for itself."""

    text: str
    said: Words
    ways: str = ""
    leads: tuple[Label, ...] = ()
    fragment: bool = False  # may need the sentence before it
    headed: bool = False  # needs the heading above it


def statements(citation: Citation) -> Iterator[Statement]:
    """Yield each thing that the quote of one citation says, its further rows not looked at."""
    parts = list(_Quote(citation).parts())
    outside = outside_pairs([part.text for part in parts])
    following = [*(part.said for part in parts[1:]), ()]
    above = dict.fromkeys(_label(each) for each in (citation.title, *citation.headings))
    heading = citation.headings[-1] if citation.headings else ""
    for place, part in enumerate(parts):
        if not part.ways or not outside[place] or takes_back(following[place]):
            continue
        headed = part.headed or (heading.endswith("?") and answers(part.said))
        labels = [
            Label(each, needs(each, part.said) or (headed and each == _label(heading)))
            for each in above
            if each
        ]
        yield Statement(
            re.compile(part.ways),
            (*labels, *part.leads),
            place,
            (part.fragment and not any(each.needed for each in labels)) or leans(part.said),
            part.said[0] == "the",
        )


class _Quote:
    """A quote that is gone through from its beginning."""

    def __init__(self, citation: Citation) -> None:
        *leads, last = citation.context.split(" › ")
        self.columns = [cell.strip() for cell in last.split("|")] if "|" in last else []
        self.leads = [_label(lead) for lead in (leads if self.columns else [*leads, last]) if lead]
        self.goes_on = citation.goes_on
        self.blocks = [block for block in BETWEEN_BLOCKS.split(citation.quote) if block.strip()]
        # What was said last, and what that leads in until a list or table ends.
        self.last: Words = ()
        self.over: Words = ()

    def parts(self) -> Iterator[_Part]:
        """Yield its parts in order."""
        for marked, group in groupby(self.blocks, _mark):
            blocks = list(group)
            if marked is None:
                for block in blocks:
                    yield from self._plain(block)
                    self.last = _label(list(cut(block))[-1])
                    if not block.rstrip().endswith(ENDS) and not LABELLED.match(block):
                        self.over = self.last
            else:
                yield from self._rows(blocks) if marked is ROW else self._items(blocks)
                self.over = ()

    def _leads(self, said: Words, *, named: bool) -> tuple[Label, ...]:
        """What leads in a list or table; a mere name needn't go before what is `named` itself."""
        leads = dict.fromkeys(each for each in (*self.leads, self.over, self.last) if each)
        return tuple(
            Label(
                each,
                needed=not named or len(each) > LONGEST_NAME or needs(each, said),
                runs_on=not named,
            )
            for each in leads
        )

    def _rows(self, blocks: Sequence[str]) -> Iterator[_Part]:
        header = self.columns
        for number, block in enumerate(blocks):
            cells = _cells(block)
            if DELIMITER.fullmatch(block.strip()):
                header = _cells(blocks[0]) if number == 1 else []
                continue
            said = statement(" ".join(cells))
            if header and len(cells) != len(header):
                while cells and not cells[0]:
                    cells = cells[1:]  # the context names what it inherits
            whole = "\n" not in block.strip() and block.rstrip().endswith("|")
            stands = whole and len(cells) == len(header) and statement(cells[0])
            ways = _ways_of_row(header, cells) if stands else ""
            yield _Part(block, said, ways, self._leads(said, named=True))

    def _items(self, blocks: Sequence[str]) -> Iterator[_Part]:
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
                leads = self._leads(said, named=alone)
                ways = _ways(sentence, said) if stands else ""
                yield _Part(sentence, said, ways, leads, headed=not leads and not alone)

    def _plain(self, block: str) -> Iterator[_Part]:
        lines = [line.strip() for line in block.strip().split("\n")]
        listed = all(LABELLED.match(line) for line in lines)
        quoted = QUOTED.match(block) is not None
        named: Words = ()  # what all lines of a block are about
        asked: Words = ()
        for line in lines if listed else [block]:
            label: Words = ()  # who says all sentences of a line, or what they are about
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
                yield _Part(sentence, said, ways, leads, fragment)
                asked = said[:-1] if said[-1:] == ("?",) else ()
                if labelled and not label:
                    place = said.index(":")
                    label = said[:place]
                    named = opening(said[place + 1 :]) if said[0] in NAMING else named


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
        (_label(name), statement(cell) or words(cell))
        for name, cell in zip(header, cells, strict=True)
        if words(cell)
    ]
    named = [_named(*each) for each in others]
    turned = any(TURNING.fullmatch(word) for word in first[0])
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


def _label(text: str) -> Words:
    """The words of a title, heading, lead-in or column's name, without numbering and colon."""
    said = statement(NUMBERING.sub("", text))
    return said[:-1] if said[-1:] in {(":",), ("?",)} else said


def _cells(row: str) -> list[str]:
    line = row.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in CELL_END.split(line)]


def _indent(block: str) -> int:
    return len(block) - len(block.lstrip())
