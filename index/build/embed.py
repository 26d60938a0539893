"""Passages as the model sees them, embedded once: what is known already isn't embedded again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from index.build.collect import CollectedFile
from index.domain import Document, Embedder, Passage, TokenEmbeddings
from index.reading.titles import title_from_path
from index.store.passage_embeddings import EmbeddedPassage, TokenRows, passage_key
from index.store.token_code import quantize
from index.text.chunking import embedded_text

# Enough to sort by length, little enough that a build's memory doesn't grow with its texts.
EMBEDDING_STEP = 256


@dataclass(frozen=True, slots=True)
class Kept:
    """What the generation before has embedded: its passage of that number, or its file's name."""

    number: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """What this build has embedded for a batch before: its passage of that number."""

    number: int


@dataclass(frozen=True, slots=True)
class EmbeddedDocument:
    """A document, its passages with their keys, and of each the embeddings or where they are.

    `name` are the tokens of the words of the file's name.
    """

    document: Document
    passages: Sequence[Passage]
    keys: Sequence[bytes]
    embeddings: Sequence[EmbeddedPassage | Kept | Repeated]
    name: TokenRows | Kept


@dataclass(frozen=True, slots=True)
class Batch:
    """Some documents, for which `embedded` passages were embedded."""

    documents: Sequence[EmbeddedDocument]
    embedded: int


def model_text(passage: Passage) -> str:
    """Return what the model reads of a passage."""
    return embedded_text(passage.preamble, passage.units[0].context, passage.text)


def embed_files(
    files: Iterable[CollectedFile], embedder: Embedder, kept_keys: Sequence[bytes]
) -> Iterator[Batch]:
    """Yield the documents of `files` in order, some at a time.

    Embedded are those passages whose keys are neither those of one before nor among `kept_keys`,
    which are those of the generation before, by number.

    Raises:
        EmbeddingError: the model fails.
    """
    known: dict[bytes, Kept | Repeated] = {key: Kept(n) for n, key in enumerate(kept_keys)}
    for group in _groups(files):
        keys = [_keys(file, kept_keys) for _, file in group]
        missing: dict[bytes, Passage] = {}
        for (_, file), own_keys in zip(group, keys, strict=True):
            for key, passage in zip(own_keys, file.passages, strict=True):
                if key not in known:
                    missing.setdefault(key, passage)
        new = dict(zip(missing, embed(list(missing.values()), embedder), strict=True))
        names = _embed_names([file for _, file in group], embedder)
        documents = [
            EmbeddedDocument(
                document, file.passages, own, [new.get(key) or known[key] for key in own], name
            )
            for (document, file), own, name in zip(group, keys, names, strict=True)
        ]
        yield Batch(documents, len(new))
        known.update((key, Repeated(passage.id)) for key, passage in missing.items())


def _groups(files: Iterable[CollectedFile]) -> Iterator[list[tuple[Document, CollectedFile]]]:
    """Yield the files that have a document, as many at a time as are embedded together."""
    group: list[tuple[Document, CollectedFile]] = []
    size = 0
    for file in files:
        if file.document is None:
            continue
        group.append((file.document, file))
        size += len(file.passages)
        if size >= EMBEDDING_STEP:
            yield group
            group, size = [], 0
    yield group


def _keys(file: CollectedFile, kept_keys: Sequence[bytes]) -> Sequence[bytes]:
    """The keys of a file's passages; those of one that is kept are known."""
    if file.kept is not None:
        return kept_keys[file.kept : file.kept + len(file.passages)]
    return [passage_key(passage) for passage in file.passages]


def _embed_names(files: Sequence[CollectedFile], embedder: Embedder) -> list[TokenRows | Kept]:
    """Embed the words of each file's name, but of those that are kept."""
    words = [title_from_path(file.record.path) for file in files if file.kept is None]
    new = iter(embedder.embed_documents(words))
    return [token_rows(next(new)) if file.kept is None else Kept(file.kept) for file in files]


def token_rows(embedded: TokenEmbeddings) -> TokenRows:
    """Return the tokens of a text as they are kept."""
    values, scales = quantize(embedded.tokens)
    return TokenRows(values, scales, embedded.ids.astype(np.int32))


def embed(passages: Sequence[Passage], embedder: Embedder) -> Iterator[EmbeddedPassage]:
    """Yield the embeddings of each passage, made anew.

    Raises:
        EmbeddingError: the model fails.
    """
    for embedded in embedder.embed_documents([model_text(passage) for passage in passages]):
        yield EmbeddedPassage(embedded.vector, token_rows(embedded))
