"""What is bold: the likeliest words, grown to a sentence, never out of their unit."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.answer.span import LONGEST_BOLD, find_answer
from index.domain import BlockKind, Passage, Span, Unit
from index.model.reader import Reading


def passage_of(text: str, *units: tuple[int, int], start: int = 0) -> Passage:
    """A passage that begins at `start` of its document, with units by their places in it."""
    made = tuple(
        Unit(Span(start + first, start + last), BlockKind.PARAGRAPH, "", start)
        for first, last in units
    )
    return Passage(0, "a.md", Span(start, start + len(text)), text, (), "", made)


def reading_of(text: str, first: int, last: int) -> Reading:
    """A reading whose tokens are words, and that is sure of some of them."""
    offsets, place = [], 0
    for word in text.split(" "):
        offsets.append((place, place + len(word)))
        place += len(word) + 1
    starts, ends = (np.full(len(offsets), -9, np.float32) for _ in range(2))
    starts[first], ends[last] = -0.1, -0.1
    return Reading(3.0, starts, ends, np.array(offsets, np.int64).reshape(-1, 2))


def test_what_is_bold_is_the_sentence_around_the_words() -> None:
    text = "It opens at nine. Tickets cost six euros, three for children. Dogs stay out."
    answer = find_answer(reading_of(text, 6, 7), passage_of(text, (0, len(text)), start=50))
    assert answer is not None
    shown = Span(answer.span.start - 50, answer.span.end - 50).of(text)
    assert shown == "Tickets cost six euros, three for children."


@pytest.mark.parametrize(
    ("text", "first", "last", "shown"),
    [
        ("It opens at nine. Dogs stay out.", 2, 3, "It opens at nine."),
        ("| Ada Lovelace | Sound | |", 1, 2, "Ada Lovelace | Sound"),
        ("- Runtime: 105 minutes", 2, 3, "Runtime: 105 minutes"),
        # What goes on with a small letter or a figure is no new sentence.
        ("| SB-901 | hinge no. 4 |", 3, 3, "SB-901 | hinge no. 4"),
        ("Bring tools, e.g. a saw. Gloves help.", 1, 1, "Bring tools, e.g. a saw."),
        ("12. Close the lid.", 1, 3, "Close the lid."),
        ("1. Shut the tap.\n2. Wait.", 1, 1, "Shut the tap."),
        ("- Shut the tap\n- Wait", 4, 4, "Wait"),
        # What answers a question, and not that, is bold.
        ("Is it dear? No, two euros. Ask Ann.", 0, 2, "No, two euros."),
        ("Q: Is it dear? A: Two euros.", 1, 6, "A: Two euros."),
        ("It is open. Is it dear?", 3, 5, "Is it dear?"),
    ],
)
def test_bold_ends_with_the_sentence_and_without_the_marks_of_a_row_or_item(
    text: str, first: int, last: int, shown: str
) -> None:
    answer = find_answer(reading_of(text, first, last), passage_of(text, (0, len(text))))
    assert answer is not None
    assert answer.span.of(text) == shown


def test_of_a_long_sentence_as_many_words_as_fit_are_bold() -> None:
    text = "word " * 60 + "seven hens " + "word " * 60
    answer = find_answer(reading_of(text.strip(), 60, 61), passage_of(text, (0, len(text))))
    assert answer is not None
    shown = answer.span.of(text)
    assert "seven hens" in shown
    assert LONGEST_BOLD / 2 < len(shown) <= LONGEST_BOLD
    assert set(shown.split()) == {"word", "seven", "hens"}


def test_an_answer_never_leaves_its_unit() -> None:
    text = "saw,two saw,four"
    rows = passage_of(text, (0, 7), (8, 16))
    # The likeliest beginning is in the first row, the likeliest end in the second.
    answer = find_answer(reading_of(text, 0, 1), rows)
    assert answer is not None
    assert (answer.unit, answer.span.of(text)) in {(0, "saw,two"), (1, "saw,four")}


def test_of_code_whole_lines_are_bold() -> None:
    lines = [f"set_light({number}, 'on', level={number * 7})" for number in range(12)]
    text = "\n".join(lines)
    words = text.replace("\n", " ").split(" ")
    passage = passage_of(text, (0, len(text)))
    code = replace(passage, units=(replace(passage.units[0], kind=BlockKind.CODE),))
    first = words.index("set_light(5,")
    answer = find_answer(reading_of(text.replace("\n", " "), first, first), code)
    assert answer is not None
    bold = answer.span.of(text).split("\n")
    assert "set_light(5, 'on', level=35)" in bold
    assert set(bold) < set(lines)


@pytest.mark.parametrize("fence", ["```", "~~~~", "  ```"])
def test_what_code_stands_between_is_not_bold(fence: str) -> None:
    text = f"{fence}sh\nboil --slow\n{fence}"
    words = text.replace("\n", " ").split()
    passage = passage_of(text, (0, len(text)))
    code = replace(passage, units=(replace(passage.units[0], kind=BlockKind.CODE),))
    for first, last in ((0, 1), (1, 1), (1, len(words) - 1), (len(words) - 1, len(words) - 1)):
        answer = find_answer(reading_of(" ".join(words), first, last), code)
        assert answer is not None
        assert answer.span.of(text) == "boil --slow"


def test_the_header_of_a_table_is_no_answer() -> None:
    text = "| Day | Hours |\n| Monday | 9 |"
    header, row = Span(0, 15), Span(16, len(text))
    units = (Unit(header, BlockKind.HEADER, "", 0), Unit(row, BlockKind.ROW, "Day | Hours", 16))
    passage = Passage(0, "a.md", Span(0, len(text)), text, (), "", units)
    answer = find_answer(reading_of(text, 1, 3), passage)
    assert answer is not None
    assert (answer.unit, answer.span.of(text)) == (1, "Monday | 9")


def test_where_no_unit_was_read_there_is_no_answer() -> None:
    text = "a b"
    assert find_answer(reading_of(text, 0, 0), passage_of(text)) is None
    unread = Reading(0.0, *(np.zeros(0, np.float32),) * 2, np.zeros((0, 2), np.int64))
    assert find_answer(unread, passage_of(text, (0, 3))) is None


@given(
    st.text(st.sampled_from("ab .\n"), min_size=1, max_size=400), st.randoms(), st.integers(0, 9)
)
def test_any_answer_lies_in_its_unit_and_is_no_longer_than_it_may_be(
    text: str, random: Random, start: int
) -> None:
    words = text.split(" ")
    first = random.randint(0, len(words) - 1)
    last = random.randint(first, len(words) - 1)
    cut = random.randint(0, len(text))
    passage = passage_of(text, (0, cut), (cut, len(text)), start=start)
    answer = find_answer(reading_of(text, first, last), passage)
    if answer is None:
        return
    unit = passage.units[answer.unit].span
    assert unit.start <= answer.span.start <= answer.span.end <= unit.end
