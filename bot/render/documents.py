"""The documents as Discord messages: the list of them, and the pages of one."""

from collections.abc import Sequence
from datetime import datetime

from bot.render import markup
from bot.render.fitting import DESCRIPTION_LIMIT, TITLE_LIMIT
from bot.render.markup import inline, row
from bot.render.pages import Page
from bot.render.quotes import Quote, block_quote
from bot.render.reply import PLAIN_COLOUR, Reply, built_ago, message
from index import Document, Source, Span

# More are no list that anybody turns the pages of.
SOURCES_SHOWN = 2000


def sources(documents: Sequence[Source], built: datetime) -> Reply:
    """Render the list of documents, on as many pages as it needs."""
    listed = [
        row(markup.code(source.path, 200), inline(source.title, 80), source.extent)
        for source in documents[:SOURCES_SHOWN]
    ]
    if len(listed) < len(documents):
        listed.append(
            f"… and {len(documents) - len(listed)} more; `/source` finds each by its name"
        )
    title = f"{len(documents)} document{'s' if len(documents) != 1 else ''}"
    return message(title, ["\n".join(listed)], PLAIN_COLOUR, built_ago(built))


def source_page(
    document: Document, pages: Sequence[Page], number: int, code: Sequence[Span] = ()
) -> Reply:
    """Render one of the pages of a document's text, as it reads, its `code` as such."""
    page = pages[number]
    span = page.span
    # A page of one line can be as long as the text.
    text = span.of(document.text)[:DESCRIPTION_LIMIT]
    kept = (Span(max(each.start, span.start), min(each.end, span.end)) for each in code)
    quote = Quote(text, Span(0, 0), [each.within(span) for each in kept], document.path)
    shown = block_quote(quote, DESCRIPTION_LIMIT - 600, start="")
    where = f"lines {page.first}–{page.last} · " if document.lined else ""
    footer = f"{where}page {number + 1} of {len(pages)}"
    parts = [inline(document.title, 400), shown]
    return message(inline(document.path, TITLE_LIMIT), parts, PLAIN_COLOUR, footer)
