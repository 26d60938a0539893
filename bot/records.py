"""What the bot remembers, in SQLite: servers' settings, answers, feedback; nothing else imports it.

The file survives restarts; questions' texts are in it only where the owner allows that.
"""

import asyncio
import hashlib
import json
import logging
import sqlite3
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import aiosqlite
from pydantic import TypeAdapter, ValidationError

from bot.errors import RecordDamaged, RecordsBroken, RecordsFailed
from bot.settings import RecordSettings

log = logging.getLogger(__name__)

# Each entry takes the database one version further; an entry is never changed once it was used.
MIGRATIONS = (
    """
    CREATE TABLE servers (server INTEGER PRIMARY KEY, settings TEXT NOT NULL);
    CREATE TABLE answers (
        message INTEGER PRIMARY KEY, question INTEGER, channel INTEGER NOT NULL,
        server INTEGER NOT NULL, member INTEGER NOT NULL, outcome TEXT NOT NULL,
        confidence REAL NOT NULL, generation TEXT NOT NULL, text TEXT, moment REAL NOT NULL
    );
    CREATE INDEX answers_by_question ON answers (question);
    CREATE TABLE feedback (
        message INTEGER NOT NULL REFERENCES answers ON DELETE CASCADE, member TEXT NOT NULL,
        verdict TEXT NOT NULL, moment REAL NOT NULL, PRIMARY KEY (message, member)
    );
    """,
    # The pages of an answer that is longer than a message, as JSON.
    "ALTER TABLE answers ADD COLUMN pages TEXT NOT NULL DEFAULT '[]';",
)
DAY_SECONDS = 86_400
LOCKED_SECONDS = 10.0
# What SQLite and the file system say of what no waiting mends, and of a file that somebody holds.
BROKEN = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_READONLY}
UNUSABLE = (PermissionError, FileExistsError, NotADirectoryError)
HELD = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# So many faults of a damaged row are told.
TOLD = 3


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a server decides for itself: channels and a role, by their numbers; None: nothing."""

    answer_channels: tuple[int, ...] | None = None
    thread_channels: tuple[int, ...] | None = None
    rebuild_role: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """A message with an answer: `question` is the message it answers, 0 for a command.

    `outcome` is "answer", "nearest" or "none"; `text` the question, None unless that is allowed;
    `pages` what the message shows one after the other, if it is too long to show it at once.
    """

    message: int
    question: int
    channel: int
    server: int
    member: int
    outcome: str
    confidence: float
    generation: str
    text: str | None = None
    pages: tuple[str, ...] = ()


SETTINGS_JSON = TypeAdapter(ServerSettings)
ANSWER_ROW = TypeAdapter(AnswerRecord)
PAGES_JSON = TypeAdapter(tuple[str, ...])


class Records:
    """The database; it is opened by the first use, or before by `open`."""

    def __init__(self, settings: RecordSettings) -> None:
        """Use the file that the settings name."""
        self._file = Path(settings.file)
        self._days = settings.days
        self._database: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()
        self._tidied = 0.0

    async def open(self) -> None:
        """Open the file, make it if there is none, and bring it up to date.

        Raises:
            RecordsBroken: it is no database, is of a newer bot, or may not be written.
            RecordsFailed: it can't be opened now: another process holds it, the disk is full.
        """
        async with self._opening:
            if self._database is None:
                self._database = await _connect(self._file)

    async def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            await self._database.close()
            self._database = None

    async def server(self, number: int) -> ServerSettings:
        """Return what a server has decided; the defaults where it hasn't.

        Raises:
            RecordDamaged: what is kept of it can't be understood.
            RecordsFailed: the database can't be read.
        """
        rows = await self._run("SELECT settings FROM servers WHERE server = ?", number)
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
        await self._run(
            "INSERT OR REPLACE INTO servers VALUES (?, ?)",
            number,
            SETTINGS_JSON.dump_json(settings).decode(),
        )

    async def save_answer(self, answer: AnswerRecord) -> None:
        """Keep who was answered where, and forget answers that are too old."""
        if time.time() - self._tidied > DAY_SECONDS:
            self._tidied = time.time()
            oldest = self._tidied - self._days * DAY_SECONDS
            await self._run("DELETE FROM answers WHERE moment < ?", oldest)
        values = {**asdict(answer), "pages": json.dumps(answer.pages), "moment": time.time()}
        places = ", ".join("?" * len(values))
        await self._run(
            f"INSERT OR REPLACE INTO answers ({', '.join(values)}) VALUES ({places})",  # noqa: S608 - our own names
            *values.values(),
        )

    async def answer_to(self, question: int) -> AnswerRecord | None:
        """Return the answer to the message of that number."""
        return await self._answer("question", question)

    async def answer_in(self, message: int) -> AnswerRecord | None:
        """Return the answer that the message of that number holds."""
        return await self._answer("message", message)

    async def forget_answer(self, message: int) -> None:
        """Forget an answer and what was said about it."""
        await self._run("DELETE FROM answers WHERE message = ?", message)

    async def save_feedback(self, message: int, member: int, verdict: str) -> bool:
        """Keep a member's verdict on an answer, in the place of an earlier one of theirs.

        The member can't be told from what is kept. False where the answer isn't known any more.
        """
        if await self.answer_in(message) is None:
            return False
        who = hashlib.sha256(f"{message}:{member}".encode()).hexdigest()[:16]
        await self._run(
            "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?)",
            *(message, who, verdict, time.time()),
        )
        return True

    async def feedback(self, server: int) -> dict[str, int]:
        """Return how often each verdict was given in a server."""
        rows = await self._run(
            "SELECT verdict, COUNT(*) FROM feedback JOIN answers USING (message) "
            "WHERE server = ? GROUP BY verdict",
            server,
        )
        return {str(verdict): int(count) for verdict, count in rows}

    async def _answer(self, column: str, number: int) -> AnswerRecord | None:
        names = ", ".join(AnswerRecord.__dataclass_fields__)
        query = f"SELECT {names} FROM answers WHERE {column} = ? ORDER BY moment DESC"  # noqa: S608 - our own names
        rows = await self._run(query, number)
        if not rows:
            return None
        row = dict(rows[0])
        try:
            pages = PAGES_JSON.validate_json(_text(row["pages"]))
        except ValidationError as error:
            log.warning("%s: the pages of answer %s: %s", self._file, number, _reason(error))
            pages = ()
        try:
            return ANSWER_ROW.validate_python({**row, "pages": pages})
        except ValidationError as error:
            log.warning("%s: answer %s is unknown: %s", self._file, number, _reason(error))
            return None

    async def _run(self, statement: str, *values: object) -> list[sqlite3.Row]:
        await self.open()
        if self._database is None:
            raise _failed(self._file, ValueError("it was closed"))
        try:
            async with self._database.execute(statement, values) as cursor:
                return list(await cursor.fetchall())
        except sqlite3.Error as error:
            raise _failed(self._file, error) from error


async def _connect(file: Path) -> aiosqlite.Connection:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        database = await aiosqlite.connect(file, timeout=LOCKED_SECONDS, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _failed(file, error) from error
    database.row_factory = sqlite3.Row
    # What is no text is told apart when it is read as what it should be.
    database.text_factory = lambda data: data.decode(errors="replace")
    try:
        await database.executescript("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;")
        await _migrate(database, file)
    except (OSError, sqlite3.Error, RecordsFailed) as error:
        await database.close()
        if isinstance(error, RecordsFailed):
            raise
        raise _failed(file, error) from error
    return database


async def _migrate(database: aiosqlite.Connection, file: Path) -> None:
    async with database.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    version = int(row[0]) if row else 0
    if version > len(MIGRATIONS):
        message = f"{file}: a newer version of the bot wrote it; update the bot, or move it away"
        raise RecordsBroken(message)
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        await database.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


def _text(value: object) -> str:
    """A column that should hold text; SQLite lets any hold anything."""
    return value if isinstance(value, str) else ""


def _reason(error: ValidationError) -> str:
    """What is wrong with a row, in a few words that repeat nothing of it."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc']))} {each['msg']}".strip()
        for each in error.errors(include_input=False, include_url=False)[:TOLD]
    )


def _failed(file: Path, error: Exception) -> RecordsFailed:
    # The lowest byte is the error, the others are its details.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in HELD:
        return RecordsFailed(
            f"{file}: another process holds the bot's records; end it, if it is another bot, or "
            "wait until it is done"
        )
    if code in BROKEN or isinstance(error, UNUSABLE):
        return RecordsBroken(
            f"{file}: the bot's records can't be used ({error}); mend or move the file away, or "
            "name another as `file` under [records]"
        )
    return RecordsFailed(
        f"{file}: the bot's records can't be used now ({error}); look whether there is room on the "
        "disk and the bot may write there, or name another as `file` under [records]"
    )
