"""What the bot remembers, in SQLite; this room imports SQLite, and nothing else does."""

from bot.records.handing import Handed
from bot.records.privacy import Kept, Privacy
from bot.records.records import CHANGES, AnswerRecord, Change, Records, ServerSettings
from bot.records.statistics import KINDS, Span, Statistics, Unanswered
from bot.records.teaching import Lesson, Lessons

__all__ = [
    "CHANGES",
    "KINDS",
    "AnswerRecord",
    "Change",
    "Handed",
    "Kept",
    "Lesson",
    "Lessons",
    "Privacy",
    "Records",
    "ServerSettings",
    "Span",
    "Statistics",
    "Unanswered",
]
