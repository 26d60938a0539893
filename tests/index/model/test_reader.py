"""The reader that ships: what it says of a question and a passage."""

import pytest

from index.domain import BlockKind, Passage, Span, Unit
from index.errors import ModelUnavailable
from index.model import reader as module
from index.model.reader import Reader, load_reader


@pytest.fixture(scope="module")
def reader() -> Reader:
    """The real one."""
    return load_reader()


def passage(text: str, preamble: str = "") -> Passage:
    """A passage of one unit."""
    whole = Span(0, len(text))
    unit = Unit(whole, BlockKind.PARAGRAPH, "", 0)
    return Passage(0, "a.md", whole, text, (), preamble, (unit,))


PUMP = "The pump has to be oiled every two weeks. It is painted green."


def test_a_passage_that_answers_is_told_from_one_that_does_not(reader: Reader) -> None:
    questions = {
        "how often should i oil the pump": True,
        "What colour is the pump?": True,
        "Who built the pump?": False,
        "When does the museum open?": False,
    }
    found: dict[bool, list[float]] = {True: [], False: []}
    for question, answers in questions.items():
        (reading,) = reader.read(question, [passage(PUMP)])
        found[answers].append(reading.answers)
    assert min(found[True]) > max(found[False]) + 1, found


def test_the_words_that_answer_are_found_where_they_stand(reader: Reader) -> None:
    (reading,) = reader.read("How often does the pump have to be oiled?", [passage(PUMP)])
    start = reading.offsets[reading.starts.argmax(), 0]
    end = reading.offsets[reading.ends.argmax(), 1]
    assert "two weeks" in PUMP[start:end]


def test_a_reading_does_not_depend_on_what_is_read_with_it(reader: Reader) -> None:
    others = [passage("Bees are kept in hives."), passage("x " * 2000, "Long")]
    (alone,) = reader.read("What colour is the pump?", [passage(PUMP)])
    together = reader.read("What colour is the pump?", [*others, passage(PUMP)])[-1]
    assert alone.answers == together.answers
    assert (alone.starts == together.starts).all()


def test_what_is_too_long_is_cut_and_the_rest_is_read(reader: Reader) -> None:
    long = passage(f"{PUMP} {'Nothing else is said of it. ' * 200}", "Pumps › " * 100)
    (reading,) = reader.read("What colour is the pump? " * 40, [long])
    assert len(reading.starts) == len(reading.ends) == len(reading.offsets) < 320
    assert reader.read("Why?", []) == []
    (empty,) = reader.read("Why?", [passage("")])
    assert len(empty.starts) == 0


def test_a_reader_that_is_damaged_is_told_with_what_mends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "GRAPH", "no.onnx")
    with pytest.raises(ModelUnavailable, match=r"the reader can't be loaded .*pip install"):
        Reader()
