"""The front door of the index: the names that the bot may use."""

from index.domain import (
    Answer,
    BuildReport,
    Citation,
    Hit,
    NoAnswer,
    PassageView,
    Progress,
    Skipped,
    Source,
    Span,
)
from index.errors import (
    IndexLocked,
    QuestionError,
    SeedIndexError,
    SettingsError,
)
from index.front import Index, open_index
from index.settings import AnswerSettings, IndexConfig, IndexSettings, Table, load_config

__all__ = [
    "Answer",
    "AnswerSettings",
    "BuildReport",
    "Citation",
    "Hit",
    "Index",
    "IndexConfig",
    "IndexLocked",
    "IndexSettings",
    "NoAnswer",
    "PassageView",
    "Progress",
    "QuestionError",
    "SeedIndexError",
    "SettingsError",
    "Skipped",
    "Source",
    "Span",
    "Table",
    "load_config",
    "open_index",
]
