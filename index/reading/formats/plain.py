"""`.txt`: a conversation, or paragraphs, wiki and Markdown headings, lists and pipe tables."""

import hashlib

from index.domain import Document
from index.reading.formats import chat, grammar
from index.reading.formats.decoding import decode
from index.reading.formats.lined import assemble
from index.reading.titles import title_from_path
from index.settings import Limits


def read(path: str, data: bytes, _limits: Limits) -> Document:
    """Read a text file.

    Raises:
        UnreadableSource: the bytes are no text.
    """
    text, notes = decode(path, data)
    messages = chat.blocks(text)
    if not messages:
        return assemble(path, data, "text/plain", grammar.PLAIN)
    return Document(
        path=path,
        media_type="text/plain",
        title=title_from_path(path),
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        blocks=tuple(messages),
        notes=notes,
    )
