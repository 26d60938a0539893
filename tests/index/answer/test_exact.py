"""Codes and figures in a question: what is one, and where it stands however it is written."""

import pytest

from index.answer.exact import identifiers


def named(question: str) -> list[str]:
    """What a question names exactly."""
    return [each.asked for each in identifiers(question)]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("what is KX-2201-B", ["KX-2201-B"]),
        ("kx2201b", ["kx2201b"]),
        ("is KX 2201 B in stock?", ["KX 2201 B"]),
        ("it shows ERR_PAPER_0x3F since 2024", ["ERR_PAPER_0x3F", "2024"]),
        ("it stops with --dry-run, what is heat_rate", ["--dry-run", "heat_rate"]),
        ("a dry-run -- or not", []),
        ("who sold 1,250 tickets", ["1,250"]),
        ("what is new in v2.10", ["v2.10"]),
        ("can I bring 3 guests at 19:30", []),
        ("a 5kg bag, 24-hour service", []),
        ("Who directed the film?", []),
    ],
)
def test_codes_and_long_figures_are_identifiers(question: str, found: list[str]) -> None:
    assert named(question) == found


@pytest.mark.parametrize(
    ("asked", "text", "there"),
    [
        ("KX-2201-B", "Part KX 2201 B: a pin", True),
        ("kx2201b", "| KX-2201-B | a pin |", True),
        ("KX-2201-B", "Part KX-2201-C: a pin", False),
        ("KX-2201-B", "Part KX-2210-B: a pin", False),
        ("E1", "error E17", False),
        ("--dry", "`--dry-run` heats nothing", False),
        ("--dry", "keep it dry", False),
        ("--dry", "`--dry` heats nothing", True),
        ("--dry-run", "`--no-dry-run` heats", False),
        ("--dry-run", "a dry-run heats nothing", True),
        ("B12", "shelf,B12,45", True),
        ("1250", "sailed 1,250 miles", True),
        ("1250", "sailed 12,500 miles", False),
        ("1250", "cost 1,250,000 euros", False),
        ("250", "cost 1,250 euros", False),
        ("2019", "2019,416", True),
        ("2.9", "[2.9.1] - 2024", True),
        ("2.1", "Version 2.10", False),
        ("2.9", "Version 12.9", False),
    ],
)
def test_an_identifier_is_found_however_its_parts_are_set(
    asked: str,
    text: str,
    there: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    (identifier,) = identifiers(asked)
    found = identifier.found_in(text)
    assert (found is not None) == there
    if found is not None:
        letters = [letter for letter in found.of(text).lower() if letter.isalnum()]
        assert "".join(letters).startswith(asked.strip("-").lower()[0])


@pytest.mark.parametrize(
    ("asked", "text", "rival"),
    [
        ("E18", "**E17** no signal", "E17"),
        ("E18", "**E18** no signal, unlike E17", ""),
        ("KX-2201-D", "Part KX-2201-B: a pin", "KX-2201-B"),
        ("KX-2201-D", "error E17", ""),
        ("--dry-run", "Set `--data-dir` first.", "--data-dir"),
        ("--dry-run", "A dry-run heats nothing, unlike --wet.", ""),
        ("heat_rate", "Set cool_rate first.", "cool_rate"),
        ("2020", "In 2021 the club sold 416 tickets.", "2021"),
        ("2020", "It sold 416 tickets.", ""),
        ("2.7", "[2.9.1] - a release", "2.9.1"),
    ],
)
def test_what_has_the_same_form_is_a_rival(asked: str, text: str, rival: str) -> None:
    (identifier,) = identifiers(asked)
    assert identifier.rival_in(text) == rival
