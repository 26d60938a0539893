"""Generations on disk: a complete index in a folder of its own, made current in one step.

    <store>/current                       the name of the generation that answers
    <store>/build.lock                    held by the one process that builds
    <store>/generations/<name>/           manifest.json and the files that it lists

A generation is written under a name that nothing reads, checked, then named in `current` by an
atomic rename. Whatever stops a build leaves the last good generation current.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from index.dense import DenseIndex
from index.domain import Document, Manifest, Passage, Span, Unit
from index.errors import (
    REBUILD,
    IndexCorrupt,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    StoreError,
)
from index.language import most_common
from index.lexical import Analyzer, LexicalIndex
from index.spelling import Spelling

FORMAT_VERSION = 2
FORMAT = "format"
KEPT_GENERATIONS = 2
MANIFEST = "manifest.json"
DOCUMENTS = "documents.jsonl"
PASSAGES = "passages.jsonl"
VECTORS = "passages.faiss"
UNIT_VECTORS = "units.npy"
POSTINGS = "postings"
UNIT_POSTINGS = "unit_postings"
TOKENS = "tokens.npy"
SCALES = "token_scales.npy"
RANGES = "token_ranges.npy"
SHARED = "token_shared.npy"
COUNTS = "token_counts.npy"
SPELLING = "words.json"


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as it stands on disk: its text is its document's, so the two can't differ."""

    document: str
    span: Span
    headings: tuple[str, ...]
    units: tuple[Unit, ...]


DOCUMENT_JSON = TypeAdapter(Document)
PASSAGE_JSON = TypeAdapter(StoredPassage)
MANIFEST_JSON = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token embeddings of all texts, for late interaction.

    `values` is (tokens, dim) int8 and `scales` (tokens,) float32, which multiplied are unit rows;
    `ranges` is (passages + units, 2) int64, the rows of each passage and then of each unit, whose
    rows may be its passage's own; `shared` is (passages,) int64, how many tokens at a passage's
    beginning are its title and headings; `counts` is (vocabulary,) int64, how many passages hold
    a token.
    """

    values: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]
    ranges: npt.NDArray[np.int64]
    shared: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete build.

    `unit_vectors` is (units, dim) float32, the units of all passages laid end to end; passage
    i's are the rows from `unit_starts[i]` up to `unit_starts[i + 1]`.
    """

    name: str
    manifest: Manifest
    documents: Mapping[str, Document]
    passages: Sequence[Passage]
    dense: DenseIndex
    lexical: LexicalIndex
    unit_lexical: LexicalIndex
    unit_vectors: npt.NDArray[np.float32]
    unit_starts: npt.NDArray[np.int64]
    tokens: Tokens
    spelling: Spelling

    @property
    def language(self) -> str:
        """The language that most of the documents are in."""
        return most_common(each.language for each in self.documents.values())


class Store:
    """The folder that holds the generations."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which need not exist yet."""
        self.folder = folder
        self._generations = folder / "generations"
        self._current = folder / "current"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the store's one writing lock, which dies with its process.

        Raises:
            IndexLocked: another process is building.
            StoreError: the folder can't be written.
        """
        try:
            self._generations.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / "build.lock", timeout=0)
            lock.acquire()
        except Timeout:
            message = f"{self.folder}: another build is running; wait for it to end, then ask again"
            raise IndexLocked(message) from None
        except (FileExistsError, NotADirectoryError) as error:
            message = (
                f"{self.folder}: there is a file where the index should be; move it away, or "
                "set another `store` under [index]"
            )
            raise StoreError(message) from error
        except OSError as error:
            message = f"{self.folder}: the index can't be written: {error.strerror}"
            raise StoreError(message) from error
        try:
            yield
        except OSError as error:
            message = f"{self.folder}: the index can't be written: {error.strerror or error}"
            raise StoreError(message) from error
        finally:
            lock.release()

    def current(self) -> str:
        """Return the name of the generation that answers.

        Raises:
            IndexMissing: nothing was built yet.
            IndexCorrupt: the pointer names no generation.
        """
        try:
            name = self._current.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            message = f"{self.folder}: there is no index yet; build it with `{REBUILD}`"
            raise IndexMissing(message) from None
        except (OSError, UnicodeDecodeError):
            name = ""
        if not name.isalnum() or not (self._generations / name / MANIFEST).is_file():
            raise _corrupt(self._current, "names no generation")
        return name

    def write(self, generation: Generation) -> None:
        """Write a generation, read it back, and make it current; older ones go.

        Raises:
            OSError: the disk refuses.
            IndexCorrupt: what was written can't be read back.
        """
        for leftover in self._generations.glob("*.tmp"):
            shutil.rmtree(leftover, ignore_errors=True)
        temporary = self._generations / f"{generation.name}.tmp"
        temporary.mkdir(parents=True)
        _write_files(temporary, generation)
        sums = {
            file.relative_to(temporary).as_posix(): _sha256(file)
            for file in sorted(temporary.rglob("*"))
            if file.is_file()
        }
        manifest = replace(generation.manifest, files=sums)
        (temporary / MANIFEST).write_bytes(MANIFEST_JSON.dump_json(manifest, indent=1))
        _flush(temporary)
        self.read(temporary)
        temporary.rename(self._generations / generation.name)
        _flush_folder(self._generations)
        pointer = self._current.with_suffix(".tmp")
        pointer.write_text(generation.name, encoding="ascii")
        _flush_file(pointer)
        pointer.replace(self._current)
        _flush_folder(self.folder)
        old = sorted(folder for folder in self._generations.iterdir() if folder.is_dir())
        for folder in old[:-KEPT_GENERATIONS]:
            shutil.rmtree(folder, ignore_errors=True)

    def manifest(self, folder: Path | None = None) -> Manifest:
        """Return the manifest of the current generation, or of the one in `folder`.

        Raises:
            IndexMissing: nothing was built yet.
            IndexCorrupt: it can't be read.
            IndexIncompatible: another version of the bot wrote it.
        """
        file = (folder or self._generations / self.current()) / MANIFEST
        try:
            data = file.read_bytes()
            version = json.loads(data).get("format_version")
        except (OSError, ValueError, AttributeError):
            raise _corrupt(file, "can't be read") from None
        if version != FORMAT_VERSION:
            raise IndexIncompatible(FORMAT, FORMAT_VERSION, version)
        try:
            return MANIFEST_JSON.validate_json(data)
        except ValidationError:
            raise _corrupt(file, "is not what a build writes") from None

    def read(self, folder: Path | None = None) -> Generation:
        """Read the current generation, or the one in `folder`, and check it against its manifest.

        Raises:
            IndexMissing: nothing was built yet.
            IndexCorrupt: a file is missing, altered, or doesn't fit the others.
            IndexIncompatible: another version of the bot wrote it.
        """
        folder = folder or self._generations / self.current()
        manifest = self.manifest(folder)
        for name, expected in manifest.files.items():
            file = folder / name
            if not file.is_file():
                raise _corrupt(file, "is missing")
            if _sha256(file) != expected:
                raise _corrupt(file, "is damaged: its checksum is not the manifest's")
        try:
            documents = {
                document.path: document
                for line in _lines(folder / DOCUMENTS)
                for document in [DOCUMENT_JSON.validate_json(line)]
            }
            analyzer = Analyzer(document.language for document in documents.values())
            passages = [
                _passage(number, PASSAGE_JSON.validate_json(line), documents)
                for number, line in enumerate(_lines(folder / PASSAGES))
            ]
            unit_vectors = np.load(folder / UNIT_VECTORS, mmap_mode="r")
            tokens = Tokens(
                values=np.load(folder / TOKENS, mmap_mode="r"),
                scales=np.load(folder / SCALES),
                ranges=np.load(folder / RANGES),
                shared=np.load(folder / SHARED),
                counts=np.load(folder / COUNTS),
            )
        except (OSError, ValueError, KeyError) as error:
            reason = " ".join(str(error).split())[:120]
            raise _corrupt(folder, f"can't be read ({reason})") from None
        generation = Generation(
            name=folder.name.removesuffix(".tmp"),
            manifest=manifest,
            documents=documents,
            passages=passages,
            dense=DenseIndex.load(folder / VECTORS),
            lexical=LexicalIndex.load(folder / POSTINGS, analyzer),
            unit_lexical=LexicalIndex.load(folder / UNIT_POSTINGS, analyzer),
            unit_vectors=unit_vectors,
            unit_starts=unit_starts(passages),
            tokens=tokens,
            spelling=Spelling.load(folder / SPELLING),
        )
        _check_counts(folder, generation)
        return generation


def unit_starts(passages: Sequence[Passage]) -> npt.NDArray[np.int64]:
    """Return where each passage's units begin when all are laid end to end: (passages + 1,)."""
    counts = [len(passage.units) for passage in passages]
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _write_files(folder: Path, generation: Generation) -> None:
    documents = [replace(document, blocks=()) for document in generation.documents.values()]
    _write_lines(folder / DOCUMENTS, [DOCUMENT_JSON.dump_json(each) for each in documents])
    stored = [
        StoredPassage(passage.document, passage.span, passage.headings, passage.units)
        for passage in generation.passages
    ]
    _write_lines(folder / PASSAGES, [PASSAGE_JSON.dump_json(each) for each in stored])
    generation.dense.save(folder / VECTORS)
    np.save(folder / UNIT_VECTORS, generation.unit_vectors)
    np.save(folder / TOKENS, generation.tokens.values)
    np.save(folder / SCALES, generation.tokens.scales)
    np.save(folder / RANGES, generation.tokens.ranges)
    np.save(folder / SHARED, generation.tokens.shared)
    np.save(folder / COUNTS, generation.tokens.counts)
    generation.spelling.save(folder / SPELLING)
    generation.lexical.save(folder / POSTINGS)
    generation.unit_lexical.save(folder / UNIT_POSTINGS)


def _write_lines(file: Path, lines: Sequence[bytes]) -> None:
    file.write_bytes(b"".join(line + b"\n" for line in lines))


def _lines(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines()


def _passage(number: int, stored: StoredPassage, documents: Mapping[str, Document]) -> Passage:
    text = stored.span.of(documents[stored.document].text)
    return Passage(number, stored.document, stored.span, text, stored.headings, stored.units)


def _check_counts(folder: Path, generation: Generation) -> None:
    """Files that are each whole may still belong to different builds."""
    manifest = generation.manifest
    units = int(generation.unit_starts[-1])
    expected = (manifest.passages, manifest.passages, manifest.units, manifest.units, manifest.dim)
    texts = manifest.passages + manifest.units
    found = (
        len(generation.passages),
        generation.dense.size,
        units,
        len(generation.unit_vectors),
        generation.dense.dim,
    )
    hashes = {path: document.sha256 for path, document in generation.documents.items()}
    whole = len(generation.tokens.ranges) == texts
    if expected != found or not whole or hashes != manifest.documents:
        raise _corrupt(folder, "mixes files of different builds")


def _corrupt(file: Path, reason: str) -> IndexCorrupt:
    return IndexCorrupt(f"{file} {reason}; build the index again with `{REBUILD}`")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _flush(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            _flush_file(path)
        else:
            _flush_folder(path)
    _flush_folder(folder)


def _flush_file(file: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
