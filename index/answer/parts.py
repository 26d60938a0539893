"""A question in two parts."""

import re

# How a question begins in English, where it has no question mark.
BEGINNING = (
    r"\W*(?:wh(?:at|ich|o|om|ose|en|ere|y)|how|am|is|are|was|were|do|does|did|has|have|had|can|could|"
    r"will|would|shall|should|may|might|must)(?:n['’]t|\b)"
)
# Another question behind a question mark, or in English behind "and": "and how many", "and is it".
BETWEEN = re.compile(rf"\?\s+(?=\w)|,?\s+and\s+(?={BEGINNING})", re.IGNORECASE)
# A part says what it is about.
FEWEST_WORDS = 3


def parts(question: str) -> list[str]:
    """Return the two parts of a question; itself alone where it isn't two."""
    first, *others = (part.strip() for part in BETWEEN.split(question, maxsplit=1))
    found = [first, *others]
    return found if all(len(part.split()) >= FEWEST_WORDS for part in found) else [question]
