"""Texts with a markup of their own, whose lines are written over so that one parser knows them.

Every line keeps its length, so that what is found in the overlay stands in the file.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from index.domain import Block, BlockKind, Document, Span
from index.reading.formats import grammar, markup
from index.reading.formats.bounds import NAME_CHARS, head
from index.reading.formats.lined import first_title
from index.reading.titles import title_from_path


@dataclass
class Overlay:
    """The lines as the parser is to see them, and what else was found.

    `levels` has, by the place of an item's marker, how deep it is nested.
    """

    text: str
    lines: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    levels: dict[int, int] = field(default_factory=dict)
    title: str = ""
    author: str = ""

    def blank(self, line: str) -> None:
        """Leave a line out."""
        self.lines.append(" " * len(line))

    def code(self, start: int, end: int) -> None:
        """Add a block of code whose lines are left out of the overlay."""
        raw = self.text[start:end]
        if raw.strip():
            begin = start + len(raw) - len(raw.lstrip())
            self.blocks.append(Block(BlockKind.CODE, Span(begin, start + len(raw.rstrip()))))

    def document(self, path: str, data: bytes, media_type: str, notes: tuple[str, ...]) -> Document:
        """Return the document."""
        landmarks, found = markup.parse("\n".join(self.lines), grammar.PLAIN)
        blocks = [*self._nested(found), *self.blocks]
        return Document(
            path=path,
            media_type=media_type,
            title=self.title or first_title(landmarks) or title_from_path(path),
            text=self.text,
            sha256=hashlib.sha256(data).hexdigest(),
            landmarks=landmarks,
            blocks=tuple(sorted(blocks, key=lambda block: block.span.start)),
            author=self.author,
            notes=notes,
        )

    def _nested(self, blocks: tuple[Block, ...]) -> Iterator[Block]:
        """Give the items of an inner list those above them as their context."""
        above: list[tuple[int, Block, str]] = []
        for block in blocks:
            level = self.levels.get(block.span.start, 0)
            while above and above[-1][0] >= level:
                above.pop()
            if level and above:
                _, parent, path = above[-1]
                block = replace(block, context=path, anchor=parent.anchor)  # noqa: PLW2901 - a step of the same
            yield block
            words = " ".join(head(block.span, self.text).lstrip("*-. ").split())
            path = " › ".join(filter(None, [block.context, words]))[:NAME_CHARS]
            above.append((level, block, path))
            if not level:
                above.clear()
