"""An index as large as it may get, without the hours that building one takes."""

from collections.abc import Callable
from dataclasses import replace

from index import BuildReport, Changes, Document, Index, Manifest, PassageView, Source, Span, State
from index.domain import Landmark
from index.front import silent
from index.store.manifest import FileRecord
from index.text.places import HEADING, headings, where

MEGABYTE = 2**20
LINE = "Some words of a usual line of text, *about* sixty letters long.\n"


class LargeIndex(Index):
    """Answers and looks up as the index it is given, and has documents of any size besides.

    Each of its paths names the one large text, which is decoded anew each time as that of a store
    is.
    """

    def __init__(self, index: Index, megabytes: int, marks: int, files: int) -> None:
        """Let a text of so many megabytes have so many headings, and so many files hold it."""
        vars(self).update(vars(index))
        self._text = (LINE * (megabytes * MEGABYTE // len(LINE))).encode()
        step = len(self._text) // marks // len(LINE) * len(LINE)
        self._landmarks = tuple(
            Landmark(HEADING, f"Heading {number} of things", 1, number * step)
            for number in range(marks)
        )
        self._listed = [
            Source(f"folder/{'deep/' * 20}{number}.txt", f"Chapter {number}", "9 lines", 1)
            for number in range(files)
        ]
        self._named = {source.path: source for source in self._listed}
        records = tuple(
            FileRecord(source.path, "", reason="it is " + "damaged, " * 20)
            if number % 2
            else FileRecord(source.path, f"{number:064}", notes=("guessed",), passages=1)
            for number, source in enumerate(self._listed)
        )
        self._manifest = replace(index.manifest, sources=records)

    @property
    def text(self) -> str:
        """The large text."""
        return self._text.decode()

    @property
    def last_heading(self) -> str:
        """The last heading of the large text."""
        return self._landmarks[-1].label

    @property
    def path(self) -> str:
        """The path of one of its documents."""
        return self._listed[0].path

    @property
    def state(self) -> State:
        """That of the other index, with more to tell."""
        return State(self.generation, self._manifest, self._listed, "")

    @property
    def manifest(self) -> Manifest:
        """What a build made of all the files."""
        return self._manifest

    def sources(self) -> list[Source]:
        """All its documents."""
        return self._listed

    def source(self, name: str) -> Source | None:
        """One of its documents; a key names the first."""
        return self._named.get(name) or self._listed[0]

    def read(self, path: str) -> Document | None:
        """The large text."""
        return Document(path, "text/plain", "A title", self.text, "0" * 64, self._landmarks)

    def headings(self, path: str) -> list[tuple[str, int]]:
        """Its headings."""
        document = self.read(path)
        return headings(document) if document else []

    def passage(self, path: str, span: Span, sha256: str) -> PassageView | None:
        """A passage at its end."""
        document = self.read(path)
        if document is None:
            return None
        end = len(document.text)
        whole = Span(end - 2000, end)
        return PassageView(
            path=path,
            title=document.title,
            headings=(),
            text=whole.of(document.text),
            span=whole,
            marked=Span(end - 1000, end - 900),
            where=where(document, whole),
            changed=sha256 != document.sha256 or span != whole,
            renamed=False,
            url=None,
        )

    def changes(self, manifest: Manifest) -> Changes:
        """All files are new."""
        return Changes(added=tuple(record.path for record in manifest.sources))

    def rebuild(
        self, progress: Callable[[str, int, int], None] = silent, *, everything: bool = False
    ) -> BuildReport:
        """Make nothing, and tell of everything."""
        progress("read", 1, 1)
        return BuildReport(self.generation, self._manifest, 1.0, made=everything)

    def roll_back(self, name: str = "") -> str:
        """Stay."""
        return name or self.generation
