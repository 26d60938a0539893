"""What is quoted as one: all steps of a procedure, an error with its cure, a term with its meaning.

A reader of one part of these alone is not helped. All of it is found in the blocks, whatever the
format.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.domain import Block, BlockKind, Document, Span

# reStructuredText counts "#." by itself.
STEP = re.compile(r"\(?(\d{1,3}|#)[.)]\s")
STEPS_CHARS = 1000
LEAD_CHARS = 240
# What a sentence with a colon at its end leads in: a list, a table, a block of code.
LEAD_IN = (":", "：")
# So many blocks of other kinds may stand between two steps: what a step shows.
BETWEEN = 4
ERROR = re.compile(
    r"\b(?:error|exception|fail(?:ed|ure|s)?|fatal|panic|denied|refused|unable|cannot|can't"
    r"|could not|couldn't|not (?:found|permitted|allowed|recognized)|traceback|segfault"
    r"|E[A-Z]{4,}|0x[0-9a-fA-F]{4,}|Fehler\w*|erreur|Error\w*|\w+(?:Error|Exception))\b",
)
# A line that names an error by its code, alone or with what it is called behind it; a sentence
# says what it means itself.
CODED = re.compile(
    r"[`*_]*(?:(?:[Ee]rror|[Cc]ode|Fehler)\s+)?[A-Z]{1,5}[-_]?\d{1,6}[A-Za-z]?"
    r"(?:[`*_]*[:–—]|[`*_]*\s[–—-]|[`*_]+)?(?:(?<!\w)\s[^\n]*[^.!?\n])?"
)
ERROR_CHARS = 240
CODED_CHARS = 80
CURED_CHARS = 700
BELOW_CHARS = 600
INDENT = 2


@dataclass(frozen=True, slots=True)
class Whole:
    """A span that is quoted as one; `only` says that no part of it is quoted alone."""

    span: Span
    only: bool


def wholes(document: Document, blocks: Sequence[Block]) -> Iterator[Whole]:
    """Yield what belongs together of the blocks below one heading, in order; none overlap."""
    number = 0
    while number < len(blocks):
        last, only = _whole(document.text, blocks, number)
        if last > number:
            yield Whole(Span(blocks[number].span.start, blocks[last].span.end), only)
        number = last + 1


def _whole(text: str, blocks: Sequence[Block], first: int) -> tuple[int, bool]:
    """The last block of what begins with block number `first`, and whether it is quoted only so."""
    block = blocks[first]
    lead = block.kind is BlockKind.PARAGRAPH and block.span.end - block.span.start <= LEAD_CHARS
    if last := _last_step(text, blocks, first + lead):
        return last, True
    if _is_error(text, block):
        # Without its code, a cure may be taken for that of another error.
        return _cure(text, blocks, first), _is_coded(text, block)
    if block.kind is BlockKind.PARAGRAPH and block.span.of(text).endswith(("?", "？")):
        return min(first + 1, len(blocks) - 1), False
    last = first
    while last + 1 < len(blocks) and blocks[last + 1].anchor == block.span.start:
        last += 1
    if block.kind is not BlockKind.ITEM or blocks[last].span.end - block.span.start > BELOW_CHARS:
        return first, False
    return last, False


def _last_step(text: str, blocks: Sequence[Block], first: int) -> int:
    """The last block of the steps that begin with block number `first`; 0 where none do."""
    one = _number(text, blocks[first]) if first < len(blocks) else -1
    if one not in {0, 1}:
        return 0
    steps = [first]
    begin = blocks[first].span.start
    # Markdown counts by itself where all are numbered alike.
    alike = any(_number(text, block) == one for block in blocks[first + 1 : first + BETWEEN + 2])
    for number in range(first + 1, len(blocks)):
        block = blocks[number]
        if block.span.end - begin > STEPS_CHARS or number - steps[-1] > BETWEEN + 1:
            break
        if _number(text, block) == one + (0 if alike else len(steps)):
            steps.append(number)
    if len(steps) == 1 or text[begin : blocks[steps[-1]].span.end].count("?\n"):
        return 0
    last = steps[-1]
    for number in range(last + 1, len(blocks)):
        if not _is_below(text, blocks[number], blocks[steps[-1]]):
            break
        last = number
    # One step more than fits would be the missing one.
    more = last + 1 < len(blocks) and _number(text, blocks[last + 1]) > one
    return 0 if more or blocks[last].span.end - begin > STEPS_CHARS else last


def _number(text: str, block: Block) -> int:
    """The number of a step that stands in no other; -1 where a block is none."""
    marker = STEP.match(text, block.span.start, block.span.end)
    outermost = block.anchor in {-1, block.span.start}
    if not marker or not outermost or block.kind is not BlockKind.ITEM:
        return -1
    return 1 if marker[1] == "#" else int(marker[1])


def _is_below(text: str, block: Block, step: Block) -> bool:
    """Whether a block is a part of a step: it depends on it, or is indented below it."""
    line = text.rfind("\n", 0, block.span.start) + 1
    indented = block.span.start - line >= INDENT and text[line : block.span.start].isspace()
    return block.anchor == step.span.start or (indented and block.kind is not BlockKind.ITEM)


def _is_error(text: str, block: Block) -> bool:
    if block.span.end - block.span.start > ERROR_CHARS:
        return False
    if _is_coded(text, block):
        return True
    said = block.span.of(text)
    if not ERROR.search(said):
        return False
    alone = said.strip("*_").startswith("`") and said.strip("*_").endswith("`")
    return block.kind is BlockKind.CODE or (block.kind is BlockKind.PARAGRAPH and alone)


def _is_coded(text: str, block: Block) -> bool:
    size = block.span.end - block.span.start
    coded = block.kind in {BlockKind.PARAGRAPH, BlockKind.CODE} and size <= CODED_CHARS
    return coded and CODED.fullmatch(block.span.of(text).strip("`\n")) is not None


def _cure(text: str, blocks: Sequence[Block], first: int) -> int:
    """The last block of what stands below an error: a paragraph, with what it leads in."""
    last = first
    for number in range(first + 1, len(blocks)):
        block = blocks[number]
        leads_in = last > first and blocks[last].span.of(text).endswith(LEAD_IN)
        goes_on = last > first and block.kind is BlockKind.ITEM is blocks[last].kind
        if block.span.end - blocks[first].span.start > CURED_CHARS or _is_error(text, block):
            break
        if last > first and not leads_in and not goes_on:
            break
        last = number
    return last
