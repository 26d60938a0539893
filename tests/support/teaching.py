"""Moderators who teach messages, and the forms that they are shown."""

from typing import Any

import discord
from simcord import ChannelHandle, InteractionResult, MemberActor
from simcord.enums import ComponentType

from tests.support.uploads import said

QUESTION = "What is the code of the garden gate?"
ANSWER = "The code of the garden gate is 4711, and it changes in spring."
FILE = "learned/what-is-the-code-of-the-garden-gate.md"


def fields(shown: InteractionResult) -> dict[str, dict[str, Any]]:
    """The fields of a form by their labels."""
    assert shown.modal is not None, said(shown)
    return {each["label"]: each["component"] for each in shown.modal["components"]}


async def opened(
    member: MemberActor, channel: ChannelHandle, message: discord.Message
) -> InteractionResult:
    """The form for a message."""
    return await member.context_menu(channel, "Teach this", message)


async def sent(
    member: MemberActor,
    form: InteractionResult,
    question: str | None = None,
    answer: str | None = None,
    collection: str | None = None,
) -> str:
    """Send a form, with other words where some are given; return what came of it."""
    values: dict[str, Any] = {}
    words = {"The question": question, "The answer": answer, "The collection": collection}
    for label, field in fields(form).items():
        value = words[label] if words[label] is not None else field.get("value")
        if value is not None:
            chosen = field["type"] == ComponentType.STRING_SELECT
            values[field["custom_id"]] = [value] if chosen else value
    return said(await member.submit_modal(form, values))


async def teach(
    member: MemberActor,
    channel: ChannelHandle,
    message: discord.Message,
    question: str = QUESTION,
    collection: str | None = None,
) -> str:
    """Teach a message as it is; return what came of it."""
    return await sent(
        member, await opened(member, channel, message), question, collection=collection
    )
