"""One complete build, and how it lies in its folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from index.dense import DenseIndex
from index.domain import Document, Passage, Span, Unit
from index.errors import REBUILD, IndexCorrupt
from index.language import most_common
from index.lexical import Analyzer, LexicalIndex
from index.manifest import Manifest
from index.spelling import Spelling

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
NAMES = "token_names.npy"
IDS = "token_ids.npy"
COUNTS = "token_counts.npy"
SPELLING = "words.json"


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as it stands on disk: its text is its document's, so the two can't differ."""

    document: str
    span: Span
    headings: tuple[str, ...]
    preamble: str
    units: tuple[Unit, ...]


DOCUMENT_JSON = TypeAdapter(Document)
PASSAGE_JSON = TypeAdapter(StoredPassage)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token embeddings of all texts, for late interaction.

    `values` is (tokens, dim) int8 and `scales` (tokens,) float32, which multiplied are unit rows,
    `ids` (tokens,) int32 their numbers in the vocabulary; `ranges` is (passages + units, 2) int64,
    the rows of each passage and then of each unit, whose rows may be its passage's own; `shared`
    is (passages,) int64, how many tokens at a passage's beginning are its author, title and
    headings; `names` is (passages, 2) int64, the rows of the name of its file; `counts` is
    (vocabulary,) int64, how many passages hold a token.
    """

    values: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]
    ids: npt.NDArray[np.int32]
    ranges: npt.NDArray[np.int64]
    shared: npt.NDArray[np.int64]
    names: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete build.

    `unit_vectors` is (units, dim) float32, the units of all passages laid end to end; passage
    i's are the rows from `unit_starts[i]` up to `unit_starts[i + 1]`; `language` is the one that
    most of the documents are in.
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
    language: str


def unit_starts(passages: Sequence[Passage]) -> npt.NDArray[np.int64]:
    """Return where each passage's units begin when all are laid end to end: (passages + 1,)."""
    counts = [len(passage.units) for passage in passages]
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def write_files(folder: Path, generation: Generation) -> None:
    """Write all of a generation but its manifest into `folder`.

    Raises:
        OSError: the disk refuses.
    """
    documents = [replace(document, blocks=()) for document in generation.documents.values()]
    _write_lines(folder / DOCUMENTS, [DOCUMENT_JSON.dump_json(each) for each in documents])
    stored = [
        StoredPassage(each.document, each.span, each.headings, each.preamble, each.units)
        for each in generation.passages
    ]
    _write_lines(folder / PASSAGES, [PASSAGE_JSON.dump_json(each) for each in stored])
    generation.dense.save(folder / VECTORS)
    np.save(folder / UNIT_VECTORS, generation.unit_vectors)
    np.save(folder / TOKENS, generation.tokens.values)
    np.save(folder / SCALES, generation.tokens.scales)
    np.save(folder / RANGES, generation.tokens.ranges)
    np.save(folder / IDS, generation.tokens.ids)
    np.save(folder / SHARED, generation.tokens.shared)
    np.save(folder / NAMES, generation.tokens.names)
    np.save(folder / COUNTS, generation.tokens.counts)
    generation.spelling.save(folder / SPELLING)
    generation.lexical.save(folder / POSTINGS)
    generation.unit_lexical.save(folder / UNIT_POSTINGS)


def read_files(folder: Path, manifest: Manifest) -> Generation:
    """Read what `write_files` wrote and hold it against the manifest.

    Raises:
        IndexCorrupt: a file can't be read, or doesn't fit the others.
    """
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
            ids=np.load(folder / IDS, mmap_mode="r"),
            ranges=np.load(folder / RANGES),
            shared=np.load(folder / SHARED),
            names=np.load(folder / NAMES),
            counts=np.load(folder / COUNTS),
        )
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:120]
        raise corrupt(folder, f"can't be read ({reason})") from None
    generation = Generation(
        name=folder.name.removesuffix(".tmp"),
        manifest=manifest,
        documents=documents,
        passages=passages,
        dense=DenseIndex.load(folder / VECTORS),
        lexical=LexicalIndex.load(folder / POSTINGS, analyzer, manifest.passages),
        unit_lexical=LexicalIndex.load(folder / UNIT_POSTINGS, analyzer, manifest.units),
        unit_vectors=unit_vectors,
        unit_starts=unit_starts(passages),
        tokens=tokens,
        spelling=Spelling.load(folder / SPELLING),
        language=most_common(document.language for document in documents.values()),
    )
    _check_counts(folder, generation)
    return generation


def _write_lines(file: Path, lines: Sequence[bytes]) -> None:
    file.write_bytes(b"".join(line + b"\n" for line in lines))


def _lines(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines()


def _passage(number: int, stored: StoredPassage, documents: Mapping[str, Document]) -> Passage:
    text = stored.span.of(documents[stored.document].text)
    return Passage(
        id=number,
        document=stored.document,
        span=stored.span,
        text=text,
        headings=stored.headings,
        preamble=stored.preamble,
        units=stored.units,
    )


def _check_counts(folder: Path, generation: Generation) -> None:
    """Files that are each whole may still belong to different builds."""
    manifest, tokens = generation.manifest, generation.tokens
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
    rows = int(max(tokens.ranges.max(initial=0), tokens.names.max(initial=0)))
    whole = (
        len(tokens.ranges) == texts
        and len(tokens.names) == len(tokens.shared) == manifest.passages
        and len(tokens.values) == len(tokens.scales) == len(tokens.ids) >= rows
    )
    if expected != found or not whole or hashes != manifest.documents:
        raise corrupt(folder, "mixes files of different builds")


def corrupt(file: Path, reason: str) -> IndexCorrupt:
    """Return the error for a file that isn't what a build wrote."""
    return IndexCorrupt(f"{file} {reason}; build the index again with `{REBUILD}`")
