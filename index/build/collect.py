"""The documents and passages of a build: unchanged ones taken over, the others read and cut."""

from collections.abc import Collection as Paths
from collections.abc import Iterator
from dataclasses import dataclass, replace

from index.domain import Document, Passage, Skipped
from index.reading.files import Scan
from index.reading.origins import Links
from index.reading.process import ReaderProcess
from index.settings import IndexSettings
from index.store.generation import Generation
from index.store.manifest import FileRecord
from index.text import language
from index.text.chunking import Chunker

HEADINGS_ALONE = "it has headings but no text below them: nothing in it can be quoted"


@dataclass(frozen=True, slots=True)
class CollectedFile:
    """What became of one file.

    No document where it was skipped. `kept` is the id of its first passage in the earlier
    generation, if it was taken over from there.
    """

    record: FileRecord
    document: Document | None = None
    passages: tuple[Passage, ...] = ()
    kept: int | None = None


def collect(
    settings: IndexSettings,
    scanned: Scan,
    unchanged: Paths[str],
    earlier: Generation | None,
    chunker: Chunker,
) -> Iterator[CollectedFile]:
    """Yield what is to be indexed of each of the files that were `scanned`, by path.

    Those that are `unchanged` since the `earlier` generation aren't read again, unless the other
    documents make their language another one. Files whose own words don't tell their language come
    last: theirs is known when all others are read.
    """
    waiting: dict[str, Document | None] = {}
    detected: dict[str, str] = {}
    with ReaderProcess(settings, chunker) as reader:
        collector = _Collector(scanned, earlier, reader, Links(settings.seeds_path))
        for path in sorted(scanned.contents):
            read = reader.read(path) if path in scanned.hashes and path not in unchanged else None
            if isinstance(read, Skipped):
                file = collector.skip(read)
                if file.document:
                    detected[path] = file.record.detected
                yield file
                continue
            if read is None and (skipped := collector.skip_unread(path)):
                yield skipped
                continue
            detected[path] = (
                collector.detected_language(path) if read is None else language.detect(read.text)
            )
            if settings.language == language.AUTO and not detected[path]:
                waiting[path] = read
            elif read is None:
                yield collector.take_over(path)
            else:
                settled = language.settle({path: detected[path]}, settings.language)
                yield collector.cut(read, settled[path], detected[path])
        languages = language.settle(detected, settings.language)
        for path, read in waiting.items():
            if read is None and collector.language(path) == languages[path]:
                yield collector.take_over(path)
                continue
            again = read or reader.read(path)
            if isinstance(again, Skipped):
                yield collector.skip(again)
            else:
                yield collector.cut(again, languages[path], detected[path])


class _Collector:
    """Makes what `collect` yields, with the ids of passages counted on."""

    def __init__(
        self, scanned: Scan, earlier: Generation | None, reader: ReaderProcess, links: Links
    ) -> None:
        self._scanned = scanned
        self._earlier = earlier
        self._reader = reader
        self._links = links
        self._skipped = {skipped.path: skipped for skipped in scanned.skipped}
        sources = earlier.manifest.sources if earlier else ()
        self._records = {record.path: record for record in sources}
        self._count = 0

    def skip_unread(self, path: str) -> CollectedFile | None:
        """Skip a file that wasn't read, if there is a reason."""
        if path in self._skipped:
            return self.skip(self._skipped[path])
        record = self._records[path]
        return CollectedFile(replace(record, reused=True)) if record.reason else None

    def detected_language(self, path: str) -> str:
        """The language of an unchanged file as its own text tells it."""
        return self._records[path].detected

    def language(self, path: str) -> str:
        """The language of an unchanged file in the earlier generation."""
        return self._earlier.documents[path].language if self._earlier else ""

    def skip(self, file: Skipped) -> CollectedFile:
        """Skip a file, unless only this once it couldn't be read, and what it holds is known."""
        path, found = file.path, file.sha256 or self._scanned.hashes.get(file.path, "")
        before = self._records.get(path)
        if file.passing and before and not before.reason and before.sha256 == found:
            return self.take_over(path, unread=True)
        record = FileRecord(path, found, file.reason, passing=file.passing)
        return CollectedFile(record)

    def take_over(self, path: str, *, unread: bool = False) -> CollectedFile:
        """Take a file over from the earlier generation."""
        if self._earlier is None:
            raise KeyError(path)
        passages, numbers = self._earlier.passages, self._earlier.passages.of(path).tolist()
        own = tuple(
            replace(passages[number], id=self._count + place)
            for place, number in enumerate(numbers)
        )
        self._count += len(own)
        unread = unread or path in self._scanned.recalled
        before = self._records[path]
        link = self._links.of(path, before.sha256)
        record = replace(before, reused=True, passing=unread, link=link)
        return CollectedFile(
            record, self._earlier.documents[path], own, numbers[0] if own else None
        )

    def cut(self, read: Document, settled: str, detected: str) -> CollectedFile:
        """Cut a document, in a language that its own text may not have told."""
        document = replace(read, language=settled)
        cut = self._reader.cut(document, self._count)
        if isinstance(cut, Skipped):
            return self.skip(replace(cut, sha256=document.sha256))
        self._count += len(cut.passages)
        record = _record(document, len(cut.passages), cut.divided, detected)
        record = replace(record, link=self._links.of(document.path, document.sha256))
        return CollectedFile(record, document, cut.passages)


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
