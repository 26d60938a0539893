"""The bot's database: brought up to date, kept, and told when it can't be used."""

import asyncio
import errno
import hashlib
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import RecordDamaged, RecordsBroken, RecordsFailed
from bot.records import AnswerRecord, Change, Records, ServerSettings
from bot.records import database as module
from bot.records.database import MIGRATIONS
from bot.servers import Rules, Servers
from bot.settings import DiscordSettings, RecordSettings
from tests.support.record_writers import EACH, written

ANSWER = AnswerRecord(11, 10, 5, 1, "answer", 0.9, "generation", "Why?")


def on_disk(settings: RecordSettings) -> bytes:
    """All that the database has written."""
    return b"".join(file.read_bytes() for file in Path(settings.file).parent.iterdir())


def files(settings: RecordSettings) -> dict[str, os.stat_result]:
    """The names and states of the files beside the database, and of itself."""
    return {file.name: file.stat() for file in Path(settings.file).parent.iterdir()}


def make(folder: str | Path) -> None:
    """Make a folder."""
    Path(folder).mkdir(parents=True)


def put_key(settings: RecordSettings, key: bytes | None) -> None:
    """Put another key, or none, in the place of the one that is there."""
    place = Path(f"{settings.file}.key")
    place.unlink()
    if key is not None:
        place.write_bytes(key)


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
    await records.save_answer(ANSWER, 7)
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
    await records.save_answer(ANSWER, 7)
    assert await records.save_feedback(11, 7654321, "helpful")
    assert await records.save_feedback(11, 7654321, "source")
    assert await records.feedback(1) == {"source": 1}
    assert b"7654321" not in on_disk(settings)
    await records.forget_answer(11)
    assert await records.feedback(1) == {}


async def test_neither_who_asked_nor_who_rated_can_be_told_from_the_database(
    records: Records, settings: RecordSettings
) -> None:
    """Not even by trying: the key lies beside it."""
    asker, rater = 7654321, 1234567
    await records.save_answer(ANSWER, asker)
    await records.save_feedback(11, rater, "helpful")
    with sqlite3.connect(settings.file) as database:
        ((asked,),) = database.execute("SELECT asker FROM answers")
        ((rated,),) = database.execute("SELECT member FROM feedback")
    database.close()
    tried = {
        hashlib.new(name, text.encode()).hexdigest()[:16]
        for name in ("sha256", "sha1", "md5", "blake2b")
        for member in (asker, rater)
        for text in (f"{member}", f"11:{member}", f"{member}:11", f"10:{member}")
    }
    assert not {asked, rated} & tried
    assert str(asker).encode() not in on_disk(settings)
    assert files(settings)["bot.sqlite.key"].st_mode & 0o777 == 0o600
    await records.close()
    again = Records(settings)
    await again.save_feedback(11, rater, "source")
    assert await again.feedback(1) == {"source": 1}
    await again.close()


@pytest.mark.parametrize("key", [None, b"", b"short"])
async def test_a_key_that_is_lost_or_damaged_is_made_anew(
    records: Records, settings: RecordSettings, key: bytes | None
) -> None:
    await records.save_answer(ANSWER, 7)
    await records.close()
    put_key(settings, key)
    again = Records(settings)
    assert await again.save_feedback(11, 7, "helpful")
    assert files(settings)["bot.sqlite.key"].st_size == 32
    await again.close()


async def test_a_key_that_may_not_be_written_is_named(
    records: Records, settings: RecordSettings
) -> None:
    make(f"{settings.file}.key")
    with pytest.raises(RecordsFailed, match=r"bot\.sqlite\.key"):
        await records.open()


async def test_what_an_older_bot_kept_of_members_goes_when_its_file_is_opened(
    records: Records, settings: RecordSettings
) -> None:
    make(Path(settings.file).parent)
    known = hashlib.sha256(b"11:7654321").hexdigest()[:16]
    with sqlite3.connect(settings.file) as database:
        for script in MIGRATIONS[:2]:
            database.executescript(script)
        database.execute("PRAGMA user_version = 2")
        database.execute("PRAGMA foreign_keys = ON")
        database.execute(
            "INSERT INTO answers VALUES (11, 10, 5, 1, 7654321, 'answer', 0.9, 'g', NULL, ?, '[]')",
            (time.time(),),
        )
        database.execute("INSERT INTO feedback VALUES (11, ?, 'helpful', 1.0)", (known,))
        database.execute("INSERT INTO servers VALUES (1, '{\"rebuild_role\": 9}')")
    database.close()
    assert known.encode() in on_disk(settings)
    assert await records.feedback(1) == {"helpful": 1}
    assert await records.answer_in(11) is not None
    assert (await records.server(1)).rebuild_role == 9
    assert await records.changes(1) == []
    await records.close()
    assert known.encode() not in on_disk(settings)
    with sqlite3.connect(settings.file) as database:
        names = {row[1] for row in database.execute("PRAGMA table_info(answers)")}
    database.close()
    assert "member" not in names


async def test_a_verdict_on_an_answer_that_is_taken_back_meanwhile_is_none(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    await records.save_answer(ANSWER, 7)
    known = records.answer_in

    async def taken_back(message: int) -> AnswerRecord | None:
        answer = await known(message)
        await records.forget_answer(message)
        return answer

    monkeypatch.setattr(records, "answer_in", taken_back)
    assert not await records.save_feedback(11, 7, "helpful")
    assert await records.feedback(1) == {}


async def test_a_server_that_is_forgotten_leaves_nothing_on_the_disk(
    records: Records, settings: RecordSettings
) -> None:
    for server in (1, 2):
        await records.save_server(server, ServerSettings(rebuild_role=9))
        answer = replace(ANSWER, message=server, server=server, text=f"Why is server {server}?")
        await records.save_answer(answer, 7)
        await records.save_feedback(server, 7, "helpful")
        await records.save_change(server, Change(7, "ann", f"did it in {server}", 1e9 + server))
    await records.forget_server(1)
    await records.close()
    assert b"Why is server 1" not in on_disk(settings)
    assert b"did it in 1" not in on_disk(settings)
    again = Records(settings)
    assert (await again.server(1), await again.feedback(1)) == (ServerSettings(), {})
    assert (await again.server(2)).rebuild_role == 9
    assert await again.feedback(2) == {"helpful": 1}
    assert [each.deed for each in await again.changes(2)] == ["did it in 2"]
    await again.close()


async def test_a_server_left_while_the_bot_was_away_is_forgotten_when_the_days_are_over(
    records: Records, settings: RecordSettings
) -> None:
    for server in (1, 2, 3):
        await records.save_server(server, ServerSettings(rebuild_role=server))
    await records.keep_servers([3])
    await records.keep_servers([2, 3])
    await records.save_change(3, Change(7, "ann", "did it long ago", 1.0))

    async def roles() -> list[int | None]:
        return [(await records.server(each)).rebuild_role for each in (1, 2, 3)]

    assert await roles() == [1, 2, 3]
    await records.close()
    with sqlite3.connect(settings.file) as database:
        database.execute("UPDATE gone SET moment = moment - 100000")
    database.close()
    again = records = Records(settings)
    await again.save_change(3, Change(7, "ann", "did it now", time.time()))
    assert await roles() == [None, 2, 3]
    assert [each.deed for each in await again.changes(3)] == ["did it now"]
    await again.close()


async def test_nothing_opens_the_records_again_once_they_are_closed(
    records: Records, settings: RecordSettings
) -> None:
    await records.save_answer(ANSWER, 7)
    late = [asyncio.create_task(records.answer_in(11)) for _ in range(20)]
    await asyncio.sleep(0)
    await records.close()
    for outcome in await asyncio.gather(*late, return_exceptions=True):
        assert outcome == ANSWER or isinstance(outcome, RecordsFailed)
    for use in (records.server(1), records.save_feedback(11, 7, "helpful"), records.changes(1)):
        with pytest.raises(RecordsFailed, match="closed"):
            await use
    assert set(files(settings)) == {"bot.sqlite", "bot.sqlite.key"}
    await records.open()
    assert await records.answer_in(11) == ANSWER


async def test_changes_that_are_damaged_are_shown_as_far_as_they_can_be(
    records: Records, settings: RecordSettings
) -> None:
    await records.open()
    with sqlite3.connect(settings.file) as database:
        database.execute("INSERT INTO changes VALUES (1, 'x', ?, 7, 'soon')", (b"\xff",))
    database.close()
    [change] = await records.changes(1)
    assert (change.member, change.deed, change.moment) == (0, "7", 0.0)


async def test_what_is_older_than_allowed_is_forgotten(
    records: Records, settings: RecordSettings
) -> None:
    await records.save_answer(ANSWER, 7)
    await records.close()
    with sqlite3.connect(settings.file) as database:
        database.execute("UPDATE answers SET moment = moment - 100000")
    database.close()
    again = Records(settings)
    await again.save_answer(AnswerRecord(21, 20, 5, 1, "none", 0.0, "generation"), 7)
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
    await servers.set(77, "rebuild_role", 9)
    assert await servers.rules(77) == Rules((5,), (), 9)
    assert await records.server(77) == ServerSettings(rebuild_role=9)


@pytest.mark.parametrize("value", ["{", "", "7", '["a", 1]', b"\xff", 7, "null"])
async def test_an_answer_whose_pages_are_damaged_is_known_without_them(
    records: Records, settings: RecordSettings, value: str | bytes | int
) -> None:
    await records.save_answer(replace(ANSWER, pages=("one", "two")), 7)
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
    await records.save_answer(ANSWER, 7)
    with sqlite3.connect(settings.file) as database:
        database.execute(f"UPDATE answers SET {column} = ?", (value,))  # noqa: S608 - our own names
    database.close()
    assert await records.answer_in(11) is None
    assert f"answer 11 is unknown: {column}" in caplog.text
    assert not await records.save_feedback(11, 7, "helpful")


async def test_processes_that_make_the_records_at_one_moment_and_write_at_once_lose_nothing(
    records: Records, settings: RecordSettings
) -> None:
    """Each writes down what it wrote, and fails if it reads anything else."""
    done = await asyncio.to_thread(written, Path(settings.file), 4, 0.5)
    assert all(each.rounds for each in done)
    assert max(each.slowest for each in done) < module.LOCKED_SECONDS
    for each in done:
        assert await records.feedback(each.writer) == {"helpful": each.rounds}
        assert await records.server(each.writer) == ServerSettings(rebuild_role=each.rounds)
        # All have one key: a member's verdict takes the place of what they said by that process.
        assert await records.save_feedback(each.writer * EACH + 1, 7, "source")
        said = await records.feedback(each.writer)
        assert (said["source"], sum(said.values())) == (1, each.rounds)
