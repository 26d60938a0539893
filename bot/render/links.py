"""Web addresses and code in a line of a document: what stays whole, and what may be a link.

An address is shown as `<https://…>`: Discord shows it without the brackets, makes a link of exactly
what stands between them, and no preview. It is one only if what is seen is where it leads: a link's
words never are, nor an address that hides its host, was cut, or invites to a server.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import bidirectional, category, normalize
from urllib.parse import unquote, urlsplit

from index import HIDDEN

# No message has room for a longer one on every page; it is shown as text.
LINK_LIMIT = 800
# The index cuts no shorter word: at the end of a quote, a longer address may be but a part of one.
MAYBE_CUT = 190
CODE_LIMIT = 400
UNSEEN = {"Cf", "Mn"}
RIGHT_TO_LEFT = {"R", "AL", "AN"}

DOT = "[.。．｡]"
# Discord shows a card for an invitation wherever it stands in a message, with or without what makes
# a link of others. In a text, its address is one no more once something parts host and path.
DISCORD = re.compile(rf"discord(?:app)?{DOT}(?:gg|new|gift|com)(?={DOT}?/)", re.IGNORECASE)
INVITE = re.compile(
    rf"discord(?:app)?{DOT}(?:(?:gg|new|gift){DOT}?(?::\d*)?[/\\]"
    rf"|com{DOT}?(?::\d*)?[/\\]+(?:[^\s<>]*[/\\])?(?:invite|template|gifts)\b)",
    re.IGNORECASE,
)
# What an address may be of; the rest of what no space parts from it ends it, or makes it none.
SIGNS = r"\w\-.~:/?#\[\]@!$&'()*+,;=%"
ADDRESS = re.compile(rf"(?i:https?)://[{SIGNS}]+")
HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?(?::\d{1,5})?")
# What isn't an address's end: where it was cut, and where a reader is to put <a word>.
GOES_ON = re.compile(r"…|<(?!/|br\b)")
# A full stop that would also part the names of a host.
HOST_GOES_ON = re.compile(rf"{DOT}[\w.-]+[/:]")
SLASHES = len("//")
TRAILING = ".,:;!?'"
# What may stand on both sides of an address to make it stand out.
EMPHASIS = "*_~"
PAIRS = {")": "(", "]": "["}
TOKEN = re.compile(
    # A quotation mark of `another kind' encloses no code, nor does an apostrophe of that kind.
    rf"(?<![`\w\\])`(?P<code>[^`\n]{{1,{CODE_LIMIT}}})`(?![`\w])"
    # A picture's address is shown as it stands in the file.
    r"|(?<![!\\])\[(?P<label>(?:[^\[\]\n\\]|\\.|\[[^\[\]\n]{0,300}\]){1,300})\]"
    r"\((?P<target>(?i:https?)://(?:[^\s()<>]|\([^\s()<>]{0,300}\))+)"
    r"""(?:[ \t]+(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'))?\)"""
    r"|<(?P<enclosed>(?i:https?)://[^\s<>]+)>"
    r"""|(?P<bare>(?<![A-Za-z0-9…+/])(?i:https?)://[^\s<>"`|“”„«»‘’、。，；：！？（）【】《》「」]+)"""
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line, from `start` to `end`: code, an `address`, one with the `words` of a link.

    `text` are the words that are shown as they stand, before the address where there is one.
    """

    start: int
    end: int
    text: str
    code: bool = False
    address: str = ""


def pieces(line: str, last: int = LINK_LIMIT) -> Iterator[Piece]:
    """Yield the parts of a line, in order and without gaps.

    An address at the line's end is one up to the length of `last`: where a text may have been cut
    inside of a word, its end may be no address's end.
    """
    done = 0
    for match in TOKEN.finditer(line):
        piece = _piece(match, last if match.end() == len(line) else LINK_LIMIT)
        if piece is None:
            continue
        if piece.start > done:
            yield Piece(done, piece.start, line[done : piece.start])
        yield piece
        done = piece.end
    if done < len(line):
        yield Piece(done, len(line), line[done:])


def invites(text: str) -> bool:
    """Whether there is an invitation in a text, however its address is written."""
    seen = normalize("NFKC", unquote(unquote(text)))
    bare = "".join(sign for sign in seen if sign.isascii() or category(sign) not in UNSEEN)
    return bool(INVITE.search(text) or INVITE.search(bare))


def _piece(match: re.Match[str], longest: int) -> Piece | None:
    start, end = match.span()
    kind = match.lastgroup
    if kind == "code":
        whole = not HIDDEN.search(match["code"]) and not invites(match["code"])
        return Piece(start, end, match["code"], code=True) if whole else None
    if kind == "target":
        words, address = match["label"], match["target"]
        named = "" if words == address else words
        return Piece(start, end, named, address=address) if may_be_link(address) else None
    if kind == "enclosed":
        address = match["enclosed"]
        return Piece(start, end, "", address=address) if may_be_link(address) else None
    before = match.string[start - 1 : start]
    address = _without_end(match["bare"], before if before in EMPHASIS else "")
    end = start + len(address)
    goes_on = GOES_ON.match(match.string, end)
    if address.count("/") == SLASHES:
        goes_on = goes_on or HOST_GOES_ON.match(match.string, end)
    if goes_on or len(address) > longest or not may_be_link(address):
        return None
    return Piece(start, end, "", address=address)


def may_be_link(address: str) -> bool:
    """Whether an address may be shown as one: whole, honest about its host, and no invitation."""
    signs = "".join(sign for sign in address if not category(sign).startswith("M"))
    if len(address) > LINK_LIMIT or not ADDRESS.fullmatch(signs) or invites(address):
        return False
    try:
        host = urlsplit(address).netloc
    except ValueError:
        return False
    # Who signs in before the host, as in good.example@evil.example, hides it. Letters from right
    # to left turn what stands around them.
    return bool(HOST.fullmatch(host)) and RIGHT_TO_LEFT.isdisjoint(map(bidirectional, host))


def _without_end(address: str, emphasis: str) -> str:
    """Return an address without what ends the sentence or closes the bracket that it stands in."""
    end = len(address)
    unpaired = {
        closing: address.count(closing) - address.count(opening)
        for closing, opening in PAIRS.items()
    }
    while end:
        sign = address[end - 1]
        if sign in PAIRS and unpaired[sign] > 0:
            unpaired[sign] -= 1
        elif sign not in TRAILING and sign != emphasis:
            break
        end -= 1
    return address[:end]
