"""The block of YAML between `---` lines, or of TOML between `+++`, at the head of a file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import yaml

from index.domain import Block, BlockKind, Span

FENCED = re.compile(
    r"\A(?:---[ \t]*\n(.*?)^(?:---|\.\.\.)|\+\+\+[ \t]*\n(.*?)^\+\+\+)[ \t]*$\n?",
    re.DOTALL | re.MULTILINE,
)
KEY = re.compile(r"""^["']?([A-Za-z_][\w.-]*)["']?\s*[:=]|^\[+([^\]\n]+)\]+""", re.MULTILINE)
INNER_KEY = re.compile(r"""^[ \t]+["']?([A-Za-z_][\w.-]*)["']?\s*[:=]""", re.MULTILINE)
# What a page is also called or about: searched, with its title, but no answer to anything.
ALIASES = ("aliases", "alias", "also_known_as", "synonyms", "keywords", "tags")
ALIAS_CHARS = 120
# When a page is from, by what says most: when it was changed last, else when it was written.
DATES = ("updated", "last_updated", "lastmod", "modified", "effective", "date", "published_at")
# What stands for the page where it can't be seen; of a page that has text, the text is quoted.
SUMMARIES = {"description", "excerpt", "summary", "meta_description"}
# What the bot taught from a message has: who wrote and who taught it is no answer to anything.
TAUGHT = "taught_by"
# What only the program that makes a site of the files reads.
MACHINERY_NAMES = """
    bookcollapsesection bookhidden bookflatsection breadcrumbs build cascade comments cover
    custom_edit_url cssclass cssclasses css draft edit_url editlink editurl eleventynavigation
    expirydate featured_image footer grand_parent has_children has_toc head header hero hide
    hide_table_of_contents hide_title hidden icon id image images js lang last_update layout
    linktitle listing locale math mathjax menu menus meta nav nav_order navigation next next_page
    order outline output outputs page pagefind pageclass pagination_next pagination_prev parent
    permalink prev previous_page private published publish_date_format redirect redirect_from
    redirect_to redirects resources robots search sidebar sidebar_class_name sidebar_custom_props
    sidebar_label sidebar_position sitemap slug tableofcontents template thumbnail title toc
    translationkey unlisted url uid weight
"""
MACHINERY = set(MACHINERY_NAMES.split())


@dataclass(frozen=True)
class FrontMatter:
    """`lines` is how many lines it takes, fences included; 0 where a file has none."""

    lines: int = 0
    title: str = ""
    author: str = ""
    aliases: str = ""
    date: str = ""
    blocks: tuple[Block, ...] = ()
    notes: tuple[str, ...] = ()


def parse(text: str) -> FrontMatter:
    """Read the front matter at the head of `text`; what is no mapping is left as text."""
    match = FENCED.match(text)
    if match is None:
        return FrontMatter()
    number = 1 if match[1] is not None else 2
    if KEY.search(match[number]) is None:
        return FrontMatter()
    kind = "YAML" if number == 1 else "TOML"
    try:
        load = yaml.safe_load if number == 1 else tomllib.loads
        values: object = load(match[number])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        return FrontMatter(notes=(f"its front matter is not valid {kind}, read as text: {reason}",))
    if not isinstance(values, dict):
        return FrontMatter()
    body = text[match.end() :]
    entries = _entries(text, match.start(number), match.end(number), body)
    return FrontMatter(
        lines=match[0].rstrip("\n").count("\n") + 1,
        title=_one_line(values.get("title")),
        author=_one_line(values.get("author")),
        aliases=_aliases(values),
        date=_date(values),
        blocks=() if TAUGHT in values else tuple(entries),
    )


def _entries(text: str, start: int, end: int, body: str) -> list[Block]:
    """One block an entry that says something of the page: a key with all its lines."""
    unsaid = MACHINERY.union(ALIASES, SUMMARIES if body.strip() else ())
    keys = list(KEY.finditer(text, start, end))
    stops = [*(key.start() for key in keys[1:]), end]
    blocks = []
    for key, stop in zip(keys, stops, strict=True):
        name = (key[1] or key[2]).lower()
        inner = [each.lower() for each in INNER_KEY.findall(text, key.end(), stop)]
        # Of a table that isn't indented, the keys are entries of their own.
        says = bool(key[1]) if not inner else not unsaid.issuperset(inner)
        if name in unsaid or not says:
            continue
        trimmed = key.start() + len(text[key.start() : stop].rstrip())
        blocks.append(Block(BlockKind.METADATA, Span(key.start(), trimmed), "", key.start()))
    return blocks


def _aliases(values: Mapping[str, object]) -> str:
    """What else the page is called or about, without addresses that lead to it."""
    names: list[str] = []
    for key in ALIASES:
        value = values.get(key)
        listed = value if isinstance(value, list) else str(value).split(",") if value else []
        names.extend(_one_line(name) for name in listed)
    return ", ".join(dict.fromkeys(n for n in names if n and "/" not in n))[:ALIAS_CHARS]


def _date(values: Mapping[str, object]) -> str:
    """When the page is from, as it stands there."""
    dated = (str(values[key]) for key in DATES if isinstance(values.get(key), str | date))
    return _one_line(next(dated, ""))


def _one_line(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
