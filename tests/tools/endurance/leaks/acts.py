"""What members do with the bot: commands, messages, menus and buttons, each by chance."""

from simcord.backend.access import channel_accessible
from simcord.backend.models import Message
from simcord.enums import ChannelType

from bot.cogs.ask import MENU
from tests.tools.endurance.leaks.documents import (
    FOLLOW_UPS,
    TITLE,
    word,
)
from tests.tools.endurance.leaks.people import Odds, People, buttons, text_of
from tests.tools.endurance.leaks.stage import Spot

# What of a button's id tells what it is for. These take an answer away, and show nothing.
DULL = {"delete", "feedback", "document:leave"}


class Acts(People):
    """Somebody asks, reads or presses something."""

    def odds_of_all(self) -> Odds:
        """What there is to do."""
        return {
            self.ask: 16,
            self.write: 14,
            self.press: 26,
            self.look_up: 8,
            self.read: 9,
            self.list_documents: 4,
            self.type: 7,
            self.use_menu: 5,
            self.edit: 4,
            self.post: 6,
            self.help: 1,
        }

    async def ask(self) -> None:
        """Ask by the command."""
        spot, (topic, question), private = self.spot(), self.question(), self.odds(0.5)
        self.told(spot, f"/ask {question} private={private}")
        record = await self.stage.command(spot, "ask", question=question, private=private)
        what = "asked in private" if private else "asked"
        self._came(what, spot, topic, self.said(record), private=private)

    async def write(self) -> None:
        """Mention the bot, reply to somebody, or write to the bot directly."""
        spot, (topic, question) = self.spot(writing=True), self.question()
        reply_to = self.lately(spot) if self.odds(0.5) else None
        follows = reply_to is not None and self.odds(0.5)
        if follows:
            question = self.any(FOLLOW_UPS)
        to_bot = not spot.server or self.odds(0.7)
        text = f"<@{self.stage.me}> {question}" if spot.server and to_bot else question
        if pointing := self.odds(0.1):
            text = f"<@{self.stage.me}>"
        self.told(spot, f"{text!r} in reply to {reply_to.id if reply_to else None}")
        message = await self.stage.write(spot, text, reply_to)
        if to_bot and not follows and not pointing:
            said = self._replies(message)
            self._came("wrote", spot, topic, said, private=not spot.server)

    async def look_up(self) -> None:
        """Look some words up, in one document or in all."""
        spot, (topic, query) = self.spot(), self.question()
        options = {"query": query}
        if in_one := self.odds(0.4):
            document = self.document()
            options["source"] = self.any((document.path, document.key))
        self.told(spot, f"/lookup {options}")
        record = await self.stage.command(spot, "lookup", **options)
        message = self.stage.reply(record)
        if message is not None and not in_one:
            private = message.is_ephemeral
            self._came("looked up", spot, topic, self.said(record), private=private)

    async def read(self) -> None:
        """Read a document that is named by its path or its key."""
        spot, document = self.spot(), self.document()
        options: dict[str, object] = {"document": self.any((document.path, document.key))}
        if self.odds(0.3):
            options["heading"] = self.any((document.heading, "Parts"))
        elif self.odds(0.3):
            options["line"] = self.stage.chance.randrange(1, 80)
        may = self._reads(spot, document.code)
        self.told(spot, f"/source {options} (may: {may})")
        record = await self.stage.command(spot, "source", **options)
        if may and self._is_known(spot):
            self.count("read", (document.code, TITLE) in self.marks(self.said(record)))

    async def list_documents(self) -> None:
        """List what there is to read."""
        spot = self.spot()
        self.told(spot, "/sources")
        record = await self.stage.command(spot, "sources")
        if self._is_known(spot) and any(self._reads(spot, code) for code in self.stage.made):
            self.count("listed", bool(self.marks(self.said(record))))

    async def type(self) -> None:
        """Type into an option for which documents or headings are suggested."""
        spot, document = self.spot(), self.document()
        name, option, filled = self.any(
            (
                ("source", "document", {}),
                ("source", "heading", {"document": document.path}),
                ("lookup", "source", {"query": "gate"}),
            )
        )
        typed = self.any(("", "", "gate", "vq", "parts", word(document.code, TITLE)[1:]))
        self.told(spot, f"/{name} {filled} {option}={typed!r}…")
        found = await self.stage.typing(spot, name, option, typed, **filled)
        self.stage.tally["suggestions"] += len(found)

    async def use_menu(self) -> None:
        """Have a message answered."""
        spot = self.spot()
        if message := self.lately(spot):
            self.told(spot, f"menu of {message.id}: {message.content[:60]!r}")
            await self.stage.menu(spot, MENU, message)

    async def press(self) -> None:
        """Press a button on a message that somebody sees, any kind of them as often."""
        stage = self.stage
        shown: dict[str, list[tuple[Message, str]]] = {}
        for channel in stage.backend.messages:
            for message in [*stage.backend.messages[channel].values()][-40:]:
                for button in buttons(message) if message.author_id == stage.me else ():
                    shown.setdefault(_kind(button), []).append((message, button))
        kinds = [kind for kind in shown if kind not in DULL or self.odds(0.2)]
        if not kinds:
            return
        message, button = self.any(shown[self.any(kinds)])
        spots = self.spots(message.channel_id)
        spots = [each for each in spots if message.visible_to(each.user)]
        if not spots:
            return
        spot = self.any(spots)
        self.told(spot, f"presses {button} on {message.id}")
        stage.tally[f"pressed {_kind(button)}"] += 1
        await stage.click(spot, message, button)

    async def edit(self) -> None:
        """Change a question."""
        spot, (_, question) = self.spot(writing=True), self.question()
        own = [each for each in self.messages(spot) if each.author_id == spot.user]
        own = [each for each in own if each.content]
        if not own:
            return
        message = self.any(own)
        text = f"<@{self.stage.me}> {question}" if self.odds(0.7) else question
        self.told(spot, f"edits {message.id} to {text!r}")
        await self.stage.edit(message, text)

    async def post(self) -> None:
        """Open a post in a forum, where the bot may answer unasked."""
        (_, question), place = self.question(), self.any(self.stage.drawn.places)
        backend, data = self.stage.backend, place.data
        forum = next(
            each for each in data.channel_ids if backend.channels[each].type == ChannelType.FORUM
        )
        people = [each for each in data.members if channel_accessible(backend, forum, each)]
        people = [each for each in people if each != self.stage.me]
        if people:
            spot = Spot(self.any(people), data.id, forum)
            self.told(spot, f"posts {question!r}")
            await self.stage.post(spot, forum, question, "I can't find it anywhere.")

    async def help(self) -> None:
        """Ask how to ask."""
        spot = self.spot()
        self.told(spot, "/help")
        await self.stage.command(spot, "help")

    def _came(self, what: str, spot: Spot, topic: str, said: str, *, private: bool) -> None:
        """Count whether a reply has something of what it may be taken from, if there is any."""
        eyes = self.stage.eyes
        names = eyes.alone(spot.user, spot.home).names
        if not private:
            names = eyes.shown(spot.user, spot.home, spot.channel)
        there = any(
            document.topic == topic and not self.stage.outlet.holders(code).isdisjoint(names)
            for code, document in self.stage.made.items()
        )
        if there and self._is_known(spot):
            self.count(what, bool(self.marks(said)))

    def _reads(self, spot: Spot, code: str) -> bool:
        """Whether somebody may read a document, where they are."""
        names = self.stage.eyes.alone(spot.user, spot.home).names
        return not self.stage.outlet.holders(code).isdisjoint(names)

    def _is_known(self, spot: Spot) -> bool:
        """Whether somebody is answered at all, wherever they ask: as a member of some server."""
        return any(spot.user in each.data.members for each in self.stage.drawn.places)

    def _replies(self, question: Message) -> str:
        """What the bot said to a message, in its channel or in its thread."""
        messages = self.stage.backend.messages
        near = [*messages[question.channel_id].values(), *messages.get(question.id, {}).values()]
        later = [each for each in near if each.id > question.id]
        return " ".join(text_of(each) for each in later if each.author_id == self.stage.me)


def _kind(button: str) -> str:
    name, *rest = button.split(":")
    if name == "list":
        return f"{name}:{rest[2]}"
    return f"{name}:{rest[0]}" if name == "document" else name
