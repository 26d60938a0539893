"""Documents with their passages and embeddings to the files of a generation, one by one."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.build.embed import Part, texts
from index.domain import Document
from index.reading.titles import title_from_path
from index.store.arrays import RowsWriter
from index.store.bm25 import LexicalWriter
from index.store.dense import VECTORS, write_cells
from index.store.generation import SPELLING
from index.store.manifest import Manifest
from index.store.passage_embeddings import Stored
from index.store.passages import STRINGS, Documents, DocumentsWriter, Passages
from index.store.spelling import SpellingWriter
from index.store.strings import Strings
from index.store.token_code import Code
from index.store.token_embeddings import EmbeddingsWriter
from index.text.words import Analyzer

# Questions that the search is tried with when an index is written.
TRIED = 200
QUESTION_WORDS = 8

Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]
"""Texts to vectors, (n, dim)."""


class GenerationWriter:
    """Writes all of a generation but its manifest.

    No more than one document is in memory at a time, beside the words and a few numbers a passage.
    """

    def __init__(self, folder: Path, code: Code) -> None:
        """Write into `folder`, the tokens in `code`.

        Raises:
            OSError: the disk refuses.
        """
        self._folder = folder
        self._dim = code.dim
        self._documents = DocumentsWriter(folder)
        self._embeddings = EmbeddingsWriter(folder, code)
        self._lexical = LexicalWriter(folder)
        self._spelling = SpellingWriter()
        self._vectors = RowsWriter(folder / VECTORS, np.float32, code.dim)
        self._analyzers: dict[str, Analyzer] = {}
        self._languages: Counter[str] = Counter()

    @property
    def stored(self) -> Stored:
        """The embeddings that were written."""
        documents, embeddings = self._documents, self._embeddings
        return Stored(
            passages=documents.passages,
            units=documents.units,
            vectors=self._vectors,
            codes=embeddings.codes,
            scales=embeddings.scales,
            ids=embeddings.ids,
        )

    def add(self, part: Part) -> None:
        """Write the next document.

        Raises:
            OSError: the disk refuses.
        """
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
            begin = self._embeddings.add_tokens(each.rows.values, each.rows.scales, each.rows.ids)
            own = each.rows.ids[slice(*each.ranges[0])]
            self._embeddings.count(np.concatenate([own, part.name.ids]))
            tokens.append((each.ranges + begin, each.shared))
        begin = self._embeddings.add_tokens(part.name.values, part.name.scales, part.name.ids)
        self._documents.add(document, part.passages, tokens, (begin, begin + len(part.name.ids)))

    def close(self) -> None:
        """Close all files, whatever they are worth.

        Raises:
            OSError: the disk refuses.
        """
        for each in (self._documents, self._embeddings, self._vectors, self._lexical):
            each.close()

    def finish(self, manifest: Manifest, embed: Embed) -> Manifest:
        """Write what spans documents; return the manifest, complete but for `files`.

        `embed` embeds words of the documents, which stand in for questions when the search in very
        many passages is tried.

        Raises:
            OSError: the disk refuses.
        """
        self._embeddings.finish()
        self._lexical.finish()
        self.close()
        self._spelling.save(self._folder / SPELLING)
        return replace(
            manifest,
            passages=self._documents.passages.count,
            units=self._documents.units.count,
            tokens=self._embeddings.tokens,
            languages=dict(self._languages),
            recall=write_cells(self._folder, self._dim, lambda: embed(self._asked())),
        )

    def _asked(self) -> list[str]:
        """Stand-ins for questions, from all over the documents: the last words of a sentence.

        A whole sentence lies nearer to its passage than any question does.
        """
        strings = Strings(self._folder / STRINGS)
        passages = Passages(self._folder, strings, Documents(self._folder, strings))
        tried = np.unique(np.linspace(0, len(passages) - 1, TRIED).astype(np.int64))
        texts = []
        for passage in map(passages.__getitem__, tried.tolist()):
            unit = passage.units[passage.id % len(passage.units)]
            texts.append(ending(unit.span.within(passage.span).of(passage.text)))
        return texts


def ending(text: str) -> str:
    """The last words of a text, as many as a question has."""
    return " ".join(text.split()[-QUESTION_WORDS:])


def unsaid_name(document: Document) -> str:
    """The words of a file's name as a line, for BM25; nothing where the title has them."""
    name = title_from_path(document.path)
    title = document.title.casefold().split()
    said = document.title != name and set(name.casefold().split()) <= set(title)
    return "" if said else f"{name}\n"
