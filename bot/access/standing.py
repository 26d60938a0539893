"""`--as`: a terminal, or a program, reads as somebody with some roles would in Discord."""

import re
from collections.abc import Callable, Iterable, Sequence

import click

from bot.errors import StartError
from bot.settings import BotCollectionSettings
from index import EVERYTHING, server_of

SORTS = ("server", "role", "channel")
NAMED = re.compile(rf"({'|'.join(SORTS)}):([0-9]{{1,19}})")
HELP = (
    "Read what a member may: of a server, with a role, who can read a channel (server:ID, role:ID, "
    "channel:ID; more than once)."
)

Eyes = Callable[[Iterable[str]], list[str]]
"""Picks, of the names of collections, those that somebody may read."""


def as_option(without: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """Return the option `--as`; its help says what is read `without` it."""
    return click.option(
        "--as", "who", multiple=True, metavar="SORT:ID", help=f"{HELP} Without it, {without}."
    )


def eyes(collections: Sequence[BotCollectionSettings], who: Sequence[str]) -> Eyes:
    """Return whose eyes are meant; those of nobody in particular see what is for everybody.

    Raises:
        StartError: what they are isn't said in the right form.
    """
    found: dict[str, set[int]] = {sort: set() for sort in SORTS}
    for each in who:
        match = NAMED.fullmatch(each)
        if match is None:
            message = f"--as {each!r}: say server:ID, role:ID or channel:ID"
            raise StartError(message)
        found[match[1]].add(int(match[2]))
    if not collections:
        return all_of
    # Imported here: it brings discord.py, which takes half a second, and most who ask are nobody.
    from bot.access.grants import Grant, Standing, may_see  # noqa: PLC0415

    roles, channels = frozenset(found["role"]), frozenset(found["channel"])
    standings = [Standing(server, roles, channels) for server in found["server"] or {0}]
    grants = {EVERYTHING: Grant(everybody=True)}
    grants |= {each.name: Grant.of(each) for each in collections if not each.each}

    def grant(name: str) -> Grant:
        server = server_of(name)
        return Grant.of_server(int(server)) if server else grants[name]

    return lambda names: [name for name in names if may_see(grant(name), standings)]


def all_of(names: Iterable[str]) -> list[str]:
    """Return all: what the owner of the bot may read."""
    return list(names)
