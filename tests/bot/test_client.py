"""What is written for the bot is also known to it."""

import pkgutil
from importlib import import_module
from types import ModuleType

import pytest
from discord.ext import commands

from bot import buttons, cogs
from bot.buttons.button import LastingButton
from bot.client import SeedBot


def classes(package: ModuleType, base: type) -> set[type]:
    """The subclasses of `base` that the modules of a package define."""
    modules = [
        import_module(f"{package.__name__}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    ]
    return {
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type)
        and issubclass(thing, base)
        and thing.__module__ == module.__name__
    } - {base}


def test_every_button_is_known_before_a_message_with_it_is_sent() -> None:
    assert set(buttons.BUTTONS) == classes(buttons, LastingButton)


@pytest.mark.usefixtures("simcord_env")
async def test_every_cog_is_added(simcord_bot: SeedBot) -> None:
    assert set(map(type, simcord_bot.cogs.values())) == classes(cogs, commands.Cog)
