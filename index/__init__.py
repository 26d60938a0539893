"""The front door of the index: the names that the bot may use."""

from index.answer.followup import is_question
from index.answer.search import check_question
from index.build.changes import Changes
from index.domain import (
    Answer,
    Citation,
    Hit,
    NoAnswer,
    PassageView,
    Progress,
    Sentence,
    Source,
    Span,
    document_key,
)
from index.errors import (
    IndexLocked,
    QuestionError,
    SeedIndexError,
    SettingsError,
)
from index.front import Index, State, open_index
from index.reading.watching import watch
from index.settings import (
    AnswerSettings,
    IndexConfig,
    IndexSettings,
    Table,
    WriterSettings,
    load_config,
)
from index.store.manifest import BuildReport, FileRecord, Manifest
from index.store.store import moment
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
    "Changes",
    "Citation",
    "FileRecord",
    "Hit",
    "Index",
    "IndexConfig",
    "IndexLocked",
    "IndexSettings",
    "Manifest",
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
    "State",
    "Table",
    "WriterSettings",
    "ago",
    "check_question",
    "config_option",
    "document_key",
    "fail",
    "is_question",
    "load_config",
    "messages",
    "moment",
    "open_index",
    "output",
    "progress_bar",
    "show_skipped",
    "watch",
]
