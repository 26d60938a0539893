"""Questions in a script that the reader doesn't know: the words of the documents decide.

What it marks in such a passage is chance.
"""

from dataclasses import replace

from index.answer.span import unmarked
from index.domain import Hit, Span
from index.store.generation import Generation

# Letters from Greek on are of other scripts, but for those that Vietnamese needs.
FROM = 0x0370
LATIN = range(0x1E00, 0x1F00)


def is_unread(question: str) -> bool:
    """Whether most letters of a question are of a script that the reader doesn't know."""
    letters = [ord(letter) for letter in question if letter.isalpha()]
    unread = [letter for letter in letters if letter >= FROM and letter not in LATIN]
    return len(unread) * 2 > len(letters)


def by_words(hit: Hit, question: str, generation: Generation) -> Hit:
    """Return a hit whose answer is the unit with the rarest words of the question.

    Where none has any, it is no answer.
    """
    passage, lexical = hit.passage, generation.lexicon
    language = generation.documents[passage.document].language
    asked = {*lexical.words(question)}
    weights = []
    for unit in passage.units:
        text = unit.span.within(passage.span).of(passage.text)
        shared = asked & {*lexical.analyzer.words(text, language)}
        weights.append(sum(map(lexical.idf, shared)))
    best = max(range(len(weights)), key=weights.__getitem__)
    if not weights[best]:
        return replace(hit, confidence=0.0)
    inside = unmarked(passage.text, passage.units[best].span.within(passage.span))
    start = passage.span.start
    answer = Span(start + inside.start, start + inside.end)
    return replace(hit, best_unit=best, answer=answer)
