"""All that the bot says leaves by one module, which fits it."""

import ast
from pathlib import Path

import bot
from bot.conversation import delivery

# What puts words before members, in discord.py's terms.
SENDING = {"send", "reply", "send_message", "send_modal", "edit_message", "edit_original_response"}
SENDING |= {"create_thread", "change_presence"}


def sent_in(file: Path) -> set[str]:
    """What of that a module calls."""
    nodes = ast.walk(ast.parse(file.read_text()))
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    return {each.attr for each in called if isinstance(each, ast.Attribute)} & SENDING


def test_nothing_is_sent_past_the_module_that_fits_it() -> None:
    files = set(Path(bot.__file__).parent.rglob("*.py")) - {Path(delivery.__file__)}
    assert {file.name: sent_in(file) for file in files if sent_in(file)} == {}
    assert sent_in(Path(delivery.__file__)) >= {"send", "send_message", "edit_original_response"}
