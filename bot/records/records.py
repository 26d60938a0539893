"""What the bot remembers, in SQLite: servers' settings and who changed them, answers, feedback.

The file survives restarts; questions' texts are in it only where the owner allows that. Who asked
and who rated is kept as a hash, whose key lies in a file beside it: who has the database alone can
tell nobody from it, who has both can by trying every member. Who changed settings or the index is
kept by number and name, since that is what it is kept for.
"""

import asyncio
import hmac
import json
import logging
import sqlite3
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

import aiosqlite
from pydantic import TypeAdapter, ValidationError

from bot.errors import RecordDamaged
from bot.records.database import connect, failed
from bot.settings import RecordSettings
from bot.shards import ONE, Shards

log = logging.getLogger(__name__)

DAY_SECONDS = 86_400
# So many changes of a server are told.
CHANGES = 20
# Of a member, so many servers are told.
SERVERS = 25
# So many faults of a damaged row are told.
TOLD = 3


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a server decides for itself, as `Rules` has it; None: nothing."""

    answer_channels: tuple[int, ...] | None = None
    question_channels: tuple[int, ...] | None = None
    thread_channels: tuple[int, ...] | None = None
    rebuild_role: int | None = None
    private_answers: bool | None = None
    log_channel: int | None = None
    team_role: int | None = None
    team_channel: int | None = None
    weekly_channel: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """A message with an answer: `question` is the message it answers, 0 for a command.

    `outcome` is "answer", "nearest" or "none"; `text` the question, None unless that is allowed;
    `pages` what the message shows one after the other, if it is too long to show it at once, and
    `documents` the keys of those that stand there; `seconds` how long it took to find, None if that
    isn't known; `place` the channel by whose rules question and answer can be read, which of a
    thread is its parent, and 0 where few can: in private.
    """

    message: int
    question: int
    channel: int
    server: int
    outcome: str
    confidence: float
    generation: str
    text: str | None = None
    pages: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    seconds: float | None = None
    place: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What a member did to a server's settings or to the index, and when (seconds since 1970)."""

    member: int
    name: str
    deed: str
    moment: float


SETTINGS_JSON = TypeAdapter(ServerSettings)
ANSWER_ROW = TypeAdapter(AnswerRecord)
TEXTS_JSON = TypeAdapter(tuple[str, ...])


class Records:
    """The database; it is opened by `open`, or by its first use, but not by one after `close`."""

    def __init__(self, settings: RecordSettings) -> None:
        """Use the file that the settings name."""
        self._file = Path(settings.file)
        self._days = settings.days
        self._database: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()
        self._closed = False
        self._key = b""
        self._tidied = 0.0

    async def open(self) -> None:
        """Open the file, make it if there is none, and bring it up to date.

        Raises:
            RecordsBroken: it is no database, is of a newer bot, or may not be written.
            RecordsFailed: it can't be opened now: another process holds it, the disk is full.
        """
        async with self._opening:
            self._closed = False
            if self._database is None:
                self._database, self._key = await connect(self._file)

    async def close(self) -> None:
        """Close the file."""
        async with self._opening:
            self._closed = True
            database, self._database = self._database, None
            if database is not None:
                await database.close()

    async def server(self, number: int) -> ServerSettings:
        """Return what a server has decided; the defaults where it hasn't.

        Raises:
            RecordDamaged: what is kept of it can't be understood.
            RecordsFailed: the database can't be read.
        """
        rows = await self.run("SELECT settings FROM servers WHERE server = ?", number)
        if not rows:
            return ServerSettings()
        try:
            return SETTINGS_JSON.validate_json(_text(rows[0]["settings"]))
        except ValidationError as error:
            message = (
                f"{self._file}: what server {number} has set can't be understood "
                f"({_reason(error)}); whatever is set there with /settings takes its place"
            )
            raise RecordDamaged(message) from None

    async def save_server(self, number: int, settings: ServerSettings) -> None:
        """Keep what a server has decided."""
        await self.run(
            "INSERT OR REPLACE INTO servers VALUES (?, ?)",
            number,
            SETTINGS_JSON.dump_json(settings).decode(),
        )

    async def keep_servers(self, present: Collection[int], shards: Shards = ONE) -> None:
        """Note which servers the bot is in; of others, nothing is kept when the days are over.

        Those that aren't on the `shards` of this process are left to other processes.
        """
        numbers = json.dumps(list(present))
        await self.run("DELETE FROM gone WHERE server IN (SELECT value FROM json_each(?))", numbers)
        await self.run(
            "INSERT OR IGNORE INTO gone SELECT server, ? FROM servers "
            "WHERE server NOT IN (SELECT value FROM json_each(?)) "
            "AND (? OR (server >> 22) % ? IN (SELECT value FROM json_each(?)))",
            *(time.time(), numbers),
            *(shards.whole, shards.count, json.dumps(list(shards.ids))),
        )

    async def forget_server(self, number: int) -> None:
        """Forget all that is kept of a server: settings, changes, answers, and their feedback."""
        for table in ("servers", "changes", "answers", "gone", "handed", "taught", "weekly"):
            await self.run(f"DELETE FROM {table} WHERE server = ?", number)  # noqa: S608 - our own names

    async def save_change(self, server: int, change: Change) -> None:
        """Keep who changed what in a server."""
        await self._tidy()
        values = (server, change.member, change.name, change.deed, change.moment)
        await self.run("INSERT INTO changes VALUES (?, ?, ?, ?, ?)", *values)

    async def changes(self, server: int) -> list[Change]:
        """Return the last changes in a server, the newest first."""
        rows = await self.run(
            "SELECT CAST(member AS INTEGER), CAST(name AS TEXT), CAST(deed AS TEXT), "
            "CAST(moment AS REAL) FROM changes WHERE server = ? "
            "ORDER BY moment DESC, rowid DESC LIMIT ?",
            *(server, CHANGES),
        )
        return [Change(*row) for row in rows]

    async def save_answer(self, answer: AnswerRecord, member: int) -> None:
        """Keep what a member was answered where, and forget what is too old."""
        await self._tidy()
        asker = self.hashed(str(member))
        pages = json.dumps(answer.pages)
        documents = json.dumps(answer.documents)
        lists = {"pages": pages, "documents": documents}
        values = {**asdict(answer), **lists, "asker": asker, "moment": time.time()}
        places = ", ".join("?" * len(values))
        await self.run(
            f"INSERT OR REPLACE INTO answers ({', '.join(values)}) VALUES ({places})",  # noqa: S608 - our own names
            *values.values(),
        )

    async def answer_to(self, question: int) -> AnswerRecord | None:
        """Return the answer to the message of that number."""
        return await self._answer("question", question)

    async def answer_in(self, message: int) -> AnswerRecord | None:
        """Return the answer that the message of that number holds."""
        return await self._answer("message", message)

    async def asked(self, message: int, member: int) -> bool:
        """Whether the message of that number answers that member."""
        rows = await self.run("SELECT asker FROM answers WHERE message = ?", message)
        return bool(rows) and rows[0][0] == self.hashed(str(member))

    async def servers_of(self, member: int) -> list[int]:
        """Return the numbers of the servers in which a member was answered, the latest first."""
        rows = await self.run(
            "SELECT CAST(server AS INTEGER) FROM answers WHERE asker = ? AND server != 0 "
            "GROUP BY server ORDER BY MAX(moment) DESC LIMIT ?",
            *(self.hashed(str(member)), SERVERS),
        )
        return [int(row[0]) for row in rows]

    async def hand_over(self, question: int, other: int) -> None:
        """Let the answer to one message stand for another."""
        await self.run("UPDATE answers SET question = ? WHERE question = ?", other, question)

    async def forget_answer(self, message: int) -> None:
        """Forget an answer and what was said about it."""
        await self.run("DELETE FROM answers WHERE message = ?", message)

    async def forget_channel(self, server: int, channel: int) -> None:
        """Forget what was answered in a channel or thread that is gone, and in its threads."""
        await self.run(
            "DELETE FROM answers WHERE server = ? AND ? IN (channel, place)", server, channel
        )

    async def save_feedback(self, message: int, member: int, verdict: str) -> bool:
        """Keep a member's verdict on an answer, in the place of an earlier one of theirs.

        False where the answer isn't known any more, or is taken back at this moment.
        """
        if await self.answer_in(message) is None:
            return False
        kept = await self.run(
            "INSERT OR REPLACE INTO feedback SELECT message, ?, ?, ? FROM answers "
            "WHERE message = ? RETURNING message",
            *(self.hashed(f"{message}:{member}"), verdict, time.time(), message),
        )
        return bool(kept)

    async def feedback(self, server: int) -> dict[str, int]:
        """Return how often each verdict was given in a server."""
        rows = await self.run(
            "SELECT verdict, COUNT(*) FROM feedback JOIN answers USING (message) "
            "WHERE server = ? GROUP BY verdict",
            server,
        )
        return {str(verdict): int(count) for verdict, count in rows}

    async def _answer(self, column: str, number: int) -> AnswerRecord | None:
        names = ", ".join(AnswerRecord.__dataclass_fields__)
        query = f"SELECT {names} FROM answers WHERE {column} = ? ORDER BY moment DESC"  # noqa: S608 - our own names
        rows = await self.run(query, number)
        if not rows:
            return None
        row = dict(rows[0])
        lists: dict[str, tuple[str, ...]] = {}
        try:
            for name in ("pages", "documents"):
                lists[name] = TEXTS_JSON.validate_json(_text(row[name]))
        except ValidationError as error:
            log.warning("%s: the pages of answer %s: %s", self._file, number, _reason(error))
            lists = {"pages": (), "documents": ()}
        try:
            return ANSWER_ROW.validate_python({**row, **lists})
        except ValidationError as error:
            log.warning("%s: answer %s is unknown: %s", self._file, number, _reason(error))
            return None

    def hashed(self, name: str) -> str:
        """Return what stands for a name that isn't kept, once the file is open."""
        return hmac.digest(self._key, name.encode(), "sha256").hex()[:16]

    async def _tidy(self) -> None:
        """Once a day, forget what is older than the config allows."""
        if time.time() - self._tidied <= DAY_SECONDS:
            return
        self._tidied = time.time()
        oldest = self._tidied - self._days * DAY_SECONDS
        for condition in (
            "answers WHERE moment < ?",
            "changes WHERE moment < ?",
            "handed WHERE moment < ?",
            "servers WHERE server IN (SELECT server FROM gone WHERE moment < ?)",
            "weekly WHERE moment < ?",
            "gone WHERE moment < ?",
        ):
            await self.run(f"DELETE FROM {condition}", oldest)  # noqa: S608 - our own words

    async def run(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """Run one statement, and return its rows.

        Raises:
            RecordsFailed: the database can't be opened, read or written.
        """
        if self._database is None and not self._closed:
            await self.open()
        # A local name: it may be closed meanwhile.
        database = self._database
        if database is None:
            raise failed(self._file, ValueError("it was closed"))
        try:
            # In one go: a statement that isn't done when the file is closed would keep it open.
            return list(await database.execute_fetchall(statement, values))
        except (sqlite3.Error, ValueError) as error:
            # aiosqlite says it with a ValueError if it was closed meanwhile.
            raise failed(self._file, error) from error


def _text(value: object) -> str:
    """A column that should hold text; SQLite lets any hold anything."""
    return value if isinstance(value, str) else ""


def _reason(error: ValidationError) -> str:
    """What is wrong with a row, in a few words that repeat nothing of it."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc']))} {each['msg']}".strip()
        for each in error.errors(include_input=False, include_url=False)[:TOLD]
    )
