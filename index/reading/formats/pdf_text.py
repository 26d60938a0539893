"""The lines of a PDF's pages put together: words, sentences and paragraphs as they were written."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from index.domain import BlockKind
from index.reading.formats.extracted import Extract
from index.reading.formats.pdf_layout import LARGER, Flow, Lines, Segment, Table

BULLET = re.compile(r"[•‣▪●◦∙·]\s")
DASH = re.compile(r"[–*-]\s")
NUMBERED = re.compile(r"\(?(\d{1,3})[.)]\s")
VALUE = re.compile(r"[-+]?[\d.,]+\s?%?")
SENTENCE_END = re.compile(r"[.!?:…。！？][\"”’»)\]]*$")
HYPHENATED = re.compile(r"([^\W_]+)[-\u2010\xad]$")
FIRST_WORD = re.compile(r"([^\W_]+)\S*")
WORD = re.compile(r"[^\W\d_]+")
COMPOUND = re.compile(r"[^\W\d_]+-[^\W\d_]+")
# "Ein- und Ausgang": the hyphen stands for a part that both words have.
SUSPENDED = {
    "und",
    "oder",
    "bzw",
    "sowie",
    "and",
    "or",
    "to",
    "et",
    "ou",
    "y",
    "o",
    "e",
    "en",
    "of",
}
PREFIXES = {"self", "non", "well", "ex", "half", "all", "cross", "quasi", "semi"}
# No word is one of these: the letters are one sign in the file, set with a space on either side.
LIGATURE = re.compile(r"(?<=\s)(ffi|ffl|ff|fi|fl)\s(?=[^\W\d_])|^(ffi|ffl|ff|fi|fl)\s(?=[a-z])")
LEFT_OF_LIGATURE = re.compile(r"([^\W\d_]+) $")
# What goes on after "fi" or "fl" as a word of its own: "five", "first", "floor".
OWN_WORD = re.compile(
    r"(?:ve|rst|nd|nds|sh|le|les|eld|elds|re|res|ne|nes|nal|ll|lls|lled|lm|t|ts|x|xed|fth|ght|gure|"
    r"gures|nger|at|ag|oor|oors|ow|ows|y|ies|eet|ight|ights|oat|oats|ood|uid|ush|ame|ames)\b"
)
FUNCTION_WORD_NAMES = (
    "a an and any are as at be but by can for from had has have if in into is it its may must no "
    "not of on one or our per she so than that the their then they this to up was we were when "
    "which will with you your"
)
FUNCTION_WORDS = set(FUNCTION_WORD_NAMES.split())
# Lines this much further apart than the document's usual ones are of two paragraphs.
APART = 1.3
INDENT = 0.8
# A line with this share of it empty, though more would fit, was ended on purpose.
EARLY = 0.3
HEADING_CHARS = 120
MAX_LEVEL = 6
# What goes on for longer is no paragraph.
PARAGRAPH_CHARS = 5000
# How much of a text is looked at for its last word, and for the marks that end a sentence.
WORD_CHARS = 80
END_CHARS = 8
LONG_WORD = 4

Headings = Mapping[str, tuple[str, int]]
"""Bookmarks of a page: by their letters, the label and the level."""


def add_pages(
    extract: Extract, pages: Mapping[int, Sequence[Flow]], outline: Mapping[int, Headings]
) -> None:
    """Add the flows of all pages (from 1) as headings, paragraphs, items and rows."""
    lines = [
        line
        for flows in pages.values()
        for flow in flows
        if not isinstance(flow, Table)
        for line in flow
    ]
    writer = _Writer(extract, _Usual.of(pages, lines), _Words.of(lines), bool(outline))
    for number, flows in pages.items():
        writer.page(number, flows, outline.get(number, {}))
    writer.end()


def letters(text: str) -> str:
    """Return what two writings of one heading have in common."""
    return re.sub(r"[\W\d_]+", "", text).casefold()


@dataclass(frozen=True)
class _Usual:
    """What the running text of a document looks like: its line's height, and how far they are."""

    height: float
    distance: float
    sizes: tuple[float, ...]

    @classmethod
    def of(cls, pages: Mapping[int, Sequence[Flow]], lines: Lines) -> "_Usual":
        weights: Counter[float] = Counter()
        for line in lines:
            weights[round(line.height, 1)] += len(line.text)
        for table in (
            flow for flows in pages.values() for flow in flows if isinstance(flow, Table)
        ):
            weights[round(table.height, 1)] += sum(len(cell) for row in table.rows for cell in row)
        height = weights.most_common(1)[0][0] if weights else 0.0
        distances = [
            (above.top - below.top) / above.height
            for flows in pages.values()
            for flow in flows
            if not isinstance(flow, Table)
            for above, below in pairwise(flow)
            if above.top > below.top
        ]
        larger = sorted({size for size in weights if size > LARGER * height}, reverse=True)
        return cls(height, median(distances) if distances else 1.0, tuple(larger))


@dataclass(frozen=True)
class _Words:
    """The words that a document has whole, which tell how torn ones are put together."""

    words: frozenset[str]
    compounds: frozenset[str]

    @classmethod
    def of(cls, lines: Lines) -> "_Words":
        words: set[str] = set()
        compounds: set[str] = set()
        for line in lines:
            text = HYPHENATED.sub("", line.text.lower())
            text = re.sub(r"\S+ (?:ffi|ffl|ff|fi|fl) \S+", "", text)
            words.update(WORD.findall(text))
            compounds.update(COMPOUND.findall(text))
        return cls(frozenset(words), frozenset(compounds))

    def across(self, upper: str, lower: str) -> tuple[str, str] | None:
        """Two lines with the word that a hyphen parts made whole, None where it parts none."""
        head, tail = HYPHENATED.search(upper[-WORD_CHARS:]), FIRST_WORD.match(lower)
        if head is None or tail is None or tail[1].lower() in SUSPENDED:
            return None
        first, second = head[1].lower(), tail[1].lower()
        whole = first + second in self.words
        kept = not tail[1][0].islower() or (
            not whole and (f"{first}-{second}" in self.compounds or first in PREFIXES)
        )
        upper = f"{upper[:-1]}-" if kept else upper[:-1]
        return upper + tail[0], lower[tail.end() :].strip()

    def mended(self, text: str) -> str:
        """`text` with the words whole that stand-alone ligatures parted."""
        whole = ""
        at = 0
        for match in LIGATURE.finditer(text):
            whole += text[at : match.start()]
            # The word before may have been parted itself.
            left = LEFT_OF_LIGATURE.search(whole[-WORD_CHARS:])
            if left and self._torn(left[1].lower(), text[match.end() :]):
                whole = whole[:-1]
            whole += match[1] or match[2]
            at = match.end()
        return whole + text[at:]

    def _torn(self, left: str, right: str) -> bool:
        """Whether the word before a ligature goes on with it."""
        if left in self.words or left in FUNCTION_WORDS:
            return False
        return len(left) < LONG_WORD or OWN_WORD.match(right) is None


@dataclass
class _Part:
    """A paragraph or item so far.

    Right of its last line is `room` for so many letters; an `early` end has much of it.
    """

    kind: BlockKind
    page: int
    last: Segment
    text: str
    room: float
    early: bool
    turns: list[tuple[int, int]] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether it ends with a sentence."""
        return SENTENCE_END.search(self.text[-END_CHARS:]) is not None

    def full(self, text: str) -> bool:
        """Whether the first word of the line below has no place on the last line."""
        return self.room < len(text.split(maxsplit=1)[0]) + 1

    def add(self, page: int, line: Segment, text: str, words: _Words) -> None:
        """Go on with a line."""
        on_purpose = self.early and not self.full(text) and not self.text.endswith("-")
        gap = "\n" if on_purpose else " "
        whole = words.across(self.text, text)
        if whole:
            self.text, text = whole
        if text:
            self.text += " " if whole else gap
            if page != (self.turns[-1][0] if self.turns else self.page):
                self.turns.append((page, len(self.text)))
            self.text += text
        self.last = line


@dataclass
class _Writer:
    """Puts the lines of one page after the other together and adds them."""

    extract: Extract
    usual: _Usual
    words: _Words
    outlined: bool
    part: _Part | None = None
    marked: int = 0
    number: int = 0
    columns: int = 0
    header: tuple[str, ...] = ()

    def page(self, number: int, flows: Sequence[Flow], headings: Headings) -> None:
        """Add a page."""
        # A bookmark whose words are on no line of their own still begins with its page.
        own = {letters(line.text) for flow in flows if not isinstance(flow, Table) for line in flow}
        for key, (label, level) in headings.items():
            if key not in own:
                self._heading(number, label, level)
        for flow in flows:
            if isinstance(flow, Table):
                self._table(number, flow)
            else:
                self._lines(number, flow, headings)

    def end(self) -> None:
        """Add the paragraph that is open."""
        part, self.part = self.part, None
        if part is None:
            return
        self._mark(part.page)
        self.columns = 0
        block = self.extract.block(part.kind, part.text)
        if block is None:
            return
        for page, offset in part.turns:
            self.extract.turn("page", page, block.span.start + offset)
            self.marked = page

    def _mark(self, page: int) -> None:
        if page != self.marked:
            self.extract.mark("page", page)
            self.marked = page

    def _heading(self, page: int, label: str, level: int) -> None:
        self.end()
        self._mark(page)
        self.columns = 0
        self.extract.heading(label, level)

    def _table(self, page: int, table: Table) -> None:
        """Add a table, or what goes on of one from the page before."""
        self.end()
        self._mark(page)
        first, *rows = table.rows
        if len(first) != self.columns:
            self.columns = len(first)
            # A first row with a value in it is data: such a table has no header.
            self.header = () if any(VALUE.fullmatch(cell) for cell in first) else first
            self.extract.row(first, ())
        elif first != self.header:
            self.extract.row(first, self.header)
        for row in rows:
            self.extract.row(row, self.header)

    def _lines(self, page: int, lines: Lines, headings: Headings) -> None:
        titles = self._titles(lines, headings)
        # A heading may reach over the edge of its column.
        body = [line for index, line in enumerate(lines) if index not in titles] or lines
        left, right = min(line.left for line in body), max(line.right for line in body)
        above: Segment | None = None
        for index, line in enumerate(lines):
            if index in titles:
                label, level = titles[index]
                if label:
                    self._heading(page, label, level)
                above = None
                continue
            text = self.words.mended(line.text)
            kind = self._kind(text, line, above)
            letter = max((line.right - line.left) / len(line.text), 1.0)
            room = (right - line.right) / letter
            early = right - line.right > EARLY * (right - left)
            if self.part and kind is None and self._goes_on(text, line, above, left):
                self.part.add(page, line, text, self.words)
                self.part.room, self.part.early = room, early
            else:
                self.end()
                self.part = _Part(kind or BlockKind.PARAGRAPH, page, line, text, room, early)
            above = line

    def _titles(self, lines: Lines, headings: Headings) -> dict[int, tuple[str, int]]:
        """The lines that are headings; of one over several lines, the first has all its words."""
        found: dict[int, tuple[str, int]] = {}
        runs: list[list[int]] = []
        for index, line in enumerate(lines):
            if self.outlined:
                if bookmark := headings.get(letters(line.text)):
                    found[index] = (line.text, bookmark[1])
            elif round(line.height, 1) in self.usual.sizes and WORD.search(line.text):
                above = lines[runs[-1][-1]] if runs and runs[-1][-1] == index - 1 else None
                if above and _one_heading(above, line):
                    runs[-1].append(index)
                else:
                    runs.append([index])
        for run in runs:
            label = self.words.mended(" ".join(lines[index].text for index in run))
            if len(label) <= HEADING_CHARS and not label.endswith((".", ",", ";")):
                level = 1 + self.usual.sizes.index(round(lines[run[0]].height, 1))
                found.update(dict.fromkeys(run, ("", level)))
                found[run[0]] = (label, min(level, MAX_LEVEL))
        return found

    def _kind(self, text: str, line: Segment, above: Segment | None) -> BlockKind | None:
        """Item if a line begins one, None if it may go on with what is open.

        A number or a dash begins an item only where a sentence doesn't go on, and a number only if
        it is the next one.
        """
        if BULLET.match(text):
            return BlockKind.ITEM
        part = self.part
        fresh = part is None or part.ended or part.kind is BlockKind.ITEM
        fresh = fresh or (above is not None and self._apart(above, line))
        numbered = NUMBERED.match(text)
        if numbered and fresh and int(numbered[1]) in {1, self.number + 1}:
            self.number = int(numbered[1])
            return BlockKind.ITEM
        return BlockKind.ITEM if fresh and DASH.match(text) else None

    def _apart(self, above: Segment, line: Segment) -> bool:
        distance = (above.top - line.top) / above.height
        return (
            distance > APART * self.usual.distance
            or not 1 / LARGER < (line.height / above.height) < LARGER
        )

    def _goes_on(self, text: str, line: Segment, above: Segment | None, left: float) -> bool:
        """Whether a line goes on with the paragraph that is open."""
        part = self.part
        if part is None or len(part.text) > PARAGRAPH_CHARS:
            return False
        if above is None:
            # The column before has ended, or its page.
            like = 1 / LARGER < line.height / part.last.height < LARGER
            return like and not part.ended and (text[:1].islower() or part.full(text))
        if self._apart(above, line):
            return False
        indented = line.left - above.left > INDENT * line.height and above.left - left < 1
        return not (part.ended and (indented or not part.full(text)))


def _one_heading(above: Segment, line: Segment) -> bool:
    """Whether two large lines are one heading."""
    like = round(above.height, 1) == round(line.height, 1)
    return like and -line.height < above.bottom - line.top < line.height / 2
