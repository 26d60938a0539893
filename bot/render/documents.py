"""The documents as Discord messages: the list of them, and the pages of one."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from bot.markup import clipped, escape, inline
from bot.pages import Page
from bot.render.reply import (
    DESCRIPTION_LIMIT,
    PLAIN_COLOUR,
    TITLE_LIMIT,
    Reply,
    built_ago,
    message,
)
from index import Source

SOURCES_SHOWN = 40


def document_key(path: str) -> str:
    """Return the name of a document that fits into a button's id."""
    return hashlib.sha256(path.encode()).hexdigest()[:12]


def sources(documents: Sequence[Source], built: datetime) -> Reply:
    """Render the list of documents."""
    lines = []
    for each in documents[:SOURCES_SHOWN]:
        name = f"`{each.path}`" if "`" not in each.path else inline(each.path, 200)
        extent = [each.extent] if each.extent else []
        lines.append(" · ".join([name, inline(each.title, 80), *extent]))
    shown = lines
    while len("\n".join(shown)) > DESCRIPTION_LIMIT - 100:
        shown = shown[:-1]
    if len(shown) < len(documents):
        shown = [*shown, f"… and {len(documents) - len(shown)} more"]
    title = f"{len(documents)} document{'s' if len(documents) != 1 else ''}"
    return message(title, ["\n".join(shown)], PLAIN_COLOUR, built_ago(built))


def source_page(path: str, title: str, found: Sequence[Page], number: int, *, lined: bool) -> Reply:
    """Render one page of a document, as it reads."""
    page = found[number]
    shown = "\n".join(escape(line) for line in page.text.split("\n"))
    where = f"lines {page.first}–{page.last} · " if lined else ""
    footer_text = f"{where}page {number + 1} of {len(found)}"
    parts = [inline(title, 400), clipped(shown, DESCRIPTION_LIMIT - 600)]
    return message(inline(path, TITLE_LIMIT), parts, PLAIN_COLOUR, footer_text)
