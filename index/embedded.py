"""Passages as the model sees them, embedded once: what an earlier generation holds is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.chunking import embedded_text
from index.domain import BlockKind, Embedder, Passage, Progress, TokenEmbeddings
from index.embeddings import Tokens
from index.generation import Generation
from index.naming import title_from_path
from index.quantizing import quantized

# Enough to sort by length, little enough that a build's memory doesn't grow with its texts.
EMBEDDING_STEP = 256

Key = tuple[str, str, tuple[tuple[int, int, BlockKind, str], ...]]


@dataclass(frozen=True, slots=True)
class TokenRows:
    """Tokens of a text: `values`, `scales` (n,) float16 and `ids` (n,) int32.

    `values` is (n, dim) int8, or uint8 in the code of the generation that they were taken from.
    """

    values: npt.NDArray[np.int8] | npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float16]
    ids: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class EmbeddedPassage:
    """A passage with its units.

    `vector` is (dim,) float32 and `units` (units, dim) float32; `ranges` is (1 + units, 2) int64,
    which of `rows` are the passage's and each unit's; `shared` says how many tokens at its
    beginning are of its preamble.
    """

    vector: npt.NDArray[np.float32]
    units: npt.NDArray[np.float32]
    rows: TokenRows
    ranges: npt.NDArray[np.int64]
    shared: int


def key(passage: Passage) -> Key:
    """Return all that the embeddings of a passage depend on, beside the model."""
    spans = [unit.span.within(passage.span) for unit in passage.units]
    units = tuple(
        (span.start, span.end, unit.kind, unit.context)
        for span, unit in zip(spans, passage.units, strict=True)
    )
    return passage.preamble, passage.text, units


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


def embed_passages(
    passages: Sequence[Passage],
    embedder: Embedder,
    earlier: Generation | None,
    progress: Progress,
) -> tuple[list[EmbeddedPassage], int]:
    """Return the embeddings of each passage, and how many had to be made anew.

    Equal passages share theirs, and those that are in `earlier` keep theirs bit for bit.

    Raises:
        EmbeddingError: the model fails.
    """
    places = {key(each): each.id for each in earlier.passages} if earlier else {}
    found: dict[Key, EmbeddedPassage] = {}
    missing: dict[Key, Passage] = {}
    keys = [key(passage) for passage in passages]
    for name, passage in zip(keys, passages, strict=True):
        if earlier is not None and name in places:
            found[name] = _kept(earlier, places[name])
        else:
            missing[name] = passage
    total = sum(1 + len(each.units) for each in missing.values())
    done = 0
    batch: dict[Key, Passage] = {}
    for name, passage in missing.items():
        batch[name] = passage
        waiting = sum(1 + len(each.units) for each in batch.values())
        if waiting >= EMBEDDING_STEP:
            progress("embed", done, total)
            found.update(_embedded(batch, embedder))
            done += waiting
            batch = {}
    if batch:
        progress("embed", done, total)
        found.update(_embedded(batch, embedder))
    progress("embed", total, total)
    return [found[name] for name in keys], sum(name in missing for name in keys)


def embed_names(
    paths: Sequence[str], embedder: Embedder, earlier: Generation | None
) -> dict[str, TokenRows]:
    """Return the tokens of the words of each file's name, by path.

    Raises:
        EmbeddingError: the model fails.
    """
    known: dict[str, TokenRows] = {}
    for passage in earlier.passages if earlier else ():
        name = title_from_path(passage.document)
        if earlier is not None and name not in known:
            row = earlier.passages.rows[passage.id : passage.id + 1][0]
            known[name] = _rows(earlier.tokens, int(row["name"]), int(row["last_name"]))
    names = [name for path in paths if (name := title_from_path(path)) not in known]
    missing = list(dict.fromkeys(names))
    for name, each in zip(missing, embedder.embed_documents(missing), strict=True):
        known[name] = _quantized([each])
    return {path: known[title_from_path(path)] for path in paths}


def _kept(earlier: Generation, number: int) -> EmbeddedPassage:
    """Take passage `number` out of a generation."""
    row = earlier.passages.rows[number : number + 1][0]
    first, last = int(row["unit"]), int(row["unit"] + row["units"])
    units = earlier.passages.units[first:last]
    ranges = np.array(
        [(row["token"], row["last_token"]), *units[["token", "last_token"]].tolist()], np.int64
    )
    begin, end = int(ranges[0, 0]), int(ranges[:, 1].max())
    return EmbeddedPassage(
        vector=earlier.dense.vectors(np.array([number]))[0],
        units=earlier.unit_vectors[first:last],
        rows=_rows(earlier.tokens, begin, end),
        ranges=ranges - begin,
        shared=int(row["shared"]),
    )


def _rows(tokens: Tokens, begin: int, end: int) -> TokenRows:
    return TokenRows(tokens.codes[begin:end], tokens.scales[begin:end], tokens.ids[begin:end])


def _quantized(parts: Sequence[TokenEmbeddings]) -> TokenRows:
    values, scales = quantized(np.concatenate([each.tokens for each in parts]))
    return TokenRows(values, scales, np.concatenate([each.ids for each in parts]).astype(np.int32))


def _embedded(passages: Mapping[Key, Passage], embedder: Embedder) -> dict[Key, EmbeddedPassage]:
    wanted = [texts(passage) for passage in passages.values()]
    flat = [text for whole, units in wanted for text in (whole, *units)]
    made = iter(embedder.embed_documents(flat))
    result = {}
    for (name, passage), (whole, units) in zip(passages.items(), wanted, strict=True):
        parts = [next(made) for _ in range(1 + len(units))]
        result[name] = _assembled(passage, whole, parts[0], parts[1:])
    return result


def _assembled(
    passage: Passage, text: str, whole: TokenEmbeddings, units: Sequence[TokenEmbeddings]
) -> EmbeddedPassage:
    """Put a passage and its units together.

    Sentences use the tokens of their passage, where the model saw what stands around them; a row
    or an item has its own, which saw the header or the lead-in that it depends on.
    """
    parts = [whole]
    ranges = [(0, len(whole.tokens))]
    at = len(whole.tokens)
    # The passage's own text ends the text that was embedded.
    shift = len(text) - len(passage.text) - passage.span.start
    for unit, own in zip(passage.units, units, strict=True):
        if unit.kind is BlockKind.PARAGRAPH:
            inside = (whole.offsets[:, 0] < unit.span.end + shift) & (
                whole.offsets[:, 1] > unit.span.start + shift
            )
            places = np.flatnonzero(inside)
            ranges.append((int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0))
        else:
            parts.append(own)
            ranges.append((at, at + len(own.tokens)))
            at += len(own.tokens)
    return EmbeddedPassage(
        vector=whole.vector,
        units=np.stack([each.vector for each in units]),
        rows=_quantized(parts),
        ranges=np.array(ranges, np.int64),
        shared=int((whole.offsets[:, 1] <= len(passage.preamble)).sum()),
    )
