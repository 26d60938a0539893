"""Files of one generation in another: copied, or linked, so that both have the same bytes on disk.

What damages the bytes damages all that are linked to them. Each generation's manifest has their
checksum, so each finds it out; and so many are linked at most, so that the others stay whole.
"""

import shutil
from contextlib import suppress
from pathlib import Path

# With three generations each, twenty collections: a thousand of them share fifty models.
MOST_LINKS = 64


def take(source: Path, target: Path, *, link: bool) -> None:
    """Make the folder `target` with the files that are in the folder `source`.

    With `link` they are linked where the disk can do that.

    Raises:
        OSError: the disk refuses.
    """
    target.mkdir()
    for file in source.iterdir():
        if not (link and _link(file, target / file.name)):
            shutil.copyfile(file, target / file.name)


def links(file: Path) -> int:
    """Return how many names a file has; 0 where that can't be told."""
    with suppress(OSError):
        return file.stat().st_nlink
    return 0


def _link(file: Path, other: Path) -> bool:
    """Give a file another name; return whether that was done, and not refused by whatever disk."""
    if links(file) >= MOST_LINKS:
        return False
    with suppress(OSError):
        # A link to a link would end with it.
        other.hardlink_to(file.resolve(strict=True))
        return True
    return False
