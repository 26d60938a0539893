"""`/help`: what the bot does and how to ask it."""

from discord import app_commands
from discord.ext import commands

from bot.conversation.delivery import Interaction, acknowledge, deliver
from bot.render.reply import PLAIN_COLOUR, message
from bot.services import Services

TEXT = """\
I answer from documents, word for word: every quote stands in the file and the lines named below \
it, and what of it answers is bold, behind a ▸. Where the documents don't say, I tell you so.

**Ask**: `/ask`, mention me, reply to me, write to me directly, or right-click a message, Apps, \
*Answer from the documents*.
**Go on**: in a reply, a thread or a direct message, "and who made it?" is understood with the \
question before it.
**Look up**: `/lookup` shows the passages nearest to some words, `/sources` the documents, \
`/source` one of them page by page.
**Under an answer**: *Show passage* shows the quote in its place and *More like this* what is near \
it, to you alone; *Helpful*, *Not helpful* and *Wrong source* tell whether it helped; *Delete* \
takes back an answer to you. Below what is no answer, *Ask the team* asks people, where the server \
has named some.
**Edit** a question within two minutes and I answer it again; delete it and the answer goes too.
**Moderators**: `/documents`, `/rebuild`, `/index`, `/settings`; `/gaps` tells what was asked in \
vain, `/stats` how much; *Teach this*, in the menu of a message that answers, makes it a document, \
and `/forget` takes that back.
"""
# Which channels those are is for nobody to know who can't read them.
GATHERED = """\
**Written here**: some of my documents are made of what members write in channels, without names. \
`/privacy` tells what I keep about you, and leaves your messages out.
"""


class Help(commands.Cog):
    """Explains the bot."""

    def __init__(self, services: Services) -> None:
        """Tell also what is gathered in a server."""
        self.gathering = services.gathering

    @app_commands.command(name="help", description="What I do and how to ask me")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def help(self, interaction: Interaction) -> None:
        """Explain, to the member alone."""
        await acknowledge(interaction, private=True)
        guild = interaction.guild
        gathered = [GATHERED] if guild and self.gathering.gathers(guild) else []
        reply = message("How to ask me", [TEXT, *gathered], PLAIN_COLOUR, "")
        await deliver(interaction, reply, None)
