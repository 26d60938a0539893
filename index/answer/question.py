"""A question as it is understood: checked, joined with those before it, its words mended."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from index.answer import followup
from index.domain import Embedder
from index.errors import QuestionError
from index.store.generation import Generation

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


@dataclass(frozen=True, slots=True)
class Question:
    """What can be asked; one that `follows` can't be understood without the question before it."""

    text: str
    follows: bool

    @classmethod
    def of(cls, text: str, language: str) -> Self:
        """Check what is asked in a language, a Snowball language or "none"; at once.

        Raises:
            QuestionError: it can't be asked.
        """
        check_question(text)
        return cls(text, followup.is_elliptical(" ".join(text.split()), language))

    def meaning(self, earlier: Sequence[str], generation: Generation, embedder: Embedder) -> str:
        """Return what is searched for: the question after `earlier` ones, its words mended.

        `earlier` are what was asked before in the same conversation, oldest first. A word is right
        if the documents hold it, in whatever form, or if the model knows it: that has common words
        whole in its vocabulary and cuts others to pieces.
        """

        def known(word: str) -> bool:
            held = any(map(generation.lexical.holds, generation.lexical.words(word)))
            return held or embedder.count_tokens(word) == 1

        text = self.text
        if self.follows:
            before = [question for question in earlier if _can_be_asked(question)]
            text = followup.join(text, before, generation.language, MAX_QUESTION_CHARS) or text
        return generation.spelling.correct(text, known)


def _can_be_asked(text: str) -> bool:
    """Whether `text` could be asked; what was refused when it was asked is nothing to go on."""
    try:
        check_question(text)
    except QuestionError:
        return False
    return True
