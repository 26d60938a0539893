"""Documents with their passages and embeddings to the files of a generation, one by one."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.build.embed import EmbeddedDocument, Kept, Repeated, model_text
from index.build.engines import EngineBuild, FaissBuild
from index.build.sampling import evenly_spread
from index.domain import Document, Passage, TokenEmbeddings
from index.reading.titles import title_from_path
from index.store.arrays import RowsWriter
from index.store.contents import DraftFiles
from index.store.generation import SPELLING
from index.store.lexical_writer import LexicalWriter
from index.store.manifest import Manifest
from index.store.passage_embeddings import EmbeddedPassage, PassageEmbeddings
from index.store.passages import STRINGS, Documents, DocumentsWriter, Passages, StoredPassage
from index.store.spelling import SpellingWriter
from index.store.strings import Strings
from index.store.token_code import Code
from index.store.token_embeddings import TokensWriter
from index.store.vectors import VECTORS
from index.text.hyphens import joined
from index.text.words import Analyzer

# Questions that the search is tried with when an index is written.
TRIAL_QUESTIONS = 200
QUESTION_WORDS = 8

Ask = Callable[[str], TokenEmbeddings]
"""Embeds a question."""


class GenerationWriter:
    """Writes all of a generation but its manifest.

    No more than one document is in memory at a time, beside the words and a few numbers a passage:
    embeddings that this build or the one before has already are read from its files.
    """

    def __init__(
        self,
        folder: Path,
        code: Code,
        earlier: PassageEmbeddings | None = None,
        engine: EngineBuild | None = None,
    ) -> None:
        """Write into `folder`, the tokens in `code`, which is that of what is kept of `earlier`.

        `engine` is that which finds the passages, if it isn't FAISS.

        Raises:
            OSError: the disk refuses.
        """
        self._folder = folder
        self._earlier = earlier
        self._engine = engine or FaissBuild()
        self._documents = DocumentsWriter(folder)
        self._tokens = TokensWriter(folder, code)
        self._lexical = LexicalWriter(folder)
        self._spelling = SpellingWriter()
        self._vectors = RowsWriter(folder / VECTORS, np.float32, code.dim)
        self._own = PassageEmbeddings(
            passages=self._documents.passages,
            vectors=self._vectors,
            codes=self._tokens.codes,
            scales=self._tokens.scales,
            ids=self._tokens.ids,
        )
        self._analyzers: dict[str, Analyzer] = {}
        self._languages: Counter[str] = Counter()

    def add(self, part: EmbeddedDocument) -> None:
        """Write the next document.

        Raises:
            OSError: the disk refuses.
        """
        document = part.document
        self._add_words(document, part.passages, part.keys)
        name = self._kept.name(part.name.number) if isinstance(part.name, Kept) else part.name
        passages = []
        for passage, key, embeddings in zip(part.passages, part.keys, part.embeddings, strict=True):
            embedded = self._resolve(embeddings)
            self._vectors.add(embedded.vector[np.newaxis])
            own = self._tokens.add(embedded.rows)
            self._tokens.count(np.concatenate([embedded.rows.ids, name.ids]))
            passages.append(StoredPassage(passage, key, own))
        self._documents.add(document, passages, self._tokens.add(name))

    def close(self) -> None:
        """Close all files, whatever they are worth.

        Raises:
            OSError: the disk refuses.
        """
        for writer in (self._documents, self._tokens, self._vectors, self._lexical, self._engine):
            writer.close()

    def finish(self, manifest: Manifest, ask: Ask) -> Manifest:
        """Write what spans documents; return the manifest, complete but for `files`.

        `ask` embeds words of the documents, which stand in for questions when the search in very
        many passages is tried.

        Raises:
            OSError: the disk refuses.
        """
        self._tokens.finish()
        for writer in (self._documents, self._tokens, self._vectors):
            writer.close()
        manifest = self._engine.finish(
            self._folder, manifest, self._lexical, lambda: self._trial_vectors(ask)
        )
        self.close()
        self._spelling.save(self._folder / SPELLING)
        return replace(
            manifest,
            passages=self._documents.passages.count,
            units=self._documents.units.count,
            tokens=self._tokens.size,
            languages=dict(self._languages),
        )

    @property
    def _kept(self) -> PassageEmbeddings:
        """The embeddings of the generation before.

        Raises:
            LookupError: there is none.
        """
        if self._earlier is None:
            message = "nothing is kept where there is no generation before"
            raise LookupError(message)
        return self._earlier

    def _resolve(self, embeddings: EmbeddedPassage | Kept | Repeated) -> EmbeddedPassage:
        """The embeddings of a passage, wherever they are."""
        if isinstance(embeddings, Kept):
            return self._kept.passage(embeddings.number)
        if isinstance(embeddings, Repeated):
            return self._own.passage(embeddings.number)
        return embeddings

    def _add_words(
        self, document: Document, passages: Sequence[Passage], keys: Sequence[bytes]
    ) -> None:
        """Write the words of a document's passages, which have these keys."""
        language = document.language
        self._languages[language] += 1
        analyzer = self._analyzers.setdefault(language, Analyzer([language]))
        name = unsaid_name(document)
        for passage, key in zip(passages, keys, strict=True):
            text = name + model_text(passage)
            self._spelling.add(text)
            words = analyzer.words(text, language)
            if joined(passage.text) != passage.text:
                # The parts may be words as well: "well-known".
                known = {*words}
                parts = analyzer.words(passage.text, language)
                words += [part for part in parts if part not in known]
            self._lexical.add(words)
            self._engine.add(key, words)

    def _trial_vectors(self, ask: Ask) -> npt.NDArray[np.float32]:
        """Stand-ins for questions, from all over the documents: the last words of a sentence.

        A whole sentence lies nearer to its passage than any question does.
        """
        files = DraftFiles(self._folder)
        strings = Strings(files, STRINGS)
        passages = Passages(files, strings, Documents(files, strings))
        vectors = []
        for passage in evenly_spread(passages, TRIAL_QUESTIONS):
            unit = passage.units[passage.id % len(passage.units)]
            text = unit.span.within(passage.span).of(passage.text)
            vectors.append(ask(last_words(text)).vector)
        return np.stack(vectors)


def last_words(text: str) -> str:
    """The last words of a text, as many as a question has."""
    return " ".join(text.split()[-QUESTION_WORDS:])


def unsaid_name(document: Document) -> str:
    """The words of a file's name as a line, for BM25; nothing where the title has them."""
    name = title_from_path(document.path)
    title = document.title.casefold().split()
    in_title = document.title != name and set(name.casefold().split()) <= set(title)
    return "" if in_title else f"{name}\n"
