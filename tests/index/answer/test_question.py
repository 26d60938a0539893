"""What is a question, and what is none."""

import pytest

from index import is_question


@pytest.mark.parametrize(
    "text",
    [
        "who wrote it",
        "What's the refund policy",
        "doesn't it rain",
        "can't I cancel",
        "¿dónde está?",
        "  How do I log in",
        "it broke. why?",
    ],
)
def test_a_question_mark_or_a_beginning_in_english_makes_a_question(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["", "thanks!", "Whatever", "Isolde wrote it", "I know who", "🙂"])
def test_what_only_holds_such_words_or_letters_is_none(text: str) -> None:
    assert not is_question(text)
