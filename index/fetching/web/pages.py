"""What a page says, without what surrounds it, as HTML that our own reader reads.

It is kept as HTML, not made another format: headings, lists, tables and code come through as they
are, and every word of the file is the page's. What is not kept is what a site shows around all of
its pages, and what differs at every request.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from index.errors import NestedTooDeep
from index.reading.formats.decoding import decode
from index.reading.formats.extracted import clean, one_line
from index.reading.formats.html import declared_encoding
from index.reading.formats.visible import CONTAINERS, DROPPED, HEADINGS
from index.settings import Limits

PAGE = "the page"
MAX_LINKS = 2000
LINK_CHARS = 2000
TITLE_CHARS = 300
# A page is only its main part, where that has at least this share of its words: as in the reader.
MAIN_SHARE = 0.5
# What surrounds a text is less than this share of it, whatever it is called.
FURNITURE_SHARE = 0.5
# The names, in classes and ids, of what surrounds the text of a page.
FURNITURE = re.compile(
    r"""
      (?:(?:site|page|global|main|primary|secondary|left|right|doc|docs|theme|md|mw)[-_]?)?
      (?:nav|navi|navbar|navigation|menu|menubar|sidebar|side-bar|topbar|footer|foot|colophon
        |breadcrumbs?|crumbs|toc|pagination|pager|catlinks|printfooter)
    | (?:\w+-)?(?:cookies?|consent|gdpr)(?:-?\w*-?(?:banner|notice|bar|box|popup|consent|message))?
    | widget(?:-area)?|widgets | skip-?(?:link|to-?content)s? | editsection | mw-editsection
    | (?:theme-)?edit-(?:this-)?page(?:-link)? | action-bar | postprofile-actions
    | comments(?:-area|-section|-list)? | comment-?(?:list|form)s? | respond | disqus_thread
    | share(?:daddy|-?(?:bar|buttons?|links?))? | sharing | social(?:-(?:links|share|icons|media))?
    | related(?:-?(?:posts|articles|content|pages))? | newsletter(?:-\w+)? | subscribe(?:-\w+)?
    | ad | ads | advert(?:isement|ising)?s? | sponsors? | banner-ads? | back-to-top
    | headerlink | hash-link | anchor-link | anchorjs-link | header-anchor | heading-anchor
    | copy-?(?:btn|button|code)? | clipboard-copy | screen-reader-text | visually-hidden | sr-only
    """,
    re.VERBOSE | re.IGNORECASE,
)
HEAD = re.compile(
    r"(?:(?:site|page|global|main)[-_]?)?(?:header|masthead|banner|top)|logo|branding",
    re.IGNORECASE,
)
NEVER = {"body", "main", "article", "section", "pre", "code", "table", *HEADINGS}
NAMED_BY_ID = {"div", "aside", "ul", "form", "header", "footer"}
OUTER = "footer, aside"
HEADED = "[class], [id]"
MOST_NAMES = 30
NAME_CHARS = 60
ROLES = {"banner", "contentinfo", "complementary", "tablist"}
KEPT = ("id", "hidden", "aria-hidden", "aria-controls", "role", "href", "colspan", "rowspan")
SCRIPT = re.compile(r"\s*(?:javascript|vbscript|data):", re.IGNORECASE)
NUMBERS = {"colspan", "rowspan"}
INLINE_NAMES = (
    "a abbr b br button cite code dfn em i ins kbd mark q samp small strong sub sup time u var"
)
INLINE = set(INLINE_NAMES.split())
VOID = {"br", "hr"}
DELAYED = re.compile(
    r"\s*(\d{1,5})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+)", re.IGNORECASE
)
SOON_SECONDS = 10
# A page with fewer words says nothing but that there is nothing.
FEW_WORDS = 60
MISSING = re.compile(
    r"(?:\b404\b|page (?:was |could )?not (?:be )?found|nothing (?:was )?found|no such page"
    r"|page (?:does not|doesn.t) exist)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its text as `html`, empty where there is none; where it leads, and what it asks.

    `refers` is the page that it leads to by itself, `canonical` the address that it says is its
    own; `links` and `base` are as they stand there. `fault` says why it is no document.
    """

    html: str = ""
    links: tuple[str, ...] = ()
    base: str = ""
    canonical: str = ""
    refers: str = ""
    directives: tuple[str, ...] = ()
    fault: str = ""


def read(data: bytes, charset: str, limits: Limits) -> Page:
    """Read a page; `charset` is the one that the server names, if it does.

    Raises:
        UnreadableSource: the bytes are no text.
        NestedTooDeep: its elements are nested deeper than `max_nesting`.
    """
    text, _ = decode(PAGE, data, charset or declared_encoding(data))
    tree = LexborHTMLParser(text)
    directives, refers = _metas(tree)
    found = _Found(tree)
    links = tuple(found.links())
    title = tree.css_first("title")
    named = one_line(title.text())[:TITLE_CHARS] if title else ""
    page = Page("", links, found.base, found.canonical, refers, directives)
    root = _main(tree)
    if refers or root is None:
        return page
    writer = _Writer(limits.max_nesting, _surrounding(root))
    body = "".join(writer.element(root, 0)).strip()
    html = (
        f'<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<title>{escape(clean(named))}'
        f"</title>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
    fault = _fault(tree, LexborHTMLParser(body).body, named)
    return replace(page, html=html, fault=fault)


@dataclass(frozen=True, slots=True)
class _Found:
    """What of a page leads elsewhere."""

    tree: LexborHTMLParser

    @property
    def base(self) -> str:
        return _attribute(self.tree.css_first("base[href]"), "href")

    @property
    def canonical(self) -> str:
        return _attribute(self.tree.css_first("link[rel~=canonical]"), "href")

    def links(self) -> Iterator[str]:
        """Yield where it leads, as it stands there."""
        seen: set[str] = set()
        for node in self.tree.css("a[href], area[href], frame[src]"):
            target = _attribute(node, "src" if node.tag == "frame" else "href")
            rel = (node.attributes.get("rel") or "").lower().split()
            if "nofollow" in rel or not target or target.startswith("#") or target in seen:
                continue
            seen.add(target)
            yield target
            if len(seen) >= MAX_LINKS:
                return


def _attribute(node: LexborNode | None, name: str) -> str:
    value = (node.attributes.get(name) or "").strip() if node else ""
    return value if len(value) <= LINK_CHARS else ""


def _metas(tree: LexborHTMLParser) -> tuple[tuple[str, ...], str]:
    """What a page asks of robots, and where it leads by itself, soon."""
    directives: set[str] = set()
    refers = ""
    for meta in tree.css("meta[content]"):
        content = meta.attributes.get("content") or ""
        if (meta.attributes.get("name") or "").strip().lower() in {"robots", "seedbot"}:
            directives.update(re.split(r"[\s,]+", content.lower())[:20])
        if (meta.attributes.get("http-equiv") or "").strip().lower() == "refresh":
            delayed = DELAYED.match(content[:LINK_CHARS])
            if delayed and int(delayed[1]) <= SOON_SECONDS:
                refers = refers or delayed[2].strip()
    return tuple(sorted(directives)), refers


def _main(tree: LexborHTMLParser) -> LexborNode | None:
    """The element with the page's text: its main part, if that has most of it."""
    parts = [*tree.css("main"), *tree.css("[role=main]")]
    body = tree.body
    if body is not None and len(parts) == 1 and _length(parts[0]) >= _length(body) * MAIN_SHARE:
        return parts[0]
    return body


def _surrounding(root: LexborNode) -> set[int]:
    """The elements in it that only surround its text, by what tells them apart."""
    most = _length(root) * FURNITURE_SHARE
    inside = {node.mem_id for node in root.css("article *, section *, main *")}
    outer = [node for node in root.css(OUTER) if node.mem_id not in inside]
    named = [node for node in root.css("[class], [id], [role]") if _is_furniture(node)]
    heads = [
        node
        for node in root.css(f"header, {HEADED}")
        if _is_head(node) and node.css_first("h1") is None
    ]
    return {
        node.mem_id
        for node in [*outer, *named, *heads]
        if node.tag not in NEVER and _length(node) < most and node.css_first("main") is None
    }


def _is_furniture(node: LexborNode) -> bool:
    role = (node.attributes.get("role") or "").lower()
    return role in ROLES or any(FURNITURE.fullmatch(name) for name in _names(node))


def _is_head(node: LexborNode) -> bool:
    return node.tag == "header" or any(HEAD.fullmatch(name) for name in _names(node))


def _names(node: LexborNode) -> list[str]:
    """What an element is called. Where a part of a text is, by its heading, its id may be any."""
    names = (node.attributes.get("class") or "").split()[:MOST_NAMES]
    if node.tag in NAMED_BY_ID and "section" not in names:
        names.append(node.attributes.get("id") or "")
    return [name for name in names if len(name) <= NAME_CHARS]


def _length(node: LexborNode) -> int:
    return len(node.text())


def _fault(tree: LexborHTMLParser, kept: LexborNode | None, title: str) -> str:
    """Say why a page is no document, if what is kept of it is none."""
    text = one_line(kept.text(separator=" ")) if kept else ""
    words = len(text.split())
    if kept is None or not re.search(r"\w", text):
        return "it has no text; perhaps its text is made by JavaScript, which isn't run"
    if words > FEW_WORDS:
        return ""
    heading = kept.css_first("h1")
    said = f"{title} {one_line(heading.text()) if heading else ''}"
    if MISSING.search(said):
        return "it says that there is no such page"
    if tree.css_first("input[type=password]"):
        return "it asks for a password"
    noted = " ".join(
        one_line(node.text_content or node.text()) for node in tree.css("noscript")[:5]
    )
    if "javascript" in f"{noted} {text}".lower() and words < FEW_WORDS / 2:
        return "its text is made by JavaScript, which isn't run"
    return ""


@dataclass(slots=True)
class _Writer:
    """Writes HTML of elements: those that say something, with what tells how."""

    max_nesting: int
    surrounding: set[int]

    def element(self, node: LexborNode, depth: int, *, code: bool = False) -> Iterator[str]:
        """Yield what an element holds.

        Raises:
            NestedTooDeep: `depth` passes the limit.
        """
        if depth > self.max_nesting:
            limit = f"{self.max_nesting} levels"
            reason = "its elements are nested too deep"
            raise NestedTooDeep(PAGE, reason, limit)
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if child.is_text_node:
                text = clean(child.text_content or "")
                yield escape(text if code else re.sub(r"\s+", " ", text), quote=False)
            elif not child.is_element_node or tag in DROPPED or child.mem_id in self.surrounding:
                continue
            elif tag == "br" and code:
                yield "\n"
            elif tag in VOID:
                yield f"<{tag}>"
            elif tag in CONTAINERS or tag in INLINE:
                inside = "".join(self.element(child, depth + 1, code=code or tag == "pre"))
                if inside.strip() or tag in {"td", "th"}:
                    yield self._tagged(child, tag, inside, code=code)
            else:
                yield from self.element(child, depth + 1, code=code)

    def _tagged(self, node: LexborNode, tag: str, inside: str, *, code: bool) -> str:
        # A line break at the start of this is none of the text.
        first = "\n" if tag == "pre" and inside.startswith("\n") else ""
        end = "\n" if tag in CONTAINERS and not code else ""
        return f"<{tag}{''.join(_attributes(node))}>{first}{inside}</{tag}>{end}"


def _attributes(node: LexborNode) -> Iterator[str]:
    """Yield the attributes that the reader goes by."""
    shown = (node.attributes.get("role") or "") == "tabpanel"
    for name in KEPT:
        if name not in node.attributes or (shown and name in {"hidden", "aria-hidden"}):
            continue
        value = clean(node.attributes[name] or "")[:LINK_CHARS]
        if (name not in NUMBERS or value.isdecimal()) and not SCRIPT.match(value):
            yield f' {name}="{escape(value)}"'
