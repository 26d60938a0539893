"""Page furniture: what lays out a page or leads through a site, and says nothing itself.

It stays in the document's text, but is no block of it, so that it is never quoted. Some of it is
lines that no Markdown parser should take for text (`line_rule`), the rest are blocks of any format
(`without`).
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from index.domain import Block, BlockKind

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock

LINE_CHARS = 400
BLOCK_CHARS = 10_000
# So many lines may a tag, a shortcode or an import go on.
MAX_LINES = 30
LINE = re.compile(
    r"""
      :{3,}.*                                                   # :::note, ::: tip Title, :::
    | \[!\w+\][+-]?                                             # > [!NOTE]
    | (?:\s*(?:\{\{[^{}]*\}\}|\{%[^{}]*%\}))+                   # shortcodes and templates
    | \{/\*.*\*/\}                                              # a comment of MDX
    | \{:[^{}]*\}                                               # attributes
    | \([\w-]+\)=                                               # a label
    | @?\[{1,2}_*toc_*\]{1,2} | \$\{toc\}                       # where a table of contents goes
    | \[[^\]^][^\]]*\]:\s*\S+(?:\s+["'(].*)?                    # where a link leads
    """,
    re.VERBOSE | re.IGNORECASE,
)
IMPORTED = r"(?:[\w$]+|\*\s*as\s+[\w$]+|\{[^{}]*\})"
IMPORT = re.compile(
    rf"import\s+(?:type\s+)?(?:{IMPORTED}(?:\s*,\s*{IMPORTED})*\s+from\s*)?[\"'][^\"']+[\"'];?"
)
EXPORT = re.compile(r"export\s+(?:default\b|(?:const|let|var|class|(?:async\s+)?function)\s|[*{])")
# Elements whose content is no Markdown, or is read as a whole.
TAGS = re.compile(
    r"(?:\s*</?(?!(?:script|style|pre|textarea|table)\b)[A-Za-z][\w.-]*(?:\s[^<>]*)?>)+"
)
EXPRESSION = re.compile(r"\{[^{}]*\}")
SHORTCODE = re.compile(r"\{\{[<%][^{}]*\}\}")
UNSEEN = re.compile(r"\s*<(?:script|style)\b", re.IGNORECASE)

IMAGE = re.compile(r"!\[[^\[\]]{0,500}\](?:\([^()]{0,1000}\)|\[[^\[\]]{0,200}\])")
TAG = re.compile(r"</?[A-Za-z][\w.-]{0,60}(?:\s[^<>]{0,2000})?/?>")
BADGE = re.compile(r"\[[\s!]*\](?:\([^()]{0,1000}\)|\[[^\[\]]{0,200}\])")
LINK = re.compile(r"\[([^\[\]]{1,200})\]\(\s*<?([^()\s>]{1,500})>?(?:\s[^()]{0,200})?\)")
ANCHOR = re.compile(
    r"<a\s[^<>]{0,500}?href=[\"']([^\"'<>]{1,500})[\"'][^<>]{0,500}>([^<>]{1,200})</a>"
)
LEADER = re.compile(r".{1,200}?(?:\.\s?|…\s?|·\s?){4,}\s*(?:\d{1,4}|[ivxl]{1,7})")
CONTENTS = re.compile(
    r"\W*(?:toc|(?:table of )?contents|(?:back to |go to )?(?:the )?top)\W*", re.IGNORECASE
)
# Other files than these are what a member may be looking for.
PAGES = {"", ".htm", ".html", ".md", ".mdx", ".php", ".rst", ".txt"}
ELSEWHERE = re.compile(r"[a-z][\w+.-]*:|//", re.IGNORECASE)
WORD = re.compile(r"\w")
LICENCE = re.compile(
    r"permission is hereby granted, free of charge"
    r"|provided [\"“'`]{1,2}as is[\"”'`]{1,2}"
    r"|redistribute it and/or modify"
    r"|redistribution and use in source and binary forms"
    r"|the above copyright notice"
    r"|may not use this (?:file|software|material) except in compliance"
    r"|without warranties or conditions of any kind"
    r"|without even the implied warranty"
    r"|received a copy of the gnu .{0,30}license",
    re.IGNORECASE,
)


def line_rule(state: "StateBlock", line: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """Take lines that are furniture out of the text, as a token without words."""
    if state.is_code_block(line):
        return False
    last = _last(state, line, end)
    if last == line:
        return False
    if silent:
        return True
    state.line = last
    state.push("furniture", "", 0).map = [line, last]
    return True


def _last(state: "StateBlock", line: int, end: int) -> int:
    """The line after the furniture that begins on `line`; that line itself where there is none."""
    text = _line(state, line)
    if not text or text[0] not in ":[{(@$ie<" or len(text) > LINE_CHARS:
        return line
    if LINE.fullmatch(text) or TAGS.fullmatch(text):
        return line + 1
    if EXPORT.match(text):
        return next((n for n in range(line, end) if not _line(state, n)), end)
    for opens, whole in (("import", IMPORT), ("{{", SHORTCODE), ("<", TAGS)):
        if text.startswith(opens):
            return _until(state, line, end, whole)
    return line


def _until(state: "StateBlock", line: int, end: int, whole: re.Pattern[str]) -> int:
    """The line after the first lines that match as a whole; `line` where none do."""
    lines: list[str] = []
    for number in range(line, min(end, line + MAX_LINES)):
        text = _line(state, number)
        if not text or len(text) > LINE_CHARS:
            break
        lines.append(text)
        joined = " ".join(lines)
        if whole.fullmatch(EXPRESSION.sub("", joined) if whole is TAGS else joined):
            return number + 1
    return line


def _line(state: "StateBlock", line: int) -> str:
    return state.getLines(line, line + 1, state.blkIndent, keepLastLF=False).strip()


def without(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks that say something; a licence stays where it is what the text is about."""
    kept = [block for block in blocks if not _leads_elsewhere(block, block.span.of(text))]
    legal = [block for block in kept if LICENCE.search(block.span.of(text)[:BLOCK_CHARS])]
    if sum(map(_length, legal)) * 2 < sum(map(_length, kept)):
        left_out = set(legal)
        kept = [block for block in kept if block not in left_out]
    return tuple(kept)


def _length(block: Block) -> int:
    return block.span.end - block.span.start


def _leads_elsewhere(block: Block, text: str) -> bool:
    """Whether a block is made of pictures, links to pages of the site, or tags alone."""
    if block.kind in {BlockKind.CODE, BlockKind.METADATA} or len(text) > BLOCK_CHARS:
        return False
    if UNSEEN.match(text) or CONTENTS.fullmatch(text):
        return True
    if all(LEADER.fullmatch(line.strip()[:LINE_CHARS]) for line in text.split("\n")):
        return True
    rest = ANCHOR.sub(lambda link: "" if is_signpost(link[2], link[1]) else link[0], text)
    rest = BADGE.sub("", IMAGE.sub("", rest))
    rest = LINK.sub(lambda link: "" if is_signpost(link[1], link[2]) else link[0], rest)
    rest = TAG.sub("", rest)
    return rest != text and not WORD.search(re.sub(r"^\s*\d{1,3}[.)]\s", "", rest))


def is_signpost(label: str, target: str) -> bool:
    """Whether a link only leads to another page of the site, or to another place of this one."""
    page = PurePosixPath(re.split("[?#]", target, maxsplit=1)[0])
    says = label.rstrip("*_` ").endswith((".", "!"))
    return not says and not ELSEWHERE.match(target) and page.suffix.lower() in PAGES
