"""The documents and passages of a build: unchanged ones taken over, the others read and cut."""

from collections.abc import Collection as Paths
from dataclasses import dataclass, replace
from itertools import groupby

from index import language
from index.chunking import Chunker
from index.domain import Document, Passage, Progress
from index.generation import Generation
from index.manifest import FileRecord
from index.settings import IndexSettings
from index.sources import Scan, read_sources

HEADINGS_ALONE = "it has headings but no text below them: nothing in it can be quoted"


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents by path, their passages in the same order, and what became of every file."""

    documents: dict[str, Document]
    passages: list[Passage]
    records: tuple[FileRecord, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What an earlier generation has of a file; no document where it was skipped."""

    record: FileRecord
    document: Document | None
    passages: list[Passage]


def collect(  # noqa: PLR0913, PLR0917 - everything that decides what is read
    settings: IndexSettings,
    found: Scan,
    unchanged: Paths[str],
    earlier: Generation | None,
    chunker: Chunker,
    progress: Progress,
) -> Collection:
    """Return what is to be indexed of the files that were `found`.

    Those that are `unchanged` since the `earlier` generation aren't read again, unless the other
    documents make their language another one.
    """
    kept = {} if earlier is None else _taken_over(earlier, unchanged)
    new = [path for path in found.hashes if path not in kept]
    documents, reasons = read_sources(settings, new, progress)
    detected = {path: each.record.detected for path, each in kept.items() if each.document}
    detected |= {path: language.detected(each.text) for path, each in documents.items()}
    languages = language.settled(dict(sorted(detected.items())), settings.language)
    turned = {
        path
        for path, each in kept.items()
        if each.document and each.document.language != languages[path]
    }
    again, lost = read_sources(settings, sorted(turned), progress)
    documents |= again
    reasons |= lost | {each.path: each.reason for each in found.skipped}

    indexed: dict[str, Document] = {}
    passages: list[Passage] = []
    records: list[FileRecord] = []
    for number, path in enumerate(sorted(found.contents)):
        progress("chunk", number, len(found.contents))
        own: list[Passage] = []
        if path in reasons:
            records.append(FileRecord(path, found.hashes.get(path, ""), reasons[path]))
        elif path in documents:
            document = replace(documents[path], language=languages[path])
            cut = chunker.cut(document, len(passages))
            indexed[path], own = document, cut.passages
            records.append(_record(document, len(own), cut.divided, detected[path]))
        else:
            records.append(replace(kept[path].record, reused=True))
            if (old := kept[path].document) is not None:
                indexed[path] = old
            own = [
                replace(each, id=len(passages) + place)
                for place, each in enumerate(kept[path].passages)
            ]
        passages += own
    progress("chunk", len(found.contents), len(found.contents))
    return Collection(indexed, passages, tuple(records))


def _taken_over(earlier: Generation, unchanged: Paths[str]) -> dict[str, _Kept]:
    grouped = groupby(earlier.passages, key=lambda passage: passage.document)
    passages = {path: list(group) for path, group in grouped}
    records = {each.path: each for each in earlier.manifest.sources}
    return {
        path: _Kept(records[path], earlier.documents.get(path), passages.get(path, []))
        for path in unchanged
    }


def _record(document: Document, passages: int, divided: int, detected: str) -> FileRecord:
    notes = document.notes if passages else (*document.notes, HEADINGS_ALONE)
    return FileRecord(
        document.path,
        document.sha256,
        notes=notes,
        passages=passages,
        divided=divided,
        detected=detected,
    )
