"""Throw damaged files of every format at the readers: none may do more than refuse them.

`PYTHONPATH=. python tests/tools/fuzz_readers.py [COUNT]` tries COUNT files (20,000 if not given)
and prints what became of them; a test tries a few of each format.
"""

import io
import json
import re
import resource
import signal
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from index.domain import Document
from index.errors import SourceError
from index.reading.formats import read
from index.reading.worker import RESULT
from index.settings import Limits
from tests.support.formats import packed, samples

SECONDS = 20
MEMORY = 4_000_000_000
LIMITS = Limits(max_pages=50, max_unpacked_mb=5.0)
TOKENS = [
    b"\0", b"\xff", b"\n", b'"', b"{", b"[" * 60, b"<", b">", b"</", b"<table><tr>", b"<ul><li>",
    b"&#xD800;", b"\\ud800", b"..", b"::", b"`", b"|", b"=" * 20, b"999999999999", b"-1", b"obj",
    b"/Kids", b"<<", b"stream", b"\r", b"\x0c", "\u2028".encode(), b".. include:: /etc/passwd\n",
    b"  " * 40, b"- " * 30, b"> " * 130,
]  # fmt: skip


class Hanging(BaseException):
    """A reader took too long; no `Exception`, so that no reader can catch it."""


@contextmanager
def _in_time() -> Iterator[None]:
    def stop(_signal: int, _frame: object) -> None:
        raise Hanging

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@st.composite
def mutations(draw: st.DrawFn, data: bytes) -> bytes:
    """Draw a damaged `data`: bytes flipped, cut out, doubled, cut off, tokens put in."""
    result = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(result) - 1)))
        size = draw(st.integers(1, 40))
        match draw(st.sampled_from(["flip", "cut", "double", "move", "token", "end"])):
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
            case "end" if draw(st.booleans()):
                del result[at:]
    return bytes(result)


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
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Draw a damaged file; half the time the damage is in what the file holds, not in its bytes."""
    if not data.startswith((b"PK", b"{")) or draw(st.booleans()):
        return draw(mutations(data))
    if data.startswith(b"{"):
        try:
            return json.dumps(draw(reshaped(json.loads(data)))).encode()
        except ValueError:
            # Of JSON Lines, the first is reshaped.
            first, _, rest = data.partition(b"\n")
            return json.dumps(draw(reshaped(json.loads(first)))).encode() + b"\n" + rest
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(sorted(files)))
    content = files[name]
    files[name] = draw(mutations(content if isinstance(content, bytes) else content.encode()))
    return packed(files)


def outcome(path: str, data: bytes) -> str:
    """Read a file as a build would, and check what comes out; return what came of it."""
    result: Document | SourceError
    try:
        with _in_time():
            result = read(path, data, LIMITS)
    except SourceError as error:
        result = error
    assert result.path == path
    if isinstance(result, SourceError):
        assert "\n" not in result.reason
        # What no reader expected is told apart: it may be the reader's own fault.
        unexpected = re.search(r"or no \.\w+ file \((\w+)", result.reason)
        return type(result).__name__ + (f" ({unexpected[1]})" if unexpected else "")
    check(result)
    return "read"


def check(document: Document) -> None:
    """Hold a document to what the index relies on."""
    text = document.text
    assert RESULT.validate_json(RESULT.dump_json(document)) == document
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


def fuzz(path: str, data: bytes, count: int) -> Counter[str]:
    """Try `count` damaged files made of one; the first that does harm fails."""
    counts: Counter[str] = Counter()

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged(data))
    def attempt(mutated: bytes) -> None:
        counts[outcome(path, mutated)] += 1

    attempt()
    return counts


def main() -> None:
    """Try as many files as the command line says, the same number of each format."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    files = samples()
    total: Counter[str] = Counter()
    for path, data in files.items():
        counts = fuzz(path, data, -(-count // len(files)))
        total += counts
        sys.stdout.write(f"{path:14} {dict(counts.most_common())}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{total.total()} files, {dict(total.most_common())}; no crash, no hang\n")


if __name__ == "__main__":
    main()
