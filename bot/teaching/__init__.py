"""What members know and moderators teach: documents made of messages, as long as these stand."""

from bot.teaching.documents import LEARNED, document, file_name, question_in, spoken
from bot.teaching.lessons import CHANGED, DELETED, Fault, MessageGone, Teaching
from bot.teaching.sources import Source, edited_at

__all__ = [
    "CHANGED",
    "DELETED",
    "LEARNED",
    "Fault",
    "MessageGone",
    "Source",
    "Teaching",
    "document",
    "edited_at",
    "file_name",
    "question_in",
    "spoken",
]
