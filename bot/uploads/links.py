"""Where a document came from, said in its folder, so that citations lead there."""

import logging

from pydantic import TypeAdapter, ValidationError

from bot.uploads.folders import Folder
from index import ORIGINS, Origin, Origins

log = logging.getLogger(__name__)

JSON = TypeAdapter(Origins)
MOST_BYTES = 10_000_000


def note_link(folder: Folder, name: str, sha256: str, link: str) -> None:
    """Say in a folder that what a file there holds, which is about to be written, is of a link.

    Of files that are gone nothing is said any more.

    Raises:
        NotTaken: a link is in the way.
        OSError: the system refuses.
    """
    was = folder.read(ORIGINS, MOST_BYTES)
    origins = _understood(was)
    there = set(folder.names())
    files = {path: origin for path, origin in origins.files.items() if path in there}
    files[name] = Origin(sha256, link)
    folder.write(ORIGINS, JSON.dump_json(Origins(files=files)), new=was is None)


def _understood(data: bytes | None) -> Origins:
    try:
        return JSON.validate_json(data) if data else Origins()
    except ValidationError:
        log.warning("%s can't be understood, so it is begun anew", ORIGINS)
        return Origins()
