"""How far a build is."""

import threading
from collections.abc import Iterator, Mapping

from index.build.collect import CollectedFile
from index.domain import Progress
from index.store.manifest import FileRecord


class ProgressTracker:
    """Reports the files read, and once passages are embedded, how many are and will be.

    How many will be is estimated from those of the files that were cut, until all are. Files may
    be read in another thread than the one that reports what is embedded.
    """

    def __init__(self, sizes: Mapping[str, int], total: int, progress: Progress) -> None:
        """Report to `progress`; `sizes` are the bytes of the files to read anew, of `total`."""
        self._records: list[FileRecord] = []
        self._sizes = sizes
        self._total = total
        self._progress = progress
        self._bytes = 0
        self._passages = 0
        self.embedded = 0
        self._reporting = threading.Lock()

    @property
    def sources(self) -> tuple[FileRecord, ...]:
        """What became of the files so far, by path."""
        return tuple(sorted(self._records, key=lambda record: record.path))

    def files(self, files: Iterator[CollectedFile]) -> Iterator[CollectedFile]:
        """Yield `files` as they are, and keep their records."""
        self._progress("read", 0, self._total)
        for file in files:
            self._records.append(file.record)
            if file.kept is None:
                self._bytes += self._sizes.get(file.record.path, 0)
                self._passages += len(file.passages)
            with self._reporting:
                if not self.embedded:
                    self._progress("read", len(self._records), self._total)
            yield file

    def add_embedded(self, passages: int) -> None:
        """Report that so many passages more were embedded."""
        with self._reporting:
            self.embedded += passages
            if not self.embedded:
                return
            total = self.embedded
            if len(self._records) < self._total:
                share = self._bytes / max(1, sum(self._sizes.values()))
                total = max(total, round(self._passages / max(share, 1e-9)))
            self._progress("embed", self.embedded, total)
