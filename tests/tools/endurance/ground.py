"""A small index whose every answer can be told right from wrong, whatever happened to it."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from index import Answer, Citation, IndexSettings, NoAnswer
from index.answer.answer import Answerer
from index.answer.calibration import shipped
from index.answer.search import Searcher
from index.domain import Embedder
from index.model.reader import load_reader
from index.settings import AnswerSettings
from index.store.generation import Generation
from index.store.store import Store
from tests.support.builder import Builder

STEADY = {
    "tea.md": "# Tea\n\nGreen tea is steeped at eighty degrees for two minutes.\n",
    "tools.csv": "tool,shelf\nbelt sander,four\nband saw,two\n",
    "hive/bees.txt": "Honey is taken in July.\n\nHives are inspected every nine days in May.\n",
}
STEADY_QUESTIONS = {
    "How hot should green tea be?": "eighty degrees",
    "Which shelf is the band saw on?": "two",
    "How often are hives inspected?": "every nine days",
}
GATE = "gate.txt"
GATE_QUESTION = "What is the code of the gate?"


def gate(number: int) -> str:
    """The text of the document that every round changes."""
    return f"The code of the gate is {number}.\n\nIt was changed {number} times.\n"


def silent(_stage: str, _done: int, _total: int) -> None:
    """Report no progress."""


@dataclass
class Ground:
    """A seeds folder and its store, with every version of every file that there ever was."""

    folder: Path
    embedder: Embedder
    versions: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write the documents that never change."""
        for path, text in STEADY.items():
            self.write(path, text)

    @property
    def settings(self) -> IndexSettings:
        """The settings of this index."""
        return self.settings_of(self.folder / "store")

    def settings_of(self, store: Path) -> IndexSettings:
        """The settings of another store for the same documents."""
        return IndexSettings(seeds=str(self.folder / "seeds"), store=str(store))

    def write(self, path: str, text: str) -> None:
        """Put a document into the folder."""
        file = self.folder / "seeds" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.versions[path, hashlib.sha256(text.encode()).hexdigest()] = text

    def build(self) -> str:
        """Build, and return the name of the generation."""
        return self.rebuilt(self.settings)

    def rebuilt(self, settings: IndexSettings) -> str:
        """Build with other settings, and return the name of the generation."""
        return Builder(self.embedder)(settings, silent).generation

    def asked(self, generation: Generation, numbers: Iterable[int]) -> list[str]:
        """Ask a generation everything; return what is wrong. One of `numbers` opens the gate."""
        searcher = Searcher(generation, self.embedder, shipped(), load_reader())
        answerer = Answerer(searcher, AnswerSettings())
        numbers = list(numbers)
        return self.told(
            lambda text: answerer.answer(answerer.question(text)), lambda _name: numbers
        )

    def told(
        self, ask: Callable[[str], Answer | NoAnswer], numbers: Callable[[str], Iterable[int]]
    ) -> list[str]:
        """Ask everything; return what is wrong. `numbers` tells what opens a generation's gate."""
        wrong = []
        for question, words in STEADY_QUESTIONS.items():
            wrong += self.faults(ask(question), [words])
        reply = ask(GATE_QUESTION)
        codes = [f"gate is {number}." for number in numbers(reply.generation)]
        return wrong + self.faults(reply, codes)

    def faults(self, reply: Answer | NoAnswer, wanted: list[str]) -> list[str]:
        """Return what is wrong with a reply whose first quote should hold one of `wanted`."""
        if isinstance(reply, NoAnswer):
            return [f"{reply.question}: no answer"]
        wrong = [each for cited in reply.citations for each in self.unproved(cited)]
        if not any(words in reply.citations[0].quote for words in wanted):
            wrong.append(f"{reply.question}: {reply.citations[0].quote!r}")
        return wrong

    def unproved(self, cited: Citation) -> list[str]:
        """Return what a citation says that isn't so in the very version of the file it names."""
        text = self.versions.get((cited.path, cited.sha256))
        if text is None:
            return [f"{cited.path}: there never was a version {cited.sha256[:8]}"]
        first, last = cited.lines or (0, 0)
        there = "\n".join(text.split("\n")[first - 1 : last])
        if cited.span.of(text) != cited.quote or cited.quote not in there:
            return [f"{cited.path}: {cited.quote!r} is not on lines {first} to {last}"]
        return []

    def opened(self, store: Path, numbers: Iterable[int]) -> tuple[str, list[str]]:
        """Open a store as a bot would; return the generation's name and what is wrong."""
        found = Store(store).open()
        wrong = [found.problem] if found.problem else []
        return found.generation.name, wrong + self.asked(found.generation, numbers)
