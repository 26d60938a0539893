"""`.yaml`, `.toml`, `.ini`: a key with its values is a block that knows the keys above it."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.domain import Block, BlockKind, Document, Span
from index.reading.formats.decoding import decode
from index.reading.titles import title_from_path
from index.settings import Limits

# A key with all below it is one block up to this length; a longer one is divided by its keys.
ENTRY_CHARS = 160
# Below a key of TOML: its further lines.
DEEPER = 1 << 16
YAML_KEY = re.compile(
    r"(?:-\s+)*(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s#\"'\[{|>&*!-][^\n#]{0,200}?):(?=\s|$)"
)
YAML_DIVIDER = re.compile(r"---|\.\.\.")
SECTION = re.compile(r"\[{1,2}([^\[\]\n]{1,300})\]{1,2}\s*(?:[#;].*)?")
PLAIN_KEY = re.compile(r"(?:\"[^\"\n]*\"|'[^'\n]*'|[\w.-])[^=:\n]{0,200}[=:]")
BARE_KEY = re.compile(r"[^#\n]*?:(?:\s+[&!][\w!-]+)?\s*(?:#.*)?|\[.*")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that isn't empty: where its text is, how deep it stands, whether a key begins it."""

    span: Span
    level: int
    keyed: bool
    comment: bool


def read(path: str, data: bytes, limits: Limits) -> Document:
    """Read a file of settings.

    Raises:
        UnreadableSource: the bytes are no text.
    """
    text, notes = decode(path, data)
    yaml = path.lower().endswith((".yaml", ".yml"))
    lines = list(_lines(text, _yaml_level if yaml else _Sections().level))
    return Document(
        path=path,
        media_type="application/yaml" if yaml else "text/plain",
        title=title_from_path(path),
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        blocks=tuple(_blocks(text, lines, (), limits.max_nesting)),
        notes=notes,
    )


def _lines(text: str, level: Callable[[str], tuple[int, bool]]) -> Iterator[_Line]:
    at = 0
    for raw in text.split("\n"):
        line = raw.strip()
        if line and not YAML_DIVIDER.fullmatch(line):
            start = at + len(raw) - len(raw.lstrip())
            depth, keyed = level(raw.rstrip())
            comment = line.startswith(("#", ";", "//"))
            yield _Line(Span(start, start + len(line)), depth, keyed and not comment, comment)
        at += len(raw) + 1


def _yaml_level(line: str) -> tuple[int, bool]:
    content = line.lstrip()
    item = content.startswith("- ") or content == "-"
    # An item may stand as deep as the key that it belongs to.
    return 2 * (len(line) - len(content)) + item, item or bool(YAML_KEY.match(content))


class _Sections:
    """How deep lines of TOML and its like stand: sections, keys, the rest of their values."""

    def __init__(self) -> None:
        self._open = 0

    def level(self, line: str) -> tuple[int, bool]:
        if self._open <= 0 and SECTION.fullmatch(line):
            return 0, True
        key = self._open <= 0 and not line[0].isspace() and bool(PLAIN_KEY.match(line))
        self._open += line.count("[") - line.count("]") + line.count("{") - line.count("}")
        return (1, True) if key else (DEEPER, False)


def _blocks(
    text: str, lines: Sequence[_Line], path: tuple[str, ...], depth: int
) -> Iterator[Block]:
    for entry in _entries(lines):
        head = next((n for n, line in enumerate(entry) if not line.comment), len(entry) - 1)
        span = Span(entry[0].span.start, entry[-1].span.end)
        below = entry[head + 1 :]
        divided = depth and any(line.keyed for line in below) and below[0].keyed
        if span.end - span.start <= ENTRY_CHARS or not divided:
            yield _block(span, path)
            continue
        name = entry[head].span.of(text)
        if head or not BARE_KEY.fullmatch(name):
            yield _block(Span(span.start, entry[head].span.end), path)
        yield from _blocks(text, below, (*path, _name(name)), depth - 1)


def _entries(lines: Sequence[_Line]) -> Iterator[Sequence[_Line]]:
    """The runs of lines from one to the next that isn't deeper, comments with what is below."""
    begin = 0
    level = -1
    comments = 0
    for number, line in enumerate(lines):
        if line.comment:
            comments += 1
            continue
        first = number - comments
        if line.level <= level and first > begin:
            yield lines[begin:first]
            begin = first
            level = line.level
        level = line.level if level < 0 else level
        comments = 0
    if begin < len(lines):
        yield lines[begin:]


def _block(span: Span, path: Sequence[str]) -> Block:
    return Block(BlockKind.ROW, span, " › ".join(path), span.start)


def _name(line: str) -> str:
    """A key as it is shown above what it holds."""
    section = SECTION.fullmatch(line)
    return section[1].strip() if section else line.lstrip("- ").partition(" #")[0].rstrip(": ")
