"""Follow-up questions are understood with those before them, and no others are touched."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Answer, Index, QuestionError
from index.answer.followup import WORD, is_elliptical, join
from index.answer.question import MAX_QUESTION_CHARS, check_question

DATA = Path(__file__).parents[2] / "data"
LIMIT = MAX_QUESTION_CHARS


def meant(*conversation: str, language: str = "english") -> str:
    """What the last of some questions means."""
    *earlier, question = conversation
    return join(question, earlier, language, LIMIT) if is_elliptical(question, language) else ""


@pytest.mark.parametrize(
    ("conversation", "expected"),
    [
        (
            ("Who directed the Blue Door?", "and who produced it?"),
            "who produced it — the Blue Door",
        ),
        (("who wrote hamlet", "when?"), "when — hamlet"),
        (("When was the bridge built?", "how tall is it?"), "how tall is it — the bridge built"),
        (("What is the refund policy?", "how long does it take?"), "take — the refund policy"),
        (("Where is the pool?", "and the sauna?"), "the sauna — Where is the pool"),
        (("Who is the mayor?", "Where does she live?"), "Where does she live — the mayor"),
    ],
)
def test_a_follow_up_takes_over_what_it_leaves_out(
    conversation: tuple[str, ...], expected: str
) -> None:
    assert meant(*conversation).endswith(expected)


@pytest.mark.parametrize(
    ("conversation", "expected"),
    [
        (
            ("How do I install the bot on Windows?", "and on Linux?"),
            "on Linux — How do I install the bot",
        ),
        (
            ("Who plays Adam in the Blue Door at noon?", "And Harry?"),
            "Harry — Who plays in the Blue Door at noon",
        ),
        (("Who won the 1998 World Cup?", "What about 2002?"), "2002 — Who won the World Cup"),
    ],
)
def test_what_a_fragment_replaces_is_not_carried(
    conversation: tuple[str, ...], expected: str
) -> None:
    assert meant(*conversation) == expected


def test_a_chain_goes_back_to_the_last_question_that_stands_alone() -> None:
    chain = ("Where is the sauna?", "Who is the mayor of Ulm?", "how old is she?", "thanks!")
    assert meant(*chain, "Where does she live?") == "Where does she live — the mayor of Ulm"


@pytest.mark.parametrize(
    "question",
    [
        "What did Tesla study when he moved to Prague?",
        "Which country lost its colonies?",
        "Is there parking?",
        "How many lakes are there in Warsaw?",
        "How long does it take to get a refund?",
        "Is it possible to cancel a booking?",
        "Who announced she would step down?",
        "If the shop is closed, where do they leave parcels?",
        "refund policy",
        "what is kubernetes?",
        "Thanks!",
        "ok",
        "🙂",
        "",
    ],
)
def test_a_question_that_stands_alone_is_left_as_it_is(question: str) -> None:
    assert meant("Who directed the Blue Door?", question) == ""


@pytest.mark.parametrize("name", ["golden.jsonl", "paraphrased.jsonl"])
def test_no_question_without_a_pronoun_is_changed(name: str) -> None:
    pronoun = re.compile(
        r"\b(?:s?he|it|its|they|their|them|him|his|her|this|there)\b", re.IGNORECASE
    )
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    alone = [question for question in questions if not pronoun.search(question)]
    assert len(alone) > len(questions) / 2
    assert [each for each in alone if meant("Who directed the Blue Door?", each)] == []


def test_in_another_language_only_its_word_for_and_tells() -> None:
    german = ("Wer hat den Film produziert?", "Und wer schrieb ihn?")
    joined = "Und wer schrieb ihn — Wer hat den Film produziert"
    assert meant(*german, language="german") == joined
    assert meant("Wer hat den Film produziert?", "Wie lang?", language="german") == ""
    for language in ("none", "english"):
        assert meant(*german, language=language) == ""
    assert meant("Who made it?", "and when?", language="none") == ""


def test_what_is_carried_is_cut_to_the_limit_and_the_question_never() -> None:
    before = "Who directed the Blue Door " + "of the seven sleepers " * 40 + "in Ulm?"
    long = join("and who produced it?", [before], "english", 100)
    assert long.startswith("who produced it — the Blue Door of the seven")
    assert 80 < len(long) <= 100
    full = "and who produced it " + "x" * (LIMIT - 20)
    assert join(full, [before], "english", LIMIT) == ""


SMALL = "and what about who did it he his that there on in Linux Harry the film , ? — 1998 und I"
words = st.sampled_from(SMALL.split(" "))
sentences = st.one_of(st.text(max_size=200), st.lists(words, max_size=30).map(" ".join))


@given(
    sentences,
    st.lists(sentences, max_size=4),
    st.sampled_from(["english", "german", "none"]),
    st.integers(1, 300),
)
def test_any_conversation_gives_a_question_within_the_limit(
    question: str, earlier: list[str], language: str, limit: int
) -> None:
    question = " ".join(question.split())
    if not is_elliptical(question, language):
        return
    result = join(question, earlier, language, limit)
    assert len(result) <= limit
    assert result == " ".join(result.split())
    if result:
        said = set(WORD.findall(" ".join([question, *earlier])))
        assert set(WORD.findall(result)) <= said
        if re.search(r"[^\W_]", question):
            check_question(result)


def test_the_index_says_what_it_understood_and_keeps_the_question(seeds_index: Index) -> None:
    asked = "and who produced it?"
    reply = seeds_index.answer(asked, ["x" * 5000, "🙂", "Who directed All of Us Strangers?", ""])
    assert isinstance(reply, Answer)
    assert reply.question == asked
    assert reply.understood == "who produced it — All of Us Strangers"
    assert "Graham Broadbent" in reply.citations[0].bold
    alone = seeds_index.answer("Who plays Harry in All of Us Strangers?", [asked])
    assert alone.understood == ""
    with pytest.raises(QuestionError, match="no words"):
        seeds_index.answer("🙂", ["Who directed All of Us Strangers?"])
