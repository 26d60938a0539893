"""The documents as Discord messages: the list of them, and the pages of one."""

from collections.abc import Sequence
from datetime import datetime

from bot.render.markup import clip, escape, inline
from bot.render.pages import Page
from bot.render.reply import (
    DESCRIPTION_LIMIT,
    PLAIN_COLOUR,
    TITLE_LIMIT,
    Reply,
    built_ago,
    message,
)
from index import Document, Source

SOURCES_SHOWN = 40


def sources(documents: Sequence[Source], built: datetime) -> Reply:
    """Render the list of documents."""
    lines = []
    for source in documents[:SOURCES_SHOWN]:
        name = f"`{source.path}`" if "`" not in source.path else inline(source.path, 200)
        extent = [source.extent] if source.extent else []
        lines.append(" · ".join([name, inline(source.title, 80), *extent]))
    listed = lines
    while len("\n".join(listed)) > DESCRIPTION_LIMIT - 100:
        listed = listed[:-1]
    if len(listed) < len(documents):
        listed = [*listed, f"… and {len(documents) - len(listed)} more"]
    title = f"{len(documents)} document{'s' if len(documents) != 1 else ''}"
    return message(title, ["\n".join(listed)], PLAIN_COLOUR, built_ago(built))


def source_page(document: Document, pages: Sequence[Page], number: int) -> Reply:
    """Render one of the pages of a document's text, as it reads."""
    page = pages[number]
    room = DESCRIPTION_LIMIT - 600
    # Cut before and after: a page of one line can be as long as the text.
    text = escape(clip(page.span.of(document.text), room))
    where = f"lines {page.first}–{page.last} · " if document.lined else ""
    footer = f"{where}page {number + 1} of {len(pages)}"
    parts = [inline(document.title, 400), clip(text, room)]
    return message(inline(document.path, TITLE_LIMIT), parts, PLAIN_COLOUR, footer)
