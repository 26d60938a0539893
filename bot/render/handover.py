"""What a team is asked: who asked what where, and what was found."""

from dataclasses import dataclass

import discord

from bot.render.answers import MORE_IN_PRIVATE, question_of
from bot.render.markup import inline
from bot.render.reply import NEAREST_COLOUR

CLOSEST = "The documents don't say. What came closest:"
NOTHING = "The documents say nothing about it."
LEFT_OUT = (
    "The documents don't say. I leave out what came closest, since not everybody who reads this "
    "channel may see it."
)
UNTITLED = "A question"
TITLE = 240


@dataclass(frozen=True, slots=True)
class Asked:
    """A question for the team: its `head` is marked up, below it stands `embed`, or else `text`."""

    question: str
    head: str
    embed: discord.Embed
    text: str


def handed(  # noqa: PLR0913 - what stands in the thread
    reply: discord.Message,
    asker: int,
    by: int,
    where: str,
    *,
    found: bool | None,
    asked: str = "",
) -> Asked:
    """Render what a team is asked about a reply of the bot's to `asker`, passed on `by` somebody.

    `where` is a link to it or, where the asker alone sees it, its channel. Its passages are shown
    if they were `found`, None if they were and not all may see them. `asked` is the question where
    the reply doesn't say it.
    """
    embed = reply.embeds[0].copy() if reply.embeds else discord.Embed(colour=NEAREST_COLOUR)
    question = question_of(embed) or asked
    passages = embed.description if reply.embeds else reply.content
    passed = f", passed on by <@{by}>" if by != asker else ""
    word = {True: CLOSEST, False: NOTHING, None: LEFT_OUT}[found]
    head = f"<@{asker}> asked this in {where}{passed}. {word}"
    shown = (passages or "").replace(MORE_IN_PRIVATE, "").strip() if found else ""
    embed.title = embed.title or inline(question, TITLE) or UNTITLED
    embed.description = shown or None
    embed.remove_footer()
    title = f"**{embed.title}**"
    return Asked(question or UNTITLED, head, embed, f"{title}\n\n{shown}" if shown else title)
