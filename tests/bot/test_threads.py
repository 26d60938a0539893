"""What takes the longer the larger the documents are is done outside of the event loop's thread."""

import threading
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import pytest
from simcord import Env

from bot import documents, render
from bot.buttons import pager
from bot.serving.service import AnswerService
from bot.settings import BotConfig, LimitSettings
from index import Index, Library
from tests.support.everything import use_everything
from tests.support.large_index import LargeIndex

# What the index says it does at once, and what nobody on the loop asks for, or where there are
# several of them alone.
AT_ONCE = {"question", "sources", "source"}
ELSEWHERE = {"close", "refresh", "outdated", "scrub", "unread", "weigh", "languages"}
METHODS = {
    name
    for name, member in vars(Index).items()
    if isinstance(member, FunctionType) and not name.startswith("_")
}
FUNCTIONS = (
    (pager, "pages"),
    (documents, "closest"),
    (render, "source_page"),
    (render, "report"),
    (render, "status"),
    (render, "build_report"),
)


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """No limits: everything is used in a moment."""
    none = LimitSettings(member_per_minute=0, channel_per_minute=0, server_per_minute=0)
    return config.model_copy(update={"limits": none})


@pytest.fixture
def large(seeds_index: Index) -> LargeIndex:
    """Large enough to have pages."""
    return LargeIndex(seeds_index, megabytes=1, marks=100, files=100)


@pytest.fixture
def service(large: LargeIndex, config: BotConfig) -> Iterator[AnswerService]:
    """The index behind the real threads."""
    service = AnswerService(Library.of_one(large), config.service, config.logging)
    yield service
    service.close()


async def test_whatever_grows_with_the_documents_is_done_off_the_event_loop(
    simcord_env: Env, large: LargeIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    on_the_loop: set[str] = set()
    loop = threading.get_ident()
    doing = ""

    def note(name: str) -> None:
        nonlocal doing
        doing = name

    def watch(place: object, name: str) -> None:
        real = getattr(place, name)

        def work(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever it is
            seen.add(name)
            if threading.get_ident() == loop:
                on_the_loop.add(f"{name} in {doing}")
            return real(*arguments, **options)

        monkeypatch.setattr(place, name, work)

    for name in METHODS - AT_ONCE:
        watch(large, name)
    for module, name in FUNCTIONS:
        watch(module, name)
    await use_everything(simcord_env, large, note)
    assert not on_the_loop
    assert seen == METHODS - AT_ONCE - ELSEWHERE | {name for _, name in FUNCTIONS}
