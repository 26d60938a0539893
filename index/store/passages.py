"""Documents and passages on disk, made into objects when they are asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from index.domain import BlockKind, Document, Passage, Source, Span, Unit
from index.store.arrays import Rows, RowsWriter
from index.store.contents import Files
from index.store.passage_embeddings import KEY_BYTES
from index.store.strings import Strings, StringsWriter
from index.text.places import extent

DOCUMENTS = "documents.bin"
PASSAGES = "passages.bin"
UNITS = "units.bin"
# What documents, passages and units are made of, as UTF-8 end to end, and where each begins.
STRINGS = "strings.txt"
# What lists of documents show: all of it is read when an index is opened, so it lies together.
LISTED = "listed.txt"

DOCUMENT = np.dtype(
    [
        ("path", "<i8"),
        ("title", "<i8"),
        ("extent", "<i8"),
        ("about", "<i8"),
        ("text", "<i8"),
        ("sha256", "S64"),
        ("passage", "<i8"),
        ("passages", "<i4"),
    ]
)
PASSAGE = np.dtype(
    [
        ("document", "<i4"),
        ("start", "<i4"),
        ("end", "<i4"),
        ("headings", "<i8"),
        ("preamble", "<i8"),
        ("unit", "<i8"),
        ("units", "<i4"),
        # Where its tokens are, and those of its file's name.
        ("token", "<i8"),
        ("last_token", "<i8"),
        ("name", "<i8"),
        ("last_name", "<i8"),
        ("key", f"V{KEY_BYTES}"),
    ]
)
UNIT = np.dtype(
    [
        ("start", "<i4"),
        ("end", "<i4"),
        ("anchor", "<i4"),
        ("kind", "<u1"),
        ("context", "<i8"),
    ]
)
KINDS = tuple(BlockKind)
HEADINGS_JSON = TypeAdapter(tuple[str, ...])
DOCUMENT_JSON = TypeAdapter(Document)
# Documents that stay decoded: a question is answered from a dozen.
KEPT = 32

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage, its key, and which rows its tokens were written to, half-open."""

    passage: Passage
    key: bytes
    tokens: tuple[int, int]


class Documents(Mapping[str, Document]):
    """The documents of a generation by their paths; the last used ones stay in memory."""

    def __init__(self, files: Files, strings: Strings) -> None:
        """Read what `DocumentsWriter` wrote.

        Raises:
            IndexCorrupt, OSError: as `Files.content`.
        """
        self._rows = Rows(files.content(DOCUMENTS), DOCUMENT)
        self._strings = strings
        self.listed = Strings(files, LISTED)
        self.paths = [self.listed[number] for number in self._rows[:]["path"].tolist()]
        self._numbers = {path: number for number, path in enumerate(self.paths)}
        self._document = lru_cache(KEPT)(self._read)

    def __getitem__(self, path: str) -> Document:
        return self._document(self._numbers[path])

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def by_number(self, number: int) -> Document:
        """Return the document of a number, in the order of their passages."""
        return self._document(number)

    def hashes(self) -> dict[str, str]:
        """Return the SHA-256 of each document's file, by path."""
        hashes = self._rows[:]["sha256"].astype(str).tolist()
        return dict(zip(self.paths, hashes, strict=True))

    def passages(self, path: str) -> Numbers:
        """Return the ids of a document's passages, in order; none where there is no document."""
        if path not in self._numbers:
            return np.zeros(0, np.int64)
        number = self._numbers[path]
        row = self._rows[number : number + 1][0]
        return np.arange(row["passage"], row["passage"] + row["passages"])

    def sources(self) -> list[Source]:
        """Return every document for a list of them, by path."""
        rows, listed = self._rows[:], self.listed
        return sorted(
            (
                Source(path, listed[row["title"]], listed[row["extent"]], int(row["passages"]))
                for path, row in zip(self.paths, rows, strict=True)
            ),
            key=lambda source: source.path,
        )

    def _read(self, number: int) -> Document:
        row = self._rows[number : number + 1][0]
        document = DOCUMENT_JSON.validate_json(self._strings[row["about"]])
        # The text alone can be long, and JSON would escape it.
        object.__setattr__(document, "text", self._strings[row["text"]])
        return document


class Passages(Sequence[Passage]):
    """The passages of a generation by their ids."""

    def __init__(self, files: Files, strings: Strings, documents: Documents) -> None:
        """Read what `DocumentsWriter` wrote.

        Raises:
            IndexCorrupt, OSError: as `Files.content`.
        """
        self.rows = Rows(files.content(PASSAGES), PASSAGE)
        self.units = Rows(files.content(UNITS), UNIT)
        self._strings = strings
        self.documents = documents

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, number: int) -> Passage: ...

    @overload
    def __getitem__(self, number: slice) -> list[Passage]: ...

    def __getitem__(self, number: int | slice) -> Passage | list[Passage]:
        """Return the passage of an id, or several.

        Raises:
            IndexError: there is none.
            IndexCorrupt: it is not what was built.
        """
        if isinstance(number, slice):
            return [self._read(place) for place in range(*number.indices(len(self)))]
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._read(int(number))

    def of(self, path: str) -> Numbers:
        """Return the ids of a document's passages, in order; none where there is no document."""
        return self.documents.passages(path)

    def place(self, path: str, at: int) -> int:
        """Return which passage of a document, from 0, is the last to begin at or before `at`.

        The first one, where none does. No passage is decoded for it.
        """
        numbers = self.of(path)
        starts = self.rows[int(numbers[0]) : int(numbers[-1]) + 1]["start"]
        before = np.flatnonzero(starts <= at)
        return int(before[-1]) if before.size else 0

    def _read(self, number: int) -> Passage:
        row = self.rows[number : number + 1][0]
        document = self.documents.by_number(int(row["document"]))
        span = Span(int(row["start"]), int(row["end"]))
        units = self.units[int(row["unit"]) : int(row["unit"] + row["units"])].tolist()
        contexts = {context: self._strings[context] for *_, context in units}
        return Passage(
            id=number,
            document=document.path,
            span=span,
            text=span.of(document.text),
            headings=HEADINGS_JSON.validate_json(self._strings[row["headings"]]),
            preamble=self._strings[row["preamble"]],
            units=tuple(
                Unit(Span(start, end), KINDS[kind], contexts[context], anchor)
                for start, end, anchor, kind, context in units
            ),
        )


class DocumentsWriter:
    """Writes what `Documents` and `Passages` read, document by document."""

    def __init__(self, folder: Path) -> None:
        """Write into `folder`.

        Raises:
            OSError: the disk refuses.
        """
        self._documents = RowsWriter(folder / DOCUMENTS, DOCUMENT)
        self.passages = RowsWriter(folder / PASSAGES, PASSAGE)
        self.units = RowsWriter(folder / UNITS, UNIT)
        self._strings = StringsWriter(folder / STRINGS)
        self._listed = StringsWriter(folder / LISTED)

    def add(
        self, document: Document, passages: Sequence[StoredPassage], name: tuple[int, int]
    ) -> None:
        """Write the next document and its passages; `name` are the rows of its file's name.

        Raises:
            OSError: the disk refuses.
        """
        # A document repeats its own headings; to know those of all would take memory.
        self._strings.forget()
        self._listed.forget()
        row = np.zeros(1, DOCUMENT)
        row["path"] = self._listed.number(document.path)
        row["title"] = self._listed.number(document.title)
        row["extent"] = self._listed.number(extent(document))
        row["about"] = self._strings.number(
            DOCUMENT_JSON.dump_json(replace(document, text="", blocks=())).decode()
        )
        row["text"] = self._strings.number(document.text)
        row["sha256"] = document.sha256
        row["passage"], row["passages"] = self.passages.count, len(passages)
        for stored in passages:
            self.passages.add(self._passage(stored, name))
            units = [
                (
                    unit.span.start,
                    unit.span.end,
                    unit.anchor,
                    KINDS.index(unit.kind),
                    self._strings.number(unit.context),
                )
                for unit in stored.passage.units
            ]
            self.units.add(np.array(units, UNIT))
        self._documents.add(row)

    def close(self) -> None:
        """Write what isn't yet.

        Raises:
            OSError: the disk refuses.
        """
        for file in (self._documents, self.passages, self.units, self._strings, self._listed):
            file.close()

    def _passage(self, stored: StoredPassage, name: tuple[int, int]) -> npt.NDArray[np.void]:
        passage = stored.passage
        row = np.zeros(1, PASSAGE)
        row["document"] = self._documents.count
        row["start"], row["end"] = passage.span.start, passage.span.end
        row["headings"] = self._strings.number(HEADINGS_JSON.dump_json(passage.headings).decode())
        row["preamble"] = self._strings.number(passage.preamble)
        row["unit"], row["units"] = self.units.count, len(passage.units)
        row["token"], row["last_token"] = stored.tokens
        row["name"], row["last_name"] = name
        row["key"] = np.void(stored.key)
        return row
