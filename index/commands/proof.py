"""Proof that the index says what the files say: every passage and every quote, word for word."""

from dataclasses import dataclass

from index.answer.answer import quote_span
from index.domain import Document, Passage, Skipped
from index.reading.files import scan
from index.reading.process import ReaderProcess
from index.settings import IndexSettings
from index.store.generation import Generation


@dataclass(frozen=True, slots=True)
class Proof:
    """`failures` names each document, passage or quote that isn't in its file, and why."""

    documents: int
    passages: int
    quotes: int
    failures: tuple[str, ...]


def verify(generation: Generation, settings: IndexSettings) -> Proof:
    """Hold every document, passage and possible quote of a generation against the seeds folder.

    Raises:
        SourcesMissing: there is no seeds folder, or no file in it to read.
        SettingsError: an ignore rule is no gitignore pattern.
    """
    failures: list[str] = []
    paths = scan(settings).hashes.keys()
    texts: dict[str, str] = {}
    with ReaderProcess(settings) as reader:
        for path, document in generation.documents.items():
            if path not in paths:
                failures.append(f"{path}: the file is gone since the index was built")
                continue
            file = reader.read(path)
            if isinstance(file, Skipped):
                failures.append(f"{path}: {file.reason}")
                continue
            if file.sha256 != document.sha256:
                failures.append(f"{path}: the file has changed since the index was built")
            texts[path] = file.text
    known = {file.path for file in generation.manifest.skipped} | set(generation.documents)
    failures.extend(f"{path}: the file is new, not in the index" for path in sorted(paths - known))
    quotes = 0
    for passage in generation.passages:
        document = generation.documents[passage.document]
        quotes += len(passage.units)
        text = texts.get(passage.document)
        if text is not None:
            failures.extend(_unproved(document, passage, text))
    return Proof(len(generation.documents), len(generation.passages), quotes, tuple(failures))


def _unproved(document: Document, passage: Passage, text: str) -> list[str]:
    """What of a passage isn't in the file's `text` at the place the index gives."""
    place = f"{passage.document} [{passage.span.start}:{passage.span.end}]"
    if passage.span.of(text) != passage.text:
        return [f"{place}: passage {passage.id} is not in the file at its place"]
    failures = []
    for number, unit in enumerate(passage.units):
        span = quote_span(passage, number)
        if span.of(text) != span.of(document.text) or unit.span.of(text) not in span.of(text):
            failures.append(f"{place}: quote {number} of passage {passage.id} is not in the file")
    return failures
