"""The bot's database: brought up to date, kept, and told when it can't be used."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import RecordsFailed
from bot.records import MIGRATIONS, AnswerRecord, Records, ServerSettings
from bot.settings import RecordSettings

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
    with pytest.raises(RecordsFailed, match=r"bot\.sqlite: a newer version of the bot wrote it"):
        await Records(settings).open()
    write_a_letter(settings)
    with pytest.raises(RecordsFailed, match=r"bot\.sqlite: .*mend or move the file away"):
        await Records(settings).open()
