"""Addresses of a website: put into one form, held to its site, and made names of files."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

import idna

from index.reading.files import BIDIRECTIONAL
from index.reading.formats import READERS

PORTS = {"http": 80, "https": 443}
# Longer ones, deeper ones and those that repeat themselves are made by a program that never ends.
MOST_CHARS = 500
MOST_PARTS = 15
MOST_REPEATS = 2
MOST_QUERY_CHARS = 200
HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
IN_PATH = "/:@!$&'()*+,;=~%"
IN_QUERY = f"{IN_PATH}?"
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
PLAIN = re.compile(r"[A-Za-z0-9._~-]")
# What says who comes from where, and changes nothing of what a page says.
IDLE = re.compile(
    r"(?:utm_\w+|fbclid|gclid|msclkid|mc_[ce]id|ref_src|sid|phpsessid|jsessionid|session_?id|"
    r"cfid|cftoken|replytocom|share)(?:=.*)?",
    re.IGNORECASE,
)
SESSION = re.compile(r";jsessionid=[^/?]*", re.IGNORECASE)
# Words are in none of these.
ASSET = re.compile(
    r"\.(?:png|jpe?g|gif|svgz?|webp|avif|ico|bmp|tiff?|css|m?js|map|woff2?|ttf|eot|otf|mp[34]|m4[av]|"
    r"webm|og[gv]|wav|avi|mov|zip|t?gz|bz2|xz|7z|rar|tar|whl|jar|exe|msi|dmg|deb|rpm|iso|apk|bin|"
    r"rss|atom|xsl|xsd|dtd)$",
    re.IGNORECASE,
)
DOCUMENTS = frozenset(
    {
        ".pdf", ".txt", ".md", ".rst", ".adoc", ".docx", ".odt", ".pptx", ".xlsx", ".epub", ".csv",
        ".tsv", ".ipynb",
    }
)  # fmt: skip
PAGES = {".html", ".htm"}
LONGEST_PART = 100
LONGEST_PATH = 500
# What file systems or shells read otherwise than as a letter.
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\\/:*?"<>|\u2028\u2029]')
HASH_CHARS = 10


def normal(reference: str, base: str = "") -> str:
    """Return an address in the one form it has here; empty where it is none of a web page.

    Without fragment, user, session and what campaigns add; none of two spellings of one.
    """
    reference = re.sub(r"[\t\r\n]", "", reference).strip("\0\x0b\x0c ")
    if len(reference) > 4 * MOST_CHARS or "\\" in reference:
        return ""
    try:
        parts = urlsplit(urljoin(base, reference))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in PORTS or not host or "@" in parts.netloc:
        return ""
    place = _place(host, port, parts.scheme)
    path = _without_dots(_escaped(SESSION.sub("", parts.path), IN_PATH))
    query = "&".join(each for each in parts.query.split("&") if each and not IDLE.fullmatch(each))
    address = urlunsplit((parts.scheme, place, path, _escaped(query, IN_QUERY), ""))
    return address if place and len(address) <= MOST_CHARS else ""


def endless(address: str) -> bool:
    """Whether it looks like one of those that a program makes without end."""
    parts = urlsplit(address)
    names = [name for name in parts.path.split("/") if name]
    repeats = max((names.count(name) for name in names), default=0)
    return len(names) > MOST_PARTS or repeats > MOST_REPEATS or len(parts.query) > MOST_QUERY_CHARS


def origin(address: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def endpoint(address: str) -> tuple[str, int]:
    """Return host and port of an address."""
    parts = urlsplit(address)
    return parts.hostname or "", parts.port or PORTS[parts.scheme]


def path_of(address: str) -> str:
    """Return the path of an address."""
    return urlsplit(address).path


def suffix(address: str) -> str:
    """Return what its file's name ends in, in small letters."""
    return PurePosixPath(path_of(address)).suffix.lower()


@dataclass(frozen=True, slots=True)
class Site:
    """What belongs to a website: on its host, below a folder."""

    origin: str
    folder: str = "/"

    @classmethod
    def of(cls, start: str) -> "Site":
        """Return the one that begins at an address: what is in the same folder, and below."""
        return cls(origin(start), path_of(start).rpartition("/")[0] + "/")

    def own(self, address: str) -> str:
        """Return an address as one of its host; empty where it is of another.

        What lists pages may still have http for https, or a host that leads to this one.
        """
        if origin(address) == self.origin:
            return address
        moved = same_site(address, f"{self.origin}/")
        return f"{self.origin}{address.removeprefix(origin(address))}" if moved else ""

    def holds(self, address: str) -> bool:
        """Whether an address belongs to it."""
        return origin(address) == self.origin and path_of(address).startswith(self.folder)


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one website: https for http, with www or without."""
    hosts = [(urlsplit(each).hostname or "").removeprefix("www.") for each in (one, other)]
    schemes = (urlsplit(one).scheme, urlsplit(other).scheme)
    ports = [endpoint(each)[1] for each in (one, other)]
    if schemes == ("http", "https"):
        return hosts[0] == hosts[1] and ports == [80, 443]
    return hosts[0] == hosts[1] and ports[0] == ports[1] and schemes[0] == schemes[1]


def is_same_page(one: str, other: str) -> bool:
    """Whether two addresses are spellings of one page: a slash, an index, a query more or less."""
    return origin(one) == origin(other) and _bare(one) == _bare(other)


def file_path(address: str, ending: str = ".html") -> str:
    """Return the path of the file that holds what is at an address, in the source's folder."""
    parts = urlsplit(address)
    *folders, last = [_name(part) for part in parts.path.removeprefix("/").split("/")]
    pure = PurePosixPath(last or "index")
    same = pure.suffix.lower() == ending or (ending == ".html" and pure.suffix.lower() in PAGES)
    stem, end = (pure.stem, pure.suffix.lower()) if same else (str(pure), ending)
    if parts.query:
        stem += f"-{_hash(parts.query)}"
    # A folder is never called as a file may be.
    folders = [
        f"{each}_" if PurePosixPath(each).suffix.lower() in READERS else each
        for each in folders
        if each
    ]
    path = "/".join([*map(_short, folders), _short(stem) + end])
    return path if len(path.encode()) <= LONGEST_PATH else f"long/{_hash(address)}{end}"


def apart(path: str, address: str) -> str:
    """Return another name for a file, where its own is taken by one of another address."""
    pure = PurePosixPath(path)
    return str(pure.with_name(f"{_short(pure.stem)}-{_hash(address)}{pure.suffix}"))


def _place(host: str, port: int | None, scheme: str) -> str:
    """Host and port as they stand in an address; empty where it is no name of a host."""
    host = host.rstrip(".")
    if ":" in host:
        place = f"[{host}]" if re.fullmatch(r"[0-9a-f:.]+", host) else ""
    else:
        try:
            place = host if host.isascii() else idna.encode(host, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return ""
        if not HOST.fullmatch(place):
            return ""
    return place if not place or port in {None, PORTS[scheme]} else f"{place}:{port}"


def _escaped(text: str, safe: str) -> str:
    """A part of an address in ASCII, each sign escaped if it has to be, and only then."""
    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    text = quote(text, safe=safe, errors="replace")
    return ESCAPE.sub(_plain, text)


def _plain(escape: re.Match[str]) -> str:
    sign = chr(int(escape[1], 16))
    return sign if PLAIN.fullmatch(sign) else escape[0].upper()


def _without_dots(path: str) -> str:
    """A path without its steps to the folder itself, and to the one above it."""
    kept: list[str] = []
    parts = path.split("/")[1:] or [""]
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    if parts[-1] in {".", ".."}:
        kept.append("")
    return "/" + re.sub(r"/{2,}", "/", "/".join(kept)).removeprefix("/")


def _bare(address: str) -> str:
    path = re.sub(r"/index\.\w{3,5}$", "/", path_of(address))
    return path.removesuffix("/").casefold()


def _name(part: str) -> str:
    """A part of an address as a name of a file or folder."""
    try:
        name = unicodedata.normalize("NFC", unquote_to_bytes(part).decode())
    except UnicodeDecodeError:
        name = part
    name = UNSAFE.sub("-", name)
    name = "".join(
        sign for sign in name if sign not in BIDIRECTIONAL and unicodedata.category(sign) != "Cc"
    )
    name = name.strip(" ").rstrip(".")
    return f"_{name.lstrip('.')}" if name.startswith(".") else name


def _short(name: str) -> str:
    """A name that no file system finds too long; the end of a long one tells it from others."""
    if len(name.encode()) <= LONGEST_PART:
        return name
    cut = name.encode()[: LONGEST_PART - HASH_CHARS].decode(errors="ignore")
    return f"{cut}-{_hash(name)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_CHARS]
