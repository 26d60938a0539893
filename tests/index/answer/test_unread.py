"""Questions in another script than the reader's: the sentence with their words answers, or none."""

import pytest

from index import Answer, Index, NoAnswer
from index.answer.unread import is_unread
from tests.index.answer.conftest import Indexed


@pytest.mark.parametrize(
    ("question", "unread"),
    [
        ("邮局几点开门", True),
        ("почта закрыта?", True),
        ("wifi 密码是什么呢", True),
        ("when does the 邮局 open", False),
        ("Wie groß ist die Tür?", False),
        ("Khách sạn ở đâu", False),
        ("12?", False),
    ],
)
def test_a_script_is_known_by_most_letters(question: str, unread: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert is_unread(question) == unread


@pytest.fixture(scope="module")
def office(indexed: Indexed) -> Index:
    """Paragraphs of one document, and a title that the questions share words with."""
    return indexed(
        {
            "邮局.md": "# 邮局\n\n邮局早上八点开门。\n\n包裹最重二十公斤。\n\n挂号信需要身份证。\n",
            "почта.txt": "Окно работает до шести вечера.\n\nМарки стоят сорок рублей.\n",
        }
    )


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("邮局几点开门", "邮局早上八点开门。"),
        ("包裹最重多少公斤", "包裹最重二十公斤。"),
        ("挂号信要不要身份证", "挂号信需要身份证。"),
        ("сколько стоят марки", "Марки стоят сорок рублей."),
    ],
)
def test_the_sentence_with_the_rarest_words_of_the_question_answers(
    office: Index, question: str, sentence: str
) -> None:
    reply = office.answer(question)
    assert isinstance(reply, Answer)
    assert reply.citations[0].bold == sentence


def test_what_shares_no_word_answers_nothing(office: Index) -> None:
    assert isinstance(office.answer("游泳池在哪里"), NoAnswer)
