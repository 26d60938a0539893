"""Follow-up questions: what "and who produced it?" means after the question before it.

No rules of a language, save for words of courtesy: a question that says little by itself is looked
up twice, alone and joined with what was asked before it, and the reader tells which of the two is
answered. The more a question says, the surer the reader must be that it was meant to go on: a
missed follow-up is answered as it was asked, and a wrong one is answered about something else.
"""

import re
from collections.abc import Callable, Sequence

from index.domain import Hit
from index.store.lexicon import Lexicon

SEPARATOR = " — "
WORDS = re.compile(r"\w+")
# What a question says over this is how much likelier the answer to the joined one has to be. Below
# it, the joined one is taken even where its answer is a little less likely.
LITTLE = 1.5
# A question that says this much stands alone: no probability is larger than another by more than 1.
ENOUGH = LITTLE + 1
# What each word says, however common it is.
WORD = 0.1
# What only greets, thanks or agrees goes on with nothing.
COURTESY = frozenset(
    WORDS.findall(
        "thanks thank thx ty you cheers hi hello hey ok okay yes yeah no nope cool great nice good "
        "perfect awesome bye sorry wow lol sure right please danke vielen dank hallo gut super ja "
        "nein merci beaucoup bonjour oui non gracias muchas hola vale si bien"
    )
)


def is_courtesy(question: str) -> bool:
    """Whether a message asks nothing, but greets, thanks or agrees."""
    return COURTESY.issuperset(WORDS.findall(question.casefold()))


def says(question: str, lexicon: Lexicon) -> float:
    """Return how much a question says by itself: its words by how rare they are (0 and up).

    One that no passage holds says 1, and stop words of the documents' languages next to nothing.
    """
    words = question.split()
    telling = " ".join(word for word in words if not lexicon.analyzer.is_small(word))
    rare = sum(map(lexicon.idf, lexicon.words(telling))) / lexicon.idf("")
    return rare + WORD * len(words)


def join(question: str, earlier: Sequence[str], saying: Callable[[str], float], limit: int) -> str:
    """Return a question with the one before it; nothing where there is none.

    An earlier one that says little takes along the one before that.

    Args:
        question: what is asked now.
        earlier: what was asked before in the same conversation, oldest first.
        saying: how much a question says.
        limit: the most characters of the result; what is carried over is cut to fit.
    """
    parts = [question]
    for before in reversed(earlier):
        parts.append(before)
        if saying(before) > LITTLE:
            break
    if len(parts) == 1:
        return ""
    return SEPARATOR.join(" ".join(part.split()) for part in parts)[:limit].strip()


def goes_on(said: float, alone: Sequence[Hit], joined: Sequence[Hit]) -> bool:
    """Whether a question that says so much goes on with the one before it.

    It does if the best passage for both is more likely to answer than the best for the question
    `alone`, and that the more, the more it says.
    """
    gain = _confidence(joined) - _confidence(alone)
    return bool(joined) and gain > said - LITTLE


def _confidence(hits: Sequence[Hit]) -> float:
    return hits[0].confidence if hits else 0.0
