"""What a document from outside may be called: what every file system takes, and shows as it is."""

import unicodedata

from bot.errors import NotTaken
from index import HIDDEN

# Of UTF-8; the most file systems take 255, and the bot needs some for its own.
NAME_BYTES = 200
SHOWN_CHARS = 80
MOST_FOLDERS = 8
# Signs that mean something to one system or another.
SPECIAL = '/\\:*?"<>|'
RESERVED = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"
}
# Controls, marks without width, halves of signs, signs without a meaning, and ends of lines.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Letters and marks that show nothing.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)


def safe_name(name: str) -> str:
    """Return the name of a file or folder as it is stored.

    Raises:
        NotTaken: no file should be called that.
    """
    if fault := _fault(name := unicodedata.normalize("NFC", name.strip(" "))):
        shown = HIDDEN.sub("", name)[:SHOWN_CHARS]
        message = f"I can't store {shown!r}: {fault}. Please rename it."
        raise NotTaken(message)
    return name


def safe_folder(folder: str) -> str:
    """Return the path of a folder, names between slashes, as it is stored; empty for none.

    Raises:
        NotTaken: no folder should be called that.
    """
    names = [each for each in folder.split("/") if each.strip(" ")]
    if len(names) > MOST_FOLDERS:
        message = f"I store nothing in more than {MOST_FOLDERS} folders within each other."
        raise NotTaken(message)
    return "/".join(map(safe_name, names))


def same(name: str) -> str:
    """Return what two names have in common that only some file systems tell apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _fault(name: str) -> str:
    """Say what speaks against a name, if anything does."""
    unseen = any(unicodedata.category(sign) in UNSEEN or sign in BLANK for sign in name)
    special = next((sign for sign in name if sign in SPECIAL), "")
    size = len(name.encode(errors="surrogatepass"))
    faults = (
        (not name, "it has no name"),
        (unseen, "its name has signs that nobody sees"),
        (any(sign.isspace() for sign in name.replace(" ", "")), "its name has unusual spaces"),
        (special, f"its name has the sign {special}"),
        (name.startswith((".", "~")), "its name begins with a sign that hides it"),
        (name.endswith("."), "its name ends with a dot"),
        (_is_reserved(name), "its name means something else to some systems"),
        (size > NAME_BYTES, f"its name has more than {NAME_BYTES} bytes"),
    )
    return next((fault for is_there, fault in faults if is_there), "")


def _is_reserved(name: str) -> bool:
    return name.partition(".")[0].rstrip().casefold() in RESERVED
