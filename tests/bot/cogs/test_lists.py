"""Lists that are longer than a message have pages, which the index is asked for again."""

import discord
import pytest
from simcord import Env

from bot.buttons.button import Plain
from bot.buttons.pager import ListPager
from bot.client import SeedBot
from bot.render import reply
from tests.support.shown import described


@pytest.mark.parametrize("name", ["sources", "report"])
async def test_every_document_stands_on_one_of_the_pages(
    simcord_env: Env, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(reply, "DESCRIPTION_LIMIT", 120)
    channel = simcord_env.create_guild().create_text_channel("general")
    ann = simcord_env.guild.add_member(simcord_env.create_user("ann"))
    view = discord.ui.View(timeout=None)
    view.add_item(ListPager(Plain(label="Next", custom_id=f"list:next:0:{name}")))
    place = simcord_bot.get_channel(channel.id)
    assert isinstance(place, discord.TextChannel)
    await place.send("A list", view=view)
    shown = ""
    for _ in range(20):
        assert channel.last_message is not None
        await ann.click(channel.last_message, label="Next")
        embed = channel.last_message.embeds[0]
        shown += described(embed)
        number, count = (embed.footer.text or "").rpartition("page ")[2].split(" of ")
        if number == count:
            break
    assert int(count) > 1
    paths = [source.path for source in simcord_bot.services.answers.index.sources()]
    assert all(shown.count(path) == 1 for path in paths)
    assert channel.last_message is not None
    last = channel.last_message.components[0]
    assert isinstance(last, discord.ActionRow)
    assert [getattr(button, "disabled", None) for button in last.children] == [False, True]
