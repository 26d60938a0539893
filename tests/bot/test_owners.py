"""The bot is of its application's owner or team, as Discord says, and of the config's owners."""

import asyncio

import aiohttp
import discord
import pytest

from bot import owners
from bot.client import SeedBot
from bot.owners import Owners
from tests.support.discord_server import faults, payloads
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.server import DiscordServer

INVITED, ACCEPTED = 1, 2


def in_team(who: Payload, role: str, state: int = ACCEPTED) -> Payload:
    """Somebody in the application's team."""
    return {"user": who, "role": role, "membership_state": state, "permissions": ["*"]}


async def are_owners(bot: SeedBot, *members: Payload) -> list[bool]:
    """Whether each is an owner, as Discord says now."""
    bot.services.owners.ask_by(bot.application_info)
    return [await bot.services.owners.is_owner(int(each["id"])) for each in members]


async def test_an_application_without_a_team_is_its_owners(
    connected: tuple[DiscordServer, SeedBot],
) -> None:
    server, bot = connected
    maria, eve = server.member("maria"), server.member("eve")
    server.rest.people.owner = maria
    assert await are_owners(bot, maria, eve) == [True, False]


async def test_an_application_with_a_team_is_of_who_works_on_it(
    connected: tuple[DiscordServer, SeedBot],
) -> None:
    """The owner that Discord names beside a team is the team, as a user that nobody is."""
    server, bot = connected
    head, admin, dev, reader, guest = (server.member(name) for name in "abcde")
    team = payloads.user("team1")
    server.rest.people.owner = team
    server.rest.people.team = {
        "id": team["id"],
        "name": "The team",
        "icon": None,
        "owner_user_id": head["id"],
        "members": [
            in_team(head, ""),
            in_team(admin, "admin"),
            in_team(dev, "developer"),
            in_team(reader, "read_only"),
            in_team(guest, "admin", INVITED),
        ],
    }
    told = await are_owners(bot, head, admin, dev, reader, guest, team)
    assert told == [True, True, True, False, False, False]


async def test_discord_is_asked_when_the_bot_connects_and_then_not_for_a_while(
    connected: tuple[DiscordServer, SeedBot], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, bot = connected
    maria = server.member("maria")
    for _ in range(3):
        assert not await bot.services.owners.is_owner(int(maria["id"]))
    assert "application" not in server.rest.requests
    monkeypatch.setattr(owners, "KEPT_SECONDS", 0.0)
    server.rest.people.owner = maria
    assert await are_owners(bot, maria) == [True]
    server.rest.people.owner = server.bot
    assert not await bot.services.owners.is_owner(int(maria["id"]))


async def test_what_discord_said_last_holds_while_it_says_nothing(
    connected: tuple[DiscordServer, SeedBot], caplog: pytest.LogCaptureFixture
) -> None:
    server, bot = connected
    maria = server.member("maria")
    server.rest.people.owner = maria
    assert await are_owners(bot, maria) == [True]
    server.faults.lasting["application"] = faults.NO_ACCESS
    assert await are_owners(bot, maria) == [True]
    assert await are_owners(bot, maria) == [True]
    told = [each for each in caplog.messages if "doesn't say whose this bot is" in each]
    assert len(told) == 1
    assert "what it said last holds" in told[0]


async def test_without_discords_word_those_whom_the_config_names_are_the_owners(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails() -> discord.AppInfo:
        message = "no way to Discord"
        raise aiohttp.ClientError(message)

    told = Owners([7])
    assert [await told.is_owner(each) for each in (7, 8)] == [True, False]
    told.ask_by(fails)
    assert [await told.is_owner(each) for each in (7, 8, 8)] == [True, False, False]
    [warning] = caplog.messages
    assert warning.startswith("Discord doesn't say whose this bot is (no way to Discord)")
    assert warning.endswith("`owners` under [discord] alone holds")


async def test_a_discord_that_takes_its_time_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(owners, "PATIENCE_SECONDS", 0.01)
    asked = 0
    answer: asyncio.Future[discord.AppInfo] = asyncio.get_running_loop().create_future()

    async def takes_its_time() -> discord.AppInfo:
        nonlocal asked
        asked += 1
        return await answer

    told = Owners([])
    told.ask_by(takes_its_time)
    assert [await told.is_owner(8) for _ in range(3)] == [False, False, False]
    # Each went on waiting for the one request.
    assert asked == 1
    answer.set_exception(OSError("in vain"))
    await asyncio.sleep(0)
    assert not await told.is_owner(8)
