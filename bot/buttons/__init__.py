"""The buttons below messages; all of them go on working after a restart."""

from bot.buttons.answers import DeleteButton, FeedbackButton, below_answer
from bot.buttons.documents import (
    DocumentsPager,
    LeaveButton,
    TakeButton,
    place_of,
    show_documents,
    show_plan,
    take_in,
)
from bot.buttons.gaps import GapsPager, show_gaps
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
from bot.buttons.team import TeamButton

BUTTONS = (
    AnswerPager,
    DeleteButton,
    DocumentsPager,
    FeedbackButton,
    GapsPager,
    LeaveButton,
    ListPager,
    LookupPager,
    MoreButton,
    PassageButton,
    RelatedButton,
    SourcePager,
    TakeButton,
    TeamButton,
)

__all__ = [
    "BUTTONS",
    "below_answer",
    "place_of",
    "show_documents",
    "show_gaps",
    "show_lookup",
    "show_plan",
    "show_report",
    "show_source",
    "show_sources",
    "take_in",
]
