"""What is a question, and what is none."""

import pytest

from index import Index, is_question
from index.answer.question import Question


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


@pytest.mark.parametrize("text", ["thanks!", "ok cool, thank you", "Danke", "merci beaucoup"])
def test_a_word_of_thanks_goes_on_with_nothing(text: str) -> None:
    assert not Question(text, says=0.2).may_follow
    assert Question("and wasps?", says=0.2).may_follow


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("who directd all of us strangers?", "who directed all of us strangers?"),
        ("How do I bake bread?", "How do I bake bread?"),
        ("who does the cooking", "who does the cooking"),
    ],
)
def test_a_misspelt_word_is_mended_and_one_that_english_has_is_left(
    seeds_index: Index, asked: str, meant: str
) -> None:
    reply = seeds_index.answer(asked)
    assert (reply.understood or asked) == meant
