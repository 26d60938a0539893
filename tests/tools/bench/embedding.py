"""What building costs beside `SentenceTransformer.encode`, LangChain and txtai, in one process.

    pip install -e '.[bench]'
    PYTHONPATH=. python tests/tools/bench/embedding.py SQUAD.json [PASSAGES]

The documents are the articles of the question set, and then such articles with their words
shuffled, until there are enough. A build exports and tries the model, reads, cuts, embeds, writes
it all to the disk and checks it; the rivals embed a thousand of the passages that it made, and
index them. Those that aren't installed are left out. All is done twice, in turns, and of each the
better time is shown. The libraries are imported before.
"""

import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TQDM_DISABLE", "1")

from sentence_transformers import SentenceTransformer

from index.build.build import build
from index.build.embed import model_text
from index.evaluation.files import read_sets
from index.front import silent
from index.model.choose import load_embedder
from index.model.revision import bundled_folder
from index.settings import IndexSettings
from index.store.store import Store

SAMPLE = 1000
TURNS = 2
WORD = re.compile(r"[A-Za-z]+")


def shuffled(text: str, dice: random.Random) -> str:
    """Return `text` with its words in another order, all else where it was."""
    words = WORD.findall(text)
    dice.shuffle(words)
    rest = iter(words)
    return WORD.sub(lambda _: next(rest), text)


def plain(passages: Sequence[str], model: str) -> None:
    """Embed with the library at its defaults."""
    SentenceTransformer(model, device="cpu").encode(list(passages))


def langchain(passages: Sequence[str], model: str) -> None:
    """Make LangChain's FAISS store."""
    from langchain_community.vectorstores import FAISS  # noqa: PLC0415 - may be missing
    from langchain_huggingface import HuggingFaceEmbeddings  # noqa: PLC0415 - may be missing

    FAISS.from_texts(list(passages), HuggingFaceEmbeddings(model_name=model))


def txtai(passages: Sequence[str], model: str) -> None:
    """Make txtai's hybrid index."""
    from txtai import Embeddings  # noqa: PLC0415 - may be missing

    Embeddings(hybrid=True, path=model).index(list(enumerate(passages)))


def timed(work: Callable[..., object], *given: object) -> float:
    """Return the seconds that some work takes; none at all if a library for it is missing."""
    started = time.perf_counter()
    try:
        work(*given)
    except ImportError:
        return 0
    return time.perf_counter() - started


def main(squad: Path, count: int) -> None:
    """Build, give some of the passages to the others, all of it twice; print the better times."""
    dice = random.Random(0)  # noqa: S311 - no secret
    articles = read_sets((squad,)).articles
    paragraphs = sum(len(article.paragraphs) for article in articles.values())
    best: dict[str, tuple[float, int]] = {}
    with tempfile.TemporaryDirectory() as name:
        seeds = Path(name) / "seeds"
        for copy in range(-(-count // paragraphs)):
            (seeds / str(copy)).mkdir(parents=True)
            for path, article in articles.items():
                text = shuffled(article.text, dice) if copy else article.text
                (seeds / str(copy) / path).write_text(text)
        for turn in range(TURNS):
            settings = IndexSettings(seeds=str(seeds), store=str(Path(name) / f"index-{turn}"))
            whole = timed(build, settings, silent)
            store = Store(settings.store_path)
            generation = store.open().generation
            passages = generation.passages
            wholes = [model_text(passages[at]) for at in dice.sample(range(len(passages)), SAMPLE)]
            embedder = load_embedder(settings, store.model(generation.name))
            model = str(bundled_folder())
            found = {
                "Seedbot, a whole build": (whole, len(passages)),
                "Seedbot, embedding alone": (
                    timed(embedder.embed_documents, wholes),
                    SAMPLE,
                ),
                "SentenceTransformer.encode": (timed(plain, wholes, model), SAMPLE),
                "LangChain": (timed(langchain, wholes, model), SAMPLE),
                "txtai": (timed(txtai, wholes, model), SAMPLE),
            }
            best = {name: min(each, best.get(name, each)) for name, each in found.items()}
        sys.stdout.write(f"{generation.manifest.runtime}\n")
        for rival, (seconds, embedded) in best.items():
            if seconds:
                each = seconds / embedded * 1000
                sys.stdout.write(
                    f"{rival:28} {embedded:6} passages, {embedded / seconds:6.1f} a second, "
                    f"{each:6.1f} s per 1,000\n"
                )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5000)
