"""What the example documents are indexed as and answered with, to compare two versions of the bot.

    python -m tests.tools.snapshot take FOLDER          in a checkout of each version
    python -m tests.tools.snapshot compare BEFORE NOW   names every file and answer that differs

It takes the seeds folder and the question sets of the checkout that it is run in.
"""

import argparse
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index import Answer, AnswerSettings, IndexSettings, NoAnswer, open_index
from index.store.checksums import hashed
from index.terminal import output

ROOT = Path(__file__).parents[2]
SETS = ("golden", "paraphrased", "followups", "conversations")
ANSWERS = "answers.jsonl"
STORE = "store"
# The generation's name and what is in it about the program and the time differ between versions.
OF_ONE_BUILD = {"manifest.json"}


def take(folder: Path) -> None:
    """Build an index in `folder` and write what it answers beside it."""
    shutil.rmtree(folder / STORE, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    settings = IndexSettings(seeds=str(ROOT / "seeds"), store=str(folder.absolute() / STORE))
    index = open_index(settings, AnswerSettings())
    with (folder / ANSWERS).open("w", encoding="utf-8") as stream:
        for question, earlier in questions():
            stream.write(json.dumps(content(index.answer(question, earlier))) + "\n")


def questions() -> Iterator[tuple[str, list[str]]]:
    """Yield each question of the project's sets with those before it."""
    for name in SETS:
        for line in (ROOT / "tests" / "data" / f"{name}.jsonl").read_text("utf-8").splitlines():
            record = json.loads(line)
            yield record["question"], record.get("earlier", [])


def content(reply: Answer | NoAnswer) -> dict[str, Any]:
    """Return all of a reply that doesn't name the build it comes from."""
    fields = asdict(reply)
    fields.pop("generation")
    for citation in (*fields.get("citations", ()), *fields.get("nearest", ())):
        citation.pop("generation")
        for other in (*citation["also"], *citation["rows"]):
            other.pop("generation")
    return fields


def files(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a snapshot's index."""
    (generation,) = (folder / STORE / "generations").iterdir()
    return {
        path.relative_to(generation).as_posix(): hashed(path)
        for path in sorted(generation.rglob("*"))
        if path.is_file() and path.name not in OF_ONE_BUILD
    }


def differences(before: Path, now: Path) -> Iterator[str]:
    """Name the files and the questions for which two snapshots differ."""
    earlier, later = files(before), files(now)
    for path in sorted(earlier.keys() | later.keys()):
        if earlier.get(path) != later.get(path):
            yield path
    answers = [
        [json.loads(line) for line in (folder / ANSWERS).read_text("utf-8").splitlines()]
        for folder in (before, now)
    ]
    if len(answers[0]) != len(answers[1]):
        yield f"{len(answers[0])} answers before, {len(answers[1])} now"
    for one, other in zip(*answers, strict=False):
        if one != other:
            yield one["question"]


def main() -> int:
    """Take a snapshot, or compare two; return 1 where they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("take").add_argument("folder", type=Path)
    compare = commands.add_parser("compare")
    compare.add_argument("before", type=Path)
    compare.add_argument("now", type=Path)
    given = parser.parse_args()
    if given.command == "take":
        take(given.folder)
        return 0
    different = list(differences(given.before, given.now))
    for name in different:
        output.print(name, markup=False)
    output.print(f"{len(different)} differences")
    return int(bool(different))


if __name__ == "__main__":
    raise SystemExit(main())
