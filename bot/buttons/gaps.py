"""What was asked in vain, page by page."""

from dataclasses import replace

from bot import moderators, render, unanswered
from bot.buttons.button import LastingButton
from bot.buttons.pager import turning
from bot.conversation.delivery import Interaction, acknowledge, deliver
from bot.limits import Kind
from bot.services import Services


class GapsPager(
    LastingButton, template=r"gaps:(?P<name>previous|next):(?P<page>\d{1,4}):(?P<days>[1-9]\d{0,3})"
):
    """Turns the page of what was asked in vain, which the records are asked for again.

    It is a private message, so whoever was shown it is the one who turns it; what they may read is
    looked at again.
    """

    kind = Kind.QUESTION

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Show the page in the place of the one before."""
        await acknowledge(interaction, thinking=False)
        days, page = int(self.values["days"]), int(self.values["page"])
        await show_gaps(interaction, services, days, page)


async def show_gaps(
    interaction: Interaction, services: Services, days: int, page: int | None = None
) -> None:
    """Put a page of what was asked in vain in the interaction's message; with the sheet, if None.

    Raises:
        NotAllowed: the member is no moderator.
        RecordsFailed, Busy, Restarting, TooSlow: as `unanswered.found`.
    """
    server = await moderators.moderated(interaction, services)
    found = await unanswered.found(services, interaction, days)
    reply = await services.answers.run(server, render.gaps, found, server)
    if page is not None:
        # The sheet stays as it is.
        reply = replace(reply, files=())
    count = len(reply.pages)
    number = min(page or 0, count - 1)
    view = turning(GapsPager, lambda side, to: f"gaps:{side}:{to}:{days}", number, count)
    if view is not None:
        reply = replace(reply, embed=render.turned(reply.embed, reply.pages, number))
    await deliver(interaction, reply, view)
