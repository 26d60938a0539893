"""Discord itself as a source: what is written in channels becomes files in the seeds folder."""

from bot.gathering.gathering import Gathering
from bot.gathering.kept import Touched

__all__ = ["Gathering", "Touched"]
