"""Small facts that the hub keeps of itself, such as its own id."""

import uuid

from sqlalchemy import select

from hub.errors import DataError
from hub.storage.database import Database
from hub.storage.schema import meta
from hub.storage.upsert import upsert

VALUE_MAX = 10_000
HUB_ID = "hub_id"


class MetaRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        query = select(meta.c.value).where(meta.c.key == key)
        return await self._database.read(lambda connection: connection.scalar(query))

    async def set(self, key: str, value: str) -> None:
        if len(value) > VALUE_MAX:
            raise DataError(f"{key} has {len(value)} characters; at most {VALUE_MAX} fit")
        row = {"key": key, "value": value}
        await self._database.write(lambda connection: upsert(connection, meta.c.key, row))

    async def hub_id(self) -> str:
        """What tells this hub from others on the network; made once."""
        kept = await self.get(HUB_ID)
        if kept is None:
            kept = uuid.uuid4().hex
            await self.set(HUB_ID, kept)
        return kept
