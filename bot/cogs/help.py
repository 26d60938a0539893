"""`/help`: what the bot does and how to ask it."""

from discord import app_commands
from discord.ext import commands

from bot.conversation.delivery import Interaction, acknowledge, deliver
from bot.render.reply import PLAIN_COLOUR, message

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
**Moderators**: `/documents`, `/rebuild`, `/index` and `/settings`; *Teach this*, in the menu of a \
message that answers, makes it a document, and `/forget` takes that back.
"""


class Help(commands.Cog):
    """Explains the bot."""

    @app_commands.command(name="help", description="What I do and how to ask me")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def help(self, interaction: Interaction) -> None:
        """Explain, to the member alone."""
        await acknowledge(interaction, private=True)
        await deliver(interaction, message("How to ask me", [TEXT], PLAIN_COLOUR, ""), None)
