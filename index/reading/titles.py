"""What a file's name says of its content."""

import re
from pathlib import PurePosixPath


def title_from_path(path: str) -> str:
    """The words of a file's name, numbers and hashes left out; the name where none are left."""
    stem = PurePosixPath(path).stem
    words = [word for word in re.split(r"[\W_]+", stem) if word and not re.search(r"\d", word)]
    return " ".join(words) if words else stem
