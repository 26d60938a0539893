"""What markdown-it knows of a text's blocks, and the rules that are added to it.

Added are the headings of wiki text (`== X ==`), of HTML and of plain text (underlined), pipe tables
without a delimiter line, the indented blocks of MkDocs (`!!! note`), fences that nobody closed, and
lines that are no text at all.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock

from index.reading.formats import furniture, tables

WIKI_HEADING = re.compile(r"(={1,6})[ \t]*([^=\s](?:.*[^=\s])?)[ \t]*\1")
HTML_HEADING = re.compile(
    r"(?:<details[^<>]*>\s*)?<(h[1-6]|summary)\b[^<>]*>(.{1,300}?)</\1>", re.IGNORECASE
)
TAG = re.compile(r"</?[A-Za-z][^<>]*>")
SUMMARY_LEVEL = 6
UNDERLINE = re.compile(r"={3,}|-{3,}|~{3,}|\*{3,}")
# An underline is about as long as its heading; a longer line divides.
UNDERLINE_SLACK = 4
ADMONITION = re.compile(r"(?:!!!|\?\?\?\+?|===\+?!?)\s+[\w\"'].{0,200}")
INDENT = 4
FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*([^`\n]*)$")
# What stands below an empty line, in a block of code that was never closed, and is none itself.
PROSE = re.compile(r"#{2,6}\s|\W{0,3}[^\W\d_][\w'’-]*,?(?: [^\s={}();]+){2,}.*[.:!?]$")
MAX_NESTING = 100


def _heading(state: StateBlock, line: int, _end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """A heading of wiki text, or of HTML on a line of its own."""
    text = _text(state, line)
    wiki, html = WIKI_HEADING.fullmatch(text), HTML_HEADING.fullmatch(text)
    if (wiki is None and html is None) or state.is_code_block(line):
        return False
    if silent:
        return True
    if wiki:
        _add_heading(state, line, line + 1, len(wiki[1]), wiki[2])
    elif html:
        level = SUMMARY_LEVEL if len(html[1]) > len("h1") else int(html[1][1])
        _add_heading(state, line, line + 1, level, TAG.sub("", html[2]))
    return True


def _underlined(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """One line with signs below it, as long as itself: a heading of plain text."""
    if line + 1 >= end or (line > 0 and _text(state, line - 1)):
        return False
    title, below = _text(state, line), _text(state, line + 1)
    if not re.search(r"\w", title) or not UNDERLINE.fullmatch(below):
        return False
    if abs(len(title) - len(below)) > UNDERLINE_SLACK:
        return False
    if not silent:
        _add_heading(state, line, line + 2, 1 if below[0] == "=" else 2, title)
    return True


def _add_heading(state: StateBlock, line: int, last: int, level: int, label: str) -> None:
    state.line = last
    token = state.push("heading_open", f"h{level}", 1)
    token.map = [line, last]
    token = state.push("inline", "", 0)
    token.content = label
    token.map = [line, last]
    state.push("heading_close", f"h{level}", -1)


def _pipe_table(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    last = line
    while last < end and tables.is_row(_text(state, last)):
        last += 1
    if last - line < tables.MIN_ROWS or state.is_code_block(line):
        return False
    if silent:
        return True
    state.line = last
    state.push("pipe_table", "", 0).map = [line, last]
    return True


def _admonition(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """A block that is indented below its kind and title, which are furniture."""
    if state.is_code_block(line) or not ADMONITION.fullmatch(_text(state, line)):
        return False
    indent = state.blkIndent + INDENT
    last = line + 1
    while last < end and (state.isEmpty(last) or state.sCount[last] >= indent):
        last += 1
    if not any(not state.isEmpty(inner) for inner in range(line + 1, last)):
        return False
    if silent:
        return True
    state.push("furniture", "", 0).map = [line, line + 1]
    outer, line_max, kind = state.blkIndent, state.lineMax, state.parentType
    state.blkIndent, state.lineMax, state.parentType = indent, last, "blockquote"
    state.level += 1
    state.md.block.tokenize(state, line + 1, last)
    state.level -= 1
    state.blkIndent, state.lineMax, state.parentType = outer, line_max, kind
    state.line = last
    return True


def _fence(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """A block of code between fences; one that nobody closed ends where text begins again."""
    opened = FENCE.fullmatch(_text(state, line))
    if opened is None or state.is_code_block(line):
        return False
    if silent:
        return True
    last, closed = _fenced(state, line, end, opened[1])
    state.line = last
    if not closed:
        # Alone, it would make code of all that is shown behind a quote.
        state.push("furniture", "", 0).map = [line, line + 1]
        line += 1
    if line < last:
        state.push("fence", "code", 0).map = [line, last]
    return True


def _fenced(state: StateBlock, line: int, end: int, marker: str) -> tuple[int, bool]:
    """The line after a block of code, and whether a fence closes it.

    Where the next fence names a language, this one was forgotten.
    """
    prose = end
    for number in range(line + 1, end):
        text = _text(state, number)
        if text and state.sCount[number] < state.blkIndent:
            return min(prose, number), False
        fence = FENCE.fullmatch(text)
        if fence and fence[1].startswith(marker):
            if not fence[2].strip():
                return number + 1, True
            return min(prose, number), False
        if prose == end and not _text(state, number - 1) and PROSE.match(text):
            prose = number
    return prose, False


def _text(state: StateBlock, line: int) -> str:
    return state.getLines(line, line + 1, state.blkIndent, keepLastLF=False).strip()


def _parser(preset: str, *rules: str) -> MarkdownIt:
    parser = MarkdownIt(preset).enable(list(rules))
    interrupts: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
    ruler = parser.block.ruler
    ruler.before("table", "pipe_table", _pipe_table, interrupts)
    ruler.before("table", "other_heading", _heading, interrupts)
    ruler.before("table", "furniture", furniture.line_rule, interrupts)
    # The default would drop what is nested ten lists deep; past this, lines are taken as they are.
    parser.options["maxNesting"] = MAX_NESTING
    # Block structure is all that is wanted: inline markup stays as it is in the file.
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _markdown() -> MarkdownIt:
    parser = _parser("commonmark", "table")
    parser.block.ruler.at(
        "fence", _fence, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.block.ruler.before("table", "admonition", _admonition, {"alt": ["paragraph"]})
    return parser


def _plain() -> MarkdownIt:
    parser = _parser("zero", "heading", "list", "table")
    parser.block.ruler.before("table", "underlined", _underlined)
    return parser


MARKDOWN = _markdown()
# In MDX an indent is a matter of taste, not of code.
MDX = _markdown().disable("code")
PLAIN = _plain()
