"""What an answer costs on ever larger indexes, beside plain embedding and search on the same.

    PYTHONPATH=. python tests/tools/bench/made.py SQUAD.json FOLDER 650 10000 100000 1000000
    PYTHONPATH=. python tests/tools/bench/sizes.py SQUAD.json OTHERS.txt FOLDER [PICTURE.png]

Each index is asked in a process of its own, by 1, 4 and 16 askers that each wait for their answer;
then the rival is: `SentenceTransformer.encode` and a flat FAISS index in memory. All questions are
asked once before, which is shown apart ("first"): then much is read from the disk. Times are in
milliseconds, embedding included; memory is in MiB, what the process has to itself, and files
mapped, which others share and the system may take back.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import faiss
import matplotlib.pyplot as plt
import numpy as np

from index import open_index
from index.config import IndexConfig
from index.evaluation.files import read_sets
from index.evaluation.questions import spread
from index.model.revision import bundled_folder

ASKERS = (1, 4, 16)
OF_EACH_KIND = 50
DEPTH = 10
MILLISECONDS = 1000
KIBIBYTES = 1024
OURS, RIVAL = "Seedbot", "encode and FAISS flat"
Row = dict[str, Any]


def measure(store: Path, files: Sequence[Path], who: str) -> list[Row]:
    """Open and ask one index; return a row for each number of askers."""
    questions = [each.text for each in spread(read_sets(files).questions, OF_EACH_KIND)]
    config = IndexConfig()
    started = time.perf_counter()
    index = open_index(config.index.model_copy(update={"store": str(store)}), config.answers)
    opened = time.perf_counter() - started
    vectors = index.answerer.searcher.generation.vectors
    passages = index.manifest.passages
    ask: Callable[[str], object] = index.answer
    if who == RIVAL:
        # Imported here: our own answers need none of it.
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415

        model = SentenceTransformer(str(bundled_folder()), device="cpu")
        flat = faiss.IndexFlatIP(vectors.dim)
        flat.add(vectors.of(np.arange(vectors.size)))
        del index, vectors

        def ask(question: str) -> object:
            vector = model.encode([question], show_progress_bar=False)
            return flat.search(vector, DEPTH)

    rows = []
    # A few questions are asked beforehand, and not counted.
    for question in questions[::10]:
        ask(question)
    asked = [each for number, each in enumerate(questions) if number % 10]
    # Each for the first time: what it needs may still be on the disk alone.
    first = np.percentile(np.array(answered(ask, asked, 1)[0]) * MILLISECONDS, (50, 95)).tolist()
    for askers in ASKERS:
        seconds, wall = answered(ask, asked, askers)
        p50, p95 = np.percentile(np.array(seconds) * MILLISECONDS, (50, 95))
        rows.append(
            {"who": who, "passages": passages, "askers": askers, "p50": p50, "p95": p95}
            | {"a_second": len(asked) / wall, "open": opened, "now": memory(), "first": first}
        )
    if who == OURS:
        engine = index.answerer.searcher.generation.engine
        embedder = index.answerer.searcher.embedder
        every = vectors.rows[:]
        shares = []
        for question in asked:
            vector = embedder.embed_question(question).vector
            exact = np.argsort(-(every @ vector), kind="stable")[:DEPTH]
            shares.append(np.isin(exact, engine.nearest(vector, DEPTH)).mean())
        for row in rows:
            row["recall"] = float(np.mean(shares))
    return rows


def answered(
    ask: Callable[[str], object], questions: Sequence[str], askers: int
) -> tuple[list[float], float]:
    """Ask everything; return the seconds of each answer, and of all."""

    def timed(question: str) -> float:
        started = time.perf_counter()
        ask(question)
        return time.perf_counter() - started

    started = time.perf_counter()
    with ThreadPoolExecutor(askers) as pool:
        seconds = list(pool.map(timed, questions))
    return seconds, time.perf_counter() - started


def memory() -> tuple[int, int]:
    """The MiB of this process: its own, and files mapped into it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    found = dict(line.split(":", 1) for line in lines)
    own, mapped = (int(found[key].split()[0]) // KIBIBYTES for key in ("RssAnon", "RssFile"))
    return own, mapped


def show(rows: Sequence[Row]) -> None:
    """Print a table; ratios are to the rival's of as many passages and askers."""
    rival = {(each["passages"], each["askers"]): each for each in rows if each["who"] == RIVAL}
    head = (
        "passages askers |  p50   p95  a second | rival p50   p95  a second | p50, p95 of rival's"
    )
    sys.stdout.write(head + " | opened in  own MiB  mapped MiB  recall | first p50    p95\n")
    for row in rows:
        if row["who"] == RIVAL:
            continue
        other = rival[row["passages"], row["askers"]]
        own, mapped = row["now"]
        sys.stdout.write(
            f"{row['passages']:8} {row['askers']:6} | {row['p50']:5.1f} {row['p95']:5.1f} "
            f"{row['a_second']:9.1f} | {other['p50']:9.1f} {other['p95']:5.1f} "
            f"{other['a_second']:9.1f} | {row['p50'] / other['p50']:8.2f} "
            f"{row['p95'] / other['p95']:10.2f} | {row['open']:7.2f} s {own:8} {mapped:11} "
            f"{row['recall']:7.3f} | {row['first'][0]:5.1f} {row['first'][1]:6.1f}\n"
        )


def draw(rows: Sequence[Row], file: Path) -> None:
    """Draw what one asker waits, by the number of passages."""
    figure, axes = plt.subplots(figsize=(7, 4))
    alone = sorted((each for each in rows if each["askers"] == 1), key=lambda each: each["who"])
    for who, group in groupby(alone, key=lambda each: each["who"]):
        found = sorted(group, key=lambda each: each["passages"])
        sizes = [each["passages"] for each in found]
        (line,) = axes.plot(sizes, [each["p50"] for each in found], "o-", label=f"{who}, p50")
        axes.plot(
            sizes,
            [each["p95"] for each in found],
            "o:",
            color=line.get_color(),
            label=f"{who}, p95",
        )
    axes.set(xscale="log", yscale="log", xlabel="passages", ylabel="milliseconds a question")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.tight_layout()
    figure.savefig(file, dpi=120)


def main() -> None:
    """Measure every index in a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("squad", type=Path)
    parser.add_argument("others", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("picture", type=Path, nargs="?")
    parser.add_argument("--who", choices=(OURS, RIVAL), help="Measure the one index FOLDER.")
    given = parser.parse_args()
    files = (given.squad, given.others)
    if given.who:
        sys.stdout.write(json.dumps(measure(given.folder, files, given.who)))
        return
    rows: list[Row] = []
    for store in sorted(given.folder.iterdir(), key=lambda each: int(each.name)):
        for who in (OURS, RIVAL):
            command = [sys.executable, __file__, *map(str, files), str(store), "--who", who]
            done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
            rows += json.loads(done.stdout)
    show(rows)
    if given.picture:
        draw(rows, given.picture)


if __name__ == "__main__":
    main()
