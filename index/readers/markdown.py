"""`.md`: CommonMark with tables and a YAML front matter."""

from index.domain import Document
from index.readers import markup
from index.readers.assembly import assemble


def read(path: str, data: bytes) -> Document:
    """Read a Markdown file.

    Raises:
        UnreadableSource: the bytes are no text.
    """
    return assemble(path, data, "text/markdown", markup.MARKDOWN)
