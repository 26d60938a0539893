"""What building costs beside `SentenceTransformer.encode`, LangChain and txtai, in one process.

    pip install -e '.[bench]'
    PYTHONPATH=. python tests/bench/embedding.py SQUAD.json [PASSAGES]

The rivals embed the passages that a build of the same documents has made, and index them; a build
reads, cuts and checks as well, embeds each unit of a passage beside the passage itself, and writes
it all to the disk. Rivals that aren't installed are left out.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TQDM_DISABLE", "1")

from sentence_transformers import SentenceTransformer

from index.build import build
from index.embedded import texts
from index.front import silent
from index.loading import loaded
from index.models import bundled_folder
from index.question_files import read_sets
from index.settings import IndexSettings
from index.store import Store


def plain(passages: Sequence[str], model: str) -> None:
    """Embed with the library at its defaults."""
    SentenceTransformer(model, device="cpu").encode(list(passages))


def langchain(passages: Sequence[str], model: str) -> None:
    """Make LangChain's FAISS store."""
    from langchain_community.vectorstores import FAISS  # noqa: PLC0415 - may be missing
    from langchain_huggingface import HuggingFaceEmbeddings  # noqa: PLC0415 - as above

    FAISS.from_texts(list(passages), HuggingFaceEmbeddings(model_name=model))


def txtai(passages: Sequence[str], model: str) -> None:
    """Make txtai's hybrid index."""
    from txtai import Embeddings  # noqa: PLC0415 - may be missing

    Embeddings(hybrid=True, path=model).index(list(enumerate(passages)))


def show(name: str, count: int, work: Callable[[], object]) -> None:
    """Time some work and print how many passages it did in a second."""
    started = time.perf_counter()
    with suppress(ImportError):
        work()
        seconds = time.perf_counter() - started
        each = seconds / count * 1000
        sys.stdout.write(f"{name:44} {count / seconds:6.1f} passages/s, {each:6.1f} s per 1,000\n")


def main(squad: Path, count: int) -> None:
    """Build once, then give its passages to the others."""
    articles = read_sets((squad,)).articles
    with tempfile.TemporaryDirectory() as name:
        seeds = Path(name) / "seeds"
        seeds.mkdir()
        for path, article in articles.items():
            (seeds / path).write_text(article.text)
        settings = IndexSettings(seeds=str(seeds), store=str(Path(name) / "index"))
        started = time.perf_counter()
        report = build(settings, silent)
        seconds = time.perf_counter() - started
        made = report.manifest.passages
        sys.stdout.write(f"{report.manifest.runtime}; {report.manifest.units} units\n")
        show_build = f"{made / seconds:6.1f} passages/s, {seconds / made * 1000:6.1f} s per 1,000"
        sys.stdout.write(f"{'Seedbot, a whole build':44} {show_build}\n")
        store = Store(settings.store_path)
        wholes = [texts(each)[0] for each in store.open().generation.passages][:count]
        embedder = loaded(settings, store.model(store.current()))
        model = str(bundled_folder())
        show(
            "Seedbot, passages alone, with their tokens",
            len(wholes),
            lambda: embedder.embed_documents(wholes),
        )
        show("SentenceTransformer.encode", len(wholes), lambda: plain(wholes, model))
        show("LangChain", len(wholes), lambda: langchain(wholes, model))
        show("txtai", len(wholes), lambda: txtai(wholes, model))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
