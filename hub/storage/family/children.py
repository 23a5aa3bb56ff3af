"""The household's children."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy import Connection, delete, func, select, update

from hub.domain.family.children import PROFILE, Child
from hub.domain.limits import MAX_CHILDREN, MAX_PROFILE_CHARS, MAX_PRONOUNS_CHARS
from hub.domain.talks.kept import RemovalScope
from hub.errors import NotFoundError, RefusedError
from hub.events import ToysChanged
from hub.storage.database import Repository
from hub.storage.repositories.toy_rows import being_removed, name_key
from hub.storage.rows import entered, entered_name, from_row, to_row, upsert
from hub.storage.schema import children, toy_children, turns
from hub.translation import gettext as _

CHILD_IS_SHOWN = children.c.id.not_in(being_removed(RemovalScope.WHOLE_CHILD))


class ChildRepository(Repository):
    """A child whom a parent removed is out of sight at once, and comes back where that is undone."""

    async def list(self, *, archived: bool = False) -> list[Child]:
        """By name; `archived`: those too that a parent put aside."""
        query = select(children).where(CHILD_IS_SHOWN).order_by(children.c.name, children.c.id)
        if not archived:
            query = query.where(children.c.archived.is_(False))
        return await self._database.rows(query, _child)

    async def get(self, child_id: str) -> Child | None:
        query = select(children).where(children.c.id == child_id, CHILD_IS_SHOWN)
        return await self._database.row(query, _child)

    async def save(self, child: Child) -> Child:
        """Add or change a child, who stays as archived as they are.

        Raises DataError for what is too long, RefusedError where another child has the name or there is no more room.
        """
        row = to_row(
            child,
            children,
            name=entered_name(child.name, _("a child's name")),
            pronouns=entered(child.pronouns.strip(), _("the pronouns"), MAX_PRONOUNS_CHARS),
            **{
                name: entered(getattr(child, name).strip(), _("a line"), MAX_PROFILE_CHARS)
                for name in PROFILE
            },
        )
        del row["archived"]

        def work(connection: Connection) -> Child:
            others = {
                name_key(name)
                for name in connection.scalars(
                    select(children.c.name).where(children.c.id != child.id)
                )
            }
            if name_key(row["name"]) in others:
                raise RefusedError(_("there is a child called %(name)s already", name=row["name"]))
            if len(others) >= MAX_CHILDREN:
                raise RefusedError(
                    _("there are %(most)s children already: remove one first", most=MAX_CHILDREN)
                )
            upsert(connection, children.c.id, row)
            return _kept(connection, child.id)

        return await self._write(work, ToysChanged())

    async def archive(self, child_id: str, archived: bool) -> Child:
        """Put a child aside, so that no toy is theirs, or take them back. Raises NotFoundError."""
        change = update(children).where(children.c.id == child_id).values(archived=archived)

        def work(connection: Connection) -> Child:
            connection.execute(change)
            if archived:
                connection.execute(delete(toy_children).where(toy_children.c.child_id == child_id))
            return _kept(connection, child_id)

        return await self._write(work, ToysChanged())

    async def turn_counts(self) -> Mapping[str, int]:
        """How many turns are known to be each child's, by the child's id; those with none are left out."""
        query = (
            select(turns.c.child_id, func.count().label("turns"))
            .where(turns.c.child_id.is_not(None))
            .group_by(turns.c.child_id)
        )

        def work(connection: Connection) -> dict[str, int]:
            return {row.child_id: row.turns for row in connection.execute(query)}

        return await self._database.read(work)


def _kept(connection: Connection, child_id: str) -> Child:
    query = select(children).where(children.c.id == child_id, CHILD_IS_SHOWN)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError(_("there is no such child: they were removed meanwhile"))
    return _child(row)


_child = partial(from_row, Child)
