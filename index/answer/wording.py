"""Texts as the words and signs that carry their meaning, to be held against each other in order.

Two texts that come to the same words say the same: only how they are typed may differ. What is
done to words here, and the lists, are English.
"""

import re
import unicodedata
from collections.abc import Iterator

import sentencex

Words = tuple[str, ...]

WORD = r"[^\W\d_]+(?:'[^\W\d_]+)*"
# A number keeps the signs inside it; every other sign is a word of its own.
PARTS = re.compile(rf"\d+(?:[.,:]\d+)*|{WORD}|\S")

# The same sign, typed otherwise.
TYPED = str.maketrans("“”„«»‘’ʼ‐‑−", '"""""\'\'\'---')
EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|`+)(?=\S)(.{0,200}?\S)\1(?!\w)")
TYPING = (
    (re.compile(r"\.{3}"), "…"),
    (re.compile(r"\s*—\s*|\s+[-–]+\s+"), " – "),
    (re.compile(r"(?<=\d)–(?=\d)"), "-"),
    (re.compile(r"\bper ?cent\b", re.IGNORECASE), "%"),
    (re.compile(r"\b(c)an(?:not|'t)\b", re.IGNORECASE), r"\1an not"),
    (re.compile(r"\b(w)on't\b", re.IGNORECASE), r"\1ill not"),
    (re.compile(r"n't\b", re.IGNORECASE), " not"),
    # After a noun it may as well be a genitive, and "she's paid" isn't "she is paid".
    (re.compile(r"\b(it|that|there|what|here)'s\b", re.IGNORECASE), r"\1 is"),
    (re.compile(r"'re\b", re.IGNORECASE), " are"),
    (re.compile(r"'ve\b", re.IGNORECASE), " have"),
    (re.compile(r"'ll\b", re.IGNORECASE), " will"),
)
FIGURES = "zero one two three four five six seven eight nine ten eleven twelve"
SAME = {word: str(figure) for figure, word in enumerate(FIGURES.split())} | {"&": "and"}

# A stop after one of these may as well end no sentence.
SHORTENED = re.compile(
    r"""(?:(?<!['’])\b[a-z]|\b(?:al|approx|ca|cf|co|corp|dept|dr|eg|est|etc|excl|fig|hrs?|ie|inc|incl|ltd|
    max|min|mrs?|ms|no|nos|pp|prof|sec|st|tel|vol|vs|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|
    mon|tues?|wed|thurs?|fri|sat|sun))\.$""",
    re.IGNORECASE | re.VERBOSE,
)
AROUND_WORDS = "\"'()[]*_`“”„«»‘’ "
ENDS_CITED = re.compile(r"\][\s.!?…\"'”’)]*$")

LONGEST_END = 40

# What joins a sentence to those before it, and can go.
JOINING = tuple(
    tuple(phrase.split())
    for phrase in (
        "however ,",
        "therefore ,",
        "thus ,",
        "hence ,",
        "consequently ,",
        "moreover ,",
        "furthermore ,",
        "besides ,",
        "additionally ,",
        "also ,",
        "indeed ,",
        "nevertheless ,",
        "in addition ,",
        "in fact ,",
        "of course ,",
        "as a result ,",
        "please note that",
        "note that",
    )
)

STOPS = frozenset(".!")
CLOSING = frozenset("\")'")


def words(text: str) -> Words:
    """Return the words and signs of `text`, each typed in one way."""
    # Compatible forms stay apart: 2½ isn't 21/2, nor 10² 102.
    text = unicodedata.normalize("NFC", text).translate(TYPED)
    text = EMPHASIS.sub(r"\2", " ".join(visible(text).split()))
    for typed, plain in TYPING:
        text = typed.sub(plain, text)
    return tuple(SAME.get(part, part) for part in PARTS.findall(text))


def opening(text: Words) -> Words:
    """Return words as they stand within a sentence, if the first has but a capital's initial."""
    if not text or text[0][1:] != text[0][1:].lower():
        return text
    first = text[0].lower()
    return (SAME.get(first, first), *text[1:])


def statement(text: str) -> Words:
    """Return what a sentence says: its words, wherever it stands and however it ends."""
    said = list(opening(words(text)))
    closing = []
    while said and said[-1] in CLOSING:
        closing.append(said.pop())
    while said and said[-1] in STOPS:
        said.pop()
    return (*said, *reversed(closing))


def visible(text: str) -> str:
    """Return `text` without characters that show nothing, lines kept."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char)[0] != "C")


def cut(text: str) -> Iterator[str]:
    """Yield the sentences of `text`; where an end is in doubt, there is none."""
    whole = ""
    for piece in sentencex.segment("en", text):
        end = whole[-LONGEST_END:].rstrip()
        if ENDS_CITED.search(end) or (end and _begins(piece) and not SHORTENED.search(end)):
            yield whole
            whole = ""
        whole += piece
    if whole.strip():
        yield whole


def _begins(piece: str) -> bool:
    return piece.lstrip(AROUND_WORDS)[:1].isupper()
