"""The articles of a question set as an index of their own, kept so that it is built once."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import platformdirs

from index.build.fingerprint import program
from index.config import IndexConfig
from index.domain import Embedder, Progress
from index.errors import IndexCorrupt, IndexIncompatible, SourcesMissing, StoreError
from index.evaluation.questions import Article
from index.front import Index
from index.model.revision import revision
from index.opening import open_index

# The last used ones stay; each takes some ten megabytes.
KEPT_CORPORA = 4


def open_corpus(
    articles: Mapping[str, Article],
    config: IndexConfig,
    progress: Progress,
    embedder: Embedder | None = None,
) -> Index:
    """Write the articles (by file name) as documents and open their index; build it first.

    It is kept in the user's cache folder under a hash of the articles, the settings and the code
    that it depends on.

    Raises:
        StoreError: the cache folder can't be written.
        SourcesMissing: an article can't be indexed as it stands.
        EmbeddingError: the model fails.
    """
    cache = platformdirs.user_cache_path("seedbot") / "eval"
    folder = cache / _fingerprint(articles, config, embedder)
    places = {"seeds": str(folder / "documents"), "store": str(folder / "index")}
    settings = config.index.model_copy(update={**places, "folder": "", "only": []})
    try:
        settings.seeds_path.mkdir(parents=True, exist_ok=True)
        folder.touch()
        for path, article in articles.items():
            (settings.seeds_path / path).write_text(article.text, encoding="utf-8")
    except OSError as error:
        message = f"{folder}: the question set's articles can't be written: {error.strerror}"
        raise StoreError(message) from error
    try:
        index = open_index(settings, config.answers, progress=progress, embedder=embedder)
    except (IndexCorrupt, IndexIncompatible):
        shutil.rmtree(settings.store_path, ignore_errors=True)
        index = open_index(settings, config.answers, progress=progress, embedder=embedder)
    for path, article in articles.items():
        document = index.read(path)
        if document is None or document.text != article.text:
            message = f"{settings.seeds_path / path}: the article can't be indexed as it stands"
            raise SourcesMissing(message)
    _remove_oldest(cache)
    return index


def _fingerprint(
    articles: Mapping[str, Article], config: IndexConfig, embedder: Embedder | None
) -> str:
    settings = config.index.model_dump(exclude={"seeds", "store", "folder", "only"})
    texts = sorted((path, article.text) for path, article in articles.items())
    # An index that torch embedded is another than one that an exported model did.
    version = revision(config.index) if embedder is None else f"{embedder.revision} given"
    parts = [texts, settings, version, program()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _remove_oldest(cache: Path) -> None:
    # Another run may be tidying up as well.
    with suppress(OSError):
        folders = sorted(cache.iterdir(), key=lambda folder: folder.stat().st_mtime)
        for folder in folders[:-KEPT_CORPORA]:
            shutil.rmtree(folder)
