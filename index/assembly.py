"""Documents with their passages and embeddings to the files of a generation, one by one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index.analysis import Analyzer
from index.dense import VECTORS, write_cells
from index.domain import Document, Passage
from index.embedded import EmbeddedPassage, TokenRows, texts
from index.embeddings import EmbeddingsWriter, UnitVectors
from index.generation import SPELLING
from index.lexical import LexicalWriter
from index.manifest import Manifest
from index.mapped import RowsWriter
from index.naming import title_from_path
from index.passages import DocumentsWriter
from index.quantizing import Code
from index.spelling import SpellingWriter

# Questions that the search is tried with when an index is written.
TRIED = 200


@dataclass(frozen=True, slots=True)
class Part:
    """A document of an index, its passages with their embeddings, and the tokens of its name."""

    document: Document
    passages: Sequence[Passage]
    embedded: Sequence[EmbeddedPassage]
    name: TokenRows


def assemble(folder: Path, manifest: Manifest, parts: Iterable[Part]) -> Manifest:
    """Write all of a generation but its manifest into `folder`; return the manifest, complete.

    No more than one part is in memory at a time, beside the words and a few numbers a passage.

    Raises:
        OSError: the disk refuses.
    """
    writer = _Writer(folder, Code(manifest.token_bits, manifest.dim), manifest.dim)
    for part in parts:
        writer.add(part)
    return writer.finish(manifest)


class _Writer:
    def __init__(self, folder: Path, code: Code, dim: int) -> None:
        self._folder = folder
        self._dim = dim
        self._documents = DocumentsWriter(folder)
        self._embeddings = EmbeddingsWriter(folder, code)
        self._lexical = LexicalWriter(folder)
        self._spelling = SpellingWriter()
        self._vectors = RowsWriter(folder / VECTORS, np.float32)
        self._analyzers: dict[str, Analyzer] = {}
        self._languages: Counter[str] = Counter()

    def add(self, part: Part) -> None:
        document = part.document
        self._languages[document.language] += 1
        analyzer = self._analyzers.setdefault(document.language, Analyzer([document.language]))
        tokens = []
        name = unsaid_name(document)
        for passage, each in zip(part.passages, part.embedded, strict=True):
            whole, units = texts(passage)
            self._spelling.add(name + whole)
            self._lexical.add(
                analyzer.words(name + whole, document.language),
                (analyzer.words(name + unit, document.language) for unit in units),
            )
            self._vectors.add(each.vector[np.newaxis])
            self._embeddings.add_units(each.units)
            begin = self._embeddings.add_tokens(each.rows.values, each.rows.scales, each.rows.ids)
            own = each.rows.ids[slice(*each.ranges[0])]
            self._embeddings.count(np.concatenate([own, part.name.ids]))
            tokens.append((each.ranges + begin, each.shared))
        begin = self._embeddings.add_tokens(part.name.values, part.name.scales, part.name.ids)
        self._documents.add(document, part.passages, tokens, (begin, begin + len(part.name.ids)))

    def finish(self, manifest: Manifest) -> Manifest:
        self._documents.close()
        self._embeddings.close()
        self._vectors.close()
        self._lexical.finish()
        self._spelling.save(self._folder / SPELLING)
        # Sentences stand in for questions when the search is tried.
        units = UnitVectors(self._folder, self._dim)
        places = np.unique(np.linspace(0, len(units) - 1, TRIED).astype(np.int64))
        tried = [units[place : place + 1] for place in places.tolist() if len(units)]
        questions = np.concatenate([np.zeros((0, self._dim), np.float32), *tried])
        return replace(
            manifest,
            passages=self._documents.passages,
            units=self._documents.units,
            tokens=self._embeddings.tokens,
            languages=dict(self._languages),
            recall=write_cells(self._folder, self._dim, questions),
        )


def unsaid_name(document: Document) -> str:
    """The words of a file's name as a line, for BM25; nothing where the title has them."""
    name = title_from_path(document.path)
    title = document.title.casefold().split()
    said = document.title != name and set(name.casefold().split()) <= set(title)
    return "" if said else f"{name}\n"
