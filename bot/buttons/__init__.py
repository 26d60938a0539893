"""The buttons below messages; all of them go on working after a restart."""

from bot.buttons.answers import DeleteButton, FeedbackButton, below_answer
from bot.buttons.pager import (
    AnswerPager,
    ListPager,
    LookupPager,
    MoreButton,
    SourcePager,
    show_lookup,
    show_report,
    show_source,
    show_sources,
)
from bot.buttons.passages import PassageButton, RelatedButton

BUTTONS = (
    AnswerPager,
    DeleteButton,
    FeedbackButton,
    ListPager,
    LookupPager,
    MoreButton,
    PassageButton,
    RelatedButton,
    SourcePager,
)

__all__ = [
    "BUTTONS",
    "below_answer",
    "show_lookup",
    "show_report",
    "show_source",
    "show_sources",
]
