"""What the last build of an index made of every file, page by page, for those who manage it."""

from dataclasses import replace

from bot import moderators, render
from bot.buttons.button import LastingButton
from bot.buttons.pager import turning
from bot.conversation.delivery import Interaction, acknowledge, deliver
from bot.services import Services


class ReportPager(
    LastingButton,
    template=r"report:(?P<name>previous|next):(?P<page>\d+):(?P<collection>[a-z0-9_@-]*)",
):
    """Turns the page of a report; the index that answers now is asked for it again."""

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Show the page in the place of the one before."""
        await acknowledge(interaction, thinking=False)
        collection = await moderators.check(interaction, services, self.values["collection"])
        await show_report(interaction, services, collection, int(self.values["page"]))


async def show_report(
    interaction: Interaction, services: Services, collection: str, page: int = 0
) -> None:
    """Put a page of the report of a collection in the interaction's message."""
    library, server = services.answers.library, interaction.guild_id or 0
    reply = await services.answers.run(
        server, lambda: render.report(library.index(collection).manifest)
    )
    count = len(reply.pages)
    page = min(page, count - 1)
    view = turning(ReportPager, lambda side, to: f"report:{side}:{to}:{collection}", page, count)
    if view is not None:
        reply = replace(reply, embed=render.turned(reply.embed, reply.pages, page))
    await deliver(interaction, reply, view)
