"""A question as it is understood: checked, joined with those before it, its words mended."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

from index.answer import followup
from index.domain import Embedder
from index.errors import QuestionError
from index.store.generation import Generation
from index.store.lexicon import Lexicon

MAX_QUESTION_CHARS = 1000


def check_question(text: str) -> None:
    """Refuse what can't be asked, before any work is done for it.

    Raises:
        QuestionError: it is empty, too long, not valid Unicode, or has no words.
    """
    if not text.strip():
        message = "the question is empty; write what you want to know"
        raise QuestionError(message)
    if len(text) > MAX_QUESTION_CHARS:
        message = (
            f"the question has {len(text):,} characters, the limit is "
            f"{MAX_QUESTION_CHARS:,}; ask it in fewer words"
        )
        raise QuestionError(message)
    try:
        text.encode()
    except UnicodeEncodeError:
        message = "the question is not valid Unicode; type it again"
        raise QuestionError(message) from None
    if not re.search(r"[^\W_]", text):
        message = "the question has no words; write what you want to know"
        raise QuestionError(message)


# What makes another form of an English word.
ENDINGS = ("", "s", "d", "ed", "r", "er")


@dataclass(frozen=True, slots=True)
class Question:
    """What can be asked, and how much it `says` by itself, as `followup.says` has it."""

    text: str
    says: float

    @classmethod
    def of(cls, text: str, lexicon: Lexicon) -> Self:
        """Check what is asked of documents with these words; at once.

        Raises:
            QuestionError: it can't be asked.
        """
        check_question(text)
        return cls(text, followup.says(text, lexicon))

    @property
    def may_follow(self) -> bool:
        """Whether it says so little that it may go on with a question before it."""
        return self.says < followup.ENOUGH and not followup.is_courtesy(self.text)

    def joined(self, earlier: Sequence[str], lexicon: Lexicon) -> str:
        """Return it with the last of `earlier`, oldest first; nothing if it doesn't go on."""
        if not self.may_follow:
            return ""
        before = [question for question in earlier if _can_be_asked(question)]
        saying = partial(followup.says, lexicon=lexicon)
        return followup.join(self.text, before, saying, MAX_QUESTION_CHARS)


def mend(question: str, generation: Generation, embedder: Embedder) -> str:
    """Return a question with its misspelt words as the documents have them.

    A word is right if the documents hold it, in whatever form, or if the model knows it or a form
    of it: that has common words whole in its vocabulary ("baked", not "bake") and cuts others to
    pieces.
    """

    def known(word: str) -> bool:
        held = any(map(generation.lexicon.holds, generation.lexicon.words(word)))
        forms = (f"{word.removesuffix('e')}ing", *(f"{word}{ending}" for ending in ENDINGS))
        return held or any(embedder.count_tokens(form) == 1 for form in forms)

    return generation.spelling.correct(question, known)


def _can_be_asked(text: str) -> bool:
    """Whether `text` could be asked; what was refused, or was no question, is nothing to go on."""
    try:
        check_question(text)
    except QuestionError:
        return False
    return not followup.is_courtesy(text)
