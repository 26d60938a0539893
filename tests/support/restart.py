"""What of the bot's own memory a restart takes."""

from bot.client import SeedBot
from bot.cogs.messages import Messages
from bot.conversation.lives import Lives


def forget_questions(bot: SeedBot) -> None:
    """Forget which questions were asked, as a restart does."""
    cog = bot.get_cog(Messages.__name__)
    assert isinstance(cog, Messages)
    cog.lives = Lives()
