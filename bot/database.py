"""The bot's SQLite file: opened, brought up to date, and what is said where that can't be.

This module and the records import SQLite, and nothing else does.
"""

import os
import secrets
import sqlite3
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
)
LOCKED_SECONDS = 10.0
KEY_BYTES = 32
# What SQLite and the file system say of what no waiting mends, and of a file that somebody holds.
BROKEN = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_READONLY}
UNUSABLE = (PermissionError, FileExistsError, NotADirectoryError)
HELD = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def key_of(file: Path) -> bytes:
    """Return the key for what is kept of members; make it, and its folder, if there is none.

    Raises:
        RecordsFailed: it can't be read or written.
    """
    place = file.with_name(f"{file.name}.key")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if place.is_file() and len(key := place.read_bytes()) == KEY_BYTES:
            return key
        key = secrets.token_bytes(KEY_BYTES)
        with open(place, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as opened:
            opened.write(key)
    except OSError as error:
        raise failed(place, error) from error
    return key


async def connect(file: Path) -> aiosqlite.Connection:
    """Open a file, whose folder is there, make it if there is none, and bring it up to date.

    Raises:
        RecordsBroken: it is no database, is of a newer bot, or may not be written.
        RecordsFailed: it can't be opened now.
    """
    try:
        database = await aiosqlite.connect(file, timeout=LOCKED_SECONDS, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise failed(file, error) from error
    database.row_factory = sqlite3.Row
    # What is no text is told apart when it is read as what it should be.
    database.text_factory = lambda data: data.decode(errors="replace")
    try:
        # What is forgotten is also overwritten.
        await database.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
        )
        await _migrate(database, file)
    except (OSError, sqlite3.Error, RecordsFailed) as error:
        await database.close()
        if isinstance(error, RecordsFailed):
            raise
        raise failed(file, error) from error
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


def failed(file: Path, error: Exception) -> RecordsFailed:
    """Return what the owner is told of an error, with what mends it."""
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
