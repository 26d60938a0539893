"""Everything that can go wrong in the index, as one tree.

    SeedIndexError
    ├── SettingsError              the config file: file, key, what was expected
    │   ├── CollectionUnknown
    │   └── EngineMissing          a search engine whose client isn't installed
    ├── QuestionError              a question that can't be asked
    ├── NothingToRead              no index that may be asked
    ├── SourceError                one document: its path and what is wrong with it
    │   ├── UnsupportedFormat
    │   ├── UnreadableSource
    │   ├── SourceUnopened         the system doesn't let it be opened, or read to its end
    │   ├── SourceOutside          a link that leaves the seeds folder
    │   ├── ReaderCrashed
    │   └── OverLimit              one of the limits under [index]
    │       ├── SourceTooLarge
    │       ├── TooManyPages
    │       ├── UnpacksTooLarge
    │       ├── NestedTooDeep
    │       ├── ReadingTooLong
    │       └── ReadingTooBig
    ├── FetchFailed                a source of documents: where it is, what it says
    │   └── FetchRunning           somebody else is fetching it
    ├── SourcesMissing             no seeds folder, or nothing in it to index
    ├── ResourcesMissing           the machine has no more memory, files or processes to give
    ├── StoreError                 the index on disk
    │   ├── IndexMissing
    │   ├── IndexCorrupt
    │   │   └── PointsMissing      the search engine doesn't hold what was built
    │   ├── IndexIncompatible      built with other settings than those in force
    │   ├── IndexLocked            another build is writing
    │   ├── EngineUnavailable      the search engine: where it is, what it says
    │   ├── GenerationMissing      nothing to roll back to
    │   └── ValidationFailed       a new generation doesn't find its own passages
    ├── PlotError                  a picture that can't be drawn or written
    ├── EmbeddingError
    │   ├── ModelUnavailable
    │   ├── DimensionMismatch
    │   └── ExportFailed           a model that only its own library can run
    └── WriterFailed               the writer's endpoint; logged, the answer stays verbatim

A message names what is wrong, where, and the command that mends it, in one line.
"""

from collections.abc import Sequence
from typing import ClassVar

REBUILD = "python -m index build"
# So many names fit in a sentence.
MOST_NAMED = 20


class SeedIndexError(Exception):
    """The root: catch this to catch everything that the index raises on purpose."""


class SettingsError(SeedIndexError):
    """A config file that can't be used."""


class CollectionUnknown(SettingsError):
    """A name that no collection has, or none where one is needed."""

    def __init__(self, name: str | None, known: Sequence[str]) -> None:
        """Say which of the `known` there are, the first of very many."""
        first = ", ".join(known[:MOST_NAMED]) or "none"
        others = len(known) - MOST_NAMED
        more = f" and {others} more" if others > 0 else ""
        unnamed = "a collection has to be named with --collection"
        wrong = unnamed if name is None else f"there is no collection {name!r}"
        super().__init__(f"{wrong}; there are: {first}{more}")


class EngineMissing(SettingsError):
    """The client of a search engine isn't installed."""

    def __init__(self, engine: str, library: str | None) -> None:
        """Name the engine, and the library that is missing."""
        super().__init__(
            f'`engine = "{engine}"` under [index], or an index that was built with it, needs one '
            f"more library ({library}): pip install 'seedbot[{engine}]'"
        )


class QuestionError(SeedIndexError):
    """A question that is empty, too long, or has no words."""


class NothingToRead(SeedIndexError):
    """There is no index to ask, or none that may be asked."""

    def __init__(self, *, unread: bool = False) -> None:
        """Say so to who asks; `unread` if there are documents that can't be asked yet."""
        super().__init__(
            "the documents are still being read, or can't be read now; please ask again in some "
            "minutes"
            if unread
            else "there are no documents that I may answer from here"
        )


class SourceError(SeedIndexError):
    """A document that can't be indexed; it is reported and skipped."""

    def __init__(self, path: str, reason: str) -> None:
        """Name the document and what is wrong with it."""
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class UnsupportedFormat(SourceError):
    """No reader knows the file's suffix."""


class UnreadableSource(SourceError):
    """The bytes can't be turned into text."""


class SourceUnopened(SourceError):
    """The system doesn't let the file be opened, or read to its end; what it holds isn't known."""

    def __init__(self, path: str, error: OSError) -> None:
        """Pass on what the system says."""
        super().__init__(path, f"it can't be opened: {error.strerror}")
        self.errno = error.errno


class SourceOutside(SourceError):
    """A link that leads out of the seeds folder, or nowhere."""


class ReaderCrashed(SourceError):
    """The process that read the file died of it."""


class OverLimit(SourceError):
    """A limit in the config is passed; `key` is its name."""

    key: ClassVar[str]

    def __init__(self, path: str, found: str, limit: str) -> None:
        """Say what was found in the document and what the config allows."""
        super().__init__(path, f"{found}, over the limit of {limit} (`{self.key}` under [index])")


class SourceTooLarge(OverLimit):
    """The file's size."""

    key = "max_file_mb"


class TooManyPages(OverLimit):
    """The number of pages."""

    key = "max_pages"


class UnpacksTooLarge(OverLimit):
    """The size of what is packed in the file."""

    key = "max_unpacked_mb"


class NestedTooDeep(OverLimit):
    """Elements in elements, lists in lists."""

    key = "max_nesting"


class ReadingTooLong(OverLimit):
    """The time that reading or cutting takes."""

    key = "max_seconds_per_file"


class ReadingTooBig(OverLimit):
    """The memory that reading or cutting takes."""

    key = "max_reader_mb"


class FetchFailed(SeedIndexError):
    """Documents that couldn't be fetched; those that were fetched before stay."""


class FetchRunning(FetchFailed):
    """A source that is being fetched by somebody else."""


class SourcesMissing(SeedIndexError):
    """There is nothing to index."""


class ResourcesMissing(SeedIndexError):
    """The machine has no more memory, open files or processes to give; later it may have."""


class StoreError(SeedIndexError):
    """The index on disk can't be used."""


class IndexMissing(StoreError):
    """Nothing was built yet."""


class IndexCorrupt(StoreError):
    """A file of the index isn't what the build wrote."""


class PointsMissing(IndexCorrupt):
    """The search engine doesn't hold all of the index, now."""


class IndexIncompatible(StoreError):
    """The index was built with another model, version or setting."""

    def __init__(self, what: str, expected: object, found: object) -> None:
        """Name the setting, its value now and the value that the index was built with."""
        super().__init__(
            f"the index was built with {what} {found}, but {expected} is wanted now: "
            f"rebuild it with `{REBUILD}`"
        )
        self.expected = expected
        self.found = found


class IndexOutdated(IndexIncompatible):
    """An earlier version of the bot built the index, in a format that this one doesn't read."""


class IndexLocked(StoreError):
    """Another process is building."""


class EngineUnavailable(StoreError):
    """The search engine can't be reached, or doesn't do what it is asked to.

    The message is for the owner: it says where the engine is.
    """


class GenerationMissing(StoreError):
    """There is no generation of that name, or none before the current one."""


class ValidationFailed(StoreError):
    """A generation that was just written is not what was to be written; it isn't made current."""

    def __init__(self, path: str, number: int, reason: str) -> None:
        """Name the passage that can't be found by its own text."""
        super().__init__(
            f"{path}: passage {number} of the new index can't be found by its own text: {reason}; "
            "the index before is still in use; build again with "
            f"`{REBUILD} --everything`, and if that fails as well, please report it"
        )


class PlotError(SeedIndexError):
    """A picture of the figures that can't be drawn or written."""


class EmbeddingError(SeedIndexError):
    """The model can't embed."""


class ModelUnavailable(EmbeddingError):
    """The model can't be loaded."""


class DimensionMismatch(EmbeddingError):
    """The model's embeddings have another length than expected."""


class ExportFailed(EmbeddingError):
    """The model can't be exported; the message says why, and its own library runs it."""


class WriterFailed(SeedIndexError):
    """The writer's endpoint gave no text; the message goes on from "the writer"."""
