"""`.txt`: paragraphs, wiki and Markdown headings, lists and pipe tables."""

from index.domain import Document
from index.reading.formats import markup
from index.reading.formats.lined import assemble
from index.settings import Limits


def read(path: str, data: bytes, _limits: Limits) -> Document:
    """Read a text file.

    Raises:
        UnreadableSource: the bytes are no text.
    """
    return assemble(path, data, "text/plain", markup.PLAIN)
