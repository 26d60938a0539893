"""Questions as members write them, and questions changed so that their passage can't answer."""

import random
import re

from tests.tools.reader.listed import listed

# What a question loses when it is typed as keywords.
FILLING = frozenset(
    listed(
        "a an the is are was were be been do does did can could would should will i we you he "
        "she it they my our your me us of to in on for with at by from and or that this there "
        "what which who whom whose when where why how much many please have has had if so as "
        "about any some",
    )
)
BEFORE = (
    "hey, ",
    "hi all, ",
    "quick question: ",
    "does anyone know ",
    "sorry if this was asked before, ",
    "anyone? ",
    "so ",
    "guys ",
    "um ",
)
AFTER = (" pls", " thx", " thanks!", " anyone?", " ??", " lol", " :)", " help")
SHORT = {
    "you": "u",
    "are": "r",
    "please": "pls",
    "because": "bc",
    "people": "ppl",
    "with": "w/",
    "without": "w/o",
    "what is": "whats",
    "how do i": "how 2",
    "don't": "dont",
    "doesn't": "doesnt",
    "can't": "cant",
    "i'm": "im",
    "want to": "wanna",
    "going to": "gonna",
}
OPPOSITES = (
    "first last|largest smallest|highest lowest|before after|increase decrease|most least|"
    "more fewer|oldest newest|early late|enable disable|install uninstall|add remove|start stop|"
    "minimum maximum|open close|north south|east west|import export|upload download|"
    "public private|allow deny|import export|best worst|longest shortest|earliest latest|"
    "win lose|won lost|begin end|began ended|create delete|push pull|encrypt decrypt|"
    "lock unlock|join leave|accept reject|include exclude|input output|client server|"
    "local remote|required optional|always never|male female|buy sell|rise fall|rose fell|"
    "upgrade downgrade|mount unmount|compress decompress|enabled disabled|older newer|"
    "higher lower|bigger smaller|founded dissolved|born buried|arrived departed"
)
OPPOSITE = {
    one: other
    for pair in OPPOSITES.split("|")
    for one, other in (pair.split(), reversed(pair.split()))
}
NAME = re.compile(r"\b[A-Z][\w'’-]+(?: (?:of |the |de )?[A-Z][\w'’-]+)*|\b\d[\d,.]*\d\b|\b\d{2,}\b")
STARTING = re.compile(r"(?:^|[.?!:\n\"“(] ?)$")


def as_member(question: str, rng: random.Random) -> str:
    """Return the question as another member might type it."""
    text = question
    chance = rng.random()
    if chance < 0.3:
        words = [
            word for word in re.findall(r"\S+", text) if word.strip("?.,!").lower() not in FILLING
        ]
        if len(words) >= 2:
            text = " ".join(words).rstrip("?")
    elif chance < 0.5:
        text = text.rstrip("?").lower()
        for long, short in SHORT.items():
            if rng.random() < 0.6:
                text = re.sub(rf"\b{long}\b", short, text)
    elif chance < 0.7:
        text = rng.choice(BEFORE) + text[:1].lower() + text[1:].rstrip("?")
    elif chance < 0.85:
        text = text.rstrip("?") + rng.choice(AFTER)
    else:
        text = text.rstrip("?")
    return misspelt(text, rng) if rng.random() < 0.4 else text


def misspelt(text: str, rng: random.Random) -> str:
    """Return the text with a typo in one or two of its longer words."""
    words = text.split(" ")
    long = [number for number, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    for number in rng.sample(long, min(len(long), rng.choice((1, 1, 2)))):
        word = words[number]
        place = rng.randrange(1, len(word) - 1)
        words[number] = rng.choice(
            (
                word[:place] + word[place + 1] + word[place] + word[place + 2 :],
                word[:place] + word[place + 1 :],
                word[:place] + word[place] + word[place:],
            )
        )
    return " ".join(words)


def opposite(question: str, rng: random.Random) -> str | None:
    """Return the question with a word turned into its opposite; None where it has none."""
    words = re.findall(r"\w+|\W+", question)
    places = [number for number, word in enumerate(words) if word.lower() in OPPOSITE]
    if not places:
        return None
    place = rng.choice(places)
    turned = OPPOSITE[words[place].lower()]
    words[place] = turned.capitalize() if words[place][0].isupper() else turned
    return "".join(words)


def names(text: str) -> list[str]:
    """Names and numbers in a text; a word that begins a sentence has its capital from that."""
    return [
        found.group()
        for found in NAME.finditer(text)
        if " " in found.group() or not STARTING.search(text[: found.start()][-3:] or ".")
    ]


def renamed(
    question: str, context: str, answers: list[str], others: list[str], rng: random.Random
) -> str | None:
    """Return the question about another name or number than the one that its context answers for.

    The other one is of the same context, as SQuAD's adversarial questions do it, or of `others`.
    """
    held = [name for name in names(question) if name in context]
    if not held:
        return None
    old = rng.choice(held)
    pool = names(context) if rng.random() < 0.6 else others
    fits = [
        name
        for name in pool
        if name[0].isdigit() == old[0].isdigit()
        and name not in question
        and old not in name
        and len(name.split()) <= len(old.split()) + 1
        and not any(name in answer or answer in name for answer in answers)
    ]
    return question.replace(old, rng.choice(fits)) if fits else None
