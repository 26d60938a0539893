"""What can go wrong between a question and its answer, in the words the asker reads.

BotError
├── Busy            the queue is full
├── TooMany         a member, a channel or a server asked too often
├── TooSlow         the time limit is over
├── Restarting      the bot is about to end
├── NotAllowed      the command is for others
├── NotTaken        a change of the documents that can't be made, and why
├── InPrivate       what there is to read is not for all who would see the reply
├── BadRequest      what a program asks in a way that isn't understood
├── NotFound        a document or a heading that a program names and that isn't there
├── NotReady        there is no index yet that a program may ask
├── Refused         Discord doesn't take what the bot sends or does
├── RecordsFailed   the bot's database can't be used
│   ├── RecordDamaged   what one row of it holds
│   └── RecordsBroken   and won't be until somebody mends it
└── StartError      the bot can't start: a token, a server, a port; trying again won't help
    └── NotNow          but here it may
"""

import logging
import re

from index import EngineUnavailable, PointsMissing, SeedIndexError

log = logging.getLogger(__name__)

# The folders of an absolute path, also of one whose names have spaces; its last name stays.
FOLDERS = re.compile(r"(?<![\w./:<])/(?:[^/:;`\n]*[^/:;`\s]/)+(?=[^/\s])")
# Where the search engine is.
ADDRESSES = re.compile(r"\bhttps?://[^\s;,]+(?<![:.])")
NO_ENGINE = (
    "What I look passages up with doesn't answer now, so I can't either. Whoever runs me finds the "
    "reason in my log; please ask again in a minute."
)
NO_RECORDS = (
    "I can't read or write what I keep of answers and settings now, so that didn't work. Whoever "
    "runs me finds the reason in my log; please try again later."
)


class BotError(Exception):
    """The root: its message is shown to the member as it is."""


class Busy(BotError):
    """More questions are waiting than the bot takes on."""


class TooMany(BotError):
    """More questions than the limits allow."""


class TooSlow(BotError):
    """The answer took longer than the config allows."""


class Restarting(BotError):
    """The bot was told to end and takes nothing new."""


class NotAllowed(BotError):
    """The member may not use the command."""


class NotTaken(BotError):
    """A change of the documents that isn't made; they are as they were."""


class InPrivate(BotError):
    """There is nothing that all may read who would see the reply, but something for the asker."""

    def __init__(self) -> None:
        """Say so without saying what."""
        super().__init__(
            "I have no documents for all who can read this channel. `/ask` with `private` looks in "
            "those that you may read."
        )


class BadRequest(BotError):
    """A program asks in a way that isn't understood."""


class NotFound(BotError):
    """There is nothing of that name, for who asks."""


class NotReady(BotError):
    """There is no index to ask yet, or none that can be asked now."""

    def __init__(self) -> None:
        """Name the mend."""
        super().__init__(
            "the documents aren't indexed yet, or the index can't be used now: `python -m index "
            "build` makes one"
        )


class Refused(BotError):
    """Discord said no, for good; `code` is its number for the reason, 0 if it named none."""

    def __init__(self, message: str, code: int = 0) -> None:
        """Say why, for a member, and keep Discord's number."""
        super().__init__(message)
        self.code = code


class RecordsFailed(BotError):
    """The bot's own database can't be opened, read or written; the message is for its owner."""


class RecordDamaged(RecordsFailed):
    """A row of the database holds what the bot didn't write, or not this version of it."""


class RecordsBroken(RecordsFailed):
    """It is no database, one of a newer bot, or one that the bot may not write."""


class StartError(BotError):
    """The bot can't start; the message names the mend."""


class NotNow(StartError):
    """The bot can't start for a reason that may pass by itself."""


def explain(error: BaseException) -> str:
    """Return one clear sentence for a member.

    What nobody foresaw, and what only the owner can mend, is logged and not shown.
    """
    cause = getattr(error, "original", error)
    if isinstance(cause, RecordsFailed):
        log.warning("%s", cause)
        return NO_RECORDS
    if isinstance(cause, (EngineUnavailable, PointsMissing)):
        # It is logged where it begins and where it ends.
        return NO_ENGINE
    if isinstance(cause, (BotError, SeedIndexError)):
        text = " ".join(FOLDERS.sub("", str(cause)).split()) or type(cause).__name__
        return text[:1].upper() + text[1:]
    log.error("unforeseen failure", exc_info=cause)
    return "Something went wrong on my side; it is in the log. Please ask again."


def withheld(text: str) -> str:
    """Return a text without what is nobody's concern but the owner's: where files and servers are.

    Of a file its name stays.
    """
    return ADDRESSES.sub("a server", FOLDERS.sub("", text))
