"""One module a format, each turning bytes into a `Document`; `READERS` says which suffix is whose.

To add a format, write a module with a `read(path, data, limits)` and name it here. Its libraries
are loaded with the first file that needs them.
"""

from dataclasses import replace
from importlib import import_module
from pathlib import PurePosixPath
from typing import Protocol, cast

from index.domain import Document
from index.errors import (
    NestedTooDeep,
    ResourcesMissing,
    SourceError,
    UnreadableSource,
    UnsupportedFormat,
)
from index.reading.formats import bounds, captions, furniture
from index.reading.opening import EXHAUSTED
from index.settings import Limits

REASON_CHARS = 120


class Reader(Protocol):
    """What a format's module holds."""

    def read(self, path: str, data: bytes, limits: Limits) -> Document:
        """Turn a file's bytes into a document.

        Raises:
            SourceError: names the file and what is wrong with it.
        """


CODE = (
    ".bash .c .cc .cpp .cs .css .go .h .hpp .java .js .jsx .kt .lua .php .pl .py .r .rb .rs .scala "
    ".sh .sql .swift .ts .tsx .zsh"
)
SETTINGS = ".cfg .ini .toml .yaml .yml"
READERS: dict[str, str] = {
    ".txt": "plain",
    ".text": "plain",
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "markdown",
    ".rst": "restructured",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".odt": "odt",
    ".epub": "epub",
    ".pptx": "pptx",
    ".xlsx": "xlsx",
    ".eml": "mail",
    ".xml": "xml",
    ".adoc": "asciidoc",
    ".asciidoc": "asciidoc",
    ".org": "org",
    ".csv": "delimited",
    ".tsv": "delimited",
    ".json": "records",
    ".jsonl": "records",
    ".ndjson": "records",
    ".ipynb": "notebook",
    ".vtt": "subtitles",
    ".srt": "subtitles",
    **dict.fromkeys(SETTINGS.split(), "keyed"),
    **dict.fromkeys(CODE.split(), "code"),
}
KNOWN = ", ".join(name for name, by in READERS.items() if by not in {"code", "keyed"})


def read(path: str, data: bytes, limits: Limits | None = None) -> Document:
    """Read the document at `path` (POSIX, relative to the seeds folder) from its bytes.

    Raises:
        UnsupportedFormat: no reader knows the suffix.
        OverLimit: it passes one of `limits`.
        ResourcesMissing: not the file is at fault, but what the machine had to give for reading it.
        UnreadableSource: there is no text in it, or what there is can't be parsed.
    """
    limits = limits or Limits()
    suffix = PurePosixPath(path).suffix.lower()
    name = READERS.get(suffix)
    if name is None:
        actual = f"the format {suffix or '(no suffix)'}"
        raise UnsupportedFormat(path, f"{actual} is not one of {KNOWN} or source code")
    reader = cast("Reader", import_module(f"{__name__}.{name}"))
    try:
        document = reader.read(path, data, limits)
        said = furniture.without(document.text, document.blocks)
        return bounds.within(captions.promote(replace(document, blocks=said)))
    except (SourceError, MemoryError):
        raise
    except RecursionError:
        limit = f"{limits.max_nesting} levels"
        raise NestedTooDeep(path, "it is nested too deep", limit) from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            message = f"it can't be read: {error.strerror}"
            raise ResourcesMissing(message) from error
        # Parsers of damaged files raise nearly anything; the format's module can't name it all.
        what = " ".join(f"{type(error).__name__}: {error}".split())[:REASON_CHARS]
        raise UnreadableSource(path, f"it is damaged, or no {suffix} file ({what})") from error
