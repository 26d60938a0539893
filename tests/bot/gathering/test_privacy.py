"""`/privacy`: members see what is kept about them, and leave their messages out."""

import pytest

from bot.client import SeedBot
from bot.gathering import Gathering
from bot.records import Records
from bot.services import Services
from tests.support.shown import described
from tests.support.village import Village

pytestmark = pytest.mark.simcord(check_errors=False)

TITLE, QUESTION, ANSWER = "How do I reset the label?", "It is stuck.", "Hold both buttons."


async def said(village: Village, who: str = "bob", **options: str) -> str:
    """What somebody is told, who uses the command."""
    result = await getattr(village, who).slash(village.hall, "privacy", **options)
    assert result.response is not None
    assert result.ephemeral
    return described(result.response.embeds[0])


@pytest.fixture
async def gathered(gathering: Gathering, village: Village) -> Gathering:
    """Ann asked and Bob and Cleo replied; Bob wrote a guide and an announcement."""
    await village.post(
        village.ann, TITLE, QUESTION, (village.bob, ANSWER), (village.cleo, "Or pull the plug.")
    )
    await village.post(village.bob, "Guide to the lamps", "Each has a switch.", (village.ann, "A!"))
    await village.say(village.bob, village.news, "Open on Sunday.")
    await gathering.turn()
    assert len(village.files()) == 3
    return gathering


async def test_who_leaves_their_messages_out_is_quoted_nowhere_from_the_next_turn_on(
    gathered: Gathering, village: Village
) -> None:
    before = await said(village)
    assert "something of yours is in 3 documents" in before
    assert "with your name and a link to it. One that was made goes when you" in before
    told = await said(village, messages="leave mine out")
    assert "are left out from now on" in told
    await gathered.turn()
    [text] = village.files().values()
    assert text == f"# {TITLE}\n\n{QUESTION}\n\n## A member\n\nOr pull the plug.\n"
    after = await said(village)
    assert "are left out, and so are posts" in after
    assert "No moderator can teach me a message of yours" in after
    assert "take mine in" not in await said(village, "ann")


async def test_who_takes_them_in_again_is_quoted_again(
    gathered: Gathering, village: Village
) -> None:
    before = village.files()
    await said(village, messages="leave mine out")
    await gathered.turn()
    assert "may be gathered again" in await said(village, messages="take mine in")
    await gathered.turn()
    assert village.files() == before


async def test_a_question_whose_only_reply_is_left_out_is_none(
    gathered: Gathering, village: Village
) -> None:
    await said(village, "cleo", messages="leave mine out")
    await said(village, messages="leave mine out")
    await gathered.turn()
    assert [*village.files()] == ["nothing.md"]


async def test_another_process_hears_of_it_by_the_records(
    gathered: Gathering, village: Village, services: Services
) -> None:
    await services.privacy.leave_out(village.bob.id)
    await gathered.turn()
    assert ANSWER not in village.text()


async def test_it_is_kept_as_a_hash_and_over_a_restart(
    gathered: Gathering, village: Village, services: Services
) -> None:
    await services.privacy.leave_out(village.bob.id)
    await services.privacy.leave_out(village.bob.id)
    assert len(await services.privacy.left_out()) == 1
    again = Records(services.config.records)
    [row] = await again.run("SELECT member FROM left_out")
    await again.close()
    assert str(village.bob.id) not in row[0]
    assert row[0] != services.records.hashed(str(village.bob.id))
    gathered.look_again()
    await gathered.turn()
    assert ANSWER not in village.text()


async def test_where_who_is_left_out_cannot_be_read_nothing_is_gathered(
    gathered: Gathering, village: Village, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    before = village.files()
    await services.records.close()
    await village.say(village.bob, village.news, "Closed on Monday.")
    await gathered.turn()
    await gathered.turn()
    assert village.files() == before
    assert caplog.text.count("nothing is gathered now") == 1


async def test_help_tells_members_where_something_is_gathered(
    gathered: Gathering, village: Village
) -> None:
    result = await village.ann.slash(village.hall, "help")
    assert result.response is not None
    assert "`/privacy` tells what I keep about you" in described(result.response.embeds[0])
    gathered.sources.clear()
    result = await village.ann.slash(village.hall, "help")
    assert result.response is not None
    assert "/privacy" not in described(result.response.embeds[0])


async def test_who_is_left_out_is_quoted_no_more_also_where_discord_cannot_be_read(
    gathered: Gathering, village: Village
) -> None:
    [thread] = [page.key for page in gathered.sources[0].pages.values() if b"stuck" in page.data]
    village.env.inject_error("GET", f"/channels/{thread}", status=503)
    await said(village, messages="leave mine out")
    await gathered.turn()
    assert [*village.files()] == ["nothing.md"]
    gathered.sources[0]._rest = 0.0  # noqa: SLF001 - as it is half a minute later
    await gathered.turn()
    [text] = village.files().values()
    assert "Or pull the plug." in text
    assert ANSWER not in text


async def test_who_is_left_out_does_not_wait_for_what_failed_before(
    gathered: Gathering, village: Village
) -> None:
    kept = gathered.sources[0]
    kept.look_again()
    village.env.inject_error("GET", f"/guilds/{village.guild.id}/threads/active", status=503)
    await gathered.turn()
    assert ANSWER in village.text()
    await said(village, messages="leave mine out")
    await gathered.turn()
    assert ANSWER not in village.text()


async def test_what_was_gathered_before_a_restart_goes_before_it_is_looked_through_again(
    gathered: Gathering, village: Village, services: Services
) -> None:
    await village.post(village.cleo, "Guide to doors", "Each has a key.")
    gathered.look_again()
    await gathered.turn()
    await gathered.leave_out(village.bob.id, out=True)
    again = Gathering(services.config, services.answers.library.settings, services.privacy)
    assert isinstance(village.env.bot, SeedBot)
    again.connect(village.env.bot)
    assert await again.pages_of(village.bob.id) == 3  # it is still there, whoever has put it there
    failing = f"/guilds/{village.guild.id}/threads/active"
    village.env.inject_error("GET", failing, status=503)
    await again.turn()
    assert ANSWER not in village.text()
    assert "Each has a key." in village.text()
    assert await again.pages_of(village.bob.id) == 0
    # Also who says so only then.
    await again.leave_out(village.cleo.id, out=True)
    village.env.inject_error("GET", failing, status=503)
    await again.turn()
    assert [*village.files()] == ["nothing.md"]
