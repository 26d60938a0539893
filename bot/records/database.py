"""The bot's SQLite file: opened, brought up to date, and what is said where that can't be."""

import asyncio
import os
import secrets
import sqlite3
import time
from pathlib import Path

import aiosqlite

from bot.errors import RecordsBroken, RecordsFailed

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
    # Who asked was kept by number, and who rated as a hash that could be tried: neither is now.
    """
    ALTER TABLE answers DROP COLUMN member;
    ALTER TABLE answers ADD COLUMN asker TEXT NOT NULL DEFAULT '';
    UPDATE feedback SET member = lower(hex(randomblob(8)));
    CREATE INDEX answers_by_server ON answers (server);
    CREATE TABLE gone (server INTEGER PRIMARY KEY, moment REAL NOT NULL);
    CREATE TABLE changes (
        server INTEGER NOT NULL, member INTEGER NOT NULL, name TEXT NOT NULL, deed TEXT NOT NULL,
        moment REAL NOT NULL
    );
    CREATE INDEX changes_by_server ON changes (server, moment);
    """,
    # The keys of the documents on the pages of an answer, as JSON: who turns them may read these.
    "ALTER TABLE answers ADD COLUMN documents TEXT NOT NULL DEFAULT '[]';",
    # Where somebody was answered lately.
    "CREATE INDEX answers_by_asker ON answers (asker, moment);",
    # Which answers the team was asked about, and which messages are documents now.
    """
    CREATE TABLE handed (
        message INTEGER PRIMARY KEY, server INTEGER NOT NULL, thread INTEGER NOT NULL DEFAULT 0,
        moment REAL NOT NULL
    );
    CREATE TABLE taught (
        message INTEGER NOT NULL, collection TEXT NOT NULL, server INTEGER NOT NULL,
        channel INTEGER NOT NULL, parent INTEGER NOT NULL, path TEXT NOT NULL,
        sha256 TEXT NOT NULL, edited REAL NOT NULL, missing REAL NOT NULL DEFAULT 0,
        PRIMARY KEY (message, collection, path)
    );
    CREATE INDEX taught_by_collection ON taught (collection);
    """,
    # How long an answer took, who could read it, and when each server had its weekly word. Of what
    # a command was asked before, nobody can tell whether that was in private: it counts as private.
    """
    ALTER TABLE answers ADD COLUMN seconds REAL;
    ALTER TABLE answers ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
    UPDATE answers SET place = channel WHERE question != 0 AND server != 0;
    UPDATE answers SET text = NULL WHERE place = 0;
    DROP INDEX answers_by_server;
    CREATE INDEX answers_by_server ON answers (server, moment);
    CREATE TABLE weekly (server INTEGER PRIMARY KEY, moment REAL NOT NULL);
    """,
    # Whose messages are left out of what is gathered.
    "CREATE TABLE left_out (member TEXT PRIMARY KEY, moment REAL NOT NULL);",
)
# Several processes may have the file: who writes waits for so long until another is done.
LOCKED_SECONDS = 10.0
# What SQLite does when it is opened, and when the last one closes it, it refuses without waiting.
AGAIN_SECONDS = 0.05
KEY_BYTES = 32
# What SQLite and the file system say of what no waiting mends, and of a file that somebody holds.
BROKEN = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_READONLY}
UNUSABLE = (PermissionError, FileExistsError, NotADirectoryError)
HELD = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


async def connect(file: Path) -> tuple[aiosqlite.Connection, bytes]:
    """Open a file, make it and its folder if there is none, and bring it up to date.

    Returns what speaks to it, and the key for what is kept of members. Of several processes that
    do this at the same time, one makes what isn't there, and the others find it.

    Raises:
        RecordsBroken: it is no database, is of a newer bot, or may not be written.
        RecordsFailed: it can't be opened now.
    """
    try:
        await asyncio.to_thread(file.parent.mkdir, parents=True, exist_ok=True)
        database = await aiosqlite.connect(file, timeout=LOCKED_SECONDS, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise failed(file, error) from error
    database.row_factory = sqlite3.Row
    # What is no text is told apart when it is read as what it should be.
    database.text_factory = lambda data: data.decode(errors="replace")
    try:
        return database, await _prepare(database, file)
    except (OSError, sqlite3.Error, RecordsFailed) as error:
        await database.close()
        if isinstance(error, RecordsFailed):
            raise
        raise failed(file, error) from error


async def _prepare(database: aiosqlite.Connection, file: Path) -> bytes:
    """Bring a database up to date, as the only one who does at that time; return the key."""
    end = time.monotonic() + LOCKED_SECONDS
    while True:
        try:
            # What is forgotten is also overwritten.
            await database.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
            )
            await database.execute("BEGIN IMMEDIATE")
            break
        except sqlite3.OperationalError as error:
            if not is_held(error) or time.monotonic() > end:
                raise
        await asyncio.sleep(AGAIN_SECONDS)
    await _migrate(database, file)
    key = await asyncio.to_thread(_key_of, file)
    await database.execute("COMMIT")
    return key


async def _migrate(database: aiosqlite.Connection, file: Path) -> None:
    async with database.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    version = int(row[0]) if row else 0
    if version > len(MIGRATIONS):
        message = f"{file}: a newer version of the bot wrote it; update the bot, or move it away"
        raise RecordsBroken(message)
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        # One by one, and none has a semicolon in it: `executescript` would end the transaction.
        for statement in filter(str.strip, script.split(";")):
            await database.execute(statement)
        await database.execute(f"PRAGMA user_version = {number}")


def _key_of(file: Path) -> bytes:
    """Return the key for what is kept of members, which is made if there is none.

    Raises:
        RecordsFailed: it can't be read or written.
    """
    place = file.with_name(f"{file.name}.key")
    try:
        if place.is_file() and len(key := place.read_bytes()) == KEY_BYTES:
            return key
        key = secrets.token_bytes(KEY_BYTES)
        with open(place, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as opened:
            opened.write(key)
    except OSError as error:
        raise failed(place, error) from error
    return key


def is_held(error: Exception) -> bool:
    """Whether another process has what was wanted."""
    # The lowest byte is the error, the others are its details.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in HELD


def failed(file: Path, error: Exception) -> RecordsFailed:
    """Return what the owner is told of an error, with what mends it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if is_held(error):
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
