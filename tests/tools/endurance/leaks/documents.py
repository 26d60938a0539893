"""Documents that can be told by any word of theirs that matters, and the indexes of them."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from bot.settings import BotCollectionSettings
from index import IndexSettings, Library, document_key
from tests.support.builder import Builder
from tests.tools.endurance.leaks.quick import WordEmbedder

SERVERS = (901, 902, 903)
TOPICS = ("gate", "ferry", "boiler", "alarm", "garden")
# What is asked; each has an answer about each topic in every document that is about it.
QUESTIONS = (
    "What is the code of the {}?",
    "Where does the key of the {} hang?",
    "Which parts does the {} have?",
    "Who looks after the {}?",
)
FOLLOW_UPS = ("And where does its key hang?", "And who looks after it?", "and its code?")
FOLDERS = {"guide": 3, "a": 4, "b": 3, "c": 3, "d": 2, **{f"servers/{each}": 2 for each in SERVERS}}
# By folder or by patterns; who may see them is drawn for each world.
LAID_OUT = (
    ("guide", "guide", ()),
    ("a", "a", ()),
    ("b", "b", ()),
    ("c", "c", ()),
    ("d", "d", ()),
    ("both", "", ("a/", "c/")),
    ("own", "servers/{server}", ()),
)
# A path that is too long for what Discord lets one choose.
DEEP = "what-is-kept-of-the-house-and-all-that-belongs-to-it/and-is-read-by-hardly-anybody-at-all"
PARTS, NOTES = 14, 60

# A letter says what the word stands in: path, title, heading, text, or the name of a collection.
MARK = re.compile(r"vq([a-z]{3})([pthxc])", re.IGNORECASE)
PATH, TITLE, HEADING, TEXT, COLLECTION = "pthxc"


@dataclass(frozen=True, slots=True)
class Marked:
    """A document: nothing but its own words begin with a mark of its `code`."""

    code: str
    path: str
    topic: str
    text: str

    @property
    def key(self) -> str:
        """What buttons name it by."""
        return document_key(self.path)

    @property
    def own(self) -> str:
        """The name of the collection that has the folder which it is in."""
        folder, _, rest = self.path.partition("/")
        return f"own@{rest.partition('/')[0]}" if folder == "servers" else named(folder)

    @property
    def collections(self) -> frozenset[str]:
        """The names of all that it belongs to, whether they have it in their index yet or not."""
        both = self.path.startswith(("a/", "c/"))
        return frozenset({self.own, named("both")} if both else {self.own})

    @property
    def heading(self) -> str:
        """One of its headings."""
        return f"Keys {word(self.code, HEADING)}"


def word(code: str, kind: str, number: int = 0) -> str:
    """A word that stands nowhere else, and that no other is nearly like."""
    endings = {PATH: "ump", TITLE: "azoth", HEADING: "eldy", COLLECTION: "or"}
    return f"vq{code}{kind}{endings.get(kind) or 'aeiou'[number % 5] + 'lmnr'[number // 5 % 4]}"


def codes() -> Iterator[str]:
    """Codes that differ in two letters at least, so that no typing error makes one another."""
    letters = "bdfgklmnprst"
    for one, two in product(range(len(letters)), repeat=2):
        yield letters[one] + letters[two] + letters[(one + two) % len(letters)]


def documents() -> list[Marked]:
    """All documents, those of a folder one after the other."""
    made: list[Marked] = []
    each = codes()
    for folder, count in FOLDERS.items():
        for number in range(count):
            topic = TOPICS[(len(made) + number) % len(TOPICS)]
            made.append(_document(next(each), folder, topic, number))
    return made


def named(collection: str) -> str:
    """The name of a collection, which nobody types either; what each server has is no secret."""
    if collection == "own":
        return collection
    number = [name for name, _, _ in LAID_OUT].index(collection)
    return word(list(codes())[-1 - number], COLLECTION)


def collections() -> list[BotCollectionSettings]:
    """All collections, for nobody yet."""
    return [
        BotCollectionSettings(name=named(name), folder=folder, only=list(only))
        for name, folder, only in LAID_OUT
    ]


@dataclass(frozen=True, slots=True)
class Shelves:
    """A seeds folder and the store of all its collections."""

    folder: Path

    @property
    def settings(self) -> IndexSettings:
        """What they are opened by."""
        seeds, store = self.folder / "seeds", self.folder / "store"
        # Nothing is to be closed: what an index holds is looked up all the time.
        return IndexSettings(seeds=str(seeds), store=str(store), open_collections=100)

    def library(self, collections: Sequence[BotCollectionSettings]) -> Library:
        """Return their library."""
        embedder = WordEmbedder()
        return Library(
            self.settings, collections=collections, embedder=embedder, builder=Builder(embedder)
        )

    def write(self, documents: Iterable[Marked], more: str = "") -> None:
        """Put documents into the folder, with something below their texts."""
        for document in documents:
            file = self.settings.seeds_path / document.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(document.text + more)

    def remove(self, document: Marked) -> None:
        """Take one out, if it is there."""
        (self.settings.seeds_path / document.path).unlink(missing_ok=True)

    def build(self, made: Sequence[Marked]) -> None:
        """Make two generations of each index, of which the first has one document less a folder."""
        library = self.library(collections())
        lacking = {document.path.partition("/")[0]: document for document in made}
        self.write(made)
        for document in lacking.values():
            self.remove(document)
        for again in (False, True):
            for name in library.names():
                library.rebuild(name)
            if not again:
                self.write(lacking.values())

    def copy(self, folder: Path) -> "Shelves":
        """Return the same in another folder; files that are never changed are the same, too."""
        shutil.copytree(self.folder / "seeds", folder / "seeds")
        shutil.copytree(self.folder / "store", folder / "store", copy_function=os.link)
        return Shelves(folder)


def _document(code: str, folder: str, topic: str, number: int) -> Marked:
    name = f"{word(code, PATH)}.md"
    path = f"{folder}/{DEEP}/{name}" if number % 2 == 0 else f"{folder}/{name}"
    said = [word(code, TEXT, each) for each in range(20)]
    parts = "\n".join(f"- part {each}: {said[each]}" for each in range(PARTS))
    notes = "\n".join(f"Note {each}: {said[each % 20]} was seen." for each in range(NOTES))
    filler = "which was written down by hand in the second week of the year and never looked at, "
    text = (
        f"# The {topic} {word(code, TITLE)} with all that was ever said or written of it\n\n"
        f"The code of the {topic} is {said[0]}, {filler * 3}though {said[1]} knows of it. "
        f"{said[2]} looks after the {topic}.\n\n"
        f"## Keys {word(code, HEADING)}\n\nThe key of the {topic} hangs behind {said[3]}.\n\n"
        f"## Parts\n\nThe parts of the {topic}:\n\n{parts}\n"
    )
    if number == 1:
        text += f"\n## Notes {word(code, HEADING)}\n\n{notes}\n"
    return Marked(code, path, topic, text)
