"""One source fetched: its files take their place together, or what there was stays."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import JsonValue

from index.errors import FetchFailed, FetchRunning, SeedIndexError, SettingsError
from index.fetching.fetcher import Fetched, Fetcher
from index.fetching.staging import Staging
from index.fetching.state import (
    FetchState,
    forget,
    now,
    read_memory,
    read_state,
    told_apart,
    write_memory,
    write_state,
)
from index.reading.files import walk
from index.settings import IndexSettings
from index.sources import Fetchable, RepositorySettings, SourceSettings, WebsiteSettings, fetchable

log = logging.getLogger(__name__)

# Where what somebody else put into the folder of a source is brought.
ASIDE = "aside"
BUSY = "it is being fetched already, here or by another process; wait for that to end"
SHIPPED = (
    "the documents are the examples that came with the bot: name a folder of your own as `seeds` "
    "under [index], for sources to put theirs into"
)
# What is left out is told up to so many.
NAMED = 50


def fetcher_of(source: Fetchable) -> Fetcher:
    """Return what fetches a source; that a library is missing is told when it fetches."""

    def fetcher(
        staging: Staging, work: Path, memory: dict[str, JsonValue], stop: threading.Event
    ) -> Fetched:
        # Imported here: of what isn't asked for, nothing need be installed.
        if isinstance(source, RepositorySettings):
            from index.fetching.git.repository import fetch_repository  # noqa: PLC0415

            return fetch_repository(source)(staging, work, memory, stop)
        from index.fetching.web.website import fetch_website  # noqa: PLC0415

        return fetch_website(source)(staging, work, memory, stop)

    return fetcher


def fetch(
    settings: IndexSettings,
    source: SourceSettings,
    fetcher: Fetcher,
    stop: threading.Event | None = None,
) -> FetchState:
    """Fetch a source, and keep how that went for `state_of`.

    Raises:
        FetchFailed: it failed, and what was fetched before is still in place.
        FetchRunning: it is being fetched by somebody else.
        SettingsError: it can't be fetched by these settings.
    """
    folder = source.kept(settings)
    with _alone(folder):
        before = read_state(folder)
        begun = replace(before, tried=now(), address=address_of(source), of=_of(source))
        try:
            state = _fetch(settings, source, fetcher, begun, stop or threading.Event())
        except SeedIndexError as error:
            _keep(folder, replace(begun, problem=str(error)))
            raise
        except OSError as error:
            told = f"{error.filename or folder}: {error.strerror or error}"
            _keep(folder, replace(begun, problem=told))
            raise FetchFailed(told) from error
        _keep(folder, state)
        return state


def state_of(settings: IndexSettings, source: SourceSettings) -> FetchState:
    """Return how a source does, whoever fetched it last; at once."""
    return read_state(source.kept(settings))


def is_there(settings: IndexSettings, source: SourceSettings) -> bool:
    """Whether what its settings say by now was fetched or tried, and has its folder if it was."""
    state = state_of(settings, source)
    fetched = state.succeeded is not None
    return state.of == _of(source) and fetched <= (settings.seeds_path / source.place).is_dir()


def memory_of(settings: IndexSettings, source: SourceSettings) -> dict[str, JsonValue]:
    """Return what the last fetch of a source left to know, by these settings; at once."""
    return read_memory(source.kept(settings), source.model_dump_json())


def fetch_new(
    settings: IndexSettings, sources: Iterable[SourceSettings], tell: Callable[[str], None]
) -> None:
    """Fetch the sources of which nothing is there yet; `tell` what is done and what failed.

    Raises:
        FetchFailed: one failed, and there is no document at all.
        SettingsError: as `fetch`.
    """
    failed = ""
    for source in fetchable(sources):
        if state_of(settings, source).succeeded and is_there(settings, source):
            continue
        try:
            tell(f"fetching {source.name} from {address_of(source)}")
            fetch(settings, source, fetcher_of(source))
        except FetchFailed as error:
            if failed:
                tell(failed)
            failed = f"{source.name}: {error}"
    if failed:
        whole = settings.model_copy(update={"folder": ""})
        if next(walk(whole, lambda _error: None), None) is None:
            raise FetchFailed(failed)
        tell(failed)


def address_of(source: SourceSettings) -> str:
    """Return where a source is, in words."""
    if isinstance(source, RepositorySettings):
        return source.repository
    return source.website if isinstance(source, WebsiteSettings) else ""


def _fetch(
    settings: IndexSettings,
    source: SourceSettings,
    fetcher: Fetcher,
    begun: FetchState,
    stop: threading.Event,
) -> FetchState:
    """Fetch a source, and put it in its place.

    Raises:
        SeedIndexError, OSError: as `fetch`.
    """
    if settings.shipped:
        raise SettingsError(SHIPPED)
    folder, of = source.kept(settings), source.model_dump_json()
    staging = Staging(source, settings)
    staging.discard()
    staging.check_place()
    memory = read_memory(folder, of) if staging.intact() else {}
    try:
        fetched = fetcher(staging, folder / "work", memory, stop)
        if fetched.unchanged and memory:
            # It may be what one has put there that died before it could say so.
            documents = len(staging.before.files)
            return replace(
                begun,
                succeeded=begun.tried,
                version=fetched.version,
                documents=documents,
                problem=fetched.problem,
            )
        # It holds for what is in place, and should this one die there, for that no more.
        aside = folder / ASIDE if forget(folder) else None
        staging.publish(aside)
    finally:
        staging.discard()
    write_memory(folder, of, fetched.memory)
    return replace(
        begun,
        succeeded=begun.tried,
        version=fetched.version,
        documents=staging.count,
        problem=fetched.problem,
        skipped=tuple(staging.skipped[:NAMED]),
    )


def _of(source: SourceSettings) -> str:
    return told_apart(source.model_dump_json())


def _keep(folder: Path, state: FetchState) -> None:
    try:
        write_state(folder, state)
    except OSError as error:
        log.warning("%s: how the source does can't be kept: %s", folder, error.strerror or error)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of a source, which dies with its process.

    Raises:
        FetchRunning: another one holds it.
        FetchFailed: it can't be had.
    """
    lock = FileLock(folder / "fetch.lock", timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise FetchRunning(BUSY) from None
    except OSError as error:
        message = f"{folder}: it can't be written: {error.strerror or error}"
        raise FetchFailed(message) from error
    try:
        yield
    finally:
        lock.release()
