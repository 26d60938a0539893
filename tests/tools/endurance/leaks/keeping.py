"""What managers do: the index, the documents and the settings; and others, who try."""

from simcord.enums import ChannelType

from tests.support.visibility import for_whom
from tests.tools.endurance.leaks.people import Odds, People, buttons
from tests.tools.endurance.leaks.stage import Spot
from tests.tools.endurance.leaks.world import people_of, roles_of

TAKE = "document:take:"
OPTIONS = (
    ("rebuild", "collection"),
    ("index status", "collection"),
    ("index report", "collection"),
    ("index rollback", "collection"),
    ("documents list", "collection"),
    ("documents replace", "document"),
    ("documents remove", "document"),
)


class Keeping(People):
    """Somebody manages something, who may or not."""

    def odds_of_all(self) -> Odds:
        """What there is to do."""
        return {
            self.manage: 8,
            self.keep: 9,
            self.be_dismissed: 3,
            self.type_as_manager: 6,
            self.set_something: 5,
        }

    async def manage(self) -> None:
        """See to an index."""
        collection = self.any(sorted(self.stage.eyes.world.names))
        if (spot := self._manager(collection)) is None:
            return
        options: dict[str, object] = {"collection": collection} if self.odds(0.9) else {}
        name = self.any(
            ("index status", "index report", "index report", "index rollback", "rebuild")
        )
        if name == "rebuild" and self.odds(0.3):
            options["everything"] = True
        self.told(spot, f"/{name} {options}")
        record = await self.stage.command(spot, name, **options)
        message = self.stage.reply(record)
        self.stage.tally[f"/{name} done"] += bool(message and message.embeds)

    async def keep(self) -> None:
        """Change the documents of a collection; what is shown first is taken by a button."""
        stage, document = self.stage, self.document()
        collection = document.own
        if self.odds(0.25):
            collection = self.any(sorted(stage.eyes.world.names))
        if (spot := self._manager(collection)) is None:
            return
        there = (stage.shelves.settings.seeds_path / document.path).exists()
        some = ("replace", "remove") if there else ("add",)
        name = self.any((*some, *some, "undo", "list"))
        options: dict[str, object] = {"collection": collection}
        if name not in {"add", "replace"} and self.odds(0.1):
            # The bot takes the only one that they manage, if there is no other.
            options = {}
        folder, _, file = document.path.rpartition("/")
        text = f"{document.text}\nIt is so since draw {stage.outlet.draw}.\n"
        if collection not in document.collections:
            # What somebody brings elsewhere isn't the bot's to keep.
            file, text = "nothing.md", "# Nothing\n\nThere is nothing here.\n"
        if name in {"add", "replace"}:
            options["attachment"] = stage.attach(spot, file, text.encode())
        if name == "add":
            options["folder"] = "/".join(folder.split("/")[2 if "@" in collection else 1 :])
        elif name in {"replace", "remove"}:
            options["document"] = self.any((document.path, document.key))
        self.told(spot, f"/documents {name} {options}")
        record = await stage.command(spot, f"documents {name}", **options)
        message = stage.reply(record)
        stage.tally[f"/documents {name} done"] += bool(message and message.embeds)
        take = [each for each in buttons(message) if each.startswith(TAKE)] if message else []
        if message and take and self.odds(0.6):
            stage.tally["taken at once"] += 1
            await stage.click(spot, message, take[0])

    async def be_dismissed(self) -> None:
        """Look at a collection as a manager, and go on with that as none."""
        stage, world = self.stage, self.stage.eyes.world
        managers = [
            (server.id, member, collection)
            for server in world.servers.values()
            for member in server.members
            if member != server.owner and member not in world.owners
            for collection in sorted(stage.eyes.alone(member, server.id).managed)
        ]
        if not managers:
            return
        number, member, collection = self.any(managers)
        if not (spots := self.spots_of(number, member)):
            return
        spot, document = self.any(spots), self.document()
        name, options = self.any(
            (
                ("index report", {}),
                ("documents list", {}),
                ("documents remove", {"document": document.path}),
            )
        )
        self.told(spot, f"/{name} of {collection}, and has no roles any more")
        record = await stage.command(spot, name, collection=collection, **options)
        stage.backend.edit_member(number, member, {"role_ids": []})
        stage.eyes.forget()
        message = stage.reply(record)
        if message and (below := buttons(message)):
            stage.tally["pressed by who was a manager"] += 1
            await stage.click(spot, message, self.any(below))

    async def type_as_manager(self) -> None:
        """Type into an option for which collections are suggested, or the documents of one."""
        (name, option), document = self.any(OPTIONS), self.document()
        if (spot := self._manager(document.own)) is None:
            return
        filled = {"collection": document.own} if option == "document" else {}
        typed = self.any(("", "", "gate", "vq", "own"))
        self.told(spot, f"/{name} {filled} {option}={typed!r}…")
        found = await self.stage.typing(spot, name, option, typed, **filled)
        self.stage.tally["suggestions to managers"] += len(found)

    async def set_something(self) -> None:
        """Set something that a server decides for itself."""
        stage, place = self.stage, self.any(self.stage.drawn.places).data
        kinds = {each: stage.backend.channels[each].type for each in place.channel_ids}
        texts = [str(each) for each, kind in kinds.items() if kind == ChannelType.TEXT]
        forums = [str(each) for each, kind in kinds.items() if kind == ChannelType.FORUM]
        switch = self.any(("on", "on", "off"))
        name, options = self.any(
            (
                ("answers", {"channel": self.any([*texts, *forums]), "switch": switch}),
                ("questions", {"channel": self.any([*texts, *forums]), "switch": switch}),
                ("threads", {"channel": self.any(texts), "switch": switch}),
                ("private", {"switch": switch}),
                ("log", {"channel": self.any(texts)}),
                ("role", {"role": str(self.any(roles_of(place) or [place.id]))}),
                ("show", {}),
                ("changes", {}),
            )
        )
        member = place.owner_id if self.odds(0.7) else self.any(people_of(place, stage.me))
        spot = Spot(member, place.id, int(self.any(texts)))
        self.told(spot, f"/settings {name} {options}")
        await stage.command(spot, f"settings {name}", **options)
        rules = await stage.services.servers.rules(place.id)
        stage.keepers[place.id] = rules.rebuild_role
        stage.eyes.forget()

    def _manager(self, collection: str) -> Spot | None:
        """Somebody who manages a collection, an owner of the bot, or anybody."""
        stage, world = self.stage, self.stage.eyes.world
        server = self.any(stage.drawn.places).guild.id
        if self.odds(0.7) and collection in world.names:
            server = for_whom(world, collection).manager or server
        members = people_of(stage.backend.guilds[server], stage.me)
        managers = [
            member for member in members if collection in stage.eyes.alone(member, server).managed
        ]
        member = self.any(managers if managers and self.odds(0.7) else members)
        spots = self.spots_of(server, member)
        return self.any(spots) if spots else None
