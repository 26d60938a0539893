"""What a quote says, statement by statement, each with what it can't be told without.

A statement is a sentence, an item of a list or a row of a table. One that may be taken back by what
follows isn't told without that, or not at all.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.answer.leaning import (
    answers,
    carries,
    leans,
    needs,
    outside_pairs,
    points,
    takes_back,
    unsays,
)
from index.answer.quoted import LABELLED, ROW, Label, Part, Quote, label_of
from index.answer.wording import EMPHASIS, Words, opening
from index.domain import Citation

# Where a footnote may say more; not the square of a unit.
FOOTNOTED = re.compile(
    r"(?<=[\w.,;!?)])(?:[*†‡]+|\[\^|<sup)|(?:[^\W\d_]{3}|[.,;!?)])[¹²³⁴-⁹]", re.IGNORECASE
)
MARK_CHARS = 4
# What shows in another order than it stands, or is marked up: that may strike it out.
UNREADABLE = re.compile(
    r"[\u202a-\u202e\u2066-\u2069]|</(?:del|s|strike|q|blockquote)>|\[/|<!--|\{\{", re.IGNORECASE
)
# As in "Max: That is wrong".
REPLIES = {("that",), ("this",), ("no",), ("nope",), ("it",)}


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that a quote says.

    `ways` is a pattern of all the ways to say it, over words with a space between two. `labels`
    may go before it, each with a colon, the outermost first. `place` counts the statements of its
    quote. It `leans` on the statement before it where only that says what it speaks of; where it is
    `definite` or `points`, another one could be meant. It is `limited` by the one behind it.
    """

    ways: re.Pattern[str]
    labels: tuple[Label, ...]
    place: int
    leans: bool
    definite: bool
    points: bool
    limited: bool

    def is_said_by(self, claim: Words) -> bool:
        """Whether `claim` says this and nothing else."""
        rest = claim
        for label in self.labels:
            behind = label.off(rest)
            if label.needed and behind == rest:
                return False
            rest = behind
        return self.ways.fullmatch(" ".join(rest)) is not None


def statements(citation: Citation) -> Iterator[Statement]:
    """Yield each thing that the quote of one citation says, its further rows not looked at."""
    parts = list(Quote(citation).parts())
    if UNREADABLE.search(citation.quote) or any(unsays(part.said) for part in parts):
        return
    outside = outside_pairs([part.text for part in parts])
    above = dict.fromkeys(label_of(each) for each in (citation.title, *citation.headings))
    heading = citation.headings[-1] if citation.headings else ""
    said = []
    below: Part | None = None
    limited = limited_list = False
    for place, part in reversed([*enumerate(parts)]):
        limited_list = limited_list if part.marked else _takes_back(part)
        # A mark behind the stop was cut off with what follows.
        text = EMPHASIS.sub(r"\2", part.text + (below.text[:MARK_CHARS] if below else ""))
        if (
            part.ways
            and outside[place]
            and not FOOTNOTED.search(text)
            and not (part.marked and limited_list)
        ):
            headed = part.headed or (heading.endswith("?") and answers(part.said))
            labels = [
                Label(each, needs(each, part.said) or (headed and each == label_of(heading)))
                for each in above
                if each
            ]
            said.append(
                Statement(
                    re.compile(part.ways),
                    (*labels, *part.leads),
                    place,
                    leans=(part.carried and not carries(part.said))
                    or (part.fragment and not any(each.needed for each in labels))
                    or (part.marked is not ROW and leans(part.said)),
                    definite=part.said[0] == "the",
                    points=points(part.said),
                    limited=limited,
                )
            )
        below, limited = part, _takes_back(part)
    yield from reversed(said)


def _takes_back(part: Part) -> bool:
    """Whether something takes back what stands before it, which somebody else may have said."""
    said = part.said
    reply = opening(said[said.index(":") + 1 :]) if LABELLED.match(part.text) else ()
    return (
        takes_back(said)
        or (part.fragment and not points(said))
        or (reply[:1] in REPLIES and takes_back(reply))
    )
