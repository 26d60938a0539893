"""A passage as it is shown whole, with its neighbours."""

from collections.abc import Iterable
from itertools import takewhile

from index.domain import BlockKind, Document, Passage, PassageView, Span
from index.store.generation import Generation
from index.text.places import indented, url, where


def view(
    generation: Generation, path: str, span: Span, sha256: str, base_url: str
) -> PassageView | None:
    """Return the passage around `span` with its neighbours; None if it is gone.

    `sha256` is (the beginning of) the hash of the file that the span was cited from. A file that
    was renamed since is found by it; in one that has changed, the span is only about where the
    passage was.
    """
    renamed = path not in generation.documents
    if renamed:
        hashes = generation.manifest.documents.items() if sha256 else ()
        found = {its: other for other, its in hashes if its.startswith(sha256)}
        # So few digits as buttons had up to version 0.2 can be those of two files.
        path = next(iter(found.values())) if len(found) == 1 else path
    if path not in generation.documents:
        return None
    document = generation.documents[path]
    numbers = generation.passages.of(path)
    if not numbers.size:
        return None
    changed = not document.sha256.startswith(sha256)
    place = generation.passages.place(path, min(span.start, len(document.text) - 1))
    cited = generation.passages[numbers[place]]
    near = [generation.passages[number] for number in numbers[max(0, place - 1) : place + 2]]
    marked = cited.span if changed else span
    code = _code(document, near)
    starts = near[0].span.start, marked.start, *(each.start for each in code)
    whole = Span(min(starts), max(near[-1].span.end, marked.end))
    return PassageView(
        path=document.path,
        title=document.title,
        headings=cited.headings,
        text=whole.of(document.text),
        span=whole,
        marked=marked,
        where=where(document, whole),
        changed=changed,
        renamed=renamed,
        url=url(base_url, generation.links.get(path, ""), document, marked, marked.start),
        code=code,
    )


def code_in(generation: Generation, document: Document, span: Span) -> tuple[Span, ...]:
    """Return the code of a part of a document, which a stored one doesn't know by itself."""
    numbers = generation.passages.of(document.path)
    if not numbers.size:
        return ()
    first = generation.passages.place(document.path, span.start)
    passages = (generation.passages[number] for number in numbers[first:])
    within = takewhile(lambda passage: passage.span.start < span.end, passages)
    return tuple(each for each in _code(document, within) if each.end > span.start)


def _code(document: Document, passages: Iterable[Passage]) -> tuple[Span, ...]:
    return tuple(
        indented(document, unit.span)
        for passage in passages
        for unit in passage.units
        if unit.kind is BlockKind.CODE
    )
