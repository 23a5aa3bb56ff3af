"""Where a household's backups go: a folder, or a server; and which there are."""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from hub.config import BackupSection
from hub.domain.backups import BackupServer
from hub.domain.clock import Clock
from hub.egress.backup_servers.folder import (
    MAX_ADDRESS_CHARS,
    MAX_BUCKET_CHARS,
    MAX_SECRET_CHARS,
    MAX_USER_CHARS,
)
from hub.egress.backup_servers.sending import BackupServers
from hub.errors import RefusedError
from hub.storage import backup
from hub.storage.backup import Kept
from hub.storage.store import Store
from hub.translation import gettext as _

__all__ = [
    "MAX_ADDRESS_CHARS",
    "MAX_BUCKET_CHARS",
    "MAX_SECRET_CHARS",
    "MAX_USER_CHARS",
    "BackupPlaces",
    "Place",
]

MAX_FOLDER_CHARS: Final = 300
FOLDER: Final = "backup_folder"
"""The key of `meta` for what a grown-up chose."""
ON_SERVER: Final = "backups_on_server"
"""The same for which there were on the server when it was last looked at."""
MAX_REMEMBERED: Final = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Where backups are kept."""

    folder: Path | None
    server: BackupServer | None
    """In the folder's place."""
    keep: int
    """So many of the newest."""
    is_set: bool
    """In `pommai.toml`, so that the pages can't change it."""
    is_there: bool
    """Such as a stick that is plugged in; whether a server answers is not asked."""


class BackupPlaces:
    def __init__(
        self, store: Store, settings: BackupSection, servers: BackupServers, clock: Clock
    ) -> None:
        self._store = store
        self._settings = settings
        self._servers = servers
        self._clock = clock

    async def get(self) -> Place:
        chosen, server = self._settings.folder, None
        if chosen is None and (kept := await self._store.meta.get(FOLDER)):
            chosen = Path(kept)
        if chosen is None:
            server = await self._store.backup_server.get()
        there = chosen is not None and await asyncio.to_thread(chosen.is_dir)
        is_set = self._settings.folder is not None
        return Place(chosen, server, self._settings.keep, is_set, there or server is not None)

    async def choose(self, folder: str) -> None:
        """Where they go from now on; "" for nowhere. Raises RefusedError for what is no folder to write to."""
        self._require_choice()
        if folder:
            await asyncio.to_thread(self._check, folder)
        await self._store.backup_server.save(None)
        await self._keep(folder, [])

    async def choose_server(self, server: BackupServer, *, agreed: bool) -> None:
        """They go there from now on. `agreed`: a grown-up lets locked backups leave the home.

        Without a secret that of the same server and user stays. Raises as `BackupServers.check`, and RefusedError
        where nobody agreed to a server outside the home.
        """
        self._require_choice()
        before = await self._store.backup_server.get()
        if before and not server.secret and _same(before, server):
            server = replace(server, secret=before.secret)
        server = replace(server, agreed_at=self._clock.now() if agreed else None)
        await self._servers.check(server)
        await self._store.backup_server.save(server)
        await self._keep("", await self._servers.kept(server))

    def _require_choice(self) -> None:
        if self._settings.folder is not None:
            raise RefusedError(_("The folder is chosen in the hub's settings file."))

    async def _keep(self, folder: str, on_server: Sequence[Kept]) -> None:
        await self._store.meta.set(FOLDER, folder)
        await self.remember(on_server)

    async def remember(self, kept: Sequence[Kept]) -> None:
        """These are on the server now."""
        sizes = {one.name: one.size_bytes for one in kept[:MAX_REMEMBERED]}
        await self._store.meta.set(ON_SERVER, json.dumps(sizes))

    def _check(self, text: str) -> None:
        folder = Path(text)
        if len(text) > MAX_FOLDER_CHARS or not folder.is_absolute() or not folder.is_dir():
            raise RefusedError(
                _("There is no such folder on the hub's computer. It begins with a slash.")
            )
        if folder.resolve().is_relative_to(self._store.database.folder.resolve()):
            raise RefusedError(_("That is the hub's own folder: a backup there is lost with it."))
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise RefusedError(
                _("The hub can't write there: %(why)s.", why=error.strerror)
            ) from error

    async def kept(self) -> Sequence[Kept]:
        """Those that are there, the newest first; on a server those that were when it was last looked at."""
        place = await self.get()
        if place.server:
            return backup.kept_among(json.loads(await self._store.meta.get(ON_SERVER) or "{}"))
        return await asyncio.to_thread(backup.kept_in, place.folder) if place.folder else []


def _same(one: BackupServer, other: BackupServer) -> bool:
    """The same user of the same server, so that its password is asked for once."""
    return (one.kind, one.address, one.user) == (other.kind, other.address, other.user)
