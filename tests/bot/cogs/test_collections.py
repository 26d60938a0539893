"""One bot in three servers: everybody is answered from what is for them, wherever they ask."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import discord
import pytest
from simcord import ChannelHandle, Env, InteractionResult, MemberActor, ResponseMessage, UserHandle

from bot.buttons.passages import GONE
from bot.client import SeedBot
from bot.cogs.lookup import NO_SUCH
from bot.render.answers import MORE_IN_PRIVATE
from bot.services import Services
from bot.serving.service import AnswerService
from bot.settings import BotConfig, DiscordSettings, LimitSettings
from index import IndexSettings, Library, document_key
from index.model.onnx_embedder import OnnxEmbedder
from tests.support import installed
from tests.support.builder import Builder
from tests.support.libraries import tell_of_members_and_bots
from tests.support.shown import described, unescaped
from tests.support.town import FOREIGN, LAID_OUT, TEXTS, A, B, Town

ALARM, GATE, FERRY = (
    "What is the code of the alarm?",
    "What colour is the gate?",
    "When does the ferry leave?",
)
CELLAR = "What is the password of the cellar?"
STAFF = "staff/alarm.md"
NO_LIMITS = LimitSettings(member_per_minute=0, channel_per_minute=0, server_per_minute=0)
# What stands in the documents of the first server's staff, and nowhere else.
SECRETS = ("4711", "Quixelby", "alarm.md")

pytestmark = [pytest.mark.simcord(check_errors=False), pytest.mark.usefixtures("simcord_env")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Path:
    """The documents and two generations of each index, of which the first lacks a sentence."""
    folder = tmp_path_factory.mktemp("town")
    settings = IndexSettings(seeds=str(folder / "seeds"), store=str(folder / "store"))
    library = Library(settings, collections=LAID_OUT, embedder=embedder, builder=Builder(embedder))
    for more in ("It is known to few.\n", ""):
        for path, text in TEXTS.items():
            file = settings.seeds_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{text}\n{more}")
        for name in library.names():
            library.rebuild(name)
    return folder


@pytest.fixture
def town() -> Town:
    """The servers and who is in them."""
    intents = discord.Intents.none()
    return Town(Env(discord.Client(intents=intents), check_errors=False))


@pytest.fixture
def library(built: Path, tmp_path: Path, town: Town, embedder: OnnxEmbedder) -> Library:
    """The indexes, of the test's own."""
    shutil.copytree(built / "seeds", tmp_path / "seeds")
    shutil.copytree(built / "store", tmp_path / "store", copy_function=os.link)
    settings = IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))
    return Library(
        settings, collections=town.collections, embedder=embedder, builder=Builder(embedder)
    )


@pytest.fixture
def config(config: BotConfig, town: Town) -> BotConfig:
    """A bot that answers everybody directly, as often as they ask, and unasked at once."""
    settings = DiscordSettings(
        direct_messages="open", message_content=True, unasked_seconds=0.0, unasked_sure=0.3
    )
    return config.model_copy(
        update={"collections": town.collections, "discord": settings, "limits": NO_LIMITS}
    )


@pytest.fixture
def service(library: Library, config: BotConfig) -> Iterator[AnswerService]:
    """The indexes behind the real threads."""
    service = AnswerService(library, config.service, config.logging)
    yield service
    service.close()


@pytest.fixture
async def simcord_env(
    town: Town, services: Services, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Env]:
    """The servers with the bot in them; everybody sees every command."""
    town.env.bot = bot = SeedBot(services)
    tell_of_members_and_bots(town.env, monkeypatch)
    await town.env.start()
    for command in bot.tree.get_commands():
        if not isinstance(command, discord.app_commands.ContextMenu):
            command.default_permissions = None
    await bot.tree.sync()
    yield town.env
    await town.env.shutdown()
    await services.records.close()


def shown(result: InteractionResult) -> ResponseMessage:
    """What a command or a click was answered with."""
    assert result.response is not None
    return result.response


def said(result: InteractionResult) -> str:
    """All that it says."""
    return text_of(shown(result))


def text_of(message: ResponseMessage | discord.Message) -> str:
    """All that a message says."""
    shown = [f"{each.title} {each.author.name} {described(each)}" for each in message.embeds]
    return "\n".join([unescaped(message.content), *shown])


async def asked(
    member: MemberActor, channel: ChannelHandle, question: str, *, private: bool = False
) -> str:
    """What somebody is told who asks."""
    return said(await member.slash(channel, "ask", question=question, private=private))


async def written(town: Town, member: MemberActor, channel: ChannelHandle, text: str) -> str:
    """What the bot replies to a mention."""
    bot = town.env.bot.user
    assert bot is not None
    await member.send(channel, f"<@{bot.id}> {text}")
    message = channel.last_message
    assert message is not None
    assert message.author.id == bot.id
    return text_of(message)


async def direct(user: UserHandle, text: str) -> str:
    """What the bot replies to a direct message."""
    await user.send_dm(text)
    message = user.dm_channel.last_message
    assert message is not None
    return text_of(message)


def keeps_quiet(text: str) -> bool:
    """Whether nothing of the staff's documents is in a text."""
    return not any(secret.casefold() in text.casefold() for secret in SECRETS)


async def test_each_server_is_answered_from_the_common_documents_and_its_own(town: Town) -> None:
    for place in (town.a, town.b, town.c):
        assert "gate is green" in await asked(place.boss, place.hall, GATE)
    assert "leaves at nine" in await asked(town.ann, town.a.hall, FERRY)
    for place, member in ((town.b, town.bob), (town.c, town.cy)):
        answer = await asked(member, place.hall, FERRY, private=True)
        assert "nine" not in answer
        assert "ferry.md" not in answer


async def test_what_is_for_the_staff_is_quoted_in_the_office_for_all_who_are_there(
    town: Town,
) -> None:
    answer = await asked(town.sam, town.office, ALARM)
    assert "code of the alarm is 4711" in answer
    assert MORE_IN_PRIVATE not in answer
    assert "4711" in await written(town, town.sam, town.office, ALARM)


async def test_elsewhere_in_the_server_the_staff_are_told_in_private_and_that_there_is_more(
    town: Town,
) -> None:
    in_public = await asked(town.sam, town.a.hall, ALARM)
    assert "4711" not in in_public
    assert "may read all that you may" in in_public
    mentioned = await written(town, town.sam, town.a.hall, ALARM)
    assert "4711" not in mentioned
    assert "may read all that you may" in mentioned
    assert "4711" in await asked(town.sam, town.a.hall, ALARM, private=True)
    # It tells nothing of what there is: it stands below whatever is asked.
    assert "may read all that you may" in await asked(town.sam, town.a.hall, GATE)


async def test_who_may_read_no_more_is_not_told_of_more(town: Town) -> None:
    for member, place in ((town.bob, town.b), (town.cy, town.c)):
        answer = await asked(member, place.hall, ALARM)
        assert keeps_quiet(answer)
        assert "may read all that you may" not in answer


async def test_what_is_for_a_channel_is_for_those_who_can_read_it(town: Town) -> None:
    assert "Brombeere" in await asked(town.ann, town.room, CELLAR)
    assert "Brombeere" in await asked(town.ann, town.a.hall, CELLAR, private=True)
    assert "Brombeere" not in await asked(town.ann, town.a.hall, CELLAR)
    assert "Brombeere" not in await asked(town.sam, town.a.hall, CELLAR, private=True)
    town.take_role(town.ann, town.members)
    assert "Brombeere" not in await asked(town.ann, town.a.hall, CELLAR, private=True)


async def test_a_manager_of_another_server_reads_nothing_of_this_one(town: Town) -> None:
    boss, hall = town.b.boss, town.b.hall
    told = [await asked(boss, hall, ALARM, private=private) for private in (False, True)]
    queries = ("the code of the alarm", "4712", "Mr Quixelbi")
    told += [said(await boss.slash(hall, "lookup", query=query)) for query in queries]
    told.append(said(await boss.slash(hall, "sources")))
    told.append(await direct(boss.user, ALARM))
    assert all(map(keeps_quiet, told))
    for name in (STAFF, document_key(STAFF), "club/cellar.md", f"servers/{A}/ferry.md"):
        for command, options in (
            ("source", {"document": name}),
            ("source", {"document": name, "heading": "Quixelby"}),
            ("lookup", {"query": "alarm", "source": name}),
        ):
            refused = said(await boss.slash(hall, command, **options))
            named = f"There is no document {name!r}; /sources lists them."
            assert refused == (NO_SUCH if command == "lookup" else named)


async def test_a_manager_of_another_server_is_suggested_nothing_of_this_one(town: Town) -> None:
    boss, hall = town.b.boss, town.b.hall
    for typed in ("", "alarm", "staff", "Quixelby"):
        found = await boss.autocomplete(hall, "source", "document", typed)
        assert {each["value"] for each in found} <= {"guide/gate.md", f"servers/{B}/boats.md"}
        found = await boss.autocomplete(hall, "lookup", "source", typed, query="alarm")
        assert {each["value"] for each in found} <= {"guide/gate.md", f"servers/{B}/boats.md"}
    assert await boss.autocomplete(hall, "source", "heading", "", document=STAFF) == []
    for command in ("rebuild", "index status", "index report", "index rollback", "documents list"):
        found = await boss.autocomplete(hall, command, "collection", "")
        assert [each["value"] for each in found] == [f"own@{B}"]
    for collection in ("staff", f"own@{A}"):
        found = await boss.autocomplete(
            hall, "documents remove", "document", "", collection=collection
        )
        assert found == []


async def test_managers_rebuild_and_roll_back_their_own_and_no_other_index_changes(
    town: Town, library: Library
) -> None:
    def generations() -> dict[str, str]:
        return {name: library.index(name).generation for name in library.names()}

    before = generations()
    for command in ("rebuild", "index rollback", "index status", "index report", "documents list"):
        for name in ("staff", "club", "guide", f"own@{A}", "nobody"):
            refused = said(await town.b.boss.slash(town.b.hall, command, collection=name))
            assert refused == (
                f"There is no collection {name!r} that you manage; yours here: own@{B}"
            )
    assert generations() == before
    rolled_back = await town.b.boss.slash(town.b.hall, "index rollback")
    assert f"I answer from `own@{B}`" in said(rolled_back)
    after = generations()
    assert {name for name in after if after[name] != before[name]} == {f"own@{B}"}
    rebuilt = await town.a.boss.slash(town.a.hall, "rebuild", collection="staff", everything=True)
    assert "new index" in said(rebuilt)
    last = generations()
    assert {name for name in last if last[name] != after[name]} == {"staff"}


async def test_a_member_manages_nothing_whatever_is_for_them(town: Town) -> None:
    refused = said(await town.sam.slash(town.office, "index report", collection="staff"))
    assert refused == "That needs the permission Manage Server."
    assert await town.sam.autocomplete(town.office, "rebuild", "collection", "") == []


async def test_each_sees_a_list_of_their_own(town: Town) -> None:
    async def listed(member: MemberActor, channel: ChannelHandle) -> set[str]:
        text = said(await member.slash(channel, "sources"))
        return {path for path in TEXTS if path in text}

    common, ours, theirs = "guide/gate.md", f"servers/{A}/ferry.md", f"servers/{B}/boats.md"
    assert await listed(town.sam, town.a.hall) == {common, ours, STAFF}
    assert await listed(town.ann, town.a.hall) == {common, ours, "club/cellar.md"}
    assert await listed(town.bob, town.b.hall) == {common, theirs}
    assert await listed(town.cy, town.c.hall) == {common}
    # What somebody is in one server is nothing in another.
    assert await listed(town.sam_in_b, town.b.hall) == {common, theirs}


async def test_a_direct_message_is_answered_from_what_is_theirs_in_all_their_servers(
    town: Town,
) -> None:
    assert "4711" in await direct(town.sam.user, ALARM)
    assert "month of May" in await direct(town.sam.user, "When are the boats painted?")
    assert "nine" in await direct(town.sam.user, FERRY)
    assert keeps_quiet(await direct(town.bob.user, ALARM))
    assert "nine" not in await direct(town.bob.user, FERRY)
    town.a.guild.remove_member(town.sam)
    assert "4711" not in await direct(town.sam.user, ALARM)


@pytest.mark.parametrize("server", [0, FOREIGN])
async def test_where_the_bot_is_not_all_see_what_is_for_everybody_alone(
    town: Town, server: int
) -> None:
    async def ask(question: str, *, private: bool) -> str:
        used = installed.slash(
            town.env, town.sam.user, server, "ask", question=question, private=private
        )
        return said(await used)

    assert "gate is green" in await ask(GATE, private=False)
    assert "4711" not in await ask(ALARM, private=False)
    assert "nine" not in await ask(FERRY, private=False)
    assert "4711" in await ask(ALARM, private=True)


async def test_a_role_that_is_taken_away_takes_the_buttons_of_answers_with_it(town: Town) -> None:
    sam, hall = town.sam, town.a.hall
    answer = shown(await sam.slash(hall, "ask", question=ALARM, private=True))
    lookup = shown(await sam.slash(town.office, "lookup", query="the code of the alarm"))

    async def pressed() -> list[str]:
        presses: list[Callable[[], Awaitable[InteractionResult]]] = [
            lambda: sam.click(answer, label="Show passage 1"),
            lambda: sam.click(answer, label="More like this"),
            lambda: sam.click(lookup, label="In its context"),
        ]
        return [said(await press()) for press in presses]

    passage, _, context = await pressed()
    assert "4711" in passage
    assert "4711" in context
    town.let_in(sam, town.office)
    town.take_role(sam, town.staff)
    assert await pressed() == [GONE, GONE, GONE]
    turned = await sam.click(lookup, label="Next")
    assert keeps_quiet(said(turned))


async def test_a_follow_up_is_understood_and_answered_from_what_is_for_them_then(
    town: Town,
) -> None:
    sam = town.sam.user
    assert "4711" in await direct(sam, ALARM)
    assert "Quixelby" in await direct(sam, "and where are its keys?")
    town.take_role(town.sam, town.staff)
    assert keeps_quiet(await direct(sam, "and where are its keys?"))


async def test_an_answer_that_is_kept_is_kept_for_those_who_may_see_the_same(town: Town) -> None:
    hall = town.a.hall
    for _ in range(2):
        assert "4711" in await asked(town.sam, hall, ALARM, private=True)
        assert keeps_quiet(await asked(town.ann, hall, ALARM, private=True))
        assert "4711" not in await asked(town.sam, hall, ALARM)
        assert keeps_quiet(await asked(town.bob, town.b.hall, ALARM, private=True))


async def test_what_nobody_asked_the_bot_is_answered_from_what_is_for_all_in_the_channel(
    town: Town, services: Services
) -> None:
    for channel in (town.a.hall, town.office):
        await services.servers.switch(A, "answer_channels", channel.id, on=True)
    await town.ann.send(town.a.hall, FERRY)
    assert "leaves at nine" in text_of(town.a.hall.history()[-1])
    await town.sam.send(town.office, ALARM)
    assert "4711" in text_of(town.office.history()[-1])
    await town.sam.send(town.a.hall, ALARM)
    assert "4711" not in text_of(town.a.hall.history()[-1])


class TestWithAWaitForOthers:
    """A bot that leaves a minute to others before it answers unasked."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """The minute."""
        settings = config.discord.model_copy(update={"unasked_seconds": 60.0})
        return config.model_copy(update={"discord": settings})

    async def test_who_may_not_see_the_answer_any_more_after_that_gets_none(
        self, town: Town, services: Services
    ) -> None:
        """What they were when they asked doesn't count."""
        await services.servers.switch(A, "answer_channels", town.office.id, on=True)
        town.let_in(town.sam, town.office)
        for answered in (True, False):
            await town.sam.send(town.office, ALARM)
            if not answered:
                town.take_role(town.sam, town.staff)
            await town.env.advance_time(61.0)
            last = text_of(town.office.history()[-1])
            assert ("4711" in last) == answered
