"""What a member is told of what is kept about them."""

from bot.records import Kept
from bot.render.reply import PLAIN_COLOUR, Reply, message
from bot.settings import RecordSettings

TAUGHT = "One that was made goes when you change or delete the message."


def privacy(kept: Kept, settings: RecordSettings, pages: int, *, chosen: bool) -> Reply:
    """Render what is kept of a member; `pages` are the documents with messages of theirs.

    `chosen` says that they have just decided on their messages.
    """
    days = "a day" if settings.days == 1 else f"{settings.days} days"
    texts = "without the texts of the questions"
    if settings.questions:
        texts = "with the texts of those not asked in private, which moderators may see"
    asked = f"{kept.answers} answer{'' if kept.answers == 1 else 's'}"
    told = (
        f"**Answers to you**: {asked}, {texts}, for {days}. Who asked "
        "and who rated is kept as a hash, not as a name or a number."
    )
    lines = [told]
    if kept.changes:
        changes = f"{kept.changes} change{'' if kept.changes == 1 else 's'}"
        lines.append(f"**As a moderator**: {changes}, with your name and number, for {days}.")
    where = "in forums, announcements and pins that whoever runs me has chosen"
    if kept.left_out:
        done = "are left out from now on" if chosen else "are left out"
        lines.append(
            f"**What you write** {where}: your messages {done}, and so are posts that you began. "
            "What was made of them is made anew without them within a minute or so. `/privacy` "
            "with *take mine in* undoes that. No moderator can teach me a message of yours from "
            f"now on. {TAUGHT}"
        )
    else:
        number = f"something of yours is in {pages} document{'' if pages == 1 else 's'}"
        number = number if pages else "nothing of yours is"
        now = "may be gathered again" if chosen else "may be gathered"
        lines.append(
            f"**What you write** {where} {now}, without your name, and quoted to those who can "
            f"read that channel. At this moment {number}. `/privacy` with *leave mine out* "
            "leaves out all of it; what you delete or edit is followed in any case."
        )
        lines.append(
            "**What moderators teach me**: a moderator can make a document of a message of yours, "
            f"with your name and a link to it. {TAUGHT}"
        )
    return message("What I keep about you", lines, PLAIN_COLOUR, "")
