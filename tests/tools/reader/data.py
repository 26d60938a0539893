"""The training data as it lies on disk, and which of it is never trained on."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Whole documentations of different kinds, chosen before anything was trained: recipes, a game's
# wiki, a tool's manual, a handbook, rules. The best order and the calibration come from them.
HELD_OUT = ("cooking", "ss14", "borg", "18fguides", "sitepolicy")
# One in so many titles (or contexts, where there is no title) of a public source is held out.
PUBLIC_HELD_OUT = 25
# Questions about passages of the data: its own files, and one that was written for this project and
# holds no text of theirs.
AUTHORED = ("authored", "balance", "written")
WRITTEN = Path(__file__).parent / "written" / "questions.jsonl.gz"


def lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of gzipped JSON lines."""
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def authored(data: Path, name: str) -> Iterator[dict[str, Any]]:
    """Yield the questions of one of `AUTHORED`; their `answers` are (start, end) in the passage."""
    for each in lines(WRITTEN if name == WRITTEN.parent.name else data / f"{name}.jsonl.gz"):
        spans = [
            (answer["start"], answer.get("end") or answer["start"] + len(answer["text"]))
            for answer in each["answers"]
        ]
        yield each | {"answers": list(dict.fromkeys(spans))}


def held_out(example: dict[str, Any]) -> bool:
    """Whether an example of the public sources is held out."""
    name = example["title"] or example["context"]
    digest = hashlib.sha256(f"{example['source']}\0{name}".encode()).digest()
    return digest[0] * 256 + digest[1] < 65536 // PUBLIC_HELD_OUT
