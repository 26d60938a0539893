"""*Teach this*, in a message's menu, and `/forget`: documents made of what members wrote."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot import moderators, render
from bot.buttons import place_of, take_in
from bot.conversation.delivery import FAILURES, Interaction, acknowledge, deliver, show_form, tell
from bot.conversation.wording import Place as Names
from bot.conversation.wording import has_words, named
from bot.documents import closest
from bot.errors import BotError, NotTaken, explain
from bot.limits import KIND, Kind, asker_of
from bot.patience import within
from bot.records import Lesson, Privacy
from bot.render.fitting import CHOICE_LIMIT, clip
from bot.render.markup import code, plain
from bot.services import Services
from bot.teaching import LEARNED, Source, Teaching, question_in, spoken
from bot.teaching.asked import asked_before
from bot.teaching.documents import MOST_ANSWER, MOST_QUESTION
from bot.uploads import Author
from index import SeedIndexError

log = logging.getLogger(__name__)

MENU = "Teach this"
DEED_CHARS = 100
CHOICE_SECONDS = 2.5
# A select of Discord's holds so many; a form is forgotten after so long.
SELECTED, FORM_SECONDS = 25, 1800.0
INDEXING = "I'm taking it into the index."
NOT_MINE = (
    "I don't learn from my own words: those are from the documents. Choose the message of a member "
    "who answered."
)
NOT_A_MEMBER = "I learn from what members write, and that isn't a member's message."
WORDLESS = (
    "There is no text in that message that I could learn. Whoever knows the answer can write it "
    "down, and you teach that."
)
LEFT_OUT = "Whoever wrote that has told me to leave their messages out of my documents."
UNKNOWN = "I know of nothing like that which was taught in a collection that you manage."


class Teach(commands.Cog):
    """Makes documents of messages, for those who manage a collection, and takes them back."""

    def __init__(self, bot: commands.Bot, services: Services, teaching: Teaching) -> None:
        """Teach what is written to `bot` or to others."""
        self.bot = bot
        self.services = services
        self.teaching = teaching
        self.menu = app_commands.ContextMenu(
            name=MENU, callback=self.teach_message, extras={KIND: Kind.LOOK}
        )
        self.menu.guild_only = True
        self.menu.allowed_contexts = app_commands.AppCommandContext(
            guild=True, dm_channel=False, private_channel=False
        )
        self.menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=False)
        for command in (self.menu, self.forget):
            command.default_permissions = moderators.visible_to(services.config)

    async def cog_load(self) -> None:
        """Add the menu, which no decorator can."""
        self.bot.tree.add_command(self.menu)

    async def teach_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Show the form, filled in with what the message says and seems to answer."""
        me = self.bot.user
        if me is None:
            return
        _refuse_others(message, me)
        names = await moderators.managed_collections(interaction, self.services)
        # Says why not to who manages none.
        await moderators.check(interaction, self.services, names[0] if names else "")
        # Whoever reads the collection sees it, and not only who sees the message's channel.
        text = named(message.content, Names(message.guild, None, me, message.mentions)).strip()
        if not has_words(text):
            raise NotTaken(WORDLESS)
        await self._refuse_left_out(message.author.id)
        question = await asked_before(message, me)
        form = Form(self, Source.of(message), names, question, text)
        await show_form(interaction, form)

    async def learn(
        self, interaction: Interaction, source: Source, chosen: str, question: str, answer: str
    ) -> None:
        """Make a document of what a moderator sent with the form."""
        services = self.services
        services.limits.check(asker_of(interaction), Kind.QUESTION)
        await services.admission.check(interaction, interaction.client)
        await acknowledge(interaction, private=True)
        collection = await moderators.check(interaction, services, chosen)
        place = await place_of(interaction, services, collection)
        await self._refuse_left_out(source.member)
        if self.bot.user is not None:
            where = Names(interaction.guild, None, self.bot.user)
            question, answer = (named(each, where) for each in (question, answer))
        question, answer = question_in(question), spoken(answer)
        author = Author(interaction.user.id, plain(str(interaction.user)))
        plan = await self.teaching.teach(place, source, question, answer, author)
        deed = f"taught the document {code(plan.path, DEED_CHARS)} from {source.link}"
        await moderators.note(interaction, services, deed, collection, unnamed="taught a document")
        try:
            await deliver(interaction, render.taught(plan, question, INDEXING), None)
        except FAILURES as error:
            log.info("that something was taught is told once it is indexed: %s", error)
        outcome = await take_in(services, plan)
        await deliver(interaction, render.taught(plan, question, outcome), None)

    @app_commands.command(name="forget", description="Take back what was taught from a message")
    @app_commands.describe(taught="What was taught")
    @app_commands.guild_only()
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    async def forget(
        self, interaction: Interaction, taught: app_commands.Range[str, 1, CHOICE_LIMIT]
    ) -> None:
        """Remove a document that was taught."""
        await acknowledge(interaction, private=True)
        services = self.services
        names = await moderators.managed_collections(interaction, services)
        await moderators.check(interaction, services, names[0] if names else "")
        # One that is gone may have been put back since.
        found = sorted(await self._taught(names), key=lambda each: each.missing > 0)
        lesson = next((each for each in found if _fits(each, taught)), None)
        if lesson is None:
            await tell(interaction, UNKNOWN)
            return
        place = await place_of(interaction, services, lesson.collection)
        author = Author(interaction.user.id, plain(str(interaction.user)))
        plan = await self.teaching.forget(place, lesson, author)
        deed = f"made me forget the document {code(plan.path, DEED_CHARS)}"
        await moderators.note(
            interaction, services, deed, lesson.collection, unnamed="made me forget a document"
        )
        await deliver(interaction, render.taken(plan, await take_in(services, plan)), None)

    @forget.autocomplete("taught")
    async def lessons(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Offer what was taught in the collections that the member manages."""

        async def look() -> dict[str, str]:
            names = await moderators.managed_collections(interaction, self.services)
            several = len(names) > 1
            titles = {
                _value(each): f"{each.path} ({each.collection})" if several else each.path
                for each in await self._taught(names)
                if not each.missing
            }
            near = await asyncio.to_thread(closest, typed, titles)
            return {value: titles[value] for value in near}

        try:
            found = await within(CHOICE_SECONDS, look())
        except (BotError, SeedIndexError, TimeoutError) as error:
            log.info("nothing that was taught is offered: %s", error or "out of time")
            return []
        return [
            Choice(name=clip(plain(title), CHOICE_LIMIT), value=value)
            for value, title in found.items()
        ]

    async def _refuse_left_out(self, member: int) -> None:
        """Refuse what somebody wrote who doesn't want their messages gathered.

        Raises:
            NotTaken: they don't.
            RecordsFailed: that can't be told.
        """
        privacy = Privacy(self.services.records)
        if (await privacy.namer())(member) in await privacy.left_out():
            raise NotTaken(LEFT_OUT)

    async def _taught(self, collections: Sequence[str]) -> list[Lesson]:
        found = [await self.teaching.lessons.of_collection(name) for name in collections]
        return [lesson for each in found for lesson in each]


class Form(discord.ui.Modal, title=MENU):
    """What is taught: a question, its answer, and to which collection, where there are several."""

    def __init__(
        self, cog: Teach, source: Source, collections: Sequence[str], question: str, answer: str
    ) -> None:
        """Fill it in."""
        super().__init__(timeout=FORM_SECONDS)
        self._cog = cog
        self._source = source
        self._only = collections[0]
        self._question = discord.ui.TextInput["Form"](
            max_length=MOST_QUESTION, default=clip(question, MOST_QUESTION) or None
        )
        self._answer = discord.ui.TextInput["Form"](
            style=discord.TextStyle.paragraph, max_length=MOST_ANSWER, default=answer[:MOST_ANSWER]
        )
        self.add_item(
            discord.ui.Label(
                text="The question", description="As members ask it", component=self._question
            )
        )
        self.add_item(
            discord.ui.Label(
                text="The answer", description="It is quoted word for word", component=self._answer
            )
        )
        self._collection = _choice(collections) if len(collections) > 1 else None
        if self._collection is not None:
            self.add_item(
                discord.ui.Label(
                    text="The collection",
                    description="Who may read that is answered from this, too",
                    component=self._collection,
                )
            )

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Teach it, or say why that can't be."""
        try:
            await self._cog.learn(
                interaction, self._source, self._chosen, self._question.value, self._answer.value
            )
        except Exception as error:  # noqa: BLE001 - who sends a form must not be left without a word
            await tell(interaction, explain(error))

    @property
    def _chosen(self) -> str:
        if isinstance(self._collection, discord.ui.Select):
            return next(iter(self._collection.values), "")
        return self._collection.value.strip() if self._collection is not None else self._only


def _choice(
    collections: Sequence[str],
) -> "discord.ui.Select[Form] | discord.ui.TextInput[Form]":
    """What to choose a collection with: by its name, where they are too many to show."""
    if len(collections) > SELECTED:
        return discord.ui.TextInput["Form"](placeholder="Its name")
    options = [
        discord.SelectOption(label=clip(name, CHOICE_LIMIT), value=name) for name in collections
    ]
    return discord.ui.Select["Form"](options=options)


def _refuse_others(message: discord.Message, me: discord.ClientUser) -> None:
    """Refuse what no member wrote; who speaks through a webhook may be one, as with PluralKit.

    Raises:
        NotTaken: the bot itself wrote it, another one, or Discord.
    """
    if message.author.id == me.id:
        raise NotTaken(NOT_MINE)
    hooked = message.webhook_id is not None and message.interaction_metadata is None
    if message.is_system() or (message.author.bot and not hooked):
        raise NotTaken(NOT_A_MEMBER)


def _value(lesson: Lesson) -> str:
    return f"{lesson.message}:{lesson.collection}"[:CHOICE_LIMIT]


def _fits(lesson: Lesson, typed: str) -> bool:
    typed = typed.strip()
    name = lesson.path.rpartition(f"{LEARNED}/")[2]
    return typed in {_value(lesson), lesson.path, name}
