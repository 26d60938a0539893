"""The packages that Office writes: files of XML in an archive that name each other by relations."""

import posixpath
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from index.errors import UnreadableSource
from index.reading.formats import archive, xmltree
from index.settings import Limits

CORE = "docProps/core.xml"


class Package:
    """The files of one, each read when it is asked for."""

    def __init__(self, path: str, data: bytes, limits: Limits, suffix: str, main: str) -> None:
        """Unpack a file of the kind that `suffix` names, whose first part is called `main`.

        Raises:
            UnreadableSource: it is damaged, encrypted, or has no such part.
            UnpacksTooLarge: it is larger than `max_unpacked_mb` when unpacked.
        """
        archive.refuse_old(path, data, suffix)
        self._path, self._limits = path, limits
        self._files: Mapping[str, bytes] = archive.unpack(path, data, limits)
        if main not in self._files:
            raise UnreadableSource(path, f"it is no {suffix} file: {main} is missing")
        archive.refuse_entities(path, dict(self._files))

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def tree(self, name: str) -> Element:
        """Return the root of one of its files.

        Raises:
            UnreadableSource: it is no XML.
            NestedTooDeep: its elements are nested deeper than `max_nesting`.
        """
        return xmltree.parse(self._path, self._files[name], self._limits, name)

    def relations(self, name: str) -> Iterator[tuple[str, str, str]]:
        """Yield what a file refers to that is there: what it calls it, of what kind, its name."""
        folder, base = posixpath.split(name)
        relations = f"{folder}/_rels/{base}.rels"
        if relations not in self._files:
            return
        for entry in self.tree(relations):
            target = posixpath.normpath(posixpath.join("/", folder, entry.get("Target", "")))[1:]
            if target in self._files:
                yield entry.get("Id", ""), entry.get("Type", "").rpartition("/")[2], target

    def about(self) -> tuple[str, str]:
        """Return the title and the author that it gives."""
        if CORE not in self._files:
            return "", ""
        core = {element.tag: xmltree.text_of(element) for element in self.tree(CORE)}
        return core.get("title", ""), core.get("creator", "")
