"""What the readers of text formats share: bytes and a block parser in, a `Document` out."""

import hashlib
import re
from collections.abc import Sequence

from markdown_it import MarkdownIt

from index.domain import Block, Document, Landmark
from index.reading.formats import front_matter, markup
from index.reading.formats.decoding import decode
from index.reading.titles import title_from_path

BYLINE = re.compile(r"[Bb]y ([^\W\d_a-z][\w.'’-]*(?: [\w.'’-]+){1,5})")
BYLINE_BLOCKS = 3


def assemble(path: str, data: bytes, media_type: str, parser: MarkdownIt) -> Document:
    """Decode `data`, find its structure, and name it.

    Raises:
        UnreadableSource: the bytes are no text.
    """
    text, notes = decode(path, data)
    matter = front_matter.parse(text)
    landmarks, blocks = markup.parse(text, parser, matter.lines)
    return Document(
        path=path,
        media_type=media_type,
        title=matter.title or first_title(landmarks) or title_from_path(path),
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        landmarks=landmarks,
        blocks=matter.blocks + blocks,
        author=matter.author or _byline(text, blocks),
        aliases=matter.aliases,
        date=matter.date,
        notes=notes + matter.notes,
    )


def first_title(landmarks: Sequence[Landmark]) -> str:
    """The first heading, if it stands alone at the top level."""
    top = [landmark for landmark in landmarks if landmark.level == 1]
    return top[0].label if len(top) == 1 and top[0] is landmarks[0] else ""


def _byline(text: str, blocks: Sequence[Block]) -> str:
    """The name in a "by …" that stands alone at the top."""
    for block in blocks[:BYLINE_BLOCKS]:
        match = BYLINE.fullmatch(block.span.of(text))
        if match:
            return match[1]
    return ""
