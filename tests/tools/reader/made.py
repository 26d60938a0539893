"""Examples made by a program: facts as infoboxes, tables, CSV rows and metadata have them.

Of every sheet some facts are asked for and some that it lacks, so that the subject is the same and
the passage doesn't answer.
"""

import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.tools.reader.facts import SHEETS, Fact


def sheets(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the passages of `count` sheets, each with its `questions`."""
    rng = random.Random(seed)  # noqa: S311 - examples, no secrets
    for _ in range(count):
        facts, named, known_as = rng.choice(SHEETS)
        name = named(rng)
        called = known_as if rng.random() < 0.25 else name
        shown = rng.sample(facts, rng.randint(4, min(10, len(facts) - 2)))
        lacking = [each for each in facts if each not in shown]
        rows = [(rng.choice(each.keys), each.value(rng)) for each in shown]
        if rng.random() < 0.3:
            text, places = _table(rng, named, name, shown, rows)
            called = name
        else:
            text, places = _lines(rng, rows)
        asked = [
            (rng.choice(shown[number].asked).format(called), places[number])
            for number in rng.sample(range(len(shown)), 3)
        ]
        near = [(rng.choice(each.asked).format(called), None) for each in rng.sample(lacking, 2)]
        yield {
            "title": name if rng.random() < 0.8 else rng.choice(("Overview", "Facts", "Details")),
            "text": text,
            "units": _line_spans(text),
            "questions": [*asked, *near],
            "named": called == name,
        }


def _lines(rng: random.Random, rows: list[tuple[str, str]]) -> tuple[str, list[tuple[int, int]]]:
    """Facts one a line: the text, and where each value stands."""
    before, between = rng.choice(
        (
            ("", ": "),
            ("- ", ": "),
            ("- **", ":** "),
            ("* ", " – "),
            ("", " = "),
            ("| ", " | "),
            ("", "\t"),
            ("", ","),
            ("**", "**: "),
        )
    )
    after = " |" if before == "| " else ""
    text, places = "", []
    for key, value in rows:
        text += f"{before}{key}{between}"
        places.append((len(text), len(text) + len(value)))
        text += f"{value}{after}\n"
    return text.rstrip("\n"), places


def _table(
    rng: random.Random,
    named: Callable[[random.Random], str],
    name: str,
    shown: list[Fact],
    rows: list[tuple[str, str]],
) -> tuple[str, list[tuple[int, int]]]:
    """A table with a header line and several things a row: the text, and where the values stand."""
    comma = rng.random() < 0.4
    start, gap, end = ("", ",", "") if comma else ("| ", " | ", " |")
    header = start + gap.join(["Name", *(key for key, _ in rows)]) + end
    if not comma:
        header += "\n|" + " --- |" * (len(rows) + 1)
    others = [named(rng) for _ in range(rng.randint(1, 3))]
    place = rng.randrange(len(others) + 1)
    text, places = header, []
    for number in range(len(others) + 1):
        text += "\n" + start
        if number != place:
            cells = [others[number - (number > place)], *(each.value(rng) for each in shown)]
            text += gap.join(cells) + end
            continue
        text += name
        for _, value in rows:
            text += gap
            places.append((len(text), len(text) + len(value)))
            text += value
        text += end
    return text, places


def _line_spans(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for line in text.split("\n"):
        if line:
            spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans
