"""Everything the bot says, as Discord messages: pure functions that keep Discord's limits."""

from bot.render.answers import (
    WRITTEN_BY_A_MODEL,
    answer,
    lookup_page,
    passage,
    place,
    question_of,
    related,
)
from bot.render.documents import source_page, sources
from bot.render.fitting import CONTENT_LIMIT, DESCRIPTION_LIMIT, TITLE_LIMIT
from bot.render.gaps import gaps, stats, weekly
from bot.render.moderation import (
    build_report,
    changes,
    farewell,
    report,
    rules,
    status,
    welcome,
)
from bot.render.privacy import privacy
from bot.render.reply import (
    VERDICTS,
    Reply,
    note,
    told,
    turned,
)
from bot.render.uploads import indexed, listed, planned, taken, taught

__all__ = [
    "CONTENT_LIMIT",
    "DESCRIPTION_LIMIT",
    "TITLE_LIMIT",
    "VERDICTS",
    "WRITTEN_BY_A_MODEL",
    "Reply",
    "answer",
    "build_report",
    "changes",
    "farewell",
    "gaps",
    "indexed",
    "listed",
    "lookup_page",
    "note",
    "passage",
    "place",
    "planned",
    "privacy",
    "question_of",
    "related",
    "report",
    "rules",
    "source_page",
    "sources",
    "stats",
    "status",
    "taken",
    "taught",
    "told",
    "turned",
    "weekly",
    "welcome",
]
