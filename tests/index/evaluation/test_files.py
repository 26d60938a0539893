"""Question sets, in each of their forms and in none."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from index.domain import Span
from index.errors import QuestionError
from index.evaluation.files import read_sets
from index.evaluation.questions import (
    ADVERSARIAL,
    ANSWERABLE,
    OFF_CORPUS,
    Article,
    GradedQuestion,
    Place,
    Words,
    spread,
)

BEES = "Bees must be registered by 3 May. The register is kept in Aarau."
HIVES = "A hive costs 20 francs a year."
SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "Bee_keeping",
            "paragraphs": [
                {
                    "context": BEES,
                    "qas": [
                        {
                            "question": "By when must bees be registered?",
                            "id": "1",
                            "is_impossible": False,
                            "answers": [{"text": "3 May", "answer_start": 27}],
                        },
                        {
                            "question": "By when must wasps be registered?",
                            "id": "2",
                            "is_impossible": True,
                            "answers": [],
                            "plausible_answers": [{"text": "3 May", "answer_start": 27}],
                        },
                    ],
                },
                {
                    "context": HIVES,
                    "qas": [
                        {
                            "question": "What does a hive cost?",
                            "id": "3",
                            "answers": [{"text": "20 francs", "answer_start": 13}],
                        }
                    ],
                },
            ],
        },
        {"title": "Unasked", "paragraphs": [{"context": "Nobody asks about this."}]},
    ],
}
Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a question set and return its path."""

    def written(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return written


@pytest.mark.parametrize("indent", [None, 2])
def test_squad_answers_stand_at_their_place_in_the_document(
    write: Write, indent: int | None
) -> None:
    asked = read_sets([write("squad.json", json.dumps(SQUAD, indent=indent))])
    assert list(asked.articles) == ["Bee_keeping.md", "Unasked.md"]
    text = asked.articles["Bee_keeping.md"].text
    assert text.startswith("# Bee keeping\n\nBees must")
    bees, wasps, hive = asked.questions
    assert isinstance(bees.key, Place)
    assert bees.key.paragraph.of(text) == BEES
    assert [answer.of(text) for answer in bees.key.answers] == ["3 May"]
    assert (wasps.kind, wasps.key, wasps.article) == (ADVERSARIAL, None, "Bee_keeping.md")
    assert isinstance(hive.key, Place)
    assert hive.key.paragraph.of(text) == HIVES


def test_a_carriage_return_moves_no_answer(write: Write) -> None:
    paragraph = {
        "context": "One.\r\nTwo is\rhere.",
        "qas": [
            {"question": "Where is two?", "answers": [{"text": "here", "answer_start": 13}]},
        ],
    }
    squad = {"data": [{"title": "T", "paragraphs": [paragraph]}]}
    asked = read_sets([write("squad.json", json.dumps(squad))])
    key = asked.questions[0].key
    assert isinstance(key, Place)
    assert key.answers[0].of(asked.articles["T.md"].text) == "here"
    assert "\r" not in asked.articles["T.md"].text


def test_articles_of_any_title_get_names_of_their_own(write: Write) -> None:
    titles = ["AC/DC", "AC_DC", "ac/dc", "README", "../etc", ".hidden", "🙂"]
    squad = {"data": [{"title": each, "paragraphs": [{"context": "Text."}]} for each in titles]}
    squad["data"][0]["paragraphs"] = SQUAD["data"][0]["paragraphs"]  # type: ignore[index]
    names = list(read_sets([write("squad.json", json.dumps(squad))]).articles)
    assert len({name.casefold() for name in names}) == len(titles)
    assert not any("/" in name or name.startswith(".") for name in names)
    assert "README.md" not in names


def test_the_three_forms_are_told_apart_and_joined(write: Write) -> None:
    lines = '{"question": "Who?", "files": ["a.md"], "words": ["x", ["y", "z"]]}\n\n'
    lines += '{"question": "Why?", "kind": "off-topic"}\n'
    asked = read_sets(
        [
            write("plain.txt", "\ufeffWhat is the moon?\n\n  How far is it? \n"),
            write("own.jsonl", lines),
            write("squad.json", json.dumps(SQUAD)),
        ]
    )
    assert [(each.text, each.kind) for each in asked.questions[:4]] == [
        ("What is the moon?", OFF_CORPUS),
        ("How far is it?", OFF_CORPUS),
        ("Who?", ANSWERABLE),
        ("Why?", "off-topic"),
    ]
    assert asked.questions[2].key == Words(("a.md",), (("x",), ("y", "z")))
    assert asked.questions[3].key is None
    assert len(asked.questions) == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        (
            '{"question": "Who?"}\n{"question": "Who?", "file": []}',
            "line 2: not a question: `file`",
        ),
        ('{"question": "Who?"}\nWho?', "line 2: not a question"),
        ('{"question": ""}', "line 1: the question is empty"),
        ("Who?\n...\n", "line 2: the question has no words"),
        ('Who?\n{"question": "Who?"}', "line 2: JSON in a list of plain questions"),
        ("Who?\n" + "x" * 1001, "line 2: the question has 1,001 characters"),
        ('{\n "data": [\n}', "at line 3 column"),
        ('["Who?"]', "nor a list of questions: Input should be an object"),
        ('{"data": []}', "neither SQuAD, nor JSON lines, nor a list of questions: `data`"),
        ('{"data": [{"title": "T"}]}', "`data.0.paragraphs`: Field required"),
        ("[" * 100_000, "recursion limit"),
        ('{"data": [{"title": "\\ud800", "paragraphs": []}]}', "hex escape at line 1"),
    ],
)
def test_what_is_no_question_set_is_named_with_its_place(
    write: Write, text: str, expected: str
) -> None:
    file = write("set.any", text)
    with pytest.raises(QuestionError) as failure:
        read_sets([file])
    assert expected in str(failure.value)
    assert str(file) in str(failure.value)
    assert "\n" not in str(failure.value)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    file = tmp_path / "set.txt"
    file.write_bytes(b"Who?\n\xff\xfe")
    with pytest.raises(QuestionError, match=r"set\.txt, line 2: .* not UTF-8"):
        read_sets([file])


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([{"text": "4 May", "answer_start": 27}], "the answer '4 May' isn't at 27"),
        ([], "has no answer, but isn't marked impossible"),
    ],
)
def test_a_squad_file_that_contradicts_itself_is_refused(
    write: Write, answers: list[dict[str, object]], expected: str
) -> None:
    qas = [{"question": "By when?", "answers": answers}]
    squad = {"data": [{"title": "B", "paragraphs": [{"context": BEES, "qas": qas}]}]}
    with pytest.raises(QuestionError, match=expected):
        read_sets([write("squad.json", json.dumps(squad))])


def test_a_passage_is_right_inside_or_around_its_paragraph_alone() -> None:
    place = Place("a.md", Span(10, 20), (Span(12, 14),))
    assert place.found_in("a.md", Span(12, 15), "")
    assert place.found_in("a.md", Span(5, 25), "")
    assert not place.found_in("a.md", Span(15, 25), "")
    assert not place.found_in("b.md", Span(12, 15), "")
    assert place.answered_by("a.md", Span(12, 14), "")
    assert not place.answered_by("a.md", Span(13, 20), "")
    assert not place.answered_by("b.md", Span(10, 20), "")


def test_words_are_held_whatever_their_case_and_spacing() -> None:
    words = Words(("a.md",), (("Aarau",), ("3  May", "May 3")))
    assert words.found_in("a.md", Span(0, len(BEES)), BEES)
    assert not words.answered_by("a.md", Span(0, 33), BEES)
    assert not words.found_in("b.md", Span(0, len(BEES)), BEES)
    assert Words(("a.md",), (("BY 3 MAY",),)).answered_by("a.md", Span(0, 33), BEES)


def test_paragraphs_stand_at_their_spans() -> None:
    article = Article("T", ("one", "", "two\n\nthree"))
    assert [span.of(article.text) for span in article.spans] == ["one", "", "two\n\nthree"]


def test_a_limit_spreads_over_each_kind() -> None:
    questions = [GradedQuestion(str(number), "a") for number in range(10)]
    questions += [GradedQuestion(str(number), "b") for number in range(2)]
    kept = spread(questions, 4)
    assert [(each.kind, each.text) for each in kept] == [
        *(("a", "0"), ("a", "2"), ("a", "5"), ("a", "7")),
        *(("b", "0"), ("b", "1")),
    ]
    assert len(spread(questions, 100)) == 12
