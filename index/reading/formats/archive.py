"""Files that are zip archives of other files, unpacked within a limit."""

import io
import zipfile
import zlib

from index.errors import UnpacksTooLarge, UnreadableSource
from index.settings import Limits

MEGABYTE = 1_000_000
STEP = 1 << 16
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
OLD_FORM = b"\xd0\xcf\x11\xe0"
# No format needs a document type in its XML; entities can be defined nowhere else.
DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def unpack(path: str, data: bytes, limits: Limits) -> dict[str, bytes]:
    """Return the files in an archive by name.

    Their sizes, as the archive gives them, are checked first; one that unpacks to more than its
    size is damaged, and is unpacked no further.

    Raises:
        UnpacksTooLarge: they are larger than `max_unpacked_mb`.
        UnreadableSource: it is no archive, damaged or encrypted.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            size = sum(entry.file_size for entry in entries)
            if size > limits.max_unpacked_mb * MEGABYTE:
                actual = f"it unpacks to {size / MEGABYTE:.1f} MB"
                raise UnpacksTooLarge(path, actual, f"{limits.max_unpacked_mb:g} MB")
            return {entry.filename: _unpack(path, archive, entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise UnreadableSource(path, f"it is damaged: {error}") from error


def _unpack(path: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.flag_bits & 1:
        raise UnreadableSource(path, "it is encrypted; save it without a password")
    if entry.compress_type not in PACKED:
        raise UnreadableSource(path, "it is packed in a way that no such file is")
    parts = []
    with archive.open(entry) as stream:
        # In steps: a single read unpacks all there is before it looks at the size.
        while part := stream.read(STEP):
            parts.append(part)
    return b"".join(parts)


def refuse_old(path: str, data: bytes, suffix: str) -> None:
    """Refuse what is no archive but of Office's own older form, which encrypted files have as well.

    Raises:
        UnreadableSource: it is.
    """
    if data.startswith(OLD_FORM):
        reason = (
            f"it is encrypted, or of the old {suffix[:-1]} format; save it as {suffix} without a "
            "password"
        )
        raise UnreadableSource(path, reason)


def refuse_entities(path: str, files: dict[str, bytes]) -> None:
    """Refuse an archive whose XML could define entities.

    Raises:
        UnreadableSource: names the file in the archive.
    """
    for name, data in files.items():
        if name.endswith((".xml", ".rels")) and any(doctype in data for doctype in DOCTYPES):
            reason = f"{name} in it has a document type, which no such file needs"
            raise UnreadableSource(path, reason)


def pack(files: dict[str, bytes]) -> io.BytesIO:
    """Return an archive of `files` for a library that wants one: nothing in it is packed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    stream.seek(0)
    return stream
