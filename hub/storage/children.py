"""The children who talk to the toys."""

from sqlalchemy import select

from hub.domain.toys import Child
from hub.events import Bus, ToysChanged
from hub.storage.database import Database
from hub.storage.rows import child_from_row, child_to_row
from hub.storage.schema import children
from hub.storage.upsert import upsert


class ChildRepository:
    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def list(self) -> list[Child]:
        """All children, by name."""
        query = select(children).order_by(children.c.name, children.c.id)
        return await self._database.read(
            lambda connection: [child_from_row(row) for row in connection.execute(query).mappings()]
        )

    async def get(self, child_id: str) -> Child | None:
        query = select(children).where(children.c.id == child_id)
        row = await self._database.read(lambda c: c.execute(query).mappings().first())
        return None if row is None else child_from_row(row)

    async def save(self, child: Child) -> Child:
        """Add or change a child."""
        row = child_to_row(child)
        await self._database.write(
            lambda connection: upsert(connection, children.c.id, row),
            lambda _: self._bus.publish(ToysChanged()),
        )
        return child_from_row(row)
