"""Files that are still there, whole, after the power went out."""

import os
from pathlib import Path


def flush_tree(folder: Path) -> None:
    """Make everything below `folder`, and its names, survive a power cut.

    Raises:
        OSError: the disk refuses.
    """
    for path in folder.rglob("*"):
        if path.is_file():
            flush_file(path)
        else:
            flush_folder(path)
    flush_folder(folder)


def flush_file(file: Path) -> None:
    """Make what is in `file` survive; its name does when its folder is flushed as well."""
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def flush_folder(folder: Path) -> None:
    """Make the names in `folder` survive."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_text(file: Path, text: str) -> None:
    """Put `text` (ASCII) into `file`: whatever happens, it holds either the old text or the new.

    Raises:
        OSError: the disk refuses.
    """
    temporary = file.with_suffix(".tmp")
    temporary.write_text(text, encoding="ascii")
    flush_file(temporary)
    temporary.replace(file)
    flush_folder(file.parent)
