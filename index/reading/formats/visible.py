"""What of a page a person reads: not its controls, its navigation, and what is hidden."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from index.reading.formats.extracted import one_line
from index.reading.formats.furniture import is_signpost

DROPPED_NAMES = (
    "script style noscript template nav select input textarea svg math iframe object canvas audio "
    "video head dialog del s strike"
)
DROPPED = set(DROPPED_NAMES.split())
# What a person would see of these, and what the report calls it.
SEEN = {
    "nav": "navigation",
    "select": "fields of forms",
    "textarea": "fields of forms",
    "iframe": "pages within the page",
    "object": "pages within the page",
    "dialog": "dialogs",
    "button": "buttons",
    "del": "what is struck out",
    "s": "what is struck out",
    "strike": "what is struck out",
}
NAVIGATION = {"navigation", "search", "menu", "dialog"}
HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Everything that isn't one of these stands in a line of text.
CONTAINER_NAMES = (
    "html body main article section header footer form button div p blockquote ul ol li dl dt dd "
    "figure figcaption address details summary fieldset center hgroup aside pre table caption hr "
    "menu tbody thead tfoot tr td th"
)
CONTAINERS = {*CONTAINER_NAMES.split(), *HEADINGS}
# A button with fewer words does something; one with more, or with a question, opens its answer.
LABEL_WORDS = 3
SIGNPOST_CHARS = 80


def shown_by_buttons(tree: LexborHTMLParser) -> set[str]:
    """The elements, by their id, that are hidden until a button is pressed."""
    return {
        name
        for control in tree.css("[aria-controls]")
        for name in (control.attributes.get("aria-controls") or "").split()
    }


def is_hidden(node: LexborNode) -> bool:
    """Whether an element is not shown, or is there to move about the site.

    What is hidden until it is found is shown when it is looked for.
    """
    attributes = node.attributes
    role = (attributes.get("role") or "").lower()
    hidden = "hidden" in attributes and attributes["hidden"] != "until-found"
    return hidden or attributes.get("aria-hidden") == "true" or role in NAVIGATION


def is_opened(node: LexborNode) -> bool:
    """Whether what is hidden stands right behind a button that says something: this opens it."""
    before = node.prev
    while before is not None and not before.is_element_node:
        before = before.prev
    if before is not None and before.tag in HEADINGS:
        before = before.css_first("button")
    return before is not None and before.tag == "button" and not is_control(before)


def is_control(node: LexborNode) -> bool:
    """Whether an element is a button that does something, not one that says something."""
    words = one_line(node.text()) if node.tag == "button" else ""
    return node.tag == "button" and len(words.split()) < LABEL_WORDS and not words.endswith("?")


def leads_elsewhere(link: LexborNode) -> bool:
    """Whether a link is only there to lead to another page of the site."""
    label = one_line(link.text())
    target = link.attributes.get("href") or ""
    return bool(target) and len(label) <= SIGNPOST_CHARS and is_signpost(label, target)


def words(node: LexborNode) -> str:
    """The text of a heading or cell, whatever elements it is in."""
    parts = []
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if child.is_text_node:
            parts.append(child.text_content or "")
        elif (
            child.is_element_node
            and tag not in DROPPED
            and not is_hidden(child)
            and not is_control(child)
        ):
            gap = " " if tag in CONTAINERS or tag == "br" else ""
            parts.append(f"{gap}{words(child)}{gap}")
    return "".join(parts)
