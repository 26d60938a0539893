"""`--as`: the terminal asks as somebody with some roles would in Discord."""

import re
from collections.abc import Sequence

import click

from bot.errors import StartError
from bot.settings import BotConfig
from index import EVERYTHING, Library, server_of

SORTS = ("server", "role", "channel")
NAMED = re.compile(rf"({'|'.join(SORTS)}):([0-9]{{1,19}})")

as_option = click.option(
    "--as",
    "who",
    multiple=True,
    metavar="SORT:ID",
    help="Read what a member may: of a server, with a role, who can read a channel "
    "(server:ID, role:ID, channel:ID; more than once). Without it, everything.",
)


def readable(config: BotConfig, library: Library, who: Sequence[str]) -> list[str]:
    """Return the names of the collections that somebody may see; all, if it is nobody.

    Raises:
        StartError: what they are isn't said in the right form.
    """
    if not who:
        return library.names()
    # Imported here: it brings discord.py, which takes half a second, and most who ask are nobody.
    from bot.access.grants import Grant, Standing, may_see  # noqa: PLC0415

    found: dict[str, set[int]] = {sort: set() for sort in SORTS}
    for each in who:
        match = NAMED.fullmatch(each)
        if match is None:
            message = f"--as {each!r}: say server:ID, role:ID or channel:ID"
            raise StartError(message)
        found[match[1]].add(int(match[2]))
    roles, channels = frozenset(found["role"]), frozenset(found["channel"])
    standings = [Standing(server, roles, channels) for server in found["server"] or {0}]
    grants = {EVERYTHING: Grant(everybody=True)}
    grants |= {each.name: Grant.of(each) for each in config.collections if not each.each}
    names = []
    for name in library.names():
        server = server_of(name)
        grant = Grant.of_server(int(server)) if server else grants[name]
        if may_see(grant, standings):
            names.append(name)
    return names
