"""The bot's database: brought up to date, kept, and told when it can't be used."""

import errno
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot import records as module
from bot.errors import RecordDamaged, RecordsBroken, RecordsFailed
from bot.records import MIGRATIONS, AnswerRecord, Records, ServerSettings
from bot.servers import Rules, Servers
from bot.settings import DiscordSettings, RecordSettings

ANSWER = AnswerRecord(11, 10, 5, 1, 7, "answer", 0.9, "generation", "Why?")


def on_disk(settings: RecordSettings) -> bytes:
    """All that the database has written."""
    return b"".join(file.read_bytes() for file in Path(settings.file).parent.iterdir())


def write_a_letter(settings: RecordSettings) -> None:
    """Put what is no database in its place."""
    for file in Path(settings.file).parent.iterdir():
        file.unlink()
    Path(settings.file).write_text("This is a letter, not a database.\n" * 50)


@pytest.fixture
def settings(tmp_path: Path) -> RecordSettings:
    """A file in a folder that isn't there yet."""
    return RecordSettings(file=str(tmp_path / "deep" / "bot.sqlite"), days=1)


@pytest.fixture
async def records(settings: RecordSettings) -> AsyncIterator[Records]:
    """The records in that file."""
    records = Records(settings)
    yield records
    await records.close()


async def test_what_is_kept_is_there_after_a_restart(
    records: Records, settings: RecordSettings
) -> None:
    rules = ServerSettings(answer_channels=(3, 4), rebuild_role=9)
    await records.save_server(1, rules)
    await records.save_answer(ANSWER)
    await records.close()
    again = Records(settings)
    assert await again.server(1) == rules
    assert await again.server(2) == ServerSettings()
    assert await again.answer_to(10) == ANSWER
    assert await again.answer_in(11) == ANSWER
    assert await again.answer_in(12) is None
    await again.close()
    with sqlite3.connect(settings.file) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    database.close()


async def test_a_verdict_names_no_member_and_goes_with_its_answer(
    records: Records, settings: RecordSettings
) -> None:
    assert not await records.save_feedback(11, 7654321, "helpful")
    await records.save_answer(ANSWER)
    assert await records.save_feedback(11, 7654321, "helpful")
    assert await records.save_feedback(11, 7654321, "source")
    assert await records.feedback(1) == {"source": 1}
    assert b"7654321" not in on_disk(settings)
    await records.forget_answer(11)
    assert await records.feedback(1) == {}


async def test_what_is_older_than_allowed_is_forgotten(
    records: Records, settings: RecordSettings
) -> None:
    await records.save_answer(ANSWER)
    await records.close()
    with sqlite3.connect(settings.file) as database:
        database.execute("UPDATE answers SET moment = moment - 100000")
    database.close()
    again = Records(settings)
    await again.save_answer(AnswerRecord(21, 20, 5, 1, 7, "none", 0.0, "generation"))
    assert await again.answer_in(11) is None
    assert await again.answer_in(21) is not None
    await again.close()


async def test_a_file_that_is_no_database_and_one_of_a_newer_bot_are_named(
    settings: RecordSettings, records: Records
) -> None:
    await records.open()
    await records.close()
    with sqlite3.connect(settings.file) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(RecordsBroken, match=r"bot\.sqlite: a newer version of the bot wrote it"):
        await Records(settings).open()
    write_a_letter(settings)
    with pytest.raises(RecordsBroken, match=r"bot\.sqlite: .*mend or move the file away"):
        await Records(settings).open()


async def test_a_file_that_another_process_holds_is_no_broken_one(
    settings: RecordSettings, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCKED_SECONDS", 0.1)
    Path(settings.file).parent.mkdir()
    with closing(sqlite3.connect(settings.file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RecordsFailed, match=r"bot\.sqlite: another process holds") as held:
            await records.open()
        assert not isinstance(held.value, RecordsBroken)
        other.execute("COMMIT")
        await records.open()
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordsFailed, match=r"bot\.sqlite: another process holds"):
            await records.save_server(1, ServerSettings())
        other.execute("ROLLBACK")
    await records.save_server(1, ServerSettings(rebuild_role=9))
    assert (await records.server(1)).rebuild_role == 9


async def test_a_full_disk_may_have_room_again_and_a_file_in_the_way_stays(
    settings: RecordSettings, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", full)
        with pytest.raises(RecordsFailed, match=r"No space left on device.*room") as refused:
            await records.open()
    assert not isinstance(refused.value, RecordsBroken)
    (tmp_path / "deep").write_text("A file, where a folder should be.")
    with pytest.raises(RecordsBroken, match="File exists"):
        await Records(settings).open()


DAMAGED_ROWS = [
    ("{", "broken"),
    ("[]", "of another type"),
    ("null", "null"),
    ('{"answer_channels": "general"}', "a wrong type"),
    ('{"answer_channels": {"everywhere": true}}', "of a newer version"),
    ('{"rebuild_role": [[[[[]]]]]}', "a list"),
    ("", "empty"),
    (b"\xff\xfe", "no text"),
    (7, "a number"),
]


@pytest.mark.parametrize("value", [value for value, _ in DAMAGED_ROWS])
async def test_a_servers_damaged_settings_are_told_count_for_nothing_and_are_set_anew(
    records: Records,
    settings: RecordSettings,
    caplog: pytest.LogCaptureFixture,
    value: str | bytes | int,
) -> None:
    await records.open()
    with sqlite3.connect(settings.file) as database:
        database.execute("INSERT INTO servers VALUES (77, ?)", (value,))
    database.close()
    with pytest.raises(RecordDamaged, match=r"bot\.sqlite: what server 77 has set"):
        await records.server(77)
    servers = Servers(DiscordSettings(answer_channels=[5]), records)
    for _ in range(2):
        assert await servers.rules(77) == Rules((5,), (), 0, damaged=True)
    (told,) = caplog.records
    assert "server 77" in told.getMessage()
    await servers.set_role(77, 9)
    assert await servers.rules(77) == Rules((5,), (), 9)
    assert await records.server(77) == ServerSettings(rebuild_role=9)


@pytest.mark.parametrize("value", ["{", "", "7", '["a", 1]', b"\xff", 7, "null"])
async def test_an_answer_whose_pages_are_damaged_is_known_without_them(
    records: Records, settings: RecordSettings, value: str | bytes | int
) -> None:
    await records.save_answer(replace(ANSWER, pages=("one", "two")))
    with sqlite3.connect(settings.file) as database:
        database.execute("UPDATE answers SET pages = ?", (value,))
    database.close()
    assert await records.answer_in(11) == ANSWER
    assert await records.save_feedback(11, 7, "helpful")


@pytest.mark.parametrize(
    ("column", "value"),
    [("channel", "general"), ("channel", b"\xff"), ("confidence", "much"), ("question", None)],
)
async def test_an_answer_that_is_damaged_is_unknown(
    records: Records,
    settings: RecordSettings,
    caplog: pytest.LogCaptureFixture,
    column: str,
    value: str | bytes | None,
) -> None:
    await records.save_answer(ANSWER)
    with sqlite3.connect(settings.file) as database:
        database.execute(f"UPDATE answers SET {column} = ?", (value,))  # noqa: S608 - our own names
    database.close()
    assert await records.answer_in(11) is None
    assert f"answer 11 is unknown: {column}" in caplog.text
    assert not await records.save_feedback(11, 7, "helpful")
