"""What cuts documents in the process that reads them, and does harm for one that is bad."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from index.domain import BlockKind, Cut, Document, Passage, Span, Unit

BAD = "bad.txt"


def in_one(document: Document, first_id: int) -> Cut:
    """A whole document as one passage of one unit."""
    span = Span(0, len(document.text))
    unit = Unit(span, BlockKind.PARAGRAPH, "", 0)
    passage = Passage(first_id, document.path, span, document.text, (), "", (unit,))
    return Cut((passage,), 0)


class Slow:
    """Takes a minute."""

    def cut(self, document: Document, first_id: int) -> Cut:
        """Sleep over the bad one."""
        if document.path == BAD:
            time.sleep(60)
        return in_one(document, first_id)


class Hungry:
    """Takes a gigabyte."""

    def cut(self, document: Document, first_id: int) -> Cut:
        """Fill the memory for the bad one."""
        return in_one(document, first_id + len(bytearray(10**9 * (document.path == BAD))))


class Dying:
    """Dies of it, as C does."""

    def cut(self, document: Document, first_id: int) -> Cut:
        """Die of the bad one."""
        if document.path == BAD:
            os.kill(os.getpid(), signal.SIGSEGV)
        return in_one(document, first_id)


class Lying:
    """Says what isn't in the document."""

    def cut(self, document: Document, first_id: int) -> Cut:
        """Change a word of the bad one."""
        cut = in_one(document, first_id)
        if document.path != BAD:
            return cut
        return Cut((replace(cut.passages[0], text=document.text.upper()),), 0)


class Attacking:
    """Tries what only a process that a document has taken over would."""

    def __init__(self, attempts: Sequence[Callable[[], object]]) -> None:
        """Try these, which can be pickled: the first passage's id says which."""
        self._attempts = attempts

    def cut(self, document: Document, first_id: int) -> Cut:
        """Count the number of the error it fails with as divided units; 0 if it succeeds."""
        try:
            self._attempts[first_id]()
        except OSError as error:
            return replace(in_one(document, first_id), divided=error.errno or -1)
        return in_one(document, first_id)
