"""Where a collection's documents are, what is there, and what may be done there."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.errors import NotTaken
from bot.uploads.folders import opened
from bot.uploads.names import same
from index import IndexSettings, keeper, listed, unwanted

MEGABYTE = 1_000_000
# What the folder of a collection has in the place of a server's number.
SERVER = re.escape("{server}")
EXAMPLES = (
    "These documents are examples that came with me. Whoever runs me has to name a folder of their "
    "own as `seeds` under [index] first."
)
KEPT = (
    "The folder of {} is filled from elsewhere, by the source {} (`[[sources]]` in the config): "
    "what I changed there would be undone. Change it where it comes from."
)


@dataclass(frozen=True, slots=True)
class Place:
    """A collection's documents, and how much a member may put there.

    `apart` are the folders of all collections, as the config has them: what lies in one that is
    deeper than this one's is left to that collection. `most` and `most_bytes` are how many
    documents there may be, and how large in all; 0: any number.
    """

    collection: str
    settings: IndexSettings
    apart: tuple[str, ...] = ()
    most: int = 0
    most_bytes: int = 0

    @property
    def folder(self) -> tuple[str, ...]:
        """The names that lead to its folder from that of all documents."""
        return PurePosixPath(self.settings.folder).parts

    @property
    def largest(self) -> int:
        """How large one document may be, in bytes."""
        return int(self.settings.max_file_mb * MEGABYTE)

    def documents(self) -> list[tuple[str, int]]:
        """Return the documents by path, each with its size in bytes.

        Raises:
            SeedIndexError: the rules for names can't be read.
        """
        return [each for each in listed(self.settings) if not self._is_anothers(each[0])]

    def content(self, path: str) -> bytes | None:
        """Return what the file at a path holds; None where there is none.

        Raises:
            NotTaken: it is a link or no file, or too large.
            OSError: the system refuses.
        """
        *folders, name = PurePosixPath(path).parts
        try:
            with opened(self.settings.seeds_path, folders) as folder:
                return folder.read(name, self.largest)
        except FileNotFoundError:
            return None

    def admit(self, path: str, data: bytes | None) -> None:
        """Check what a document is to hold, None if it is to go; whoever wants it.

        Raises:
            NotTaken: that may not be.
            SeedIndexError: as `documents`.
            OSError: the system refuses.
        """
        if self.settings.shipped:
            raise NotTaken(EXAMPLES)
        if self._is_anothers(path):
            message = f"The folder of {path} is another collection's."
            raise NotTaken(message)
        if source := keeper(self.settings.seeds_path, path):
            raise NotTaken(KEPT.format(path, source))
        if fault := unwanted(self.settings, path):
            message = f"A file {path} would be no document: {fault}."
            raise NotTaken(message)
        if data is None:
            self._refuse_the_last(path)
        elif not data:
            message = f"The document {path} would be empty."
            raise NotTaken(message)
        else:
            self.check_size(path, len(data))
            self._refuse_alike(path)

    def check_size(self, path: str, size: int) -> None:
        """Check that a document of so many bytes may be; at once.

        Raises:
            NotTaken: it is too large.
        """
        if size > self.largest:
            message = (
                f"The document {path} would have {size / MEGABYTE:.2f} MB, over the limit of "
                f"{self.settings.max_file_mb:g} MB (`max_file_mb` under [index])."
            )
            raise NotTaken(message)

    def check_room(self, path: str, size: int) -> None:
        """Check that a document of so many bytes has room.

        Raises:
            NotTaken: it is one too many, or they are.
            SeedIndexError: as `documents`.
        """
        if not (self.most or self.most_bytes):
            return
        others = [size for found, size in self.documents() if found != path]
        whole = sum(others) + size
        if self.most and len(others) + 1 > self.most:
            message = (
                f"This collection has {len(others)} documents, and {self.most} is the most "
                "(`documents_per_collection` under [limits])."
            )
            raise NotTaken(message)
        if self.most_bytes and whole > self.most_bytes:
            message = (
                f"With that, this collection would have {whole / MEGABYTE:.2f} MB, and it may have "
                f"{self.most_bytes / MEGABYTE:g} MB (`megabytes_per_collection` under [limits])."
            )
            raise NotTaken(message)

    def _is_anothers(self, path: str) -> bool:
        parts = [same(part) for part in PurePosixPath(path).parts]
        for other in self.apart:
            names = [re.escape(same(name)).replace(SERVER, r"\d+") for name in other.split("/")]
            is_deeper = len(self.folder) < len(names) < len(parts)
            if other and is_deeper and all(map(re.fullmatch, names, parts)):
                return True
        return False

    def _refuse_the_last(self, path: str) -> None:
        if self.settings.may_be_empty:
            return
        if [found for found, _ in self.documents()] == [path]:
            message = (
                f"The document {path} is the only one that I have, and of none no index is built. "
                "Add another one first."
            )
            raise NotTaken(message)

    def _refuse_alike(self, path: str) -> None:
        """Refuse a name that some systems take for another one that is there."""
        parts = PurePosixPath(path).parts
        for at, part in enumerate(parts):
            try:
                with opened(self.settings.seeds_path, parts[:at]) as folder:
                    names = folder.names()
            except FileNotFoundError:
                return
            alike = next((each for each in names if same(each) == same(part)), part)
            if alike != part and part not in names:
                message = f"There is {alike}, which is called nearly as {part}; use that name."
                raise NotTaken(message)
