"""Throw damaged files of every format at the process that reads and cuts them.

None may do more than be refused: the process has less time for each than a build gives it.

`PYTHONPATH=. python tests/tools/fuzz_readers.py [COUNT]` tries COUNT files (20,000 if not given)
and prints what became of them; a test tries a few of each format.
"""

import hashlib
import io
import json
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index import IndexSettings
from index.domain import Cut, Document, Skipped
from index.model import reader as bundled
from index.model.counting import TokenCounter, token_count
from index.reading.process import ReaderProcess
from index.text import language
from index.text.chunking import Chunker, embedded_text
from tests.support.formats import packed, samples

LIMITS = IndexSettings(max_pages=50, max_unpacked_mb=5.0, max_seconds_per_file=10.0)
PASSAGE_TOKENS = 64
REASON_CHARS = 200
TOKENIZER = Path(bundled.__file__).parent / "weights" / "tokenizer.json"
# What a process says that was ended or ended itself, not that it refused the file.
HARM = re.compile("took too (long|much memory)|its reader|doesn't start")
# What else the readers tell apart, beside the formats.
SHAPES = {
    "chat.json": json.dumps(
        {
            "guild": {"name": "Boats"},
            "channel": {"name": "help"},
            "messages": [
                {
                    "id": "1", "timestamp": "2024-05-04T10:00:00+00:00", "content": "Where is it?",
                    "author": {"name": "ada", "nickname": "Ada"}, "attachments": [],
                },
                {
                    "id": "2", "timestamp": "2024-05-04T10:01:00+00:00", "content": "In the shed.",
                    "author": {"name": "bo"}, "reference": {"messageId": "1"}, "embeds": [{}],
                },
            ],
        }
    ).encode(),
    "chat.csv": b"""AuthorID,Author,Date,Content,Attachments,Reactions
1,ada#1,2024-05-04T10:00:00,Where is it?,,
2,bo#2,2024-05-04T10:01:00,"In the ""old""
shed.",,:+1: (2)
""",
    "pump.toml": b"""title = "Pump"
[motor]
watts = 400  # at most
[[hose]]
long = 3.5
ends = ["brass", 'steel']
""",
    "pump.ini": b"[motor]\nwatts = 400\n; at most\nhose: brass\n",
    "dock.mdx": b"""---
title: Dock
---
import {Note} from './note';

# Dock

:::note
<Note kind="x">Mind the gap.</Note>
:::

1. Tie the rope:
   ```sh
   tie --fast
   ```
2. Pull.

**Is it deep?**

Two metres.
""",
}  # fmt: skip
TOKENS = [
    b"\0", b"\xff", b"\n", b'"', b"{", b"[" * 60, b"<", b">", b"</", b"<table><tr>", b"<ul><li>",
    b"&#xD800;", b"\\ud800", b"..", b"::", b"`", b"|", b"=" * 20, b"999999999999", b"-1", b"obj",
    b"/Kids", b"<<", b"stream", b"\r", b"\x0c", "\u2028".encode(), b".. include:: /etc/passwd\n",
    b"  " * 40, b"- " * 30, b"> " * 130,
]  # fmt: skip


@st.composite
def mutations(draw: st.DrawFn, data: bytes) -> bytes:
    """Draw a damaged `data`: bytes flipped, cut out, doubled, cut off, tokens put in, or many."""
    result = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(result) - 1)))
        size = draw(st.integers(1, 40))
        match draw(st.sampled_from(["flip", "cut", "double", "move", "token", "many", "end"])):
            case "flip" if result:
                result[at] ^= draw(st.integers(1, 255))
            case "cut":
                del result[at : at + size]
            case "double":
                result[at:at] = result[at : at + size] * draw(st.integers(1, 50))
            case "move":
                part = result[at : at + size]
                del result[at : at + size]
                to = draw(st.integers(0, len(result)))
                result[to:to] = part
            case "token":
                result[at:at] = draw(st.sampled_from(TOKENS))
            case "many":
                result[at:at] = draw(st.sampled_from(TOKENS)) * draw(st.integers(100, 3000))
            case "end" if draw(st.booleans()):
                del result[at:]
    return bytes(result)


WORDS = [
    "", "x", " ", "\n", "word ", "One. ", "é", "漢", "\u200d", "-1", "0", "7", "1048577", "1e999",
    "A1:XFD1048576", "true", "../x", "https://example.org/",
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def reshaped(draw: st.DrawFn, value: object) -> object:
    """Draw a JSON value in which some parts are something else."""
    if draw(st.integers(0, 5)) == 0:
        return draw(VALUES)
    if isinstance(value, dict):
        return {key: draw(reshaped(each)) for key, each in value.items()}
    if isinstance(value, list):
        return [draw(reshaped(each)) for each in value]
    return value


@st.composite
def rebuilt(draw: st.DrawFn, data: bytes) -> bytes:
    """Draw XML that is still well-formed, with parts of it doubled, left out or altered."""
    try:
        root = ET.fromstring(data)  # noqa: S314 - a file of ours
    except ET.ParseError:
        return draw(mutations(data))
    for _ in range(draw(st.integers(1, 4))):
        element = draw(st.sampled_from(list(root.iter())))
        match draw(st.sampled_from(["text", "attribute", "double", "drop", "nest"])):
            case "text":
                element.text = draw(st.sampled_from(WORDS)) * draw(st.sampled_from([1, 20, 5000]))
            case "attribute" if element.attrib:
                name = draw(st.sampled_from(sorted(element.attrib)))
                element.set(name, draw(st.sampled_from(WORDS)))
            case "double" if len(element):
                child = draw(st.sampled_from(list(element)))
                element.extend([child] * draw(st.sampled_from([1, 20, 5000])))
            case "drop" if len(element):
                element.remove(draw(st.sampled_from(list(element))))
            case "nest" if len(element):
                inner = draw(st.sampled_from(list(element)))
                for _ in range(draw(st.integers(1, 60))):
                    outer = ET.Element(inner.tag, inner.attrib)
                    outer.append(inner)
                    inner = outer
                element.append(inner)
    made: bytes = ET.tostring(root, encoding="utf-8")
    return made


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Draw a damaged file; most of the damage is in what the file holds, not in its bytes."""
    if not data.startswith((b"PK", b"{", b"<?xml")) or not draw(st.integers(0, 4)):
        return draw(mutations(data))
    if data.startswith(b"<?xml"):
        return draw(rebuilt(data))
    if data.startswith(b"{"):
        try:
            return json.dumps(draw(reshaped(json.loads(data)))).encode()
        except ValueError:
            # Of JSON Lines, the first is reshaped.
            first, _, rest = data.partition(b"\n")
            return json.dumps(draw(reshaped(json.loads(first)))).encode() + b"\n" + rest
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archived = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(sorted(archived)))
    part = archived[name]
    well_formed = part.startswith(b"<") and draw(st.sampled_from([True, True, False]))
    return packed(archived | {name: draw(rebuilt(part) if well_formed else mutations(part))})


class Target:
    """The process that reads and cuts a build's files, and the folder of the one it is at."""

    def __init__(self, folder: Path, reader: ReaderProcess, chunker: Chunker) -> None:
        """Put the files into `folder`, which `reader` reads."""
        self._folder, self._reader, self._chunker = folder, reader, chunker

    def outcome(self, path: str, data: bytes) -> str:
        """Read and cut a file as a build does, and check what comes out; return what it came to."""
        (self._folder / path).write_bytes(data)
        read = self._reader.read(path)
        if isinstance(read, Skipped):
            assert not HARM.search(read.reason), read.reason
            assert "\n" not in read.reason
            # What no reader expected is told apart: it may be the reader's own fault.
            unexpected = re.search(r"or no \.\w+ file \((\w+)", read.reason)
            return f"refused ({unexpected[1]})" if unexpected else "refused"
        check(read)
        languages = language.settle({path: language.detect(read.text)}, language.AUTO)
        document = replace(read, language=languages[path])
        cut = self._reader.cut(document, 0)
        assert isinstance(cut, Cut), cut
        for passage in cut.passages:
            text = embedded_text(passage.preamble, passage.units[0].context, passage.text)
            assert self._chunker.count_tokens(text) <= self._chunker.max_tokens
        return "indexed" if cut.passages else "nothing to quote"


@contextmanager
def target() -> Iterator[Target]:
    """Start a process that reads and cuts."""
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    chunker = Chunker(PASSAGE_TOKENS, TokenCounter(partial(token_count, tokenizer)))
    with TemporaryDirectory() as folder:
        settings = LIMITS.model_copy(update={"seeds": folder})
        with ReaderProcess(settings, chunker) as reader:
            yield Target(Path(folder), reader, chunker)


def check(document: Document) -> None:
    """Hold a document to what the index relies on."""
    text = document.text
    assert text.strip()
    for block in document.blocks:
        assert 0 <= block.span.start < block.span.end <= len(text)
        assert block.span.of(text) == block.span.of(text).strip()
        assert block.anchor <= block.span.start
    starts = [block.span.start for block in document.blocks]
    assert starts == sorted(starts)
    marks = [mark.start for mark in document.landmarks]
    assert marks == sorted(marks)
    assert all(0 <= mark <= len(text) for mark in marks)


def fuzz(target: Target, path: str, data: bytes, count: int) -> tuple[Counter[str], list[str]]:
    """Try `count` damaged files made of one; return what they came to, and those that did harm."""
    counts: Counter[str] = Counter()
    harmful: list[str] = []

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged(data))
    def attempt(mutated: bytes) -> None:
        try:
            counts[target.outcome(path, mutated)] += 1
        except AssertionError as error:
            # One may need seconds, so none is tried again to find a shorter one.
            file = Path(gettempdir(), f"harmful-{hashlib.sha256(mutated).hexdigest()[:8]}-{path}")
            file.write_bytes(mutated)
            harmful.append(f"{file}: {str(error)[:REASON_CHARS]}")

    attempt()
    return counts, harmful


def main() -> int:
    """Try as many files as the command line says, the same number of each format."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    files = samples() | SHAPES
    total: Counter[str] = Counter()
    harm = 0
    with target() as process:
        for path, data in files.items():
            counts, harmful = fuzz(process, path, data, -(-count // len(files)))
            total += counts
            harm += len(harmful)
            sys.stdout.write(f"{path:14} {dict(counts.most_common())}\n")
            sys.stdout.writelines(f"    {each}\n" for each in harmful)
            sys.stdout.flush()
    sys.stdout.write(f"{total.total()} files, {dict(total.most_common())}; {harm} did harm\n")
    return int(harm > 0)


if __name__ == "__main__":
    raise SystemExit(main())
