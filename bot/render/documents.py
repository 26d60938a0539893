"""The documents as Discord messages: the list of them, and the pages of one."""

from collections.abc import Sequence
from datetime import datetime

from bot.render.markup import clipped, escape, inline
from bot.render.pages import Page
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


def source_page(source: Source, text: str, found: Sequence[Page], number: int) -> Reply:
    """Render one page of a document's text, as it reads."""
    page = found[number]
    room = DESCRIPTION_LIMIT - 600
    # Cut before and after: a page of one line can be as long as the text.
    shown = escape(clipped(page.span.of(text), room))
    lined = source.extent.endswith(("line", "lines"))
    where = f"lines {page.first}–{page.last} · " if lined else ""
    footer_text = f"{where}page {number + 1} of {len(found)}"
    parts = [inline(source.title, 400), clipped(shown, room)]
    return message(inline(source.path, TITLE_LIMIT), parts, PLAIN_COLOUR, footer_text)
