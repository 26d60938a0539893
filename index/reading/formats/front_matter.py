"""The block of YAML between `---` lines at the head of a file."""

import re
from dataclasses import dataclass

import yaml

from index.domain import Block, BlockKind, Span

FENCED = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
KEY = re.compile(r"^[A-Za-z_][\w-]*\s*:", re.MULTILINE)


@dataclass(frozen=True)
class FrontMatter:
    """`lines` is how many lines it takes, fences included; 0 where a file has none."""

    lines: int = 0
    title: str = ""
    author: str = ""
    blocks: tuple[Block, ...] = ()
    notes: tuple[str, ...] = ()


def parse(text: str) -> FrontMatter:
    """Read the front matter at the head of `text`; what is no YAML mapping is left as text."""
    match = FENCED.match(text)
    if match is None or KEY.search(match[1]) is None:
        return FrontMatter()
    try:
        values = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        return FrontMatter(notes=(f"its front matter is not valid YAML, read as text: {reason}",))
    if not isinstance(values, dict):
        return FrontMatter()
    return FrontMatter(
        lines=match[0].rstrip("\n").count("\n") + 1,
        title=_one_line(values.get("title")),
        author=_one_line(values.get("author")),
        blocks=tuple(_entries(text, match.start(1), match.end(1))),
    )


def _entries(text: str, start: int, end: int) -> list[Block]:
    """One block an entry: a key with all its lines."""
    starts = [start + match.start() for match in KEY.finditer(text[start:end])]
    blocks = []
    for begin, stop in zip(starts, [*starts[1:], end], strict=True):
        trimmed = begin + len(text[begin:stop].rstrip())
        blocks.append(Block(BlockKind.METADATA, Span(begin, trimmed), "", begin))
    return blocks


def _one_line(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
