"""What the bot remembers, in SQLite; this room imports SQLite, and nothing else does."""

from bot.records.privacy import Kept, Privacy
from bot.records.records import CHANGES, AnswerRecord, Change, Records, ServerSettings

__all__ = ["CHANGES", "AnswerRecord", "Change", "Kept", "Privacy", "Records", "ServerSettings"]
