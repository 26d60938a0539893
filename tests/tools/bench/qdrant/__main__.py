"""How Qdrant's engine searches a million passages: recall, time, memory, and what builds cost.

    python -m tests.tools.bench.qdrant real TRAINING FOLDER
    python -m tests.tools.bench.qdrant make FOLDER 1000000
    python -m tests.tools.bench.qdrant build FOLDER 1000000 32
    python -m tests.tools.bench.qdrant dense FOLDER 1000000 32
    python -m tests.tools.bench.qdrant sparse FOLDER 1000000
    python -m tests.tools.bench.qdrant lifetimes FOLDER 1000000
    python -m tests.tools.bench.qdrant likeness FOLDER
    python -m tests.tools.bench.qdrant show LOG

TRAINING has passages and questions (`texts.py` names the files). `build` makes the shard of a
size, or codes of 8 or 4 bits in the one that is there; `dense`, `sparse` and `lifetimes` ask it.
Everything is one process, as is the engine; a server adds the network. Each line that is printed
is a JSON object; `show` makes tables of them.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import click
import numpy as np
import qdrant_edge as edge

from tests.tools.bench.qdrant import corpus as corpora
from tests.tools.bench.qdrant import dense as nearest
from tests.tools.bench.qdrant import lifetimes as changes
from tests.tools.bench.qdrant import shard as shards
from tests.tools.bench.qdrant import sparse as lexical
from tests.tools.bench.qdrant import spread, tables, texts
from tests.tools.bench.qdrant.tables import Row

FOLDER = click.argument("folder", type=click.Path(path_type=Path))
COUNT = click.argument("count", type=int)
BITS = click.argument("bits", type=int, default=32)
TURNS = click.option("--turns", default=3, help="How often; of each question the best counts.")
LINKED = click.option("--links", default=shards.LINKS, help="Links of a point in the graph.")
PLAIN = click.option("--plain", is_flag=True, help="With no index of when points died.")
# How much smaller the sample is, of which as many passages are made as there are real ones.
SAMPLED = 7


def say(row: Row) -> None:
    """Print a row."""
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    started = time.perf_counter()
    work()
    return round(time.perf_counter() - started, 1)


def shard_of(folder: Path, count: int, *, plain: bool = False) -> Path:
    """Where the shard of a size lies."""
    return folder / str(count) / ("plain" if plain else "shard")


@click.group(help=__doc__)
def main() -> None:
    """Measure one thing."""


@main.command()
@click.argument("training", type=click.Path(path_type=Path, exists=True))
@FOLDER
def real(training: Path, folder: Path) -> None:
    """Embed the real passages and questions."""
    seconds = timed(lambda: say({"made": texts.prepare(training, folder / "real")}))
    say({"seconds": seconds})


@main.command()
@FOLDER
@COUNT
def make(folder: Path, count: int) -> None:
    """Make so many passages."""
    say({"passages": count, "seconds": timed(lambda: corpora.make(folder, count))})


@main.command()
@FOLDER
def likeness(folder: Path) -> None:
    """Compare real passages with as many that are made of a sample of them."""
    vectors = np.load(folder / "real" / "passages.npy")
    words = texts.Words.load(folder / "real", "words-passages")
    asked = np.load(folder / "real" / "questions.npy")
    chosen = np.sort(np.random.default_rng(3).permutation(len(vectors))[: len(vectors) // SAMPLED])
    few = vectors[chosen]
    made = spread.spread(few, words.of(chosen), len(vectors), corpora.LEAN, corpora.FAR)
    for name, rows in (("sample", few), ("made of it", made.vectors), ("real", vectors)):
        say({"who": name, "passages": len(rows)} | spread.likeness(rows, asked))


@main.command()
@FOLDER
@COUNT
@BITS
@PLAIN
@LINKED
def build(folder: Path, count: int, bits: int, links: int, *, plain: bool) -> None:
    """Send all points and build the graphs, or make codes for what is there."""
    place = shard_of(folder, count, plain=plain)
    row: Row = {"passages": count, "bits": bits, "links": links}
    how = shards.config(bits, links=links)
    if place.exists():
        shard = edge.EdgeShard.load(str(place), how)
    else:
        contents = corpora.load(folder, count).contents
        shard = shards.created(place, how, died=not plain)
        row["engine's seconds of upserts"] = round(
            shards.send(shard, contents, np.arange(count)), 1
        )
        row["postings"] = len(contents.values)
    row["seconds of graphs"] = round(shards.optimized(shard), 1)
    row |= changes.state(shard)
    shard.close()
    say(row | {"MiB": shards.disk(place)})


@main.command()
@FOLDER
@COUNT
def memory(folder: Path, count: int) -> None:
    """Ask the real questions of a shard that nothing else is in memory with."""
    before = shards.memory()
    shard = edge.EdgeShard.load(str(shard_of(folder, count)))
    opened = shards.memory()
    rows = np.load(folder / "real" / "questions.npy").tolist()
    queries = [edge.Query.Nearest(row, using=shards.DENSE) for row in rows]
    only = shards.alive(corpora.TENANTS[0], shards.FIRST)
    for way in nearest.CODED[:2]:
        search = shards.Search(nearest.POOL, only, way.params(nearest.DEPTHS[2]))
        found = shards.ask(shard, queries, search)
        say({"way": way.name, "ms": found.times(), "MiB": shards.memory()})
    say({"before": before, "opened": opened})


def told(rows: Iterator[Row]) -> None:
    """Print rows as they come."""
    for row in rows:
        say(row)


@main.command()
@FOLDER
@COUNT
@BITS
@TURNS
@click.option("--brief", is_flag=True, help="Of the big tenant alone.")
def dense(folder: Path, count: int, bits: int, turns: int, *, brief: bool) -> None:
    """Ask for nearest passages."""
    corpus, place = corpora.load(folder, count), shard_of(folder, count)
    told(nearest.measure(corpus, place, bits, turns, brief=brief))


@main.command()
@FOLDER
@COUNT
@TURNS
def sparse(folder: Path, count: int, turns: int) -> None:
    """Ask for passages with the words of questions."""
    told(lexical.measure(corpora.load(folder, count), shard_of(folder, count), turns))


@main.command()
@FOLDER
@COUNT
@PLAIN
def lifetimes(folder: Path, count: int, *, plain: bool) -> None:
    """Change a hundredth of the points, a few times."""
    place = shard_of(folder, count, plain=plain)
    told(changes.measure(corpora.load(folder, count), place, place.with_name("changed")))


@main.command()
@click.argument("log", type=click.File(encoding="utf-8"))
def show(log: TextIO) -> None:
    """Show what was printed before."""
    rows = [json.loads(line) for line in log if line.startswith("{")]
    for line in tables.tables(rows):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
