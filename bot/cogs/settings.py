"""`/settings`: what a server decides for itself."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot import render
from bot.conversation.delivery import Interaction, acknowledge, deliver, tell
from bot.errors import NotAllowed
from bot.services import Services

Switch = Literal["on", "off"]
NO_CONTENT = (
    " I can't read the messages there yet: the owner of this bot has to switch on the "
    "message-content intent, in Discord's developer portal and as `message_content` in the config."
)


@app_commands.guild_only()
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class Settings(commands.GroupCog, group_name="settings", group_description="How I behave here"):
    """Shows and changes the rules of a server, for those who manage it."""

    def __init__(self, bot: commands.Bot, services: Services) -> None:
        """Change the rules of the servers that `bot` is in."""
        self.bot = bot
        self.services = services

    @app_commands.command(name="show", description="What is set in this server")
    async def show(self, interaction: Interaction) -> None:
        """Show what holds in this server, and what members said of the answers."""
        server = _server(interaction)
        await acknowledge(interaction, private=True)
        rules = await self.services.servers.rules(server)
        verdicts = await self.services.records.feedback(server)
        reply = render.rules(rules, self.services.config.discord.fixed, verdicts)
        await deliver(interaction, reply, None)

    @app_commands.command(
        name="answers", description="Answer in a channel or forum without being asked"
    )
    @app_commands.describe(channel="A channel or a forum", switch="Whether I answer there")
    async def answers(
        self,
        interaction: Interaction,
        channel: discord.TextChannel | discord.ForumChannel,
        switch: Switch,
    ) -> None:
        """Switch answers unasked on or off in a channel."""
        on = switch == "on"
        await self.services.servers.switch(
            _server(interaction), "answer_channels", channel.id, on=on
        )
        text = f"I {'now' if on else 'no longer'} answer questions in {channel.mention} unasked."
        if on:
            text = f"{text[:-1]}, if I'm sure and no person answers first."
            text += "" if self.bot.intents.message_content else NO_CONTENT
        await tell(interaction, text, marked=True)

    @app_commands.command(name="threads", description="Open a thread for each answer to a mention")
    @app_commands.describe(channel="A text channel", switch="Whether I open threads there")
    async def threads(
        self, interaction: Interaction, channel: discord.TextChannel, switch: Switch
    ) -> None:
        """Switch threads on or off in a channel."""
        on = switch == "on"
        await self.services.servers.switch(
            _server(interaction), "thread_channels", channel.id, on=on
        )
        where = f"in {channel.mention}"
        text = f"I {'now' if on else 'no longer'} open a thread for each answer {where}."
        if on and not self.bot.intents.message_content:
            text += " In a thread I can read only messages that mention me."
        await tell(interaction, text, marked=True)

    @app_commands.command(name="role", description="Let the members with a role rebuild the index")
    @app_commands.describe(role="The role; leave it out to take that back")
    async def role(self, interaction: Interaction, role: discord.Role | None = None) -> None:
        """Name the role that may rebuild."""
        await self.services.servers.set_role(_server(interaction), role.id if role else 0)
        text = "Only those who manage the server may rebuild now."
        if role:
            text = (
                f"Members with {role.mention} may rebuild now. For them to see the commands, allow "
                "them in the server's settings, under Integrations."
            )
        await tell(interaction, text, marked=True)


def _server(interaction: Interaction) -> int:
    """The server's number, for one who manages it.

    Raises:
        NotAllowed: the member doesn't.
    """
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        message = "that needs the permission Manage Server."
        raise NotAllowed(message)
    return interaction.guild_id
