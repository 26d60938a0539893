"""Makes indexes of very many passages without embedding as many, FOLDER/PASSAGES each.

    PYTHONPATH=. python tests/tools/bench/made.py SQUAD.json FOLDER PASSAGES...

The articles of the question set are in it as they are. All other documents are such an article
with other words of the same lengths: most as often as the articles use them, one in ten made up,
few of those often and most of them hardly ever (Zipf's law), so that the list of words grows as it
does in real collections. Embeddings are those of the article, each moved at random along the
directions in which the articles' own differ. It is all written by what writes a build.
"""

import hashlib
import itertools
import random
import re
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.build.build import BITS, MANY_BITS, new_manifest
from index.build.embed import EmbeddedDocument, embed, token_rows
from index.build.sampling import evenly_spread
from index.build.write import TRIAL_QUESTIONS, GenerationWriter, last_words
from index.config import IndexConfig
from index.domain import Document, Embedder, Passage, TokenEmbeddings
from index.evaluation.corpus import open_corpus
from index.evaluation.files import read_sets
from index.front import silent
from index.reading.titles import title_from_path
from index.settings import IndexSettings
from index.store.manifest import FileRecord, Manifest
from index.store.passage_embeddings import EmbeddedPassage, TokenRows, passage_key
from index.store.seal import seal
from index.store.store import Store
from index.store.token_code import Code, quantize
from index.store.writing import writing
from tests.support.embeddings import restore

WORD = re.compile(r"[A-Za-z]+")
MADE_UP = 500_000
# Documents of more passages are taken for big ones by a build.
MANY_PASSAGES = 200_000
SYLLABLES = [
    "ba",
    "do",
    "fer",
    "gil",
    "ha",
    "ken",
    "lu",
    "mor",
    "ni",
    "pes",
    "ra",
    "sto",
    "tan",
    "vi",
]
# How often a word is a made-up one, and how far embeddings are moved, in lengths of their own.
SHARE = 0.1
FAR = 0.6
MOVES = 5000
# Each article's tokens are moved this often; its copies take turns with them.
VARIANTS = 2
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Article:
    """A real document with its embeddings."""

    document: Document
    passages: Sequence[Passage]
    embedded: Sequence[EmbeddedPassage]
    name: TokenRows

    def tokens(self, code: Code, mover: "Mover") -> list[TokenRows]:
        """Return the tokens of each passage, moved and in the code of an index."""
        moved = []
        for each in self.embedded:
            values = each.rows.values.astype(np.int8)
            tokens = mover.moved(restore(values, each.rows.scales))
            codes, scales = code.encode(quantize(tokens)[0])
            moved.append(TokenRows(codes, scales, each.rows.ids))
        return moved


class Words:
    """Draws words of a given length."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Draw as `texts` do, and made-up words beside theirs."""
        self._random = np.random.default_rng(0)
        dice = random.Random(0)  # noqa: S311 - no secret
        made = {
            "".join(dice.choices(SYLLABLES, k=dice.choice((2, 3, 3, 4, 4, 5))))
            for _ in range(MADE_UP)
        }
        self._real = self._of(
            Counter(word for text in texts for word in WORD.findall(text.lower()))
        )
        # sorted() makes it the same each time.
        self._made = self._of(
            {word: 1 / rank for rank, word in enumerate(sorted(made, key=hash_of), 1)}
        )

    @staticmethod
    def _of(
        weights: "Counter[str] | dict[str, float]",
    ) -> dict[int, tuple[list[str], npt.NDArray[np.float64]]]:
        grouped = defaultdict(list)
        for word, weight in weights.items():
            grouped[len(word)].append((word, weight))
        drawn = {}
        for length, pairs in grouped.items():
            sums = np.cumsum([weight for _, weight in pairs])
            drawn[length] = ([word for word, _ in pairs], sums / sums[-1])
        return drawn

    def another(self, text: str) -> str:
        """Return `text` with other words, all of them where they were."""
        places: dict[int, list[int]] = defaultdict(list)
        parts = re.split(r"([A-Za-z]+)", text)
        for number in range(1, len(parts), 2):
            places[len(parts[number])].append(number)
        for length, numbers in places.items():
            made = self._random.random(len(numbers)) < SHARE
            at = self._random.random(len(numbers))
            for number, is_made, point in zip(numbers, made, at, strict=True):
                known = self._made if is_made and length in self._made else self._real
                words, sums = known[length]
                word = words[int(np.searchsorted(sums, point))]
                parts[number] = word.capitalize() if parts[number][0].isupper() else word
        return "".join(parts)


def hash_of(word: str) -> bytes:
    """An order that has nothing to do with the alphabet."""
    return hashlib.md5(word.encode(), usedforsecurity=False).digest()


class Mover:
    """Moves embeddings as those of the articles differ from each other."""

    def __init__(self, vectors: Floats) -> None:
        """Take the directions of `vectors` (n, dim)."""
        self._random = np.random.default_rng(1)
        differences = (vectors - vectors.mean(axis=0)) / np.sqrt(len(vectors))
        chance = self._random.standard_normal((MOVES, len(vectors)), np.float32)
        self._moves = unit_rows(chance @ differences)

    def moved(self, vectors: Floats) -> Floats:
        """Return unit vectors about `FAR` from each of `vectors`."""
        # Two of the moves drawn before, added up, are as good as a new one.
        one, other = self._random.integers(MOVES, size=(2, len(vectors)))
        moves = unit_rows(self._moves[one] + self._moves[other])
        return unit_rows(vectors + np.float32(FAR) * moves)


def unit_rows(vectors: Floats) -> Floats:
    """Scale rows to length 1."""
    result: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return result


def articles(squad: Path, config: IndexConfig) -> tuple[list[Article], Embedder]:
    """Read and embed the articles of a question set; return what embedded them as well."""
    read = read_sets((squad,)).articles
    searcher = open_corpus(read, config, silent).answerer.searcher
    generation, embedder = searcher.generation, searcher.embedder
    passages = list(generation.passages)
    # Embedded anew: the index has the tokens in its own code alone.
    embedded = list(embed(passages, embedder))
    words = [title_from_path(path) for path in generation.documents]
    names = {
        path: token_rows(each)
        for path, each in zip(generation.documents, embedder.embed_documents(words), strict=True)
    }
    made = [
        Article(
            document,
            [passages[number] for number in generation.passages.of(path)],
            [embedded[number] for number in generation.passages.of(path)],
            names[path],
        )
        for path, document in generation.documents.items()
    ]
    return made, embedder


def parts(articles: Sequence[Article], code: Code, count: int) -> Iterator[EmbeddedDocument]:
    """Yield the articles, then as many made-up documents as make up `count` passages."""
    words = Words([each.document.text for each in articles])
    mover = Mover(np.stack([each.vector for article in articles for each in article.embedded]))
    variants = [[each.tokens(code, mover) for each in articles] for _ in range(VARIANTS)]
    made = 0
    for number in itertools.count():
        turn, place = divmod(number, len(articles))
        article = articles[place]
        if turn == 0:
            part = embedded_document(
                article.document, article.passages, article.embedded, article.name
            )
        else:
            tokens = variants[turn % VARIANTS][place]
            part = another(article, tokens, f"made/{number:06}.txt", words, mover)
        left = count - made
        yield replace(
            part,
            passages=part.passages[:left],
            keys=part.keys[:left],
            embeddings=part.embeddings[:left],
        )
        made += len(part.passages)
        if made >= count:
            return


def embedded_document(
    document: Document,
    passages: Sequence[Passage],
    embedded: Sequence[EmbeddedPassage],
    name: TokenRows,
) -> EmbeddedDocument:
    """Put a document together as a build does, every passage of it embedded anew."""
    return EmbeddedDocument(document, passages, list(map(passage_key, passages)), embedded, name)


def another(
    article: Article, variant: Sequence[TokenRows], path: str, words: Words, mover: Mover
) -> EmbeddedDocument:
    """Make a document up that is like `article`."""
    text, title = words.another(article.document.text), words.another(article.document.title)
    document = replace(
        article.document,
        path=path,
        title=title,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
    passages = [
        replace(
            each,
            document=path,
            text=each.span.of(text),
            preamble=each.preamble.replace(article.document.title, title),
        )
        for each in article.passages
    ]
    vectors = mover.moved(np.stack([each.vector for each in article.embedded]))
    embedded = [
        replace(each, vector=vector, rows=rows)
        for each, vector, rows in zip(article.embedded, vectors, variant, strict=True)
    ]
    return embedded_document(document, passages, embedded, article.name)


def make(real: Sequence[Article], model: Embedder, settings: IndexSettings, count: int) -> None:
    """Make the index of the settings, of `count` passages, to be asked with `model`."""
    bits = MANY_BITS if count > MANY_PASSAGES else BITS
    manifest = replace(new_manifest(settings, model, datetime.now(UTC)), token_bits=bits)
    records: list[FileRecord] = []

    def recorded() -> Iterator[EmbeddedDocument]:
        for part in parts(real, Code(manifest.token_bits, manifest.dim), count):
            document = part.document
            records.append(FileRecord(document.path, document.sha256, passages=len(part.passages)))
            yield part

    # Of made-up words none make a question; those of the articles do.
    passages = [passage for article in real for passage in article.passages]
    questions = itertools.cycle(evenly_spread(passages, TRIAL_QUESTIONS))

    def asked(_: str) -> TokenEmbeddings:
        return model.embed_question(last_words(next(questions).text))

    def fill(folder: Path) -> Manifest:
        with closing(GenerationWriter(folder, Code(manifest.token_bits, manifest.dim))) as writer:
            for part in recorded():
                writer.add(part)
            return replace(writer.finish(manifest, asked), sources=tuple(records))

    with (
        writing(Store(settings.store_path)) as store,
        store.draft(manifest.created_at) as folder,
    ):
        store.publish(seal(folder, fill(folder), model.files), keep=1)


def main(squad: Path, folder: Path, counts: Sequence[int]) -> None:
    """Make an index of each count and say how long that took."""
    config = IndexConfig()
    real, model = articles(squad, config)
    for count in counts:
        started = time.perf_counter()
        settings = config.index.model_copy(update={"store": str(folder / str(count))})
        make(real, model, settings, count)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        sys.stdout.write(f"{count:9,} passages: {seconds:.0f} s, {peak:.1f} GiB at most\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), list(map(int, sys.argv[3:])))
