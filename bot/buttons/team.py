"""*Ask the team*: a question that the documents don't answer, to people of the server."""

import logging
from typing import Any

import discord

from bot.buttons.button import SECONDARY, LastingButton, Plain, is_private, kept
from bot.conversation import handover
from bot.conversation.delivery import FAILURES, Interaction, acknowledge, change, persist, tell
from bot.conversation.handover import Team
from bot.conversation.wording import Place, text_in
from bot.errors import BotError, RecordsFailed, Refused
from bot.limits import Kind, asker_of
from bot.records import AnswerRecord, Handed
from bot.render.handover import handed
from bot.services import Services
from index import SeedIndexError

log = logging.getLogger(__name__)

# Below all other buttons of an answer.
ROW = 4
LABEL, AGREED, DONE = "Ask the team", "Show my question to the team", "The team was asked"
NOBODY = (
    "This server names nobody to ask any more; a moderator can change that with `/settings team`."
)
TELLS = (
    "Not everybody sees this here. To ask the team I have to show them the question, and who asked "
    "it{}. If that is fine, press **{}**."
)
AT_IT = "The team is being asked at this moment."
ALREADY, ASKED = "The team was asked already: {}", "The team was asked: {}"
OPENLY = ", and all who read this channel will see it"
FAILED = "I couldn't open a thread for that: {}. Please try again, or tell a moderator."


class TeamButton(LastingButton, template=r"team:(?P<step>ask|show):(?P<member>\d+)"):
    """Asks the team about a reply, once; `member` is whom that answers.

    Of a reply that they alone see, or some do whom the team's readers needn't be among, the first
    click only says what the second will show.
    """

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Open a thread, and say where."""
        await acknowledge(interaction, thinking=False)
        message, guild = (
            interaction.message,
            interaction.client.get_guild(interaction.guild_id or 0),
        )
        team = await handover.team_of(services, guild) if guild else None
        if message is None or guild is None or team is None:
            await tell(interaction, NOBODY)
            return
        here = guild.get_channel_or_thread(interaction.channel_id or 0)
        if reason := handover.lacking(team, here):
            await tell(interaction, reason, marked=True)
            return
        hidden = is_private(interaction) or _is_apart(services, team, here)
        if hidden and self.values["step"] == "ask":
            await _put(interaction, message, team_button(int(self.values["member"]), agreed=True))
            openly = "" if team.channel else OPENLY
            await tell(interaction, TELLS.format(openly, AGREED), marked=True)
            return
        records = Handed(services.records)
        if not await records.claim(message.id, guild.id):
            await _asked_before(interaction, message, guild, await records.thread(message.id))
            return
        try:
            services.limits.check(asker_of(interaction), Kind.TEAM)
            thread = await self._ask(interaction, services, team, message, here)
        except Exception:
            await records.give_up(message.id)
            raise
        try:
            await records.done(message.id, thread.id)
        except RecordsFailed as error:
            log.warning("where the team was asked isn't kept: %s", error)
        await _put(interaction, message, _link(thread.jump_url))
        await tell(interaction, ASKED.format(thread.mention), marked=True)

    async def _ask(
        self,
        interaction: Interaction,
        services: Services,
        team: Team,
        message: discord.Message,
        here: object,
    ) -> discord.Thread:
        """Open a thread with what may be shown there.

        Raises:
            Refused: that can't be.
        """
        private = is_private(interaction)
        where = f"<#{interaction.channel_id}>" if private else message.jump_url
        found = await _found(services, team.channel or here, message.id, interaction.guild_id or 0)
        member = int(self.values["member"])
        try:
            # Where it may not embed anything, a reply doesn't say what it answers.
            question = "" if message.embeds else await _question(message, interaction.client.user)
            asked = handed(message, member, interaction.user.id, where, found=found, asked=question)
            reply = None if private else message
            return await handover.ask(team, here, reply, interaction.id, asked)
        except Refused:
            raise
        except (discord.ClientException, TypeError, *FAILURES) as error:
            log.warning("the team can't be asked: %s", error or type(error).__name__)
            reason = getattr(error, "text", "") or "Discord doesn't take it now"
            raise Refused(FAILED.format(reason)) from error


def team_button(member: int, *, agreed: bool = False) -> TeamButton:
    """Return the button below a reply to `member`; `agreed` is what it is after the first click."""
    label, step = (AGREED, "show") if agreed else (LABEL, "ask")
    style = discord.ButtonStyle.primary if agreed else SECONDARY
    return TeamButton(Plain(label=label, style=style, custom_id=f"team:{step}:{member}", row=ROW))


def _is_apart(services: Services, team: Team, here: object) -> bool:
    """Whether the team's thread would be read by others than those who read a channel."""
    if isinstance(here, discord.Thread):
        if here.is_private():
            return True
        here = here.parent
    number = getattr(here, "id", 0)
    return team.channel is not None and not services.access.readable_in(team.channel)(number)


async def _question(message: discord.Message, me: discord.ClientUser | None) -> str:
    """What the message asks that a reply is to, with names that everybody may see.

    Raises:
        HTTPException, RateLimited, ClientError, OSError: as `Messageable.fetch_message`.
    """
    number = message.reference.message_id if message.reference else None
    if number is None or me is None:
        return ""
    found = await persist(lambda: message.channel.fetch_message(number))
    return text_in(found, me, Place(found.guild, None, me, found.mentions))


async def _found(services: Services, place: object, message: int, server: int) -> bool | None:
    """Whether there are passages below a reply; None if not all who read a place may see them."""
    record: AnswerRecord | None = None
    try:
        record = await services.records.answer_in(message)
        if record is not None and record.outcome == "none":
            return False
        if not services.answers.library.divided:
            return True
        if record is None or not record.documents:
            return None
        names = await services.answers.names()
        seen = [name for name in names if services.access.visible_in(place, [name])]
        shelf = await services.answers.shelf(seen, server)
    except (BotError, SeedIndexError) as error:
        log.info("what was found isn't shown to the team: %s", error)
        return None
    return True if all(map(shelf.source, record.documents)) else None


async def _asked_before(
    interaction: Interaction, message: discord.Message, guild: discord.Guild, thread: int
) -> None:
    """Say where the team was asked, on the button as well, which may be on an older message."""
    if not thread:
        await tell(interaction, AT_IT)
        return
    await _put(interaction, message, _link(f"https://discord.com/channels/{guild.id}/{thread}"))
    await tell(interaction, ALREADY.format(f"<#{thread}>"), marked=True)


async def _put(
    interaction: Interaction, message: discord.Message, button: discord.ui.Item[Any]
) -> None:
    """Put another button in the place of this one; where that can't be, the click has its word."""
    view = kept(message, lambda name: name.startswith("team:"))
    view.add_item(button)
    try:
        await change(interaction, view=view)
    except FAILURES as error:
        log.info("a button stays as it was: %s", error or type(error).__name__)


def _link(url: str) -> Plain:
    return Plain(label=DONE, style=discord.ButtonStyle.link, url=url, row=ROW)
