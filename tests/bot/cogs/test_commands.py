"""Members ask, look up and rebuild in a simulated Discord."""

import re
from pathlib import Path

import discord
import pytest
from simcord import Env

from bot import render
from bot.buttons.pager import FORGOTTEN
from bot.client import SeedBot
from bot.render import reply
from bot.serving.service import AnswerService
from index import Index, IndexSettings, Library, Span, open_index
from index.model.onnx_embedder import OnnxEmbedder
from tests.support import members
from tests.support.chat_endpoint import ChatEndpoint, says
from tests.support.libraries import forget_views
from tests.support.shown import described

QUESTION = "Who directed All of Us Strangers?"


async def test_ask_answers_with_a_quote_and_its_place(simcord_env: Env) -> None:
    _, channel, _, ann = members.server(simcord_env)
    result = await ann.slash(channel, "ask", question=QUESTION)
    assert result.acknowledged
    assert not result.ephemeral
    assert result.response is not None
    embed = result.response.embeds[0]
    assert "Andrew Haigh" in described(embed)
    assert "**[1]**" in described(embed)
    assert "index built" in (embed.footer.text or "")


async def test_ask_shows_what_the_writer_wrote_above_its_quotes(
    simcord_env: Env,
    service: AnswerService,
    seeds_settings: IndexSettings,
    embedder: OnnxEmbedder,
    endpoint: ChatEndpoint,
) -> None:
    endpoint.reply = says("All of Us Strangers was directed by Andrew Haigh [1]. <@1> is it [1].")
    index = open_index(seeds_settings, embedder=embedder, writer=endpoint.settings)
    service.library = Library.of_one(index)
    _, channel, _, ann = members.server(simcord_env)
    result = await ann.slash(channel, "ask", question=QUESTION)
    assert result.response is not None
    first, second, _, third, *_ = described(result.response.embeds[0]).split("\n")
    assert first == "All of Us Strangers was directed by Andrew Haigh [1]."
    assert second == render.WRITTEN_BY_A_MODEL
    assert third.startswith("> ▸ **All of Us Strangers was ")


async def test_ask_can_be_private(simcord_env: Env) -> None:
    _, channel, _, ann = members.server(simcord_env)
    result = await ann.slash(channel, "ask", question=QUESTION, private=True)
    assert result.ephemeral


async def test_ask_says_when_the_documents_do_not(simcord_env: Env) -> None:
    _, channel, _, ann = members.server(simcord_env)
    result = await ann.slash(channel, "ask", question="How long do I boil an egg?")
    assert result.response is not None
    assert "not in the documents" in described(result.response.embeds[0])


@pytest.mark.simcord(check_errors=False)
@pytest.mark.parametrize(
    ("question", "word"), [("x" * 6000, "6,000 characters"), ("🙂", "no words"), ("   ", "empty")]
)
async def test_a_bad_question_gets_one_private_line(
    simcord_env: Env, question: str, word: str
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    result = await ann.slash(channel, "ask", question=question)
    assert result.response is not None
    assert word in result.response.content
    assert result.ephemeral


async def test_a_mention_a_reply_and_a_direct_message_are_answered(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    assert simcord_bot.user is not None
    await ann.send(channel, f"{simcord_bot.user.mention} {QUESTION}")
    first = channel.last_message
    assert first is not None
    assert first.author == simcord_bot.user
    assert first.reference is not None
    assert "Andrew Haigh" in described(first.embeds[0])

    await ann.send(channel, f"{simcord_bot.user.mention} and who plays Harry?", reply_to=first)
    second = channel.last_message
    assert second is not None
    assert second.id != first.id

    message = await ann.send_dm(QUESTION)
    history = [each async for each in message.channel.history()]
    assert any(each.author == simcord_bot.user and each.embeds for each in history)


async def test_other_messages_and_bots_are_left_alone(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    robot = simcord_env.guild.add_member(simcord_env.create_user("robot", bot=True))
    assert simcord_bot.user is not None
    await ann.send(channel, QUESTION)
    await robot.send(channel, f"{simcord_bot.user.mention} {QUESTION}")
    assert [each.author.name for each in channel.history()] == ["ann", "robot"]


async def test_an_empty_mention_gets_a_hint(simcord_env: Env, simcord_bot: SeedBot) -> None:
    _, channel, _, ann = members.server(simcord_env)
    assert simcord_bot.user is not None
    await ann.send(channel, simcord_bot.user.mention)
    assert channel.last_message is not None
    assert "Ask me something" in described(channel.last_message.embeds[0])


async def test_where_the_bot_may_not_write_the_answer_comes_privately(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    guild, _, _, ann = members.server(simcord_env)
    assert simcord_bot.user is not None
    silent = discord.PermissionOverwrite(send_messages=False)
    channel = guild.create_text_channel("silent", overwrites={simcord_bot.user: silent})
    await ann.send(channel, f"{simcord_bot.user.mention} {QUESTION}")
    assert [each.author.name for each in channel.history()] == ["ann"]
    sent = [entry for entry in simcord_env.http_requests if entry.method == "POST"]
    assert any("messages" in entry.path for entry in sent)


async def test_where_embeds_are_forbidden_the_answer_is_text(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    guild, _, _, ann = members.server(simcord_env)
    assert simcord_bot.user is not None
    plain = discord.PermissionOverwrite(embed_links=False)
    channel = guild.create_text_channel("plain", overwrites={simcord_bot.user: plain})
    await ann.send(channel, f"{simcord_bot.user.mention} {QUESTION}")
    assert channel.last_message is not None
    assert "Andrew Haigh" in channel.last_message.content
    assert len(channel.last_message.content) <= render.CONTENT_LIMIT


async def test_the_passage_button_shows_the_passage_to_the_asker_alone(simcord_env: Env) -> None:
    _, channel, _, ann = members.server(simcord_env)
    result = await ann.slash(channel, "ask", question=QUESTION)
    assert result.response is not None
    click = await ann.click(result.response, label="Show passage 1")
    shown = [*click.followups, *([click.response] if click.response else [])]
    assert click.ephemeral
    assert any("Haigh" in described(each.embeds[0]) for each in shown if each.embeds)


async def test_what_is_left_out_of_a_list_is_shown_to_the_asker_alone(
    simcord_env: Env, service: AnswerService, tmp_path: Path, embedder: OnnxEmbedder
) -> None:
    rows = "".join(
        f"Plot {n},by the path behind the orchard,{'large' if n % 3 else 'small'}\n"
        for n in range(99)
    )
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "plots.csv").write_text(f"plot,place,size\n{rows}")
    settings = IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))
    service.library = Library.of_one(open_index(settings, embedder=embedder))
    _, channel, _, ann = members.server(simcord_env)
    result = await ann.slash(channel, "ask", question="which plots are small")
    assert result.response is not None
    shown = described(result.response.embeds[0])
    count = re.search(r"(\d+) more in the same list", shown)
    assert count is not None
    assert len(re.findall(r"^> \*\*Plot", shown, re.MULTILINE)) + int(count[1]) == 33
    last = re.findall(r"Plot (\d+)", shown)[-1]
    click = await ann.click(result.response, label=f"{count[1]} more")
    assert click.ephemeral
    pages = [*click.followups, *([click.response] if click.response else [])]
    assert any(f"Plot {int(last) + 3}," in described(page.embeds[0]) for page in pages)


async def test_lookup_pages_through_passages(simcord_env: Env) -> None:
    _, channel, _, ann = members.server(simcord_env)
    result = await ann.slash(channel, "lookup", query="festival premiere")
    assert result.response is not None
    first = result.response.embeds[0]
    assert first.author.name == "festival premiere"
    assert "passage 1 of" in (first.footer.text or "")
    await ann.click(result.response, label="Next")
    assert channel.last_message is not None
    second = channel.last_message.embeds[0]
    assert "passage 2 of" in (second.footer.text or "")
    assert second.description != first.description


async def test_lookup_searches_one_source_that_autocomplete_offers(simcord_env: Env) -> None:
    _, channel, _, ann = members.server(simcord_env)
    choices = await ann.autocomplete(channel, "lookup", "source", "blog", query="music")
    assert [each["value"] for each in choices] == ["004_blog_review.md"]
    result = await ann.slash(channel, "lookup", query="music", source="004_blog_review.md")
    assert result.response is not None
    assert "004_blog_review.md" in described(result.response.embeds[0])
    missing = await ann.slash(channel, "lookup", query="music", source="nowhere.md")
    assert missing.response is not None
    assert "no such document" in missing.response.content


async def test_sources_and_help_are_private(simcord_env: Env) -> None:
    _, channel, _, ann = members.server(simcord_env)
    sources = await ann.slash(channel, "sources")
    assert sources.ephemeral
    assert sources.response is not None
    assert "003_film_article.txt" in described(sources.response.embeds[0])
    helped = await ann.slash(channel, "help")
    assert helped.ephemeral
    assert helped.response is not None
    assert "/lookup" in (helped.response.embeds[0].description or "")


@pytest.mark.simcord(settle_timeout=120.0)
async def test_rebuild_is_for_managers(simcord_env: Env, seeds_index: Index) -> None:
    _, channel, boss, ann = members.alone(simcord_env)
    assert "rebuild" not in ann.available_commands(channel)
    before = seeds_index.created_at
    result = await boss.slash(channel, "rebuild")
    assert result.response is not None
    assert "Nothing has changed: the index has 5 documents" in described(result.response.embeds[0])
    assert seeds_index.created_at == before
    result = await boss.slash(channel, "rebuild", everything=True)
    assert result.response is not None
    assert "Indexed 5 documents" in described(result.response.embeds[0])
    assert seeds_index.created_at > before


async def test_an_answer_can_be_checked_against_the_file_on_disk(simcord_env: Env) -> None:
    """From the seeds folder to a slash command's reply and back to the cited lines."""
    _, channel, _, ann = members.server(simcord_env)
    for question in (QUESTION, "Where were the nightclub scenes shot?", "What is the runtime?"):
        result = await ann.slash(channel, "ask", question=question)
        assert result.response is not None
        text = described(result.response.embeds[0])
        quotes = re.findall(
            r"((?:^> .*\n)+)(?:-# .*\n)?.*?(\d{3}_\w+\.\w+).*?lines? (\d+)(?:–(\d+))?",
            text,
            re.MULTILINE,
        )
        assert quotes
        for block, path, first, last in quotes:
            lines = (Path(__file__).parents[3] / "seeds" / path).read_text().split("\n")
            cited = "\n".join(lines[int(first) - 1 : int(last or first)])
            quoted = "\n".join(line.removeprefix("> ") for line in block.splitlines())
            assert re.sub(r"▸ |\*\*", "", quoted).strip() in cited


async def test_a_button_works_after_a_restart_and_says_when_the_file_changed(
    simcord_env: Env, seeds_index: Index
) -> None:
    """A button knows all it needs by its id, so one made from nothing but that works as well."""
    _, channel, _, ann = members.server(simcord_env)
    result = await ann.slash(channel, "ask", question=QUESTION)
    assert result.response is not None
    # simcord sends what Discord would: the id alone; the view that made it is forgotten.
    forget_views(simcord_env.bot)
    click = await ann.click(result.response, label="Show passage 1")
    assert click.response is not None
    assert "Haigh" in described(click.response.embeds[0])
    assert "changed" not in described(click.response.embeds[0])
    assert seeds_index.passage("000_trailer_news.txt", Span(0, 9), "ffffffff") is not None


@pytest.mark.simcord(settle_timeout=120.0, check_errors=False)
async def test_rebuild_is_also_for_the_role_that_a_server_names_and_for_nobody_else(
    simcord_env: Env, simcord_bot: SeedBot, service: AnswerService
) -> None:
    guild, channel, _, ann = members.alone(simcord_env)
    role = guild.create_role("librarians")
    await simcord_bot.services.servers.set(guild.id, "rebuild_role", role.id)
    # As a manager would in the server's settings: who only has the role sees the command as well.
    command = simcord_bot.tree.get_command("rebuild")
    assert isinstance(command, discord.app_commands.Command)
    command.default_permissions = None
    await simcord_bot.tree.sync()
    keeper = guild.add_member(simcord_env.create_user("keeper"), roles=[role])
    refused = await ann.slash(channel, "rebuild")
    assert refused.response is not None
    assert refused.ephemeral
    assert "the role that may rebuild" in refused.response.content
    before = service.library.index("").created_at
    result = await keeper.slash(channel, "rebuild", everything=True)
    assert result.response is not None
    assert "Indexed 5 documents" in described(result.response.embeds[0])
    assert service.library.index("").created_at > before


async def test_a_long_answer_is_turned_page_by_page_also_after_a_restart(
    simcord_env: Env, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a smaller limit, so that the example documents' answers are long enough."""
    monkeypatch.setattr(reply, "DESCRIPTION_LIMIT", 300)
    _, channel, _, ann = members.server(simcord_env)
    result = await ann.slash(channel, "ask", question=QUESTION)
    assert result.response is not None
    first = result.response.embeds[0]
    count = int((first.footer.text or "").rpartition(" of ")[2])
    assert count > 1
    forget_views(simcord_env.bot)

    def last() -> discord.Message:
        assert channel.last_message is not None
        return channel.last_message

    seen = [described(first)]
    for number in range(2, count + 1):
        await ann.click(last(), label="Next")
        page = last().embeds[0]
        assert (page.footer.text or "").endswith(f"page {number} of {count}")
        seen.append(described(page))
    assert len(set(seen)) == count
    assert render.question_of(last().embeds[0]) == QUESTION
    for _ in range(count - 1):
        await ann.click(last(), label="Previous")
    assert described(last().embeds[0]) == seen[0]
    assert await ann.click(last(), label="Show passage 1")
    await simcord_bot.services.records.forget_answer(last().id)
    click = await ann.click(last(), label="Next")
    assert click.followups[0].content == FORGOTTEN
    assert described(last().embeds[0]) == seen[0]


async def test_the_buttons_stay_in_their_rows_when_an_answer_is_turned(
    simcord_env: Env, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply, "DESCRIPTION_LIMIT", 300)
    _, channel, _, ann = members.server(simcord_env)
    await ann.slash(channel, "ask", question=QUESTION)

    def rows() -> list[list[str]]:
        assert channel.last_message is not None
        return [
            [
                button.label or str(button.emoji)
                for button in row.children
                if isinstance(button, discord.Button)
            ]
            for row in channel.last_message.components
            if isinstance(row, discord.ActionRow)
        ]

    before = rows()
    assert before[1] == ["Helpful", "Not helpful", "Wrong source", "More like this", "Delete"]
    assert before[2] == ["Previous", "Next"]
    for label in ("Next", "Previous"):
        assert channel.last_message is not None
        await ann.click(channel.last_message, label=label)
        assert rows() == before


async def test_a_long_answer_is_turned_where_embeds_are_forbidden(
    simcord_env: Env, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply, "CONTENT_LIMIT", 500)
    guild, _, _, ann = members.server(simcord_env)
    assert simcord_bot.user is not None
    plain = discord.PermissionOverwrite(embed_links=False)
    channel = guild.create_text_channel("plain", overwrites={simcord_bot.user: plain})
    await ann.send(channel, f"{simcord_bot.user.mention} {QUESTION}")
    assert channel.last_message is not None
    first = channel.last_message.content
    assert "page 1 of" in first
    await ann.click(channel.last_message, label="Next")
    assert "page 2 of" in channel.last_message.content
    assert channel.last_message.content != first
