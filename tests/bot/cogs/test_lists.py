"""Lists that are longer than a message have pages, which the index is asked for again."""

import pytest
from simcord import Env

from bot.client import SeedBot
from bot.render import reply
from tests.support import members
from tests.support.shown import described


@pytest.mark.parametrize("command", ["sources", "index report"])
async def test_every_document_stands_on_one_of_the_pages(
    simcord_env: Env, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(reply, "DESCRIPTION_LIMIT", 120)
    here = members.alone(simcord_env)
    message = (await here.boss.slash(here.channel, command)).response
    shown = ""
    for _ in range(20):
        assert message is not None
        embed = message.embeds[0]
        shown += described(embed)
        number, count = (embed.footer.text or "").rpartition("page ")[2].split(" of ")
        if number == count:
            break
        message = (await here.boss.click(message, label="Next")).response
    assert int(count) > 1
    paths = [source.path for source in simcord_bot.services.answers.library.index("").sources()]
    assert all(shown.count(path) == 1 for path in paths)
    assert message is not None
    buttons = message.components[0]["components"]
    assert [each["disabled"] for each in buttons] == [False, True]
