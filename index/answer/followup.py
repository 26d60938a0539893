"""Follow-up questions: what "and who produced it?" means after the question before it.

Rules over closed classes of words, no model: a question is joined with the one before it only if
it shows that it can't stand alone. A rule that doubts leaves the question as it is, because a
missed follow-up is answered as it was asked, and a wrong one is answered about something else.
"""

import re
from collections.abc import Sequence
from itertools import takewhile

from index.answer.wording import (
    AND,
    ASKING,
    AUXILIARY,
    BOUNDARY,
    CLOSED,
    COURTESY,
    ENGLISH,
    IMPERSONAL,
    LEADING,
    MEANT,
    NOMINATIVE,
    OPENER,
    POINTING,
    POINTING_LAST,
    POSSESSIVE,
    PREPOSITION,
    PRONOUN,
)

SEPARATOR = " — "
# Fewer characters of an earlier question than this say nothing.
LEAST_CARRIED = 3
# A phrase like "in the United States" goes on with a question, a longer one is a search for words.
PHRASE_CONTENT = 3

WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
# Capitals mid-sentence, and the small words between them: "All of Us Strangers".
_CAPITAL = r"(?!I\b)[A-Z0-9][\w'’.&-]*"
NAME = re.compile(
    rf"(?<!^)(?<![\w.'’-]){_CAPITAL}(?:\s(?:(?:of|of the|and|de|von|van)\s)?{_CAPITAL})*"
)
NUMBER = re.compile(r"(?<![\w.-])\d[\d.,]*(?![\w-])")
EDGES = " ?!.,;:–—-"


def join(question: str, earlier: Sequence[str], language: str, limit: int) -> str:
    """Return what a question means after the `earlier` ones; nothing where these add nothing.

    Args:
        question: what is asked now, which can't stand alone (`is_elliptical`).
        earlier: what was asked before in the same conversation, oldest first.
        language: of the questions, a Snowball language or "none".
        limit: the most characters of the result; what is carried over is cut to fit.
    """
    own = ""
    carried: tuple[str, ...] = ()
    for text in (" ".join(before.split()) for before in earlier if not _is_courtesy(before)):
        follows = own and is_elliptical(text, language)
        carried = _left_out(text, own, carried, language) if follows else ()
        own = text
    question = " ".join(question.split())
    carried = _left_out(question, own, carried, language) if own else ()
    bare = _without_opener(question, language).strip(EDGES) or question
    phrases = ", ".join(carried)
    room = limit - len(bare) - len(SEPARATOR)
    if len(phrases) > room:
        phrases = phrases[: max(room, 0)].rpartition(" ")[0].rstrip(EDGES)
    return f"{bare}{SEPARATOR}{phrases}" if len(phrases) >= LEAST_CARRIED else ""


def is_elliptical(question: str, language: str) -> bool:
    """Whether a question can't be understood without the one before it.

    In other languages than English only the word for "and" at its beginning tells; where the
    language isn't known, nothing does.
    """
    if language not in ENGLISH:
        first = WORD.match(question)
        return first is not None and first[0].casefold() in AND.get(language, ())
    if OPENER.match(question):
        return True
    if _is_courtesy(question):
        return False
    words = _words(question)
    content = _content(words)
    return not content or _is_fragment(words, content) or _points_out(question)


def _is_courtesy(text: str) -> bool:
    """Whether `text` says nothing, or only greets, thanks or agrees: that changes no subject."""
    return COURTESY.issuperset(_folded_words(text))


def _is_fragment(words: Sequence[str], content: int) -> bool:
    """Whether there is no clause: "which year", "the runtime", "in the United States"."""
    if not (AUXILIARY | PRONOUN).isdisjoint(words):
        return False
    phrase = words[0] in PREPOSITION and ASKING.isdisjoint(words)
    return content <= (PHRASE_CONTENT if phrase else 1)


def _points_out(question: str) -> bool:
    """Whether a pronoun in the question finds nothing in it that it could stand for."""
    clauses = _clauses(question)
    # "Besides his plays, what did Shakespeare write" explains its pronoun afterwards.
    if clauses[0][0] not in ASKING | AUXILIARY and any(
        clause[0] in ASKING and _content(clause) > 1 for clause in clauses[1:]
    ):
        return False
    for number, clause in enumerate(clauses):
        after = [word for later in clauses[number + 1 :] for word in later]
        if any(_is_unbound(clause, place, after) for place in range(len(clause))):
            return True
        # "What happens when …" gives a pronoun nothing to stand for, "who says that …" does.
        alone = clause[0] in ASKING - {"who", "which", "whose"}
        if _content(clause) > alone or _has_name(clause):
            return False
    return False


def _clauses(question: str) -> list[list[str]]:
    """Divide a question where a pronoun may begin to stand for what was said before."""
    clauses: list[list[str]] = []
    for part in re.split(r"[,;:?!]|\.\s", question):
        words = _words(part)
        clauses.append([])
        for place, word in enumerate(words):
            before, behind = words[place - 1 : place], words[place + 1 : place + 2]
            after_content = bool(before) and before[0] not in CLOSED
            embedded = after_content and word in NOMINATIVE
            embedded = embedded and (
                word != "it" or any(after in AUXILIARY or after not in CLOSED for after in behind)
            )
            participle = word.endswith("ing") and word not in CLOSED and after_content
            if clauses[-1] and (word in BOUNDARY or embedded or participle):
                clauses.append([])
            clauses[-1].append(word)
    return [clause for clause in clauses if clause]


def _is_unbound(clause: Sequence[str], place: int, after: Sequence[str]) -> bool:
    """Whether the word at `place` is a pronoun that its own clause doesn't explain."""
    word, before, behind = clause[place], clause[:place], clause[place + 1 :]
    if word in POINTING:
        return not _content(before[1:])
    if word in POINTING_LAST:
        existential = word == "there" and (not before or before[-1] in AUXILIARY)
        return not existential and bool(before) and not after and not _content(behind)
    if word not in PRONOUN:
        return False
    rest = [*behind, *after]
    if word == "it" and rest and rest[0] in IMPERSONAL and not MEANT.isdisjoint(rest):
        return False
    if behind and (word in POSSESSIVE or (word == "it" and behind[0] == "s")):
        # A clause's subject may own something; what is asked for, before the verb, doesn't.
        asks = not ASKING.isdisjoint(before[:2])
        verbs = (number for number, other in enumerate(before) if other in AUXILIARY)
        verb = next(verbs, -1) if asks else -1
        return not _has_name(before) and not _content(before[verb + 1 :])
    # A subject can't be the object of what it does, so the clause itself never explains "it".
    return True


def _left_out(question: str, own: str, carried: Sequence[str], language: str) -> tuple[str, ...]:
    """Return the phrases that `question` leaves out: of the one before, and what that carried."""
    if language not in ENGLISH:
        phrases = [_without_opener(own, language)]
    elif (ASKING | AUXILIARY).isdisjoint(_words(_without_opener(question, language))):
        phrases = [_without_opener(_without_replaced(question, own), language)]
    else:
        phrases = _topic(_without_opener(own, language))
    known = set(_folded_words(question))
    left_out: list[str] = []
    for phrase in (*phrases, *carried):
        new = {word for word in _folded_words(phrase) if word not in CLOSED} - known
        if new:
            left_out.append(phrase.strip(EDGES))
            known |= new
    return tuple(left_out)


def _topic(own: str) -> list[str]:
    """Return what a question is about, without what it asks: "who directed X" is about X."""
    words = list(WORD.finditer(own))
    folded = _words(own)
    asking = next((n for n, word in enumerate(folded[:2]) if word in ASKING), -1)
    start = 0
    if asking >= 0:
        # Up to the verb: an auxiliary in the first clause, or what stands directly after "who".
        clause = list(takewhile(lambda word: word not in BOUNDARY, folded[asking + 1 :]))
        verb = next((n for n, word in enumerate(clause) if word in AUXILIARY), 0)
        start = asking + 2 + (0 if folded[asking] == "who" else verb)
    elif folded and folded[0] in AUXILIARY:
        start = 1
    while start < len(words) and folded[start] in LEADING:
        start += 1
    cut = words[start].start() if start < len(words) else len(own)
    return [*(name[0] for name in NAME.finditer(own) if name.end() <= cut), own[cut:]]


def _without_replaced(fragment: str, own: str) -> str:
    """Return the question before without the part that a fragment stands in the place of.

    "and on Linux" replaces what follows the same preposition, "and Harry" a name of as many words
    or else the only one. Where nothing fits, nothing is taken away.
    """
    first = _words(OPENER.sub("", fragment, count=1))[:1]
    names = list(NAME.finditer(own))
    if first and first[0] in PREPOSITION:
        outside = [
            word
            for word in WORD.finditer(own)
            if word[0] in PREPOSITION | BOUNDARY
            and not any(name.start() < word.start() < name.end() for name in names)
        ]
        for number, word in reversed(list(enumerate(outside))):
            if word[0] == first[0]:
                end = outside[number + 1].start() if number + 1 < len(outside) else len(own)
                return f"{own[: word.start()]}{own[end:]}"
        return own
    name = NAME.search(fragment)
    if name is None:
        return own
    if NUMBER.fullmatch(name[0].strip(EDGES)):
        names = list(NUMBER.finditer(own))
    size = len(WORD.findall(name[0]))
    alike = [other for other in names if len(WORD.findall(other[0])) == size]
    for replaced in alike[-1:] or (names if len(names) == 1 else []):
        return f"{own[: replaced.start()].rstrip()} {own[replaced.end() :].lstrip()}"
    return own


def _without_opener(question: str, language: str) -> str:
    """Return a question without the words that only say that it goes on."""
    return OPENER.sub("", question, count=1) if language in ENGLISH else question


def _words(text: str) -> list[str]:
    """Return the words in lower case, save those whose capital within a sentence marks a name."""
    return [
        word[0].casefold()
        if word[0] == "I" or not text[: word.start()].strip(" \"'“‘(")
        else word[0][0] + word[0][1:].casefold()
        for word in WORD.finditer(text)
    ]


def _folded_words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]


def _has_name(words: Sequence[str]) -> bool:
    return any(word[0].isupper() for word in words)


def _content(words: Sequence[str]) -> int:
    return sum(word not in CLOSED for word in words)


def is_question(text: str) -> bool:
    """Whether a message asks something: it has a question mark, or begins as questions do."""
    first = WORD.search(text.casefold())
    return "?" in text or (first is not None and first.group() in ASKING | AUXILIARY)
