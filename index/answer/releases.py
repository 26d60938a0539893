"""The newest release: which heading of a changelog a question for it means."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from index.answer.sameness import MONTHS, Moment, newest
from index.domain import BlockKind, Document, Hit, Landmark, Span, Unit
from index.store.generation import Generation
from index.text.places import HEADING

NEWEST = re.compile(r"\b(?:latest|newest|most\s+recent|last|current)\b", re.IGNORECASE)
VERSION = re.compile(r"\b(?:versions?|releases?)\b", re.IGNORECASE)
NEWS = re.compile(r"\b(?:updates?|news|changelog)\b", re.IGNORECASE)
# How it is asked for; any other word has to be one of the changelog's name.
ASKED = (
    "latest newest most recent last current version versions release releases released update "
    "updates news changelog new changed changes come came published date number called added one"
)
# What may stand in a heading with the number of a release, and not with that of a section.
BESIDE = re.compile(rf"\b(?:version|released?|{'|'.join(MONTHS)})\b|v?\d|[\W_]", re.IGNORECASE)
FEWEST = 2
SECTION_CHARS = 1000


def newest_releases(question: str, hits: Sequence[Hit], generation: Generation) -> list[Hit]:
    """Return the newest release of each changelog that has any of `hits`, its heading the answer.

    None where the question asks for something else, or for what none of them is called.
    """
    versions = VERSION.search(question) is not None
    if not NEWEST.search(question) or not (versions or NEWS.search(question)):
        return []
    lexical = generation.lexicon
    asked = {*lexical.words(question)} - {*lexical.words(ASKED)}
    first = {hit.passage.document: hit for hit in reversed(hits)}
    found = []
    for path in dict.fromkeys(hit.passage.document for hit in hits):
        document = generation.documents[path]
        name = f"{document.title} {path}"
        named = {*lexical.analyzer.words(name, document.language)}
        releases = _releases(document, versions=versions) if asked <= named else []
        if releases:
            found.append(_quoted(first[path], document, max(releases, key=_moment)))
    return found


def _releases(document: Document, *, versions: bool) -> list[Landmark]:
    """Return the headings of a changelog, those of the `versions` where these are asked for."""
    headings = [mark for mark in document.landmarks if mark.kind == HEADING]
    marks = [mark for mark in headings if _is_release(mark.label, versions=versions)]
    for level, count in Counter(mark.level for mark in marks).most_common(1):
        if count >= FEWEST:
            return [mark for mark in marks if mark.level == level]
    return []


def _is_release(label: str, *, versions: bool) -> bool:
    """Whether a heading names a release: by its date, or by its number and no more."""
    version, date = newest(label)
    dated = any(date[1:])
    numbered = bool(version) and (dated or not BESIDE.sub("", label))
    return numbered or (dated and not versions)


def _moment(mark: Landmark) -> tuple[Moment, Moment]:
    return newest(mark.label)


def _quoted(hit: Hit, document: Document, mark: Landmark) -> Hit:
    """Return a hit that quotes a section from its heading on, as much as there is room for."""
    text = document.text
    line = text[mark.start :].lstrip("#= \n").partition("\n")[0].rstrip("# ")
    start = text.index(line, mark.start)
    below = [
        other.start
        for other in document.landmarks
        if other.kind == HEADING and other.start > start and other.level <= mark.level
    ]
    section = text[start : min(below, default=len(text))].rstrip()
    if len(section) > SECTION_CHARS:
        section = section[:SECTION_CHARS].rpartition("\n")[0].rstrip()
    whole, answer = Span(start, start + len(section)), Span(start, start + len(line))
    passage = replace(
        hit.passage,
        span=whole,
        text=section,
        headings=_path(document, mark),
        units=(Unit(whole, BlockKind.METADATA, "", start),),
    )
    return replace(hit, passage=passage, best_unit=0, answer=answer)


def _path(document: Document, mark: Landmark) -> tuple[str, ...]:
    """Return a heading with those above it, the title left out, as a passage has them."""
    path: list[Landmark] = []
    for other in document.landmarks:
        if other.kind == HEADING and other.start <= mark.start:
            path = [*(above for above in path if above.level < other.level), other]
    return tuple(each.label for each in path if each.label != document.title)
