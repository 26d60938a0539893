"""Questions for what takes one that was checked."""

from index import Question
from index.answer.followup import ENOUGH


def question(text: str) -> Question:
    """Return a question that stands alone."""
    return Question(text, says=ENOUGH)
