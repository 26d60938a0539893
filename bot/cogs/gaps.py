"""`/gaps` and `/stats`: what was asked in vain, and what was asked at all, for moderators."""

from discord import app_commands
from discord.ext import commands

from bot import moderators, render
from bot.buttons import show_gaps
from bot.conversation.delivery import Interaction, acknowledge, deliver
from bot.limits import KIND, Kind
from bot.pictures import picture
from bot.records import Statistics
from bot.records.statistics import first_day
from bot.services import Services

# As far as one looks back, unless one says how far.
DAYS = 14
MOST_DAYS = 365
Days = app_commands.Range[int, 1, MOST_DAYS]
# Of more days, each bar stands for a week.
MOST_BARS = 45
WEEK = 7


class Gaps(commands.Cog):
    """Tells moderators what to write down next."""

    def __init__(self, services: Services) -> None:
        """Look into the records of the services."""
        self.services = services
        for command in (self.gaps, self.stats):
            command.default_permissions = moderators.visible_to(services.config)

    @app_commands.command(
        name="gaps", description="What was asked in vain lately", extras={KIND: Kind.QUESTION}
    )
    @app_commands.describe(days="How many days to look back, today included")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    async def gaps(self, interaction: Interaction, days: Days = DAYS) -> None:
        """Show what wasn't answered, or badly, with a sheet of it."""
        await acknowledge(interaction, private=True)
        await show_gaps(interaction, self.services, days)

    @app_commands.command(
        name="stats", description="How much was asked and answered", extras={KIND: Kind.QUESTION}
    )
    @app_commands.describe(days="How many days to look back, today included")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    async def stats(self, interaction: Interaction, days: Days = DAYS) -> None:
        """Show what was asked, answered and rated, and how long that took."""
        await acknowledge(interaction, private=True)
        server = await moderators.moderated(interaction, self.services)
        days = min(days, self.services.config.records.days)
        step = 1 if days <= MOST_BARS else WEEK
        # Whole weeks end today.
        days = -(-days // step) * step
        statistics = Statistics(self.services.records)
        spans = await statistics.spans(server, first_day(days), days, step)
        drawn = await self.services.answers.run(server, picture, spans, step)
        await deliver(interaction, render.stats(spans, days, drawn), None)
