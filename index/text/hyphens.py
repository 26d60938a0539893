"""Words that the end of a line parts, as a hyphen there says."""

import re

# Where the end of a line parts a word, in a quote as well; "in- and outside" are two.
PARTED = re.compile(
    r"(?<=[^\W\d_])(?:[-\u2010]\n|\u00ad\n?)[ \t]*(?:>[ \t]?)*"
    r"(?=[^\W\d_])(?!(?:and|or|to|und|oder|bis|et|ou|y|o)\b)"
)


def joined(text: str) -> str:
    """Return `text` with the words whole that hyphens part at the ends of lines."""
    return PARTED.sub(lambda gap: "" if text[gap.end()].islower() else gap.group(), text)
