"""What the folder of a source is to hold, put there by the one way that files are fetched."""

from collections.abc import Sequence
from pathlib import Path
from threading import Event

from pydantic import JsonValue

from bot.gathering.pages import Page
from bot.settings import ChannelSourceSettings
from index import Fetched, FetchFailed, IndexSettings, Staging, memory_of

# What a folder holds that would else be empty: of nothing, no index is built, and the one with what
# was there would go on to answer.
EMPTY = "nothing.md", b"# Nothing is gathered here\n\nThere is nothing in this folder now.\n"
LEFT = "{} left out: see `max_files`, `max_mb` and `timeout_seconds` of the source"
# Under which name it is kept who wrote which file, by the names that say nothing.
MEMBERS = "members"

Memory = dict[str, JsonValue]


def stage(
    pages: Sequence[Page],
    more: int,
    problem: str,
    staging: Staging,
    _work: Path,
    _memory: Memory,
    _stop: Event,
) -> Fetched:
    """Put pages in their folder; without any, what was there is withdrawn.

    Raises:
        FetchFailed: nothing may be gathered, and nothing is there.
    """
    if problem and not staging.before.files:
        raise FetchFailed(problem)
    room = int(1_000_000 * staging.source.max_mb)
    members: dict[str, JsonValue] = {}
    for page in pages:
        if not staging.wants(page.path):
            continue
        room -= len(page.data)
        if room < 0:
            more += 1
        else:
            staging.put(page.path, page.data, page.link)
            members[page.path] = [*sorted(page.members)]
    if more:
        staging.skip("posts and messages", LEFT.format(more))
    if not staging.count:
        staging.put(*EMPTY)
    return Fetched(memory={MEMBERS: members}, problem=problem)


def withhold(
    those: frozenset[str], staging: Staging, _work: Path, memory: Memory, _stop: Event
) -> Fetched:
    """Keep the files that none of those wrote, and no others; nor any where that isn't known."""
    members: dict[str, JsonValue] = {
        path: [*wrote]
        for path, wrote in _members(memory).items()
        if those.isdisjoint(wrote) and staging.keep(path)
    }
    if staging.count == len(staging.before.files):
        return Fetched(memory=memory, unchanged=True)
    if not staging.count:
        staging.put(*EMPTY)
    return Fetched(memory={MEMBERS: members})


def written_by(name: str, index: IndexSettings, source: ChannelSourceSettings) -> int:
    """Return how many files of a source have something of the member of that name."""
    return sum(name in wrote for wrote in _members(memory_of(index, source)).values())


def fail(reason: str, _staging: Staging, _work: Path, _memory: Memory, _stop: Event) -> Fetched:
    """Leave the folder as it is, and say why.

    Raises:
        FetchFailed: always.
    """
    raise FetchFailed(reason)


def _members(memory: Memory) -> dict[str, list[str]]:
    """Who wrote which file, as far as that is known."""
    known = memory.get(MEMBERS)
    files = known.items() if isinstance(known, dict) else ()
    return {path: [str(each) for each in wrote] for path, wrote in files if isinstance(wrote, list)}
