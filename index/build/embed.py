"""Passages as the model sees them, embedded once: what is known already isn't embedded again."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count

import numpy as np

from index.build.collect import Collected
from index.build.prefetch import ahead
from index.domain import BlockKind, Document, Embedder, Passage, TokenEmbeddings
from index.reading.titles import title_from_path
from index.store.passage_embeddings import EmbeddedPassage, Stored, TokenRows
from index.store.passages import key
from index.store.token_code import quantized
from index.text.chunking import embedded_text

# Enough to sort by length, little enough that a build's memory doesn't grow with its texts.
EMBEDDING_STEP = 256
# What is embedded while what is embedded already is written.
BATCHES_AHEAD = 1


@dataclass(frozen=True, slots=True)
class Part:
    """A document of an index, its passages with their embeddings, and the tokens of its name."""

    document: Document
    passages: Sequence[Passage]
    embedded: Sequence[EmbeddedPassage]
    name: TokenRows


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some files, those of their passages that were embedded, by key, and their names, by path."""

    files: Sequence[tuple[Document, Collected]]
    new: Mapping[bytes, EmbeddedPassage]
    names: Mapping[str, TokenRows]


def texts(passage: Passage) -> tuple[str, list[str]]:
    """Return what the model reads of a passage, and of each of its units."""
    whole = embedded_text(passage.preamble, passage.units[0].context, passage.text)
    units = [
        embedded_text(
            passage.preamble, unit.context, unit.span.within(passage.span).of(passage.text)
        )
        for unit in passage.units
    ]
    return whole, units


class Embedding:
    """Embeds the files of a build, those passages that neither it nor the one before has."""

    def __init__(self, embedder: Embedder, earlier: Stored | None) -> None:
        """Take what `earlier` has."""
        self._embedder = embedder
        self._earlier = earlier
        keys = [] if earlier is None else earlier.keys()
        self._places = {each: number for number, each in enumerate(keys)}
        # What this build has embedded already, by key.
        self._written: dict[bytes, int] = {}
        self.made = 0

    def parts(
        self, files: Iterable[Collected], written: Stored, report: Callable[[int], None]
    ) -> Generator[Part, None, None]:
        """Yield every document with its embeddings, in order.

        Each has to be in `written` before the next is asked for; meanwhile those after it are
        embedded, in a thread that reads `files` until this is closed. `report` is told how many
        passages were embedded whenever that are more.

        Raises:
            EmbeddingError: the model fails.
        """
        with closing(ahead(self._batches(files), BATCHES_AHEAD)) as batches:
            for batch in batches:
                for document, file in batch.files:
                    embedded = list(self._passages(file, batch.new, written))
                    name = batch.names[document.path]
                    yield Part(document, file.passages, embedded, name)
                self.made += len(batch.new)
                report(self.made)

    def _batches(self, files: Iterable[Collected]) -> Iterator[_Batch]:
        """Embed what no file before had, some files at a time."""
        seen: set[bytes] = set()
        waiting: list[tuple[Document, Collected]] = []
        missing: dict[bytes, Passage] = {}
        size = 0
        for file in files:
            if file.document is None:
                continue
            waiting.append((file.document, file))
            for passage in () if file.kept is not None else file.passages:
                name = key(passage)
                if name not in self._places and name not in seen:
                    seen.add(name)
                    missing[name] = passage
            size += len(file.passages)
            if size >= EMBEDDING_STEP:
                yield self._batch(waiting, missing)
                waiting, missing, size = [], {}, 0
        yield self._batch(waiting, missing)

    def _batch(
        self, files: Sequence[tuple[Document, Collected]], missing: Mapping[bytes, Passage]
    ) -> _Batch:
        new = dict(zip(missing, embed(list(missing.values()), self._embedder), strict=True))
        return _Batch(files, new, self._names([file for _, file in files]))

    def _passages(
        self, file: Collected, new: Mapping[bytes, EmbeddedPassage], written: Stored
    ) -> Iterator[EmbeddedPassage]:
        """Yield the embeddings of a file's passages, wherever they are by now."""
        for passage, number in zip(file.passages, count(file.kept or 0)):
            if self._earlier is not None and file.kept is not None:
                yield self._earlier.passage(number)
                continue
            name = key(passage)
            if name in new:
                self._written.setdefault(name, passage.id)
                yield new[name]
            elif name in self._written:
                yield written.passage(self._written[name])
            elif self._earlier is not None:
                yield self._earlier.passage(self._places[name])

    def _names(self, files: Sequence[Collected]) -> dict[str, TokenRows]:
        """The tokens of the words of each file's name, by path."""
        named = {}
        missing = []
        for file in files:
            if self._earlier is not None and file.kept is not None:
                named[file.record.path] = self._earlier.name(file.kept)
            else:
                missing.append(file.record.path)
        words = list(map(title_from_path, missing))
        for path, each in zip(missing, self._embedder.embed_documents(words), strict=True):
            named[path] = token_rows([each])
        return named


def token_rows(parts: Sequence[TokenEmbeddings]) -> TokenRows:
    """Return the tokens of texts, end to end."""
    values, scales = quantized(np.concatenate([each.tokens for each in parts]))
    return TokenRows(values, scales, np.concatenate([each.ids for each in parts]).astype(np.int32))


def embed(passages: Sequence[Passage], embedder: Embedder) -> Iterator[EmbeddedPassage]:
    """Yield the embeddings of each passage, made anew.

    Raises:
        EmbeddingError: the model fails.
    """
    wanted = [texts(passage) for passage in passages]
    flat = []
    for passage, (whole, units) in zip(passages, wanted, strict=True):
        flat.append(whole)
        flat.extend(
            text for unit, text in zip(passage.units, units, strict=True) if not _inside(unit.kind)
        )
    # A passage of one row is that row, and tables repeat theirs: each text is embedded once.
    different = list(dict.fromkeys(flat))
    known = dict(zip(different, embedder.embed_documents(different), strict=True))
    made = iter([known[text] for text in flat])
    for passage, (whole, _) in zip(passages, wanted, strict=True):
        yield _assembled(passage, whole, next(made), made)


def _inside(kind: BlockKind) -> bool:
    """Whether a unit uses the tokens of its passage.

    A sentence does, where the model saw what stands around it; a row or an item has its own, which
    saw the header or the lead-in that it depends on.
    """
    return kind is BlockKind.PARAGRAPH


def _assembled(
    passage: Passage, text: str, whole: TokenEmbeddings, others: Iterator[TokenEmbeddings]
) -> EmbeddedPassage:
    """Put a passage and its units together; those that have their own tokens take the next."""
    parts = [whole]
    ranges = [(0, len(whole.tokens))]
    at = len(whole.tokens)
    # The passage's own text ends the text that was embedded.
    shift = len(text) - len(passage.text) - passage.span.start
    for unit in passage.units:
        if _inside(unit.kind):
            inside = (whole.offsets[:, 0] < unit.span.end + shift) & (
                whole.offsets[:, 1] > unit.span.start + shift
            )
            places = np.flatnonzero(inside)
            ranges.append((int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0))
        else:
            own = next(others)
            parts.append(own)
            ranges.append((at, at + len(own.tokens)))
            at += len(own.tokens)
    return EmbeddedPassage(
        vector=whole.vector,
        rows=token_rows(parts),
        ranges=np.array(ranges, np.int64),
        shared=int((whole.offsets[:, 1] <= len(passage.preamble)).sum()),
    )
