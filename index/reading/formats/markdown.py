"""`.md`, `.mdx`: CommonMark with tables and a front matter."""

from index.domain import Document
from index.reading.formats import grammar
from index.reading.formats.lined import assemble
from index.settings import Limits


def read(path: str, data: bytes, _limits: Limits) -> Document:
    """Read a Markdown file.

    Raises:
        UnreadableSource: the bytes are no text.
    """
    parser = grammar.MDX if path.lower().endswith(".mdx") else grammar.MARKDOWN
    return assemble(path, data, "text/markdown", parser)
