"""An index that takes its time, for tests of those who wait for it."""

import threading
from collections.abc import Sequence
from typing import cast

from index import Index, IndexSettings, Library, NoAnswer, Question, Shelf

BUILT = "20261121T093015123456-0123456789ab"


class SlowIndex:
    """An index that answers when it is allowed to."""

    generation = BUILT

    def __init__(self) -> None:
        """Block until `go` is set."""
        self.go = threading.Event()
        self.settings = IndexSettings()
        self.builder = self
        self.shelf = Shelf({"": cast("Index", self)})
        self.library = Library.of_one(cast("Index", self))

    def stop(self) -> None:
        """Nothing to end."""

    def close(self) -> None:
        """Nothing to end."""

    def answer(self, question: Question, _earlier: Sequence[str] = ()) -> NoAnswer:
        """Wait, then refuse."""
        self.go.wait(5)
        return NoAnswer(question.text, "nothing", (), 0.0, self.generation)
