"""The front door of the index: the names that the bot may use."""

from index.domain import (
    Answer,
    BuildReport,
    Citation,
    Hit,
    NoAnswer,
    PassageView,
    Progress,
    Sentence,
    Source,
    Span,
)
from index.errors import (
    QuestionError,
    SeedIndexError,
    SettingsError,
)
from index.front import Index, open_index
from index.search import check_question
from index.settings import (
    AnswerSettings,
    IndexConfig,
    IndexSettings,
    Table,
    WriterSettings,
    load_config,
)
from index.terminal import (
    STAGES,
    OneLineErrors,
    ago,
    config_option,
    fail,
    messages,
    output,
    progress_bar,
    show_skipped,
)

__all__ = [
    "STAGES",
    "Answer",
    "AnswerSettings",
    "BuildReport",
    "Citation",
    "Hit",
    "Index",
    "IndexConfig",
    "IndexSettings",
    "NoAnswer",
    "OneLineErrors",
    "PassageView",
    "Progress",
    "QuestionError",
    "SeedIndexError",
    "Sentence",
    "SettingsError",
    "Source",
    "Span",
    "Table",
    "WriterSettings",
    "ago",
    "check_question",
    "config_option",
    "fail",
    "load_config",
    "messages",
    "open_index",
    "output",
    "progress_bar",
    "show_skipped",
]
