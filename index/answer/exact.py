"""What a question names exactly, a part number or a figure: no other answers for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from index.answer.span import sentence
from index.domain import Citation, Hit, Span
from index.store.lexicon import Lexicon
from index.text.words import fold

# A flag, or letters and digits together; those set apart by spaces only where the letters are
# capitals.
CODE = re.compile(
    r"(?<![\w-])--[^\W_][\w-]*"
    r"|(?<![\w.])[A-Z]{2,4} \d{2,}(?: [A-Z]{1,2}(?!\w))?(?!\w)"
    r"|(?<![\w.])(?!v\d)[^\W_]+(?:[-_./:][^\W_]+)*"
)
SEPARATOR = "[,.'’\u00a0\u202f]"
# Three digits and more: fewer are counts and sizes, which a question may well bring along.
FIGURE = re.compile(
    rf"(?<![\w.,:/-])(?:\d{{1,3}}(?:{SEPARATOR}\d{{3}})+|\d{{3,}}|v?\d+(?:\.\d+)+)"
    r"(?!\w|[.,:/-]\d)"
)
THOUSANDS = re.compile(rf"(?<=\d){SEPARATOR}(?=\d{{3}}(?!\d))")
PARTS = re.compile(r"\d+|[^\W\d_]+")
BETWEEN = r"[-_./: ]?"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A code or figure as it was `asked`; `parts` are its letters and digits."""

    asked: str
    parts: tuple[str, ...]
    code: bool

    def found_in(self, text: str) -> Span | None:
        """Return where a text has it first, however its parts are set."""
        match = self._pattern.search(text)
        return Span(*match.span()) if match else None

    def rival_in(self, text: str) -> str:
        """Return what of the same form stands in a text that doesn't have it; empty if nothing."""
        if self.found_in(text):
            return ""
        return next((other.asked for other in identifiers(text) if other.form == self.form), "")

    @property
    def form(self) -> tuple[bool, tuple[str, ...]]:
        """Letters and digits by their kind; the digits of a figure are counted, too."""
        if self.asked.startswith("--"):
            return True, ("--",)
        if self.code:
            return True, tuple("0" if part.isdigit() else "a" for part in self.parts)
        return False, ("0" * len(self.parts[0]),) if len(self.parts) == 1 else ("0.0",)

    @property
    def _pattern(self) -> re.Pattern[str]:
        if self.asked.startswith("--"):
            # A flag of one word is no word of a text, and none begins or ends another.
            dashes = "--" if len(self.parts) == 1 else ""
            written = rf"(?<!\w-){dashes}{BETWEEN.join(self.parts)}(?!-\w)"
        elif self.code:
            written = BETWEEN.join(self.parts)
        elif len(self.parts) > 1:
            written = r"v?" + r"\.".join(self.parts)
        else:
            groups = re.findall(r"\d{1,3}(?=(?:\d{3})*$)", self.parts[0])
            # In a row of figures a comma may also stand between two of them.
            grouped = rf"{SEPARATOR.join(groups)}(?!{SEPARATOR}\d{{3}}(?!\d))"
            written = rf"(?:{self.parts[0]}|{grouped})" if groups[1:] else rf"(?<!\d[.,]){grouped}"
        return re.compile(rf"(?<!\w){written}(?![^\W_])", re.IGNORECASE)


def identifiers(text: str) -> Iterator[Identifier]:
    """Yield what a text names exactly, in order."""
    end = 0
    for match in sorted((*CODE.finditer(text), *FIGURE.finditer(text)), key=re.Match.start):
        asked = match.group()
        code = match.re is CODE
        parts = tuple(PARTS.findall(asked if code else THOUSANDS.sub("", asked).removeprefix("v")))
        mixed = len({part.isdigit() for part in parts}) > 1
        # "5kg" and "24-hour" are measures.
        measure = not parts[0].isalpha() and asked.upper() != asked
        exact = (mixed and not measure) or "_" in asked or asked.startswith("--")
        if match.start() >= end and (exact or not code):
            yield Identifier(asked, parts, code)
            end = match.end()


def about(citation: Citation) -> str:
    """A quote with the words that say what it is about."""
    above = (citation.path, citation.title, *citation.headings, citation.context)
    return "\n".join((*above, citation.quote))


def holds(identifier: Identifier, citation: Citation) -> bool:
    """Whether a quote is about what a question names exactly."""
    return identifier.found_in(about(citation)) is not None


def rival(identifier: Identifier, citation: Citation) -> str:
    """Return what a quote is about instead of what a question names exactly; empty if nothing."""
    if holds(identifier, citation):
        return ""
    return identifier.rival_in("\n".join((citation.bold, *citation.headings, citation.title)))


def spelled(question: str, lexicon: Lexicon) -> str:
    """Return a question with each code as the documents write it, where they do in another way."""
    for code in identifiers(question):
        if not code.code or all(map(lexicon.holds, lexicon.words(code.asked))):
            continue
        ways = (sign.join(code.parts) for sign in ("", "-", "_", "."))
        held = next((way for way in ways if lexicon.holds(fold(way))), "")
        # A letter alone may be a word that isn't counted.
        apart = all(lexicon.holds(fold(part)) for part in code.parts if len(part) > 1)
        question = question.replace(
            code.asked, held or (" ".join(code.parts) if apart else code.asked)
        )
    return question


def pinned(hit: Hit, asked: list[Identifier]) -> Hit:
    """Return a hit whose answer is where its passage has what was asked for.

    That is another sentence or row than the reader's where this has another code or figure instead,
    or what is quoted with it has another code, unless the headings or the file's path say that all
    of the passage is about it.
    """
    passage = hit.passage
    bold = hit.answer.within(passage.span).of(passage.text)
    quoted = passage.units[hit.best_unit].span.within(passage.span).of(passage.text)
    others = list(identifiers(bold))
    for each in asked:
        instead = any(not each.code and not other.code for other in others)
        instead = instead or bool(each.rival_in(quoted if each.code else bold))
        if not instead or each.found_in(f"{passage.document}\n{passage.preamble}\n{bold}"):
            continue
        for number, unit in enumerate(passage.units):
            inside = unit.span.within(passage.span)
            place = each.found_in(inside.of(passage.text))
            if place is not None:
                words = Span(inside.start + place.start, inside.start + place.end)
                return replace(hit, best_unit=number, answer=sentence(passage, unit, words))
    return hit
