"""What changes meanwhile: roles, channels, who is where, and documents; and time that goes by."""

import asyncio

from simcord.enums import OverwriteType

from tests.support.visibility import VIEW_CHANNEL
from tests.tools.endurance.leaks.people import Odds, People
from tests.tools.endurance.leaks.world import TALK, bits, overwrite, people_of, roles_of

# Longer than what is asked unasked waits.
A_WHILE = 61.0
FEW = 2


class Changes(People):
    """Something changes."""

    def odds_of_all(self) -> Odds:
        """What may change."""
        return {
            self.give_or_take_role: 7,
            self.rule_channel: 5,
            self.change_role: 4,
            self.open_or_close: 1,
            self.come_or_go: 3,
            self.make_or_delete_role: 1,
            self.change_document: 2,
            self.wait: 5,
        }

    async def give_or_take_role(self) -> None:
        """Give a member a role or take it."""
        place, backend = self.any(self.stage.drawn.places).data, self.stage.backend
        member = self.any(people_of(place, self.stage.me))
        if not (roles := roles_of(place)):
            return
        role = self.any(roles)
        if role in place.members[member].role_ids:
            backend.remove_member_role(place.id, member, role)
            await self._changed(f"{member} loses role {role} in {place.id}")
        else:
            backend.add_member_role(place.id, member, role)
            await self._changed(f"{member} gets role {role} in {place.id}")

    async def rule_channel(self) -> None:
        """Set a rule of a channel, or take one away."""
        place, backend = self.any(self.stage.drawn.places).data, self.stage.backend
        number = self.any(place.channel_ids)
        rules = [
            each for each in backend.channels[number].overwrites if each.target_id != self.stage.me
        ]
        if rules and self.odds(0.3):
            target = self.any(rules).target_id
            backend.delete_overwrite(number, target)
            await self._changed(f"channel {number} has no rule for {target} any more")
            return
        kind, target = OverwriteType.ROLE, self.any([place.id, *roles_of(place)])
        if self.odds(0.25):
            kind, target = OverwriteType.MEMBER, self.any(self.stage.drawn.people).id
        rule = overwrite(self.stage.chance, target, kind)
        backend.set_overwrite(number, rule)
        await self._changed(f"channel {number} has the rule {rule}")

    async def change_role(self) -> None:
        """Let a role do something else."""
        place = self.any(self.stage.drawn.places).data
        if roles := roles_of(place):
            role, may = self.any(roles), bits(self.stage.chance)
            self.stage.backend.edit_role(place.id, role, {"permissions": may})
            await self._changed(f"role {role} in {place.id} may {may}")

    async def open_or_close(self) -> None:
        """Let everybody see the channels of a server, or nobody."""
        number = self.any(self.stage.drawn.places).guild.id
        view = VIEW_CHANNEL if self.odds(0.6) else 0
        self.stage.backend.edit_role(number, number, {"permissions": TALK.value | view})
        await self._changed(f"everyone in {number} {'sees' if view else 'does not see'} channels")

    async def come_or_go(self) -> None:
        """Let somebody leave a server, or come into it."""
        place, backend = self.any(self.stage.drawn.places).data, self.stage.backend
        person = self.any(self.stage.drawn.people).id
        if person == place.owner_id:
            return
        if person in place.members:
            backend.remove_member(place.id, person)
            await self._changed(f"{person} leaves {place.id}")
        else:
            backend.add_member(place.id, person, announce=True)
            await self._changed(f"{person} comes into {place.id}")

    async def make_or_delete_role(self) -> None:
        """Delete a role, while there are some, or make one."""
        place, backend = self.any(self.stage.drawn.places).data, self.stage.backend
        roles = roles_of(place)
        if len(roles) <= FEW:
            new = backend.create_role(place.id, "new", permissions=bits(self.stage.chance))
            await self._changed(f"{place.id} has a new role {new.id}")
            return
        role = self.any(roles)
        backend.delete_role(place.id, role)
        for number in place.channel_ids:
            # Discord does so, too.
            channel = backend.channels[number]
            channel.overwrites = [each for each in channel.overwrites if each.target_id != role]
        await self._changed(f"{place.id} has no role {role} any more")

    async def change_document(self) -> None:
        """Change, remove or bring back a document; it may be a while until that is noticed."""
        stage, document = self.stage, self.document()
        kind = self.any(("remove", "write", "change"))
        if kind == "remove":
            stage.shelves.remove(document)
        else:
            more = f"\nIt is so since draw {stage.outlet.draw}.\n" if kind == "change" else ""
            stage.shelves.write([document], more)
        library, built = stage.services.answers.library, []
        for name in sorted(document.collections) if self.odds(0.7) else ():
            if library.outdated(name):
                await asyncio.to_thread(library.rebuild, name)
                built.append(name)
        await self._changed(f"{kind} {document.path}; rebuilt are {built}")

    async def wait(self) -> None:
        """Let a while go by, at whose end the bot answers what it wasn't asked."""
        sent = self.stage.outlet.sent
        before = sent["a channel"] + sent["a thread"]
        self.stage.outlet.told("a while goes by")
        self.stage.outlet.typed = frozenset()
        await self.stage.env.advance_time(A_WHILE)
        self.stage.tally["unasked"] += sent["a channel"] + sent["a thread"] - before

    async def _changed(self, what: str) -> None:
        self.stage.outlet.told(what)
        self.stage.outlet.typed = frozenset()
        self.stage.eyes.forget()
        await self.stage.env.settle()
