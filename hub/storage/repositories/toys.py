"""The household's toys."""

import difflib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, delete, insert, select, update

from hub.domain.family.visits import Visit
from hub.domain.persona import PersonaVersion
from hub.domain.talks.kept import RemovalScope
from hub.domain.toys import Toy
from hub.errors import NotFoundError, RefusedError
from hub.events import ToysChanged
from hub.storage.database import Repository
from hub.storage.repositories.toy_rows import (
    being_removed,
    keep_persona,
    name_key,
    toy_from_row,
    toy_to_row,
)
from hub.storage.repositories.turns import CONVERSATION_GAP
from hub.storage.rows import from_row, upsert
from hub.storage.schema import children, personas, toy_children, toys, turns, visits
from hub.translation import gettext as _

TOY_IS_SHOWN = toys.c.id.not_in(being_removed(RemovalScope.WHOLE_TOY))
NOBODY: Final = {"held_by": None, "held_since": None}
"""Has a toy, as far as anybody said."""
SHOWN_IDS = select(toys.c.id).where(TOY_IS_SHOWN)


class ToyRepository(Repository):
    """A toy that a parent removed is out of sight at once, and comes back where that is undone."""

    def _read(self, connection: Connection, query: Select[*tuple[object, ...]]) -> list[Toy]:
        """The toys that `query` finds, each with its children."""
        rows = connection.execute(query).mappings().all()
        owners: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
        links = (
            select(toy_children.c.toy_id, toy_children.c.child_id, children.c.safety_level)
            .join(children)
            .where(
                toy_children.c.toy_id.in_([row["id"] for row in rows]),
                toy_children.c.child_id.not_in(being_removed(RemovalScope.WHOLE_CHILD)),
            )
        )
        for toy_id, child_id, level in connection.execute(links):
            owners[toy_id][child_id] = level
        guests = _guests(connection, self._clock.now())
        return [toy_from_row(row, owners[row["id"]], guests.get(row["id"])) for row in rows]

    async def list(self, *, archived: bool = False) -> list[Toy]:
        """By name; `archived`: those too that a parent put aside."""
        query = select(toys).where(TOY_IS_SHOWN).order_by(toys.c.name_key)
        if not archived:
            query = query.where(toys.c.archived.is_(False))
        return await self._database.read(lambda connection: self._read(connection, query))

    async def get(self, toy_id: str) -> Toy | None:
        query = select(toys).where(toys.c.id == toy_id, TOY_IS_SHOWN)
        found = await self._database.read(lambda connection: self._read(connection, query))
        return found[0] if found else None

    async def by_name(self, name: str) -> Toy:
        """The toy that a person means by `name`, in any case; raises NotFoundError."""
        known = {name_key(toy.name): toy for toy in await self.list(archived=True)}
        key = name_key(name)
        if key in known:
            return known[key]
        close = difflib.get_close_matches(key, known, n=1)
        names = ", ".join(toy.name for toy in known.values())
        hint = f"did you mean {known[close[0]].name}?" if close else f"there are {names or 'none'}"
        raise NotFoundError(
            _("there is no toy called %(name)s; %(hint)s", name=repr(name), hint=hint)
        )

    async def save(self, toy: Toy, by: str = "") -> Toy:
        """Add or change a toy, which stays as paused, as archived, and in whose hands it is; `by` is who does.

        Another persona is kept as its next version. Raises RefusedError when another one has its name.
        """
        row = toy_to_row(toy)

        def work(connection: Connection) -> Toy:
            same_name = select(toys.c.id).where(
                toys.c.name_key == row["name_key"], toys.c.id != toy.id
            )
            if connection.scalar(same_name) is not None:
                raise RefusedError(
                    _("there is a toy called %(name)s already: give another name", name=row["name"])
                )
            upsert(connection, toys.c.id, row)
            keep_persona(connection, toy.id, self._clock.now(), by)
            _give(connection, toy.id, toy.child_ids, self._clock.now())
            return self._kept(connection, toy.id)

        return await self._write(work, ToysChanged())

    async def add(self, name: str) -> Toy:
        """A new toy, which at its first talk says that grown-ups can read along. Raises as `save`."""
        return await self.save(Toy(uuid.uuid4().hex, name, tells_of_reading=True))

    async def personas(self, toy_id: str) -> Sequence[PersonaVersion]:
        """Those that were saved of a toy, the newest first."""
        query = (
            select(personas)
            .where(personas.c.toy_id == toy_id, personas.c.toy_id.in_(SHOWN_IDS))
            .order_by(personas.c.version.desc())
        )
        return await self._database.read(
            lambda connection: [
                from_row(PersonaVersion, row) for row in connection.execute(query).mappings()
            ]
        )

    async def give(self, toy_id: str, child_ids: Iterable[str]) -> Toy:
        """Say whose toy it is. Raises NotFoundError, and DataError where there is no such child."""

        def work(connection: Connection) -> Toy:
            kept = self._kept(connection, toy_id)
            _give(connection, kept.id, child_ids, self._clock.now())
            return self._kept(connection, toy_id)

        return await self._write(work, ToysChanged())

    async def has_told(self, toy_id: str) -> None:
        """The child heard that grown-ups can read along: it isn't said again."""
        change = update(toys).where(toys.c.id == toy_id).values(tells_of_reading=False)
        await self._write(lambda connection: connection.execute(change), ToysChanged())

    async def pause(self, toy_id: str, paused: bool) -> Toy:
        """Raises NotFoundError."""
        return await self._change(toy_id, paused=paused)

    async def archive(self, toy_id: str, archived: bool) -> Toy:
        """Put a toy aside, or bring it back. Raises NotFoundError."""
        return await self._change(toy_id, archived=archived)

    async def hand_to(self, toy_id: str, child_id: str | None) -> Toy:
        """That child has it now; None: nobody knows. Raises NotFoundError."""
        return await self._change(toy_id, held_by=child_id, held_since=self._clock.now())

    async def _change(self, toy_id: str, **values: object) -> Toy:
        change = update(toys).where(toys.c.id == toy_id).values(values)

        def work(connection: Connection) -> Toy:
            connection.execute(change)
            return self._kept(connection, toy_id)

        return await self._write(work, ToysChanged())

    def _kept(self, connection: Connection, toy_id: str) -> Toy:
        found = self._read(connection, select(toys).where(toys.c.id == toy_id, TOY_IS_SHOWN))
        if not found:
            raise NotFoundError(_("there is no toy with the id %(toy_id)s", toy_id=toy_id))
        return found[0]


def _give(connection: Connection, toy_id: str, child_ids: Iterable[str], now: datetime) -> None:
    """Where a talk goes on, a toy's first child has it from now on; nobody knows who has it once there are others."""
    own, after = toy_children.c.toy_id == toy_id, sorted(set(child_ids))
    before = sorted(connection.scalars(select(toy_children.c.child_id).where(own)))
    if after == before:
        return
    connection.execute(delete(toy_children).where(own))
    if after:
        links = [{"toy_id": toy_id, "child_id": child_id} for child_id in after]
        connection.execute(insert(toy_children), links)
    if len(before) < 2:
        talks = select(turns.c.id).where(
            turns.c.toy_id == toy_id, turns.c.started_at > now - CONVERSATION_GAP
        )
        begins = len(after) == 1 and not before and connection.scalar(talks.limit(1)) is not None
        holder = {"held_by": after[0], "held_since": now} if begins else NOBODY
        connection.execute(update(toys).where(toys.c.id == toy_id).values(holder))


def _guests(connection: Connection, now: datetime) -> dict[str, Visit]:
    """The visits that go on, by the toy's id."""
    going_on = select(visits).where(visits.c.ended_at.is_(None))
    found = [from_row(Visit, row) for row in connection.execute(going_on).mappings()]
    return {visit.toy_id: visit for visit in found if visit.is_on(now)}
