"""What the bot remembers, in SQLite; this room imports SQLite, and nothing else does."""

from bot.records.records import CHANGES, AnswerRecord, Change, Records, ServerSettings
from bot.records.statistics import KINDS, Span, Statistics, Unanswered

__all__ = [
    "CHANGES",
    "KINDS",
    "AnswerRecord",
    "Change",
    "Records",
    "ServerSettings",
    "Span",
    "Statistics",
    "Unanswered",
]
