"""A disk that fails to give something."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def failing_to_open(monkeypatch: pytest.MonkeyPatch, at: Path, number: int) -> Iterator[None]:
    """Have the system refuse to open a file, or to list a folder, with an error of that number."""
    real_open, real_list = os.open, os.scandir

    def refuse(path: Any) -> None:  # noqa: ANN401 - whatever os.open takes
        if not isinstance(path, int) and Path(os.fsdecode(path)) == at:
            raise OSError(number, os.strerror(number), str(at))

    def open_unless(path: Any, *rest: Any, **options: Any) -> int:  # noqa: ANN401
        refuse(path)
        return real_open(path, *rest, **options)

    def list_unless(path: Any = ".") -> Any:  # noqa: ANN401
        refuse(path)
        return real_list(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", open_unless)
        patch.setattr(os, "scandir", list_unless)
        yield
