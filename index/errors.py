"""Everything that can go wrong in the index, as one tree.

    SeedIndexError
    ├── SettingsError              the config file: file, key, what was expected
    ├── QuestionError              a question that can't be asked
    ├── SourceError                one document: its path and what is wrong with it
    │   ├── UnsupportedFormat
    │   ├── UnreadableSource
    │   └── SourceTooLarge
    ├── SourcesMissing             no seeds folder, or nothing in it to index
    ├── StoreError                 the index on disk
    │   ├── IndexMissing
    │   ├── IndexCorrupt
    │   ├── IndexIncompatible      built with other settings than those in force
    │   └── IndexLocked            another build is writing
    ├── PlotError                  a picture that can't be drawn or written
    ├── EmbeddingError
    │   ├── ModelUnavailable
    │   └── DimensionMismatch
    └── WriterFailed               the writer's endpoint; logged, the answer stays verbatim

A message names what is wrong, where, and the command that mends it, in one line.
"""

REBUILD = "python -m index build"


class SeedIndexError(Exception):
    """The root: catch this to catch everything that the index raises on purpose."""


class SettingsError(SeedIndexError):
    """A config file that can't be used."""


class QuestionError(SeedIndexError):
    """A question that is empty, too long, or has no words."""


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


class SourceTooLarge(SourceError):
    """The file is over the limit in the config."""


class SourcesMissing(SeedIndexError):
    """There is nothing to index."""


class StoreError(SeedIndexError):
    """The index on disk can't be used."""


class IndexMissing(StoreError):
    """Nothing was built yet."""


class IndexCorrupt(StoreError):
    """A file of the index isn't what the build wrote."""


class IndexIncompatible(StoreError):
    """The index was built with another model, version or setting."""

    def __init__(self, what: str, expected: object, found: object) -> None:
        """Name the setting, its value now and the value that the index was built with."""
        super().__init__(
            f"the index was built with {what} {found}, but the settings say {expected}: "
            f"rebuild it with `{REBUILD}`"
        )
        self.expected = expected
        self.found = found


class IndexLocked(StoreError):
    """Another process is building."""


class PlotError(SeedIndexError):
    """A picture of the figures that can't be drawn or written."""


class EmbeddingError(SeedIndexError):
    """The model can't embed."""


class ModelUnavailable(EmbeddingError):
    """The model can't be loaded."""


class DimensionMismatch(EmbeddingError):
    """The model's embeddings have another length than expected."""


class WriterFailed(SeedIndexError):
    """The writer's endpoint gave no text; the message goes on from "the writer"."""
