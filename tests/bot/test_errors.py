"""What a member is told of a failure says nothing of the machine that the bot runs on."""

import logging

import pytest
from simcord import Env

from bot.client import SeedBot
from bot.errors import NO_ENGINE, NO_RECORDS, RecordsFailed, StartError, explain, withheld
from index import EngineUnavailable, PointsMissing, SeedIndexError
from tests.support import members
from tests.support.shown import described

QUESTION = "Who directed All of Us Strangers?"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("no seeds folder /home/ann/docs: make it", "No seeds folder docs: make it"),
        ("/srv/my bot/.index/current is damaged", "Current is damaged"),
        ("`/srv/bot/a.toml` and (/srv/b.toml)", "`a.toml` and (b.toml)"),
        ("see https://example.org/docs/a.md", "See https://example.org/docs/a.md"),
        ("docs/a.md: binary; /sources lists them", "Docs/a.md: binary; /sources lists them"),
        ("use /settings answers or /ask", "Use /settings answers or /ask"),
        ("'/home/ann/docs/a.md' is gone", "'a.md' is gone"),
    ],
)
def test_paths_are_told_by_their_last_name(message: str, told: str) -> None:
    for kind in (SeedIndexError, StartError):
        assert explain(kind(message)) == told


@pytest.mark.parametrize("kind", [EngineUnavailable, PointsMissing])
def test_where_the_search_engine_is_and_what_it_lacks_is_for_its_owner(
    kind: type[SeedIndexError],
) -> None:
    assert (
        explain(kind("http://10.0.0.7:6333 says 507; tenant staff-4f in seedbot-1a")) == NO_ENGINE
    )


def test_a_moderator_is_told_a_problem_without_its_address() -> None:
    told = withheld("can't be asked: http://10.0.0.7:6333: refused; https://b.example, /srv/x/a.md")
    assert told == "can't be asked: a server: refused; a server, a.md"


def test_a_failure_of_the_records_is_for_the_log(caplog: pytest.LogCaptureFixture) -> None:
    error = RecordsFailed("/home/ann/bot.sqlite: no such table: feedback")
    assert explain(error) == NO_RECORDS
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "no such table: feedback" in record.getMessage()


@pytest.mark.simcord(check_errors=False)
async def test_whatever_needs_broken_records_says_so_without_a_path_or_sqlites_words(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    asked = await here.ann.slash(here.channel, "ask", question=QUESTION)
    assert asked.response is not None
    records = simcord_bot.services.records
    for table in ("feedback", "servers", "changes", "answers"):
        await records.run(f"DROP TABLE {table}")
    results = [
        await here.ann.click(asked.response, custom_id="feedback:helpful"),
        await here.boss.slash(here.channel, "settings show"),
        await here.boss.slash(here.channel, "settings changes"),
        await here.boss.slash(here.channel, "settings private", switch="on"),
        await here.boss.slash(here.channel, "index rollback"),
    ]
    for result in results:
        assert result.response is not None
        said = result.response.content + "".join(map(described, result.response.embeds))
        assert said == NO_RECORDS
    looked_up = await here.ann.slash(here.channel, "lookup", query="music")
    assert looked_up.response is not None
    assert looked_up.response.embeds
