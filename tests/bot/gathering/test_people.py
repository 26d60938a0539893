"""Nobody's name or number is in what is gathered, whatever is written."""

import re

import discord
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.gathering.people import People, plain, unnamed
from tests.support.guilds import OfflineClient
from tests.support.visibility import BOT, VIEW_CHANNEL, Channel, Role, Rule, Server, World

ANN, BOB, STRANGER = 123456789012345678, 223456789012345678, 99999999999999999
NAMES = ("Ann", "bob.the_builder", "Zoë 🦊 [admin]", "a member", "(.*)", "@every\\1one", "</x:1>")
READ = VIEW_CHANNEL | 1 << 16
SERVER = Server(
    901,
    10,
    {901: Role(901, READ), 902: Role(902)},
    {21: Channel(21, (), 0), 22: Channel(22, (Rule(901, 0, VIEW_CHANNEL),), 0)},
)
PEOPLE = People(frozenset({ANN, BOB, BOT}), frozenset(map(plain, NAMES)))
MENTIONS = re.compile(r"<@[!&]?\d+>|<#\d+>|<a?:\w+:\d+>|</[^<>\n]+:\d+>")
PIECES = st.sampled_from(
    [
        *(f"@{name}" for name in NAMES),
        *(str(each) for each in (ANN, BOB, STRANGER)),
        *"<>@!&#:/\\`*_|() 19\n",
        *("<@", "<@!", "<@&", "<#", "<:a:", "<t:", "</", ":1>", "\u200b", "\u202e", "\u2028"),
        *("https://discord.com/users/", "https://cdn.discordapp.com/avatars/", "ab"),
        "<@901>",
        "<@&902>",
        "<@&901>",
        "<#21>",
        "<#22>",
        "<t:99999999999999:F>",
    ]
)


@pytest.fixture(scope="module")
def guild() -> discord.Guild:
    """A server with a channel for all and one for some."""
    return OfflineClient(World({901: SERVER}, (), frozenset())).guild(901)


@given(pieces=st.lists(PIECES, max_size=14))
@example(pieces=["<@", "<@!", str(ANN), ">", str(BOB), ">"])
@example(pieces=["<", "\u200b", "@", str(STRANGER), ">"])
def test_no_name_or_number_is_left_of_anybody(guild: discord.Guild, pieces: list[str]) -> None:
    text = unnamed("".join(pieces), PEOPLE, guild)
    assert not MENTIONS.search(text)
    for number in (ANN, BOB):
        assert not re.search(rf"(?<!\d){number}(?!\d)", text)
    for name in (each for each in NAMES if each != "a member"):
        ends = r"(?!\w)" if name[-1].isalnum() else ""
        assert not re.search(rf"@{re.escape(name)}{ends}", text, re.IGNORECASE)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (f"ask <@{ANN}> or <@!{STRANGER}>", "ask a member or a member"),
        (f"<@{BOT}> said so", "the bot said so"),
        ("thanks @bob.The_builder!", "thanks a member!"),
        ("mail @Anna", "mail @Anna"),
        ("Ann is a name, too", "Ann is a name, too"),
        (f"my number is {ANN}", "my number is a member"),
        (f"build {STRANGER}", f"build {STRANGER}"),
        ("for <@&902>, <@&903>, <@&901>", "for @r902, a role, @everyone"),
        ("see <#21> or <#22> or <#23>", "see #c21 or another channel or another channel"),
        ("<:party:123> <a:dance:456>", ":party: :dance:"),
        ("on <t:1764201600:F>, </ask:12>", "on 2025-11-27 00:00 UTC, /ask"),
        (f"https://discord.com/users/{STRANGER}", "a member"),
        (f"https://cdn.discordapp.com/avatars/{ANN}/a.png?size=2 it is", "a picture it is"),
        ("https://example.org/users/12", "https://example.org/users/12"),
    ],
)
def test_what_discord_has_signs_for_is_written_as_it_reads(
    guild: discord.Guild, written: str, read: str
) -> None:
    assert unnamed(written, PEOPLE, guild) == read


@given(text=st.text(max_size=60))
def test_a_text_that_names_nobody_keeps_its_letters(guild: discord.Guild, text: str) -> None:
    nobody = People(frozenset(), frozenset())
    assert unnamed(re.sub(r"[<@]|discord", "", text), nobody, guild) == plain(
        re.sub(r"[<@]|discord", "", text)
    )
