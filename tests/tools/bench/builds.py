"""What a build costs when everything, one file, a name, or nothing has changed.

    PYTHONPATH=. python tests/tools/bench/builds.py [PASSAGES]

The documents are made up, of the words of the example documents as often as those use them, so
that anyone can run it. Each build is a process of its own, timed from its start to its end.
"""

import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]
PASSAGES_A_FILE = 20
SENTENCES = 5
WORDS = range(8, 20)
BUILD = (sys.executable, "-m", "index", "--config", "config.toml", "build")


def known_words() -> list[str]:
    """The words of the example documents, as often as they stand there."""
    texts = [file.read_text() for file in sorted((ROOT / "seeds").glob("0*"))]
    return re.findall(r"[A-Za-z]+", " ".join(texts))


def document(
    dice: random.Random,
    words: list[str],
    number: int,
    sections: int = PASSAGES_A_FILE,
    sentences: int = SENTENCES,
) -> str:
    """A made-up document, whose every section, of so many sentences, is cut as one passage."""
    parts = [f"# Chapter {number}\n"]
    for section in range(sections):
        said = [
            " ".join(dice.choices(words, k=dice.choice(WORDS))).capitalize() + "."
            for _ in range(sentences)
        ]
        parts.append(f"## Section {number}.{section}\n\n{' '.join(said)}\n")
    return "\n".join(parts)


def timed(folder: Path) -> tuple[float, str]:
    """Build; return the seconds that it took and what it said."""
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command
        BUILD, cwd=folder, capture_output=True, text=True, check=True
    )
    return time.perf_counter() - started, done.stdout.strip()


def main(passages: int) -> None:
    """Print the seconds of each build, and its share of a build of everything."""
    dice = random.Random(0)  # noqa: S311 - no secret
    words = known_words()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seeds = folder / "seeds"
        seeds.mkdir()
        (folder / "config.toml").write_text('[index]\nlanguage = "english"\n')
        for number in range(passages // PASSAGES_A_FILE):
            (seeds / f"{number:05}.md").write_text(document(dice, words, number))
        whole, said = timed(folder)
        sys.stdout.write(f"{'everything':12} {whole:7.1f} s           {said}\n")
        (seeds / "00007.md").write_text(document(dice, words, 7))
        rows = [("one file", *timed(folder))]
        (seeds / "00008.md").rename(seeds / "renamed.md")
        rows.append(("a name", *timed(folder)))
        rows.append(("nothing", *timed(folder)))
        for what, seconds, said in rows:
            line = f"{what:12} {seconds:7.1f} s, 1/{whole / seconds:<5.0f}  {said}\n"
            sys.stdout.write(line)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
