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
AUTHORED = ("authored", "balance")


def lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of gzipped JSON lines."""
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def held_out(example: dict[str, Any]) -> bool:
    """Whether an example of the public sources is held out."""
    name = example["title"] or example["context"]
    digest = hashlib.sha256(f"{example['source']}\0{name}".encode()).digest()
    return digest[0] * 256 + digest[1] < 65536 // PUBLIC_HELD_OUT
