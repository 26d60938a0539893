"""What can go wrong between a question and its answer, in the words the asker reads.

BotError
├── Busy            the queue is full
├── TooMany         a member, a channel or a server asked too often
├── TooSlow         the time limit is over
├── Restarting      the bot is about to end
├── NotAllowed      the command is for others
├── RecordsFailed   the bot's database can't be used
│   ├── RecordsBroken   and won't be until somebody mends it
│   └── RecordDamaged   what one row of it holds
└── StartError      the bot can't start: a token, a server, a port; trying again won't help
    └── NotNow          but here it may
"""

import logging

from index import SeedIndexError

log = logging.getLogger(__name__)


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


class RecordsFailed(BotError):
    """The bot's own database can't be opened, read or written."""


class RecordsBroken(RecordsFailed):
    """It is no database, one of a newer bot, or one that the bot may not write."""


class RecordDamaged(RecordsFailed):
    """A row of the database holds what the bot didn't write, or not this version of it."""


class StartError(BotError):
    """The bot can't start; the message names the mend."""


class NotNow(StartError):
    """The bot can't start for a reason that may pass by itself."""


def explain(error: BaseException) -> str:
    """Return one clear sentence for a member; what nobody foresaw is logged, never shown."""
    cause = getattr(error, "original", error)
    if isinstance(cause, (BotError, SeedIndexError)):
        text = " ".join(str(cause).split()) or type(cause).__name__
        return text[:1].upper() + text[1:]
    log.error("unforeseen failure", exc_info=cause)
    return "Something went wrong on my side; it is in the log. Please ask again."
