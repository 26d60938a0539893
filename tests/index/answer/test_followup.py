"""Follow-up questions are understood with those before them, others are answered as they are."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Answer, Index, IndexSettings, NoAnswer, QuestionError, open_index
from index.answer.followup import ENOUGH, goes_on, join, says
from index.answer.question import MAX_QUESTION_CHARS, check_question
from index.model.onnx_embedder import OnnxEmbedder

DATA = Path(__file__).parents[2] / "data"
FILM = "Who directed All of Us Strangers?"
GERMAN = """\
# Garten

Die Tomaten werden abends gegossen, die Rosen am Morgen. Im Winter werden die Rosen abgedeckt.

# Schuppen

Der Schlüssel zum Schuppen hängt neben der Treppe. Der Kompost steht hinter dem Schuppen.

# Werkzeug

Der Rasenmäher fährt mit Benzin, das im Keller steht. Die Schere wird nach der Arbeit geölt.
"""


def by_words(question: str) -> float:
    """How much a question says, to those who take all words alike."""
    return len(question.split()) / 2


@pytest.mark.parametrize(
    ("conversation", "expected"),
    [
        ((FILM, "and when?"), f"and when? — {FILM}"),
        (("Where is the sauna?", FILM, "and when?"), f"and when? — {FILM}"),
        ((FILM, "and when?", "where?"), f"where? — and when? — {FILM}"),
        ((FILM, "why him of all", "when?"), "when? — why him of all"),
        (("why?", "when?"), "when? — why?"),
        (("when?",), ""),
        (("Who\nwrote  it then?", "and\twhen?"), "and when? — Who wrote it then?"),
    ],
)
def test_a_question_is_joined_with_the_last_one_that_says_something(
    conversation: Sequence[str], expected: str
) -> None:
    *earlier, question = conversation
    assert join(question, earlier, by_words, MAX_QUESTION_CHARS) == expected


def test_what_is_carried_is_cut_to_the_limit_and_the_question_never() -> None:
    before = "Who directed the Blue Door " + "of the seven sleepers " * 40
    assert join("and when?", [before], by_words, 30) == "and when? — Who directed the B"
    full = "x" * MAX_QUESTION_CHARS
    assert join(full, [before], by_words, MAX_QUESTION_CHARS) == full


askable = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(["and", "who", "—", "?", "1998", "й"])).map(" ".join),
).filter(lambda text: re.search(r"[^\W_]", text) is not None and text.isprintable())


@given(askable, st.lists(askable, max_size=4))
def test_any_conversation_gives_a_question_that_can_be_asked(
    question: str, earlier: list[str]
) -> None:
    joined = join(question, earlier, by_words, MAX_QUESTION_CHARS)
    assert bool(joined) is bool(earlier)
    if joined:
        check_question(joined)
        assert joined.startswith(" ".join(question.split()))


@pytest.mark.parametrize(
    ("question", "least", "most"),
    [
        ("and who is it by then?", 0.6, 0.6),
        ("🙂", 0.1, 0.1),
        ("and Harry?", 0.3, 0.9),
        ("xylophones", 1.1, 1.1),
        ("What is the boiling point of tungsten in kelvin?", ENOUGH, 10),
        ("When was All of Us Strangers released in the United Kingdom?", ENOUGH, 10),
    ],
)
def test_rare_words_say_more_and_stop_words_little(
    seeds_index: Index, question: str, least: float, most: float
) -> None:
    said = says(question, seeds_index.answerer.searcher.generation.lexicon)
    assert least <= round(said, 6) <= most


def test_the_more_a_question_says_the_surer_its_continuation_must_be(seeds_index: Index) -> None:
    (hit,) = seeds_index.answerer.searcher.hits(FILM, 1)
    sure, unsure = [replace(hit, confidence=0.9)], [replace(hit, confidence=0.1)]
    assert goes_on(2.2, unsure, sure)
    assert not goes_on(2.4, unsure, sure)
    assert not goes_on(ENOUGH, [], [replace(hit, confidence=1.0)])
    assert goes_on(0.6, sure, unsure)
    assert not goes_on(0.8, sure, unsure)
    assert not goes_on(0.0, [], [])


@pytest.mark.parametrize(
    ("earlier", "question", "answer"),
    [
        ("Who plays Adam in All of Us Strangers?", "and Harry?", "Paul Mescal"),
        (FILM, "and who produced it?", "Graham Broadbent"),
        (FILM, "and the music?", "Emilie Levienaise-Farrouch"),
        ("Which song does Adam sing to Harry?", "who is it by?", "Frankie Goes to Hollywood"),
        ("runtime of all of us strangers", "language?", "English"),
    ],
)
def test_a_follow_up_is_answered_with_what_it_leaves_out(
    seeds_index: Index, earlier: str, question: str, answer: str
) -> None:
    reply = seeds_index.answer(question, [earlier])
    assert isinstance(reply, Answer)
    assert reply.understood == f"{question} — {earlier}"
    assert answer in reply.citations[0].quote


@pytest.mark.parametrize(
    "question",
    [
        "Who plays Harry in All of Us Strangers?",
        "What is the boiling point of tungsten in kelvin?",
        "Which studios made All of Us Strangers?",
        "how do I boil an egg",
    ],
)
def test_a_question_that_stands_alone_is_left_as_it_is(seeds_index: Index, question: str) -> None:
    reply = seeds_index.answer(question, [FILM])
    assert reply == seeds_index.answer(question)
    assert reply.understood == ""


def test_hardly_a_question_that_stands_alone_is_joined(seeds_index: Index) -> None:
    lines = (DATA / "conversations.jsonl").read_text(encoding="utf-8").splitlines()
    conversations = [json.loads(line) for line in lines]
    alone = [each for each in conversations if each["kind"] != "follows"]
    joined = [
        each["question"]
        for each in alone
        if seeds_index.answer(each["question"], each["earlier"]).understood.endswith(
            each["earlier"][-1]
        )
    ]
    assert len(joined) <= len(alone) // 12, joined


def test_no_language_has_rules_of_its_own(tmp_path: Path, embedder: OnnxEmbedder) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "garten.md").write_text(GERMAN, encoding="utf-8")
    settings = IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))
    index = open_index(settings, embedder=embedder)
    tomatoes = "Wann werden die Tomaten gegossen?"
    assert index.answer("und die Rosen?", [tomatoes]).understood == f"und die Rosen? — {tomatoes}"
    assert index.answer("Wo hängt der Schlüssel zum Schuppen?", [tomatoes]).understood == ""


def test_the_index_keeps_the_question_and_passes_over_what_was_refused(seeds_index: Index) -> None:
    asked = "and who produced it?"
    reply = seeds_index.answer(asked, ["x" * 5000, FILM, "🙂", ""])
    assert isinstance(reply, Answer)
    assert reply.question == asked
    assert reply.understood == f"{asked} — {FILM}"
    nothing = seeds_index.answer("and when?", ["🙂"])
    assert isinstance(nothing, Answer | NoAnswer)
    assert nothing.understood == ""
    with pytest.raises(QuestionError, match="no words"):
        seeds_index.answer("🙂", [FILM])
