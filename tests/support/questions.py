"""Questions for what takes one that was checked."""

from index import Question


def question(text: str) -> Question:
    """Return a question that stands alone."""
    return Question(text, follows=False)
