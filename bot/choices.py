"""What a member may mean who has typed a few letters."""

from collections.abc import Mapping
from heapq import nlargest
from itertools import islice

from rapidfuzz import fuzz, process, utils

# What Discord takes: so many choices, each so long.
MOST = 25
CHOICE_CHARS = 100
LEAST_SCORE = 70.0
# RapidFuzz lets no other thread run while it compares: so many names take about a millisecond.
COMPARED = 1000


def closest(typed: str, names: Mapping[str, str]) -> list[str]:
    """Return the keys of `names` nearest to what was typed, 25 at most; in order if nothing was.

    Letters may be left out or wrong. The score is RapidFuzz's partial ratio, 0 to 100.
    """
    if not typed.strip():
        return list(islice(names, MOST))
    found: list[tuple[str, float, str]] = []
    each = iter(names.items())
    while some := dict(islice(each, COMPARED)):
        found += process.extract(
            typed,
            some,
            scorer=fuzz.partial_ratio,
            processor=utils.default_process,
            limit=MOST,
            score_cutoff=LEAST_SCORE,
        )
    return [key for _, _, key in nlargest(MOST, found, key=lambda one: one[1])]
