"""What Discord makes of a message: its rules as they are known from its clients, in their order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Node:
    """A piece of a message: plain text, or a `kind` of markup with what is in it."""

    kind: str
    text: str = ""
    about: str = ""
    inner: "list[Node]" = field(default_factory=list)


LINE = re.compile(r"(?:^|\n)\Z")
QUOTE = re.compile(r"( *>>> (?:.|\n)*)|( *> [^\n]*(?:\n *> [^\n]*)*\n?)")
# The kind, whether it must begin a line, its rule, and the group that is read on.
RULES: tuple[tuple[str, bool, re.Pattern[str], int], ...] = (
    ("block", False, re.compile(r"(?i)```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n](?:.|\n)*?)\n*```"), 0),
    ("heading", True, re.compile(r" *#{1,3}(?:\s+)([^\n]+)(?:\n|$)"), 1),
    ("small", True, re.compile(r" *-# +([^\n]+)(?:\n|$)"), 1),
    ("list", True, re.compile(r" *(?:[-*]|\d+\.) ([^\n]*)"), 1),
    ("escaped", False, re.compile(r"\\([^0-9A-Za-z\s])"), 0),
    ("address", False, re.compile(r"<([^: >]+:/[^ >]+)>"), 0),
    ("address", False, re.compile(r"((?:https?|steam)://[^\s<]+[^<.,:;\"'\]\s])"), 0),
    ("address", False, re.compile(r"<((?:tel:|mailto:|sms:)?[^\s<>]+@[^\s<>]+)>"), 0),
    (
        "link",
        False,
        re.compile(
            r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]"
            r"\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?(?:\s+['\"](?:.|\n)*?['\"])?\s*\)"
        ),
        1,
    ),
    ("mention", False, re.compile(r"<(?:@[!&]?|#)\d+>|@everyone|@here"), 0),
    ("mention", False, re.compile(r"<(?:id:\w+|/[^>]+:\d+|t:-?\d+(?::\w)?)>"), 0),
    ("emoji", False, re.compile(r"<a?:\w+:\d+>|:[^\s:]+?(?:::skin-tone-\d)?:"), 0),
    (
        "emphasis",
        False,
        re.compile(
            r"\b_((?:__|\\(?:.|\n)|[^\\_])+?)_\b"
            r"|\*(?=\S)((?:\*\*|\\(?:.|\n)|\s+(?:\\(?:.|\n)|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)"
        ),
        1,
    ),
    ("bold", False, re.compile(r"\*\*((?:\\(?:.|\n)|[^\\])+?)\*\*(?!\*)"), 1),
    ("underline", False, re.compile(r"__((?:\\(?:.|\n)|[^\\])+?)__(?!_)"), 1),
    ("strike", False, re.compile(r"~~((?:.|\n)+?)~~(?!_)"), 1),
    ("spoiler", False, re.compile(r"\|\|((?:.|\n)+?)\|\|"), 1),
    ("code", False, re.compile(r"(`+)((?:.|\n)*?[^`])\1(?!`)"), 0),
    ("text", False, re.compile(r"(?:.|\n)+?(?=[^0-9A-Za-z\s\u00c0-\uffff]|\n|\w+:\S|$)"), 0),
)


def nodes(text: str, *, quoted: bool = False) -> Iterator[Node]:
    """Yield what Discord makes of a text."""
    at = 0
    while at < len(text):
        begins = at == 0 or text[at - 1] == "\n"
        if begins and not quoted and (match := QUOTE.match(text, at)):
            inner = re.sub(r"(?m)^ *> ?", "", match[0])
            yield Node("quote", inner=list(nodes(inner, quoted=True)))
            at = match.end()
            continue
        for kind, starts, rule, group in RULES:
            if (begins or not starts) and (match := rule.match(text, at)):
                yield _node(kind, match, group, quoted=quoted)
                at = match.end()
                break


def flat(text: str) -> Iterator[Node]:
    """Yield all that Discord makes of a text, what stands in something else too."""
    todo = list(nodes(text))
    while todo:
        node = todo.pop(0)
        yield node
        todo = [*node.inner, *todo]


def seen(text: str) -> str:
    """Return the words that a member sees."""
    return "".join(node.text for node in flat(text))


def _node(kind: str, match: re.Match[str], group: int, *, quoted: bool) -> Node:
    if kind == "block":
        return Node(kind, match[2], match[1] or "")
    if kind == "code":
        return Node(kind, match[2])
    if kind in {"escaped", "address"}:
        return Node(kind, match[1], match[1])
    if kind in {"mention", "emoji", "text"}:
        return Node(kind, match[0])
    inner = next(each for each in match.groups() if each is not None) if group else ""
    about = match[2] if kind == "link" else ""
    return Node(kind, "", about, list(nodes(inner, quoted=quoted)))
