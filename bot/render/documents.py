"""The documents as Discord messages: the list of them, and the pages of one."""

from collections.abc import Sequence
from datetime import datetime

from bot.render.fitting import DESCRIPTION_LIMIT, TITLE_LIMIT, size
from bot.render.markup import code, inline, row, within
from bot.render.pages import Page
from bot.render.reply import PLAIN_COLOUR, Reply, built_ago, message
from index import Document, Source

SOURCES_SHOWN = 40


def sources(documents: Sequence[Source], built: datetime) -> Reply:
    """Render the list of documents."""
    listed = [
        row(code(source.path, 200), inline(source.title, 80), source.extent)
        for source in documents[:SOURCES_SHOWN]
    ]
    while size("\n".join(listed)) > DESCRIPTION_LIMIT - 100:
        listed = listed[:-1]
    if len(listed) < len(documents):
        listed = [*listed, f"… and {len(documents) - len(listed)} more"]
    title = f"{len(documents)} document{'s' if len(documents) != 1 else ''}"
    return message(title, ["\n".join(listed)], PLAIN_COLOUR, built_ago(built))


def source_page(document: Document, pages: Sequence[Page], number: int) -> Reply:
    """Render one of the pages of a document's text, as it reads."""
    page = pages[number]
    room = DESCRIPTION_LIMIT - 600
    # Cut twice: a page of one line can be as long as the text.
    text = within(page.span.of(document.text)[: room + 1], room)
    where = f"lines {page.first}–{page.last} · " if document.lined else ""
    footer = f"{where}page {number + 1} of {len(pages)}"
    parts = [inline(document.title, 400), text]
    return message(inline(document.path, TITLE_LIMIT), parts, PLAIN_COLOUR, footer)
