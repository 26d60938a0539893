"""`.eml`: a mail: its subject, who wrote it when, and its text; attachments are named."""

from email import message_from_bytes, policy
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr

from selectolax.lexbor import LexborHTMLParser

from index.domain import BlockKind, Document
from index.errors import UnreadableSource
from index.reading.formats import grammar, markup
from index.reading.formats.extracted import Extract, clean, one_line
from index.reading.formats.html import add_page
from index.settings import Limits

SHOWN = ("From", "To", "Cc", "Date")
MANY_ATTACHMENTS = 5
# To take a header apart takes the library time by the square of its length.
HEADER_CHARS = 2000
HEADERS = HeaderRegistry()
POLICY = policy.default.clone(
    header_factory=lambda name, value: HEADERS(name, value[:HEADER_CHARS])
)


def read(path: str, data: bytes, limits: Limits) -> Document:
    """Read a mail, as plain text if it has that, else as the page that it is.

    Raises:
        UnreadableSource: it is no mail, or has no text.
        NestedTooDeep: elements of a page are nested deeper than `max_nesting`.
    """
    mail = message_from_bytes(data.lstrip(), policy=POLICY)
    if not {"from", "subject", "date"} & {name.lower() for name in mail}:
        raise UnreadableSource(path, "it is no mail: it has no subject, no sender and no date")
    subject = _header(mail, "Subject")
    extract = Extract()
    extract.heading(subject, 1)
    lines = [f"{name}: {value}" for name in SHOWN if (value := _header(mail, name))]
    extract.block(BlockKind.METADATA, "\n".join(lines))
    body = mail.get_body(("plain", "html"))
    if body is not None:
        text = _text(body)
        if body.get_content_type() == "text/html":
            add_page(extract, LexborHTMLParser(text), path, limits)
        else:
            extract.add_parsed(text, *markup.parse(text, grammar.PLAIN))
    names = [one_line(name) for part in mail.walk() if (name := part.get_filename())]
    notes = []
    if names:
        more = ", …" if len(names) > MANY_ATTACHMENTS else ""
        notes.append(f"attachments, left out: {', '.join(names[:MANY_ATTACHMENTS])}{more}")
    author = parseaddr(_header(mail, "From"))[0]
    return extract.document(
        path, data, "message/rfc822", title=subject, author=author, notes=tuple(notes)
    )


def _header(mail: EmailMessage, name: str) -> str:
    return one_line(str(mail.get(name, "")))


def _text(part: MIMEPart) -> str:
    """The text of a part, whatever character set it says it has."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return clean(payload.decode(part.get_content_charset("utf-8"), errors="replace"))
    except LookupError:
        return clean(payload.decode("utf-8", errors="replace"))
