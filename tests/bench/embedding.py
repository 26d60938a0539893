"""What building costs beside `SentenceTransformer.encode`, LangChain and txtai, in one process.

    pip install -e '.[bench]'
    PYTHONPATH=. python tests/bench/embedding.py [PASSAGES]

The documents are those of `builds.py`. A build exports and tries the model, reads, cuts, embeds,
writes it all to the disk and checks it; the rivals embed a thousand of the passages that it made,
and index them. Those that aren't installed are left out.
"""

import os
import random
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
from index.settings import IndexSettings
from index.store import Store
from tests.bench.builds import PASSAGES_A_FILE, document, known_words

SAMPLE = 1000


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


def main(count: int) -> None:
    """Build once, then give its passages to the others."""
    dice = random.Random(0)  # noqa: S311 - no secret
    words = known_words()
    with tempfile.TemporaryDirectory() as name:
        seeds = Path(name) / "seeds"
        seeds.mkdir()
        for number in range(count // PASSAGES_A_FILE):
            (seeds / f"{number:05}.md").write_text(document(dice, words, number))
        settings = IndexSettings(seeds=str(seeds), store=str(Path(name) / "index"))
        show("Seedbot, a whole build", count, lambda: build(settings, silent))
        store = Store(settings.store_path)
        generation = store.open().generation
        sys.stdout.write(
            f"{generation.manifest.passages} passages; {generation.manifest.runtime}\n"
        )
        wholes = [texts(passage)[0] for passage in generation.passages[:SAMPLE]]
        embedder = loaded(settings, store.model(generation.name))
        model = str(bundled_folder())
        for rival, work in (
            ("Seedbot, embedding alone", lambda: embedder.embed_documents(wholes)),
            ("SentenceTransformer.encode", lambda: plain(wholes, model)),
            ("LangChain", lambda: langchain(wholes, model)),
            ("txtai", lambda: txtai(wholes, model)),
        ):
            show(rival, len(wholes), work)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
