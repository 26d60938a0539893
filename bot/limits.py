"""How much one member, one channel and one server may ask."""

from dataclasses import dataclass

from discord.ext import commands

from bot.errors import TooMany
from bot.settings import LimitSettings

SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks where, by their numbers; the server is 0 in a direct message."""

    member: int
    channel: int
    server: int


class Limits:
    """Counts questions in the memory of this process; what is too many is refused."""

    def __init__(self, settings: LimitSettings) -> None:
        """Allow what the config allows in a minute; 0 is no limit."""
        self._limits = (
            ("You have", "member", _buckets(settings.member_per_minute)),
            ("This channel has", "channel", _buckets(settings.channel_per_minute)),
            ("This server has", "server", _buckets(settings.server_per_minute)),
        )

    def check(self, asker: Asker) -> None:
        """Count a question.

        Raises:
            TooMany: says whose limit is reached, and when to ask again.
        """
        self.peek(asker)
        for _, bucket in self._of(asker):
            bucket.update_rate_limit()

    def peek(self, asker: Asker) -> None:
        """Refuse as `check` does, but count nothing."""
        for who, bucket in self._of(asker):
            if not bucket.get_tokens():
                seconds = int(bucket.get_retry_after()) + 1
                often = "once" if bucket.rate == 1 else f"{bucket.rate} times"
                message = (
                    f"{who} asked {often} within a minute, which is as often as I "
                    f"answer; please ask again in {seconds} second{'' if seconds == 1 else 's'}."
                )
                raise TooMany(message)

    def _of(self, asker: Asker) -> "list[tuple[str, commands.Cooldown]]":
        """The cooldowns that a question counts for, and in whose name."""
        limited = []
        for who, kind, buckets in self._limits:
            number = getattr(asker, kind)
            bucket = buckets.get_bucket(number) if buckets is not None and number else None
            if bucket is not None:
                limited.append((who, bucket))
        return limited


def _buckets(rate: int) -> "commands.CooldownMapping[int] | None":
    return commands.CooldownMapping.from_cooldown(rate, SECONDS, lambda key: key) if rate else None
