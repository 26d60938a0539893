"""The buttons below an answer: its passages, what one thinks of it, and taking it back."""

import discord

from bot import render
from bot.buttons.button import SECONDARY, LastingButton, Plain, distinct
from bot.buttons.pager import answer_pager, more_button
from bot.buttons.passages import passages, related_button
from bot.buttons.team import team_button
from bot.conversation.delivery import Interaction, acknowledge, take_away, tell
from bot.services import Services

THANKS = "Thank you, that is noted."
TOO_OLD = "I no longer keep anything about that answer, but thank you."
NOT_YOURS = "Only who asked, and those who manage messages, can delete this answer."
ROW, LAST_ROW = 1, 2


class FeedbackButton(LastingButton, template=r"feedback:(?P<verdict>helpful|unhelpful|source)"):
    """Keeps what a member thinks of an answer."""

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Keep the verdict, and say so."""
        await acknowledge(interaction, private=True)
        message = interaction.message.id if interaction.message else 0
        member, verdict = interaction.user.id, self.values["verdict"]
        kept = await services.records.save_feedback(message, member, verdict)
        await tell(interaction, THANKS if kept else TOO_OLD)


class DeleteButton(LastingButton, template=r"delete:(?P<member>\d+)"):
    """Takes an answer back, for the one who asked and for those who manage messages."""

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Delete the answer, or say who may."""
        asker = int(self.values["member"])
        if interaction.user.id != asker and not interaction.permissions.manage_messages:
            await tell(interaction, NOT_YOURS)
            return
        await acknowledge(interaction, thinking=False)
        await take_away(interaction)
        if interaction.message is not None:
            await services.records.forget_answer(interaction.message.id)


def below_answer(
    reply: render.Reply, member: int, *, embeds: bool = True, team: bool = False
) -> discord.ui.View:
    """Return the buttons below an answer to `member`, sent as an embed or as text.

    `team` says that there is a team to ask.
    """
    view = passages(reply.citations) or discord.ui.View(timeout=None)
    for verdict, label in render.VERDICTS.items():
        if verdict == "source" and not reply.citations:
            continue
        name = f"feedback:{verdict}"
        plain = Plain(label=label, style=SECONDARY, custom_id=name, row=ROW)
        view.add_item(FeedbackButton(plain))
    if reply.citations:
        view.add_item(related_button(reply.citations[0], ROW))
    rest = [more_button(each, LAST_ROW) for each in reply.citations if each.more]
    for button in distinct(rest):
        view.add_item(button)
    name = f"delete:{member}"
    delete = Plain(label="Delete", style=SECONDARY, custom_id=name, row=ROW)
    view.add_item(DeleteButton(delete))
    count = len(reply.pages if embeds else reply.texts)
    for pager in answer_pager(0, count) if count > 1 else ():
        view.add_item(pager)
    if team:
        view.add_item(team_button(member))
    return view
