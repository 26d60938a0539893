"""How each source does: when it was fetched, what it is at, what went wrong; for any process."""

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue, TypeAdapter, ValidationError

from index.domain import Skipped

log = logging.getLogger(__name__)

STATE, MEMORY = "state.json", "memory.json"


@dataclass(frozen=True, slots=True)
class FetchState:
    """How a source does.

    `tried` and `succeeded` say when that was last (UTC); `address` is where it is and `version`
    what it was at then, such as a commit; `problem` says why the last try failed, empty if it
    didn't. `of` tells the settings that it was tried by from others, as `told_apart` has it.
    """

    tried: datetime | None = None
    succeeded: datetime | None = None
    address: str = ""
    version: str = ""
    documents: int = 0
    problem: str = ""
    of: str = ""
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """What a fetcher wants to know the next time; `of` are the settings that it holds for."""

    of: str = ""
    values: dict[str, JsonValue] = field(default_factory=dict)


STATE_JSON = TypeAdapter(FetchState)
MEMORY_JSON = TypeAdapter(Memory)


def read_state(folder: Path) -> FetchState:
    """Return how the source does of which that is the folder; at once."""
    try:
        return STATE_JSON.validate_json((folder / STATE).read_bytes())
    except (OSError, ValidationError):
        return FetchState()


def write_state(folder: Path, state: FetchState) -> None:
    """Keep how a source does.

    Raises:
        OSError: the disk refuses.
    """
    _write(folder / STATE, STATE_JSON.dump_json(state))


def told_apart(of: str) -> str:
    """Return something short that tells settings from others."""
    return hashlib.sha256(of.encode()).hexdigest()[:16]


def read_memory(folder: Path, of: str) -> dict[str, JsonValue]:
    """Return what a fetcher wanted to know; nothing where other settings hold by now."""
    try:
        memory = MEMORY_JSON.validate_json((folder / MEMORY).read_bytes())
    except (OSError, ValidationError):
        return {}
    return memory.values if memory.of == of else {}


def write_memory(folder: Path, of: str, values: dict[str, JsonValue]) -> None:
    """Keep what a fetcher wants to know.

    Raises:
        OSError: the disk refuses.
    """
    _write(folder / MEMORY, MEMORY_JSON.dump_json(Memory(of, values)))


def forget(folder: Path) -> bool:
    """Keep nothing of what a fetcher wanted to know; return whether there was something.

    Raises:
        OSError: the disk refuses.
    """
    try:
        (folder / MEMORY).unlink()
    except FileNotFoundError:
        return False
    return True


def now() -> datetime:
    """Return the time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".tmp")
    temporary.write_bytes(data)
    temporary.replace(file)
