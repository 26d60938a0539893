"""Members ask while every place is taken."""

from collections.abc import AsyncIterator

import pytest
from simcord import Env

from bot.errors import TooSlow
from bot.serving.service import AnswerService
from bot.settings import LoggingSettings, ServiceSettings
from index import Index, Library
from tests.support import members
from tests.support.questions import question
from tests.support.slow_index import SlowIndex


@pytest.fixture
async def service(seeds_index: Index, settings: ServiceSettings) -> AsyncIterator[AnswerService]:
    """A service whose one place is held by a question that nobody waits for any more."""
    slow = SlowIndex()
    service = AnswerService(slow.library, settings, LoggingSettings())
    with pytest.raises(TooSlow):
        await service.answer(slow.shelf, question("first"))
    service.library = Library.of_one(seeds_index)
    yield service
    slow.go.set()
    service.close()


@pytest.mark.simcord(check_errors=False)
async def test_a_full_queue_is_told_and_nothing_hangs(simcord_env: Env) -> None:
    _, channel, _, ann = members.server(simcord_env)
    result = await ann.slash(channel, "ask", question="Who directed All of Us Strangers?")
    assert result.response is not None
    assert "Too many questions" in result.response.content


@pytest.mark.simcord(check_errors=False)
async def test_a_bot_with_too_much_to_do_offers_no_choices(simcord_env: Env) -> None:
    _, channel, _, ann = members.server(simcord_env)
    assert await ann.autocomplete(channel, "source", "document", "film") == []
