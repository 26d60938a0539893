"""Whether FAISS and Qdrant give the same answers, and what each takes.

    python -m tests.tools.bench.engines [FILE ...] [--folder FOLDER] [--seeds DOCUMENTS]

FILEs are question sets as `python -m index eval` takes them; one of SQuAD brings its documents
along, others are asked of DOCUMENTS, by default the examples that ship with the bot. Everything is
built in FOLDER, and what is there is asked again as it is. There are four rounds:

fresh    built with FAISS, and then of the same embeddings with Qdrant
changed  every fifth document removed, built, put back, and built again
grown    begun without every fifth document: all others have the weights of then
uneven   begun with the smaller half of the documents: those have the weights of short passages

Where documents are embedded again, FAISS is built behind, of the embeddings that Qdrant has. Each
question is asked of both, and whole replies are compared; what the reader says of a passage is
remembered, but for the questions that are timed. What stands in for a Qdrant
server is its engine in an HTTP server in Python, whose milliseconds say little of a real one. It
builds the graph of vectors (HNSW), and uses it, from --graph kilobytes on: at the 10,000 of a real
server, few of these documents would have one.
"""

import argparse
import json
import multiprocessing
import shutil
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from index.config import REPOSITORY_SEEDS
from index.evaluation.files import read_sets
from index.evaluation.questions import GradedQuestion, spread
from index.model.choose import load_embedder
from index.model.reader import Reader, load_reader
from index.settings import IndexSettings
from index.store.store import Store
from tests.support.qdrant_standin.process import StandIn
from tests.tools.bench.alike import OTHER, Asked, Explainer, RememberingReader
from tests.tools.bench.rounds import ROUNDS, Round, Workshop, disk, say

GOLDEN = Path("tests/data/golden.jsonl")
# Questions that are timed, and asked before a process's memory is looked at; a tenth warm it up.
TIMED, TENTH = 60, 10
MILLISECONDS, KIBIBYTES = 1000, 1024


def compare(
    workshop: Workshop, round_: Round, questions: Sequence[GradedQuestion], reader: Reader
) -> list[dict[str, Any]]:
    """Ask both engines every question and print how that went; return what differs."""
    settings = workshop.settings(round_.name, "qdrant")
    store = Store.of(settings)
    faiss, qdrant = store.read(round_.faiss), store.read(round_.qdrant)
    embedder = load_embedder(settings, store.model(round_.faiss))
    both = [Asked.of(each, embedder, reader) for each in (faiss, qdrant)]
    explainer = Explainer(faiss, qdrant)
    info = workshop.green(round_.collection)
    averages = [store.manifest(each).average_words for each in store.names()]
    say(
        f"\n{round_.name}: {len(faiss.passages):,} passages of {len(faiss.documents):,} documents, "
        f"{qdrant.manifest.contents:,} contents, {explainer.older:,} sent before; words a passage, "
        f"build by build: {', '.join(f'{each:.2f}' for each in averages if each != 1)}"
    )
    say(f"  server: {info.points_count} points, {info.indexed_vectors_count} vectors indexed")
    different: list[dict[str, Any]] = []
    same = 0
    pools: Counter[str] = Counter()
    replies: Counter[str] = Counter()
    for question in questions:
        ours, theirs = [each.reply(question) for each in both]
        apart = explainer.of(ours.pools, theirs.pools)
        reasons = sorted({each.reason for each in apart})
        pools.update(["; ".join(reasons)] if reasons else [])
        if json.dumps(ours.content) == json.dumps(theirs.content):
            same += 1
        else:
            replies["; ".join(reasons) or OTHER] += 1
        if apart or ours.content != theirs.content:
            keys = [key for key, value in ours.content.items() if theirs.content.get(key) != value]
            different.append(
                {"round": round_.name, "question": question.text, "reply": keys}
                | {"pools": [asdict(each) for each in apart]}
                | ({"faiss": ours.content, "qdrant": theirs.content} if keys else {})
            )
    say(
        f"  {len(questions):,} questions: {same:,} replies identical, {sum(replies.values())} not "
        f"({_counted(replies)}); pools differ for {sum(pools.values())} ({_counted(pools)})"
    )
    return different


def show_times(
    workshop: Workshop, round_: Round, questions: Sequence[GradedQuestion], reader: Reader
) -> None:
    """Print how long questions take that are asked of both engines in turn."""
    settings = workshop.settings(round_.name, "qdrant")
    store = Store.of(settings)
    embedder = load_embedder(settings, store.model(round_.faiss))
    both = [Asked.of(store.read(name), embedder, reader) for name in (round_.faiss, round_.qdrant)]
    seconds, engines = [], []
    for number, question in enumerate(questions):
        # Each is the first in turn, so that neither finds what the other left in a cache.
        turn = both if number % 2 else both[::-1]
        replies = [each.reply(question) for each in turn][:: 1 if number % 2 else -1]
        seconds.append([each.seconds for each in replies])
        engines.append([each.of_engine for each in replies])
    counted = len(questions) // TENTH
    whole, of_engines = _times(seconds[counted:]), _times(engines[counted:])
    say(f"  ms a question, median and p95: {whole}; of which the engine {of_engines}")


def memory(settings: IndexSettings, name: str, questions: Sequence[GradedQuestion]) -> str:
    """Ask one generation; return the MiB of this process, its own and of mapped files."""
    store = Store.of(settings)
    embedder, reader = load_embedder(settings, store.model(name)), load_reader()
    asked = Asked.of(store.read(name), embedder, reader)
    for question in questions:
        asked.reply(question)
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    found = dict(line.split(":", 1) for line in lines)
    own, mapped = (int(found[key].split()[0]) // KIBIBYTES for key in ("RssAnon", "RssFile"))
    return f"{own} MiB own, {mapped} MiB mapped"


def show_size(workshop: Workshop, round_: Round, questions: Sequence[GradedQuestion]) -> None:
    """Print what both engines take of memory and disk."""
    settings = workshop.settings(round_.name, "qdrant")
    spawn = multiprocessing.get_context("spawn")
    for engine, name in (("faiss", round_.faiss), ("qdrant", round_.qdrant)):
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            taken = pool.submit(memory, settings, name, questions).result()
        files = disk(Store.of(settings).generations / name)
        say(f"  {engine}: {taken}; KiB on disk: {_listed(files)}")
    say(f"  server, KiB on disk: {_listed(round_.disk)}")


def _listed(sizes: dict[str, int]) -> str:
    ordered = sorted(sizes.items(), key=lambda item: -item[1])
    return f"{sum(sizes.values()):,} (" + ", ".join(f"{k} {v:,}" for k, v in ordered if v) + ")"


def _times(pairs: Sequence[Sequence[float]]) -> str:
    figures = np.percentile(np.array(pairs) * MILLISECONDS, (50, 95), axis=0).T
    (ours, late), (theirs, their_late) = figures
    return f"faiss {ours:.1f} and {late:.1f}, qdrant {theirs:.1f} and {their_late:.1f}"


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counter.most_common()) or "none"


def run(given: argparse.Namespace, folder: Path) -> None:
    """Build, ask, and print."""
    found = read_sets(given.files or (GOLDEN,))
    questions = spread(found.questions, given.limit) if given.limit else found.questions
    seeds = folder / "seeds"
    if not seeds.exists():
        if found.articles:
            seeds.mkdir(parents=True)
            for path, article in found.articles.items():
                (seeds / path).write_text(article.text, encoding="utf-8")
        else:
            shutil.copytree(given.seeds, seeds)
    some = questions[:: max(1, len(questions) // TIMED)]
    reader, remembering = load_reader(), RememberingReader()
    with StandIn(folder / "standin") as server:
        workshop = Workshop(folder, server, given.bits, given.graph)
        different = []
        for each in workshop.rounds():
            if each.name not in given.rounds:
                continue
            different += compare(workshop, each, questions, remembering)
            show_times(workshop, each, some, reader)
            show_size(workshop, each, some)
    (folder / "differences.json").write_text(json.dumps(different, indent=1))
    for one in different:
        say(f"{one['round']}: {one['question']}: {', '.join(one['reply']) or 'reply the same'}")
        for pool in one["pools"]:
            say(f"    {pool['reason']}: {pool['told']}")


def main() -> None:
    """Read what was given, and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE")
    parser.add_argument("--folder", type=Path, help="Where to build; else what is built is lost.")
    parser.add_argument("--seeds", type=Path, default=REPOSITORY_SEEDS)
    parser.add_argument("--limit", type=int, help="Ask at most this many of each kind.")
    parser.add_argument("--rounds", nargs="+", default=ROUNDS, choices=ROUNDS)
    parser.add_argument("--bits", type=int, default=32, choices=(32, 8, 4))
    parser.add_argument("--graph", type=int, default=10, metavar="KILOBYTES")
    given = parser.parse_args()
    if given.folder:
        run(given, given.folder.absolute())
        return
    with TemporaryDirectory(prefix="seedbot-") as folder:
        run(given, Path(folder))


if __name__ == "__main__":
    main()
