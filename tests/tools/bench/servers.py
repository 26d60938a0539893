"""What many servers cost one bot: 1,000 with 50 documents each, a collection for each.

    PYTHONPATH=. python tests/tools/bench/servers.py FOLDER [SERVERS] [DOCUMENTS]

The documents are made up as those of `builds.py` are. What is in FOLDER is gone on with, so that a
run that was stopped builds only what it hadn't: the first in a process of its own as the bot does
it, the others in this one, which starts no interpreter for each. Every server is then asked once,
in an order of chance, with as many indexes open as the settings allow; some are asked again while
warm; and one is built anew, in a process of its own as the bot does it, while others are asked.
"""

import random
import resource
import statistics
import sys
import threading
import time
from pathlib import Path

from index import CollectionSettings, IndexSettings, Library, Shelf, output
from index.front import silent
from index.model.onnx_embedder import OnnxEmbedder
from index.store.seal import MODEL
from index.store.store import Store
from tests.support.builder import Builder
from tests.tools.bench.builds import document, known_words

SERVER = 10**17
SECTIONS = 1
SENTENCES = 4
WARM = 200
SHARING = 50
MEGABYTE = 1024


def write(folder: Path, dice: random.Random, words: list[str], documents: int) -> None:
    """Write the documents of one server."""
    folder.mkdir(parents=True)
    for number in range(documents):
        text = document(dice, words, number, SECTIONS, SENTENCES)
        (folder / f"rule-{number}.md").write_text(text)


def memory() -> float:
    """Megabytes that this process has now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / MEGABYTE
    return 0.0


def question(shelf: Shelf, dice: random.Random, words: list[str]) -> float:
    """Ask something; return the seconds."""
    started = time.perf_counter()
    shelf.answer(" ".join(dice.choices(words, k=8)) + "?")
    return time.perf_counter() - started


def build_all(library: Library, names: list[str]) -> None:
    """Build what isn't built; some at a time share the bytes of their model, as they do."""
    for first in range(0, len(names), SHARING):
        some = [name for name in names[first : first + SHARING] if library.outdated(name)]
        if not some:
            continue
        started = time.perf_counter()
        library.rebuild(some[0])
        output.print(f"built {some[0]} in {time.perf_counter() - started:.1f} s")
        store = Store(library.settings_of(some[0]).store_path)
        model = OnnxEmbedder(store.generations / store.current() / MODEL)
        started = time.perf_counter()
        for name in some[1:]:
            Builder(model)(library.settings_of(name), silent)
        seconds = (time.perf_counter() - started) / max(1, len(some) - 1)
        output.print(f"built {len(some) - 1} more, {seconds:.2f} s each")


def told(name: str, seconds: list[float]) -> None:
    """Print the median and the slowest of a hundred."""
    ordered = sorted(seconds)
    late = ordered[int(len(ordered) * 0.99)]
    output.print(
        f"{name}: median {statistics.median(ordered) * 1000:.0f} ms, p99 {late * 1000:.0f} ms"
    )


def main(folder: Path, servers: int, documents: int) -> None:
    """Build, ask, and print what that took."""
    words = known_words()
    dice = random.Random(0)  # noqa: S311 - no secret
    for number in range(servers):
        place = folder / "seeds" / "servers" / str(SERVER + number)
        if not place.exists():
            write(place, random.Random(number), words, documents)  # noqa: S311 - as above
    settings = IndexSettings(
        seeds=str(folder / "seeds"), store=str(folder / "store"), language="english"
    )
    collections = [CollectionSettings(name="own", folder="servers/{server}")]
    library = Library(settings, collections=collections)
    names = library.names()
    build_all(library, names)
    question(library.open(names[:1]), dice, words)
    output.print(f"one server open: {memory():.0f} MB")
    first, opening = [], []
    for name in dice.sample(names, len(names)):
        started = time.perf_counter()
        shelf = library.open([name])
        opening.append(time.perf_counter() - started)
        first.append(opening[-1] + question(shelf, dice, words))
    told("opening an index", opening)
    told("the first question of a server", first)
    output.print(f"every server asked once, {len(library.opened())} open: {memory():.0f} MB")
    shelves = [library.open([name]) for name in library.opened()]
    told("a warm question", [question(dice.choice(shelves), dice, words) for _ in range(WARM)])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    output.print(f"peak: {peak:.0f} MB")

    place = library.settings_of(names[0]).folder_path
    for what, everything in (("with a document changed", False), ("of everything", True)):
        (place / "rule-0.md").write_text(f"# Rule 0\n\nIt was changed {time.time()}.\n")
        building = threading.Thread(
            target=library.rebuild, args=(names[0],), kwargs={"everything": everything}
        )
        started = time.perf_counter()
        building.start()
        meanwhile = []
        while building.is_alive():
            meanwhile.append(question(dice.choice(shelves), dice, words))
        output.print(f"a rebuild {what} in {time.perf_counter() - started:.1f} s")
        told(f"{len(meanwhile)} questions meanwhile", meanwhile)


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        *(int(each) for each in (*sys.argv[2:], *("1000", "50")[len(sys.argv) - 2 :])),
    )
