"""Paragraphs that are headings in all but markup: bold lines, lines in capitals, questions.

A question that stands alone is answered by what stands below it. As a heading it is read and shown
with each part of the answer, and is never quoted in its place.
"""

import re
from dataclasses import dataclass, replace

from index.domain import Block, BlockKind, Document, Landmark

CAPTION_CHARS = 160
# Below the headings that have markup.
BOLD_LEVEL, QUESTION_LEVEL = 7, 8
# What looks like a caption once may be a sentence; a document that has captions has several.
SEVERAL = 2
BOLD = re.compile(r"(\*\*\*?|__)(?P<label>[^\n]+?)\1:?")
MARKS = re.compile(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
ASKED = re.compile(r"(?:Q|F|P|Question|Frage|Pregunta)\s?\d{0,3}\s?[.:)]\s*(?=\S)", re.IGNORECASE)
CAPITALS = re.compile(r"[^a-z]*[^\W\d_]{3}[^a-z]*")
# A sentence, a value ("Key: 4711") or figures say something by themselves.
SAYS = re.compile(r"[.!,;…]$|:\s+\S|^[\d\W]+$")


@dataclass(frozen=True, slots=True)
class _Caption:
    """A paragraph that may be a heading, and whether it is one even where it is the only one."""

    block: Block
    mark: Landmark
    certain: bool


def promote(document: Document) -> Document:
    """Return a document whose captions are landmarks instead of blocks."""
    captions = [_caption(document.text, block) for block in document.blocks]
    headings = {mark.start for mark in document.landmarks if mark.kind == "heading"}
    leading: list[_Caption] = []
    for caption, below, next_block in zip(
        captions, captions[1:], document.blocks[1:], strict=False
    ):
        if caption is None or (below and below.mark.level <= caption.mark.level):
            continue
        between = range(caption.block.span.end, next_block.span.start + 1)
        if headings.isdisjoint(between):
            leading.append(caption)
    levels = [caption.mark.level for caption in leading]
    found = {
        caption.block: caption.mark
        for caption in leading
        if caption.certain or levels.count(caption.mark.level) >= SEVERAL
    }
    if not found:
        return document
    marks = sorted([*document.landmarks, *found.values()], key=lambda mark: mark.start)
    blocks = tuple(block for block in document.blocks if block not in found)
    return replace(document, blocks=blocks, landmarks=tuple(marks))


def _caption(text: str, block: Block) -> _Caption | None:
    start, end = block.span.start, block.span.end
    alone = block.kind is BlockKind.PARAGRAPH and block.anchor in {-1, start}
    if not alone or end - start > CAPTION_CHARS:
        return None
    line = block.span.of(text)
    bold = BOLD.fullmatch(line)
    label = bold["label"] if bold else line
    asked = ASKED.match(label)
    question = label.rstrip("*_ ").endswith(("?", "？"))
    capitals = not question and label == label.upper() and CAPITALS.fullmatch(label)
    if (
        "\n" in line
        or line.startswith(">")
        or not (question or ((bold or capitals) and not SAYS.search(label)))
    ):
        return None
    label = " ".join(MARKS.sub("", label[asked.end() :] if asked else label).rstrip(":").split())
    level = QUESTION_LEVEL if question else BOLD_LEVEL
    return _Caption(
        block, Landmark("heading", label, level, start), question and bool(bold or asked)
    )
