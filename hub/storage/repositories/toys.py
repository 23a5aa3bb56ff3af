"""The household's toys, and the children who talk to them."""

import difflib
from functools import partial

from sqlalchemy import Connection, select, update

from hub.domain.toys import Child, Toy
from hub.errors import NotFoundError, RefusedError
from hub.events import ToysChanged
from hub.storage.database import Repository
from hub.storage.repositories.toy_rows import name_key, toy_from_row, toy_to_row
from hub.storage.rows import entered_name, from_row, to_row, upsert
from hub.storage.schema import children, toys


class ToyRepository(Repository):
    async def list(self) -> list[Toy]:
        """All toys, by name."""
        query = select(toys).order_by(toys.c.name_key)
        return await self._database.rows(query, toy_from_row)

    async def get(self, toy_id: str) -> Toy | None:
        query = select(toys).where(toys.c.id == toy_id)
        return await self._database.row(query, toy_from_row)

    async def by_name(self, name: str) -> Toy:
        """The toy that a person means by `name`, in any case; raises NotFoundError."""
        known = {name_key(toy.name): toy for toy in await self.list()}
        key = name_key(name)
        if key in known:
            return known[key]
        close = difflib.get_close_matches(key, known, n=1)
        names = ", ".join(toy.name for toy in known.values())
        hint = f"did you mean {known[close[0]].name}?" if close else f"there are {names or 'none'}"
        raise NotFoundError(f"there is no toy called {name!r}; {hint}")

    async def save(self, toy: Toy) -> Toy:
        """Add or change a toy, which stays as paused as it is.

        Raises RefusedError when another one has its name.
        """
        row = toy_to_row(toy)

        def work(connection: Connection) -> Toy:
            same_name = select(toys.c.id).where(
                toys.c.name_key == row["name_key"], toys.c.id != toy.id
            )
            if connection.scalar(same_name) is not None:
                raise RefusedError(
                    f"there is a toy called {row['name']} already: give another name"
                )
            upsert(connection, toys.c.id, row)
            kept = connection.execute(select(toys).where(toys.c.id == toy.id)).mappings().one()
            return toy_from_row(kept)

        return await self._write(work, ToysChanged())

    async def pause(self, toy_id: str, paused: bool) -> Toy:
        """Raises NotFoundError."""
        change = update(toys).where(toys.c.id == toy_id).values(paused=paused).returning(toys)

        def work(connection: Connection) -> Toy:
            row = connection.execute(change).mappings().first()
            if row is None:
                raise NotFoundError(f"there is no toy with the id {toy_id}")
            return toy_from_row(row)

        return await self._write(work, ToysChanged())


class ChildRepository(Repository):
    async def list(self) -> list[Child]:
        """All children, by name."""
        query = select(children).order_by(children.c.name, children.c.id)
        return await self._database.rows(query, _child)

    async def get(self, child_id: str) -> Child | None:
        query = select(children).where(children.c.id == child_id)
        return await self._database.row(query, _child)

    async def save(self, child: Child) -> Child:
        """Add or change a child."""
        row = to_row(child, children, name=entered_name(child.name, "a child's name"))
        await self._write(lambda connection: upsert(connection, children.c.id, row), ToysChanged())
        return _child(row)


_child = partial(from_row, Child)
