"""`.md`: CommonMark with tables and a YAML front matter."""

from index.domain import Document
from index.reading.formats import markup
from index.reading.formats.lined import assemble
from index.settings import Limits


def read(path: str, data: bytes, _limits: Limits) -> Document:
    """Read a Markdown file.

    Raises:
        UnreadableSource: the bytes are no text.
    """
    return assemble(path, data, "text/markdown", markup.MARKDOWN)
