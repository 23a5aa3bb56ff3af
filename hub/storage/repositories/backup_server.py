"""The server that keeps the household's backups: its password lies here locked, as other secrets do."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, select

from hub.domain.backups import BackupServer
from hub.storage.database import Repository
from hub.storage.rows import from_row, upsert
from hub.storage.schema import meta
from hub.storage.secrets import SecretBox

KEY: Final = "backup_server"


class BackupServerRepository(Repository):
    async def get(self) -> BackupServer | None:
        """None: none was chosen. Raises DataError where the key of secrets was lost."""
        secrets = SecretBox(self._database.folder)

        def work(connection: Connection) -> BackupServer | None:
            kept = connection.scalar(select(meta.c.value).where(meta.c.key == KEY))
            if kept is None:
                return None
            row = json.loads(kept)
            return from_row(BackupServer, row, secret=secrets.open(row["secret"]))

        return await self._database.read(work)

    async def save(self, server: BackupServer | None) -> None:
        """None: none from now on."""
        secrets = SecretBox(self._database.folder)

        def work(connection: Connection) -> None:
            if server is None:
                connection.execute(delete(meta).where(meta.c.key == KEY))
                return
            row = asdict(server) | {"secret": secrets.seal(server.secret)}
            text = json.dumps(row, default=datetime.isoformat)
            upsert(connection, meta.c.key, {"key": KEY, "value": text})

        await self._database.write(work)
