"""What is quoted as one, whatever the format."""

import re

import pytest

from index.reading.formats import read
from index.text.chunking import Chunker


def units(text: str, path: str = "a.md", limit: int = 200) -> list[str]:
    document = read(path, text.encode())
    cut = Chunker(limit, lambda part: len(part.split())).cut(document, 0)
    return [
        re.sub(r"\s*\n\s*", " / ", unit.span.of(document.text))
        for passage in cut.passages
        for unit in passage.units
    ]


STEPS = "1. Loosen the clamp.\n2. Turn the wheel.\n3. Tighten it again.\n"
ONE = "1. Loosen the clamp. / 2. Turn the wheel. / 3. Tighten it again."


@pytest.mark.parametrize(
    "text",
    [
        STEPS,
        "The belt is changed in no time. Mind your fingers.\n\n" + STEPS,
        "Change the belt:\n\n" + STEPS.replace(".\n", ".\n\n"),
        STEPS.replace("2.", "1.").replace("3.", "1."),
        STEPS.replace("1.", "1)").replace("2.", "2)").replace("3.", "3)"),
    ],
)
def test_all_steps_are_one_with_what_leads_them_in(text: str) -> None:
    found = units(f"# Belt\n\n{text}\n# Lamp\n\nIt is blue.\n")
    assert found == [" / ".join(line for line in text.split("\n") if line), "It is blue."]


def test_what_a_step_shows_is_a_part_of_it() -> None:
    text = (
        "1. Fetch it:\n\n   ```\n   get belt\n   ```\n\n2. Turn the wheel.\n   - to the left\n"
        "3. Wait.\n\n   It takes a minute.\n\nThen close the lid.\n"
    )
    steps, after = units(text)
    assert steps.startswith("1. Fetch it:")
    assert steps.endswith("It takes a minute.")
    assert after == "Then close the lid."


def test_steps_of_other_formats_are_one_as_well() -> None:
    page = "<p>Change the belt:</p><ol><li>Loosen it.<li>Turn the wheel.</ol><p>Done.</p>"
    assert units(page, "a.html") == [
        "Change the belt: / 1. Loosen it. / 2. Turn the wheel.", "Done."
    ]  # fmt: skip
    source = "Change the belt:\n\n1. Loosen it.\n2. Turn the wheel.\n\nDone.\n"
    assert units(source, "a.rst")[0].endswith("2. Turn the wheel.")
    source = "Change the belt:\n\n#. Loosen it.\n#. Turn the wheel.\n\nDone.\n"
    assert units(source, "a.rst")[0].endswith("#. Turn the wheel.")


def test_a_role_that_begins_a_line_is_part_of_its_sentence() -> None:
    source = (
        "It is described in a\n:doc:`separate chapter <belts>`, at length.\n\n:orphan:\n\nEnd.\n"
    )
    assert units(source, "a.rst") == [
        "It is described in a / :doc:`separate chapter <belts>`, at length.", "End."
    ]  # fmt: skip


def test_more_steps_than_a_quote_holds_stay_apart() -> None:
    steps = "".join(f"{n}. Turn the wheel {n} times, and then once more.\n" for n in range(1, 40))
    assert len(units(steps)) == 39


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "```\nERROR: belt not found (E42)\n```\n\nThe belt is off. Put it back.\n\nBye.\n",
            "``` / ERROR: belt not found (E42) / ``` / The belt is off. Put it back.",
        ),
        (
            "`BeltError: no belt`\n\nPut it back.\n\nBye.\n",
            "`BeltError: no belt` / Put it back.",
        ),
        (
            "```\nbelt: Permission denied\n```\n\nDo this:\n\n- Stop it.\n- Ask Ada.\n\nBye.\n",
            "``` / belt: Permission denied / ``` / Do this: / - Stop it. / - Ask Ada.",
        ),
    ],
)
def test_an_error_is_quoted_with_its_cure(text: str, first: str) -> None:
    found = units(text)
    assert found[0] == first
    assert found[-1] == "Bye."


@pytest.mark.parametrize(
    "line",
    ["`E-{}: belt off`", "**E-{}: belt off**", "**E-{}** belt off", "E-{}", "Error E-{} – no belt"],
)
def test_a_cure_is_never_quoted_without_the_code_of_its_error(line: str) -> None:
    one, other = line.format(104), line.format(105)
    assert units(f"# Belt\n\n{one}\n\nPut it back.\n\n{other}\n\nWait.\n\nBye.\n") == [
        f"{one} / Put it back.", f"{other} / Wait.", "Bye."
    ]  # fmt: skip


def test_a_code_in_a_block_has_its_cure_and_a_sentence_about_one_needs_none() -> None:
    text = "E18: the drain is blocked.\n\nCall us.\n"
    assert "E18: the drain is blocked." in units(text)
    assert (
        units("```\nE18: no drain\n```\n\nCall us.\n")[0] == "``` / E18: no drain / ``` / Call us."
    )


def test_a_question_is_never_quoted_without_what_follows_it() -> None:
    answer = "It is " + "very " * 50 + "old."
    assert units(f"Q: How old is the belt?\nA: {answer}\n")[0].endswith("old.")
    assert units("- Is it new?\n\n  No, old.\n")[0] == "- Is it new? / No, old."
    assert units("Is it new?\n\nNo, old.\n")[0] == "Is it new? / No, old."


def test_a_term_is_never_quoted_without_its_meaning() -> None:
    page = "<dl><dt>Belt</dt><dd>Drives the wheel.</dd><dt>Clamp</dt><dd>Holds it.</dd></dl>"
    found = units(page, "a.html")
    assert "Belt" not in found
    assert "Belt / Drives the wheel." in found
    assert "- Tools / - a key" in units("- Tools\n  - a key\n- Time: an hour\n")[0]
