"""The same is the same but for how it is set; what differs in a figure or a word is not."""

from dataclasses import replace

import pytest

from index.answer.sameness import (
    bare,
    contradict,
    later,
    names,
    newest,
    other_figure,
    replaces,
    same,
)
from index.domain import Citation, Span


def quoted(text: str, **changes: object) -> Citation:
    """A citation that quotes a text and has all of it in bold."""
    whole = Span(0, len(text))
    citation = Citation(
        number=1,
        path="a.md",
        title="A",
        span=whole,
        lines=(1, 1),
        headings=(),
        quote=text,
        bold=text,
        bold_span=whole,
        passage=whole,
        sha256="0" * 64,
        generation="",
    )
    return replace(citation, **changes)  # type: ignore[arg-type]


def pair(one: str, other: str) -> tuple[Citation, Citation]:
    """Quotes of two documents."""
    return quoted(one), quoted(other, path="b.md", title="B")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The gate is locked at ten.", "The  gate\nis locked at ten."),
        ('The "blue door" is open.', "The “blue door” is open."),
        ("It's **always** open.", "It’s always open."),
        ("- Bring a `torch` along.", "> Bring a _torch_ along."),
        ("| Kayak | 20 |", "Kayak | 20"),
    ],
)
def test_what_is_only_set_in_another_way_is_the_same(one: str, other: str) -> None:
    assert same(*pair(one, other))
    assert not contradict(*pair(one, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rent is 40 euros a day for a whole boat.", "Rent is 45 euros a day for a whole boat."),
        ("Dogs are allowed in the garden today.", "Dogs are not allowed in the garden today."),
        ("Ask Ruth for the key of the shed.", "Ask Rita for the key of the shed."),
        ("The cable is 5 m long in all.", "The cable is 5 km long in all."),
        ("The heater is set to 5 degrees.", "The heater is set to -5 degrees."),
        ("Set the option heat_rate to on.", "Set the option heatrate to on."),
    ],
)
def test_a_figure_a_name_a_not_or_a_unit_makes_a_difference(one: str, other: str) -> None:
    assert not same(*pair(one, other))
    assert contradict(*pair(one, other))


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("A game may be kept for 14 days.", "Games go back after 21 days at the latest.", True),
        ("It costs €30.", "You pay 35 € at the door.", True),
        ("Oar,3 euros", "Oar,4 euros", True),
        ("It seats 1,200 people.", "It seats 1,300 people.", True),
        ("The board has five members.", "There are 7 members on the board.", True),
        ("It seats 1,200 people.", "There is room for 1200 people.", False),
        ("Open until 8 pm.", "It closes at 8 pm, in summer too.", False),
        ("Founded in 2019 in a barn.", "The barn burnt in 2021 in winter.", False),
        ("It is the 3rd of May.", "It is the 4th of May.", False),
    ],
)
def test_another_figure_counts_in_the_same_unit_alone(one: str, other: str, differ: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert other_figure(*pair(one, other)) == differ


def test_the_same_words_below_another_heading_or_header_are_of_another_thing() -> None:
    diesel = quoted("| smokes | clean the injector |", headings=("Engines", "Diesel"))
    petrol = replace(diesel, headings=("Engines", "Petrol"))
    assert not same(diesel, petrol)
    assert not same(diesel, replace(petrol, path="b.md"))
    assert same(diesel, replace(diesel, path="b.md", headings=("Motors", "Diesel")))
    assert same(diesel, replace(diesel, path="b.md", headings=()))
    assert not same(diesel, replace(diesel, path="b.md", context="Fault | Remedy"))


def test_what_is_bold_may_stand_among_other_words_in_another_document() -> None:
    one, other = pair("The pool closes at nine.", "The pool closes at nine. The sauna is open.")
    assert not same(one, other)
    assert same(one, replace(other, bold=one.bold, bold_span=one.bold_span))


@pytest.mark.parametrize(
    ("earlier", "later_one", "since"),
    [
        ({"title": "Prices 2022"}, {"title": "Prices 2025"}, "2025"),
        ({"path": "rules-2021.md"}, {"path": "rules-2021-03.md"}, "2021-03"),
        ({"headings": ("Meeting of 4 May 2023",)}, {"title": "June 2023"}, "June 2023"),
        ({"path": "v1/limits.md"}, {"path": "v2/limits.md"}, "v2"),
        ({"path": "docs/1.9.4/a.md"}, {"path": "docs/1.21/a.md"}, "1.21"),
        (
            {"title": "House rules"},
            {"quote": "From March 2025 on the House rules change."},
            "March 2025",
        ),
        ({"date": "2021-06-30"}, {"date": "2024-02-01 08:00:00"}, "2024-02-01"),
    ],
)
def test_the_later_of_two_is_known_by_a_date_or_version(
    earlier: dict[str, object], later_one: dict[str, object], since: str
) -> None:
    one, other = (
        quoted("x", **{"path": "a.md", **earlier}),
        quoted("x", **{"path": "b.md", **later_one}),
    )
    assert later(other, one) == since
    assert later(one, other) == ""


def test_without_a_date_on_either_side_none_is_later() -> None:
    dated, plain = quoted("x", title="Prices 2022"), quoted("x", path="b.md", title="Prices")
    assert later(dated, plain) == later(plain, dated) == ""
    numbered = quoted("x", headings=("2.1 Fees",)), quoted("x", path="b.md", headings=("3.4 Fees",))
    assert later(*numbered) == later(*reversed(numbered)) == ""


def test_a_quote_names_a_document_by_its_whole_title() -> None:
    statutes = quoted("x", path="b.md", title="Statutes (2019)")
    assert names(quoted("In the Statutes (2019), “five” is now “seven”."), statutes)
    assert not names(quoted("In the Statutes (2018), “five” is now “seven”."), statutes)
    assert not names(quoted("Herons nest here."), quoted("x", path="b.md", title="Heron"))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("“5 nights” is replaced by “3 nights”.", True),
        ("It is 3 nights instead of the five nights.", True),
        ("It is 3 nights.", False),
        ("It is 5 nights for 3 people.", False),
    ],
)
def test_what_replaces_a_figure_has_both(text: str, holds: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert replaces(quoted(text), quoted("A bed is kept for 5 nights.")) == holds


def test_versions_and_dates_in_headings_have_an_order() -> None:
    headings = ["[3.2.0] - 2024-01-15", "Unreleased", "[3.10.0] - 2026-05-02", "[3.9.0]"]
    assert sorted(headings, key=newest) == [headings[1], headings[0], headings[3], headings[2]]
    meetings = ["9 October 2025", "14 January 2026", "2 October 2025"]
    assert max(meetings, key=newest) == "14 January 2026"
    assert min(meetings, key=newest) == "2 October 2025"


def test_bare_text_keeps_every_word_and_figure() -> None:
    assert bare("## *The*  “2*3” of `a_b` isn’t -4.") == "The 2*3 of a_b isn't -4."
