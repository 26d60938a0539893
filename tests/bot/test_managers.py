"""What decides who sees what knows the managers; what it can't find out is no."""

import pytest
from simcord import Env

from bot.client import SeedBot
from bot.errors import RecordsFailed
from bot.managers import Managers
from tests.support import members


async def test_who_manages_a_server_does_by_permission_or_by_its_role(
    simcord_env: Env, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = members.alone(simcord_env)
    services = simcord_bot.services
    managers = Managers(services.owners, services.servers)
    role = here.guild.create_role("librarians")
    await services.servers.set(here.guild.id, "rebuild_role", role.id)
    keeper = here.guild.add_member(simcord_env.create_user("keeper"), roles=[role])
    guild = simcord_bot.guilds[0]

    async def manage() -> list[bool]:
        found = [await guild.fetch_member(each.id) for each in (here.boss, keeper, here.ann)]
        return [await managers.manages(each) for each in found]

    assert await manage() == [True, True, False]

    async def fails(_server: int) -> None:
        message = "no records"
        raise RecordsFailed(message)

    monkeypatch.setattr(services.servers, "rules", fails)
    assert await manage() == [True, False, False]


async def test_an_owner_of_the_bot_is_known(simcord_env: Env, simcord_bot: SeedBot) -> None:
    here = members.alone(simcord_env)
    services = simcord_bot.services
    managers = Managers(services.owners, services.servers)
    eve = await simcord_bot.fetch_user(here.ann.id)
    assert simcord_bot.user is not None
    # In simcord the application is the bot's own.
    assert [await managers.owns(each) for each in (simcord_bot.user, eve)] == [True, False]
