"""`/settings`: what a server decides for itself."""

from dataclasses import replace
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot import moderators, render
from bot.conversation.delivery import Interaction, acknowledge, deliver, tell
from bot.conversation.handover import OPENING, POSTING
from bot.conversation.permissions import granted, listed, writing
from bot.moderators import managed
from bot.records import CHANGES
from bot.servers import CHANNEL_KEYS, SINGLE_KEYS, Rules
from bot.services import Services
from bot.settings import ChannelKey

Switch = Literal["on", "off"]
# Where members write.
Place = discord.TextChannel | discord.ForumChannel | discord.VoiceChannel | discord.StageChannel
ANSWERING = ("embed_links", "read_message_history")
THREADING = ("view_channel", "create_public_threads", "send_messages_in_threads", *ANSWERING)
NO_CONTENT = (
    " I can't read the messages there yet: the owner of this bot has to switch on the "
    "message-content intent, in Discord's developer portal and as `message_content` in the config."
)
EVERYONE = "That role is everybody's, and I ping no whole server. Name another one."


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
        server = managed(interaction)
        await acknowledge(interaction, private=True)
        servers = self.services.servers
        rules = await servers.rules(server)
        if interaction.guild is not None and not interaction.guild.unavailable:
            there = _still_there(rules, interaction.guild)
            if there != rules:
                gone = _channels(rules) - _channels(there)
                await servers.forget_gone(server, gone, _roles(rules) - _roles(there))
                rules = there
        verdicts = await self.services.records.feedback(server)
        reply = render.rules(rules, self.services.config.discord.fixed, verdicts)
        await deliver(interaction, reply, None)

    @app_commands.command(name="changes", description="What moderators did last, and who")
    async def changes(self, interaction: Interaction) -> None:
        """Show the last changes of settings and of the index."""
        server = managed(interaction)
        await acknowledge(interaction, private=True)
        records = self.services.records
        changes = await records.changes(server)
        if await self.services.owners.is_owner(interaction.user.id):
            # Of collections that no server manages.
            changes += await records.changes(0)
            changes = sorted(changes, key=lambda each: each.moment, reverse=True)[:CHANGES]
        await deliver(interaction, render.changes(changes), None)

    @app_commands.command(
        name="answers", description="Answer in a channel or forum without being asked"
    )
    @app_commands.describe(channel="A channel or a forum", switch="Whether I answer there")
    async def answers(self, interaction: Interaction, channel: Place, switch: Switch) -> None:
        """Switch answers unasked on or off in a channel."""
        on = switch == "on"
        text = f"I {'now' if on else 'no longer'} answer questions in {channel.mention} unasked"
        text += ", if I'm sure and no person answers first." if on else "."
        if on:
            text += self._lacks(channel, *writing(channel), *ANSWERING, reads=True)
        await self._switch(interaction, "answer_channels", channel, text, on=on)

    @app_commands.command(
        name="questions", description="Answer every question in a channel or forum, sure or not"
    )
    @app_commands.describe(channel="A channel or a forum", switch="Whether I answer there")
    async def questions(self, interaction: Interaction, channel: Place, switch: Switch) -> None:
        """Switch answers to whatever is asked on or off in a channel."""
        on = switch == "on"
        text = f"I no longer answer every question in {channel.mention}."
        if on:
            text = (
                f"I now answer every question in {channel.mention} at once, and where the "
                "documents don't say, I say so."
            )
            text += self._lacks(channel, *writing(channel), *ANSWERING, reads=True)
        await self._switch(interaction, "question_channels", channel, text, on=on)

    @app_commands.command(name="threads", description="Open a thread for each answer to a mention")
    @app_commands.describe(channel="A text channel", switch="Whether I open threads there")
    async def threads(
        self, interaction: Interaction, channel: discord.TextChannel, switch: Switch
    ) -> None:
        """Switch threads on or off in a channel."""
        on = switch == "on"
        where = f"in {channel.mention}"
        text = f"I {'now' if on else 'no longer'} open a thread for each answer {where}."
        if on:
            if not self.bot.intents.message_content:
                text += " In a thread I can read only messages that mention me."
            text += self._lacks(channel, *THREADING)
        await self._switch(interaction, "thread_channels", channel, text, on=on)

    @app_commands.command(
        name="private", description="Answer the message menu and /lookup privately"
    )
    @app_commands.describe(switch="Whether who used them alone sees the answer")
    async def private(self, interaction: Interaction, switch: Switch) -> None:
        """Switch private answers on or off."""
        on = switch == "on"
        await self.services.servers.set(managed(interaction), "private_answers", on)
        shown = "to who used them alone" if on else "to all in the channel"
        text = f"What a message's menu and `/lookup` answer is now shown {shown}."
        await self._changed(interaction, text, f"`private_answers` {switch}")

    @app_commands.command(name="log", description="Show what moderators change in a channel")
    @app_commands.describe(channel="A text channel; leave it out to take that back")
    async def log(
        self, interaction: Interaction, channel: discord.TextChannel | None = None
    ) -> None:
        """Name the channel in which changes are shown."""
        number = channel.id if channel else 0
        await self.services.servers.set(managed(interaction), "log_channel", number)
        text = "Changes are shown in no channel now; `/settings changes` has the last ones."
        if channel:
            text = (
                "Changes of settings, rebuilds and rollbacks are now shown in "
                f"{channel.mention}, and who made them."
            )
            text += self._lacks(channel, *writing(channel), "embed_links")
        await self._changed(
            interaction, text, f"`log_channel` {channel.mention if channel else 'none'}"
        )

    @app_commands.command(
        name="weekly", description="Say in a channel each week what was asked, and what in vain"
    )
    @app_commands.describe(channel="A text channel; leave it out to take that back")
    async def weekly(
        self, interaction: Interaction, channel: discord.TextChannel | None = None
    ) -> None:
        """Name the channel that has a word each week."""
        number = channel.id if channel else 0
        await self.services.servers.set(managed(interaction), "weekly_channel", number)
        text = "I no longer say each week what was asked; `/gaps` and `/stats` tell it any time."
        if channel:
            text = (
                "Each Monday I now say what was asked in the week before, and what in vain, in "
                f"{channel.mention}; for last week within the hour, if anything was asked. Of what "
                "was asked where not all who read that channel can read, I say how much alone."
            )
            text += self._lacks(channel, *writing(channel), "embed_links")
        await self._changed(
            interaction, text, f"`weekly_channel` {channel.mention if channel else 'none'}"
        )

    @app_commands.command(
        name="role", description="Let the members with a role manage the index and its documents"
    )
    @app_commands.describe(role="The role; leave it out to take that back")
    async def role(self, interaction: Interaction, role: discord.Role | None = None) -> None:
        """Name the role that may rebuild."""
        number = role.id if role else 0
        await self.services.servers.set(managed(interaction), "rebuild_role", number)
        text = "Only those who manage the server may rebuild and change documents now."
        if role:
            text = (
                f"Members with {role.mention} may rebuild, roll back and change documents now. For "
                "them to see the commands, allow them in the server's settings, under Integrations."
            )
        await self._changed(interaction, text, f"`rebuild_role` {role.mention if role else 'none'}")

    @app_commands.command(
        name="team", description="Let members ask people what the documents don't say"
    )
    @app_commands.describe(
        role="Whom to ping; leave out both to take it back",
        channel="Where to open a thread for it; without, it is opened where the question is",
    )
    async def team(
        self,
        interaction: Interaction,
        role: discord.Role | None = None,
        channel: discord.TextChannel | discord.ForumChannel | None = None,
    ) -> None:
        """Name who is asked with the button below a reply that is no answer."""
        server = managed(interaction)
        if role is not None and role.is_default():
            await tell(interaction, EVERYONE)
            return
        numbers = role.id if role else 0, channel.id if channel else 0
        await self.services.servers.set_team(server, *numbers)
        text = "Below a reply that is no answer there is no button to ask the team now."
        if role or channel:
            where = f"in {channel.mention}" if channel else "at the reply"
            whom = f" and ping {role.mention}" if role else ""
            text = (
                "Below a reply that is no answer, members find the button *Ask the team* now. For "
                f"each question I open a thread {where}{whom}."
            )
            text += self._lacks_of_team(role, channel)
        deeds = f"`team_role` {role.mention if role else 'none'}"
        deeds += f", `team_channel` {channel.mention if channel else 'none'}"
        await self._changed(interaction, text, deeds)

    def _lacks_of_team(
        self, role: discord.Role | None, channel: discord.TextChannel | discord.ForumChannel | None
    ) -> str:
        """Say what is missing for a team to be asked."""
        text = ""
        if channel is not None:
            needed = POSTING if isinstance(channel, discord.ForumChannel) else OPENING
            text = self._lacks(channel, *needed, "embed_links")
        if role is not None and not role.mentionable:
            has = granted(channel) if channel else role.guild.me.guild_permissions
            if not has.mention_everyone:
                text += f" ⚠️ I may not mention {role.mention}: let everybody do so, or me."
        return text

    async def _switch(
        self, interaction: Interaction, key: ChannelKey, channel: Place, text: str, *, on: bool
    ) -> None:
        """Switch a channel in one of the lists, and say `text`."""
        await self.services.servers.switch(managed(interaction), key, channel.id, on=on)
        await self._changed(
            interaction, text, f"`{key}` {'on' if on else 'off'} in {channel.mention}"
        )

    async def _changed(self, interaction: Interaction, text: str, deed: str) -> None:
        await tell(interaction, text, marked=True)
        await moderators.note(interaction, self.services, f"set {deed}")

    def _lacks(self, channel: Place, *permissions: str, reads: bool = False) -> str:
        """Say what is missing for a setting to come true in a channel."""
        has = granted(channel)
        missing = [name for name in permissions if not getattr(has, name)]
        text = NO_CONTENT if reads and not self.bot.intents.message_content else ""
        if missing:
            text += f" ⚠️ I lack permissions for that in {channel.mention}: {listed(missing)}."
        if channel.guild.me.is_timed_out():
            text += " ⚠️ I'm timed out in this server, so for now I may write nowhere."
        return text


def _channels(rules: Rules) -> set[int]:
    """All channels that the rules name."""
    lists: list[tuple[int, ...]] = [getattr(rules, key) for key in CHANNEL_KEYS]
    single: list[int] = [getattr(rules, key) for key in SINGLE_KEYS]
    return {*single, *(number for each in lists for number in each)} - {0}


def _roles(rules: Rules) -> set[int]:
    """All roles that the rules name."""
    return {rules.rebuild_role, rules.team_role} - {0}


def _still_there(rules: Rules, guild: discord.Guild) -> Rules:
    """The rules without the channels and the roles that the server hasn't."""
    there = {each.id for each in guild.channels}
    return replace(
        rules,
        answer_channels=tuple(each for each in rules.answer_channels if each in there),
        question_channels=tuple(each for each in rules.question_channels if each in there),
        thread_channels=tuple(each for each in rules.thread_channels if each in there),
        log_channel=rules.log_channel if rules.log_channel in there else 0,
        weekly_channel=rules.weekly_channel if rules.weekly_channel in there else 0,
        rebuild_role=rules.rebuild_role if guild.get_role(rules.rebuild_role) else 0,
        team_role=rules.team_role if guild.get_role(rules.team_role) else 0,
        team_channel=rules.team_channel if rules.team_channel in there else 0,
    )
