"""The front door of the index: the names that the bot may use.

Each is imported when it is first asked for (PEP 562): a terminal command that only shows its help,
or the process that reads documents, loads neither faiss nor the models' libraries.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.answer.asks import is_question, sentences
    from index.answer.followup import is_courtesy
    from index.answer.question import MAX_QUESTION_CHARS, Question, check_question
    from index.build.changes import Changes
    from index.collections import EVERYTHING, lacking_an_index, server_of
    from index.config import IndexConfig, load_config
    from index.domain import (
        Answer,
        Citation,
        Document,
        Hit,
        NoAnswer,
        PassageView,
        Progress,
        Sentence,
        Skipped,
        Source,
        Span,
        differences,
        document_key,
    )
    from index.errors import (
        EngineUnavailable,
        FetchFailed,
        FetchRunning,
        IndexLocked,
        PointsMissing,
        QuestionError,
        SeedIndexError,
        SettingsError,
    )
    from index.fetching.fetcher import Fetched, Fetcher
    from index.fetching.fetching import (
        address_of,
        fetch,
        fetch_new,
        fetcher_of,
        is_there,
        memory_of,
        state_of,
    )
    from index.fetching.staging import Staging
    from index.fetching.state import FetchState
    from index.front import Index, State
    from index.library import Library
    from index.opening import open_index
    from index.reading.origins import ORIGINS, Origin, Origins, keeper
    from index.reading.preview import preview
    from index.reading.wanted import listed, unwanted
    from index.reading.watching import watch
    from index.sandbox.confine import hide, lacking
    from index.settings import (
        OF,
        SERVER,
        AnswerSettings,
        CollectionSettings,
        IndexSettings,
        Table,
        WriterSettings,
    )
    from index.shelf import Shelf
    from index.sources import (
        UNKNOWN,
        Fetchable,
        ForeignSettings,
        RepositorySettings,
        SourceSettings,
        WebsiteSettings,
        apart,
        fetchable,
    )
    from index.store.manifest import BuildReport, FileRecord, Manifest
    from index.store.seal import moment
    from index.terminal import (
        HIDDEN,
        STAGES,
        OneLineErrors,
        ago,
        config_option,
        fail,
        messages,
        on_one_line,
        output,
        progress_bar,
        show_skipped,
        visible,
    )

__all__ = [
    "EVERYTHING",
    "HIDDEN",
    "MAX_QUESTION_CHARS",
    "OF",
    "ORIGINS",
    "SERVER",
    "STAGES",
    "UNKNOWN",
    "Answer",
    "AnswerSettings",
    "BuildReport",
    "Changes",
    "Citation",
    "CollectionSettings",
    "Document",
    "EngineUnavailable",
    "FetchFailed",
    "FetchRunning",
    "FetchState",
    "Fetchable",
    "Fetched",
    "Fetcher",
    "FileRecord",
    "ForeignSettings",
    "Hit",
    "Index",
    "IndexConfig",
    "IndexLocked",
    "IndexSettings",
    "Library",
    "Manifest",
    "NoAnswer",
    "OneLineErrors",
    "Origin",
    "Origins",
    "PassageView",
    "PointsMissing",
    "Progress",
    "Question",
    "QuestionError",
    "RepositorySettings",
    "SeedIndexError",
    "Sentence",
    "SettingsError",
    "Shelf",
    "Skipped",
    "Source",
    "SourceSettings",
    "Span",
    "Staging",
    "State",
    "Table",
    "WebsiteSettings",
    "WriterSettings",
    "address_of",
    "ago",
    "apart",
    "check_question",
    "config_option",
    "differences",
    "document_key",
    "fail",
    "fetch",
    "fetch_new",
    "fetchable",
    "fetcher_of",
    "hide",
    "is_courtesy",
    "is_question",
    "is_there",
    "keeper",
    "lacking",
    "lacking_an_index",
    "listed",
    "load_config",
    "memory_of",
    "messages",
    "moment",
    "on_one_line",
    "open_index",
    "output",
    "preview",
    "progress_bar",
    "sentences",
    "server_of",
    "show_skipped",
    "state_of",
    "unwanted",
    "visible",
    "watch",
]

# Where the names live, what is quick to import first: a name is looked for no further than needed.
HOMES = (
    "domain",
    "errors",
    "sandbox.confine",
    "settings",
    "sources",
    "config",
    "store.manifest",
    "collections",
    "build.changes",
    "reading.watching",
    "reading.wanted",
    "reading.origins",
    "reading.preview",
    "fetching.state",
    "fetching.fetcher",
    "fetching.staging",
    "fetching.fetching",
    "terminal",
    "answer.asks",
    "answer.followup",
    "answer.question",
    "store.seal",
    "front",
    "opening",
    "shelf",
    "library",
)


def __getattr__(name: str) -> object:
    """Import one of the names of the front door.

    Raises:
        AttributeError: it is none.
    """
    if name in __all__:
        for home in HOMES:
            module = import_module(f"{__name__}.{home}")
            if name in vars(module):
                globals()[name] = vars(module)[name]
                return vars(module)[name]
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return __all__
