"""What goes to a server that keeps backups, and comes from it: agreed to, and in the ledger, where it leaves the home.

A server in this home's own network is at home. One outside of it is asked for nothing while all clouds are off, and
gets nothing before a grown-up agreed to it.
"""

import asyncio
import io
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from yarl import URL

from hub.domain.backups import BackupServer
from hub.domain.clock import Clock
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.egress.backup_servers.folder import (
    ServerFolder,
    Told,
    check_server,
    fetch,
    fetch_newest,
    folder_on,
)
from hub.errors import DataError, RefusedError
from hub.providers.clouds import CloudSwitch
from hub.providers.network.address import is_public
from hub.storage.backup import UNFINISHED, Kept, kept_among
from hub.storage.store import Store
from hub.translation import gettext as _

MAX_TRANSFER_S: Final = 4 * 3600.0
MAX_ASK_S: Final = 90.0
"""For what is answered at once."""
CHECK: Final = "pommai-check.txt"
"""A file that is put there and deleted, when a server is chosen."""
T = TypeVar("T")
Work = Callable[[ServerFolder, Told], T]


class BackupServers:
    """Each call raises DataError where the server can't be reached or is full, RefusedError where it lets nobody in
    or nobody agreed, and CloudsOffError."""

    def __init__(self, store: Store, clouds: CloudSwitch, clock: Clock) -> None:
        self._store = store
        self._clouds = clouds
        self._clock = clock

    async def check(self, server: BackupServer) -> None:
        """That a file can be put there and deleted. Raises RefusedError for what is no address, too."""
        check_server(server)
        outside = await self._require_agreed(server)
        if outside and URL(server.address).scheme != "https":
            raise RefusedError(
                _(
                    "Outside your home the address must begin with https://, else others could read the password."
                )
            )
        await self.kept(server)
        await self.put(server, CHECK, io.BytesIO(b"Pommai can keep backups here.\n"))
        await self._do(server, MAX_ASK_S, lambda folder, _told: folder.delete(CHECK))

    async def is_at_home(self, server: BackupServer) -> bool:
        """By where its name leads now."""
        url = URL(server.address)
        try:
            async with self._clock.timeout(MAX_ASK_S):
                found = await asyncio.to_thread(socket.getaddrinfo, url.host, url.port)
        except (OSError, TimeoutError, UnicodeError) as error:
            raise DataError(
                _(
                    "%(host)s is not to be found: is its name right, and the network there?",
                    host=server.host,
                )
            ) from error
        return not any(is_public(str(each[4][0])) for each in found)

    async def kept(self, server: BackupServer) -> Sequence[Kept]:
        """The backups there, the newest first."""
        sizes = await self._do(server, MAX_ASK_S, lambda folder, _told: folder.sizes())
        return kept_among(sizes)

    async def delete_old(self, server: BackupServer, keep: int) -> Sequence[Kept]:
        """All but the newest `keep`, and what never became whole; gives those that stay."""

        def work(folder: ServerFolder, _told: Told) -> Sequence[Kept]:
            sizes = folder.sizes()
            found = kept_among(sizes)
            cut = [name for name in sizes if name.removesuffix(UNFINISHED) != name]
            for name in [*(one.name for one in found[keep:]), *cut]:
                folder.delete(name)
            return found[:keep]

        return await self._do(server, MAX_ASK_S, work)

    async def put(
        self,
        server: BackupServer,
        name: str,
        file: BinaryIO,
        told: Callable[[int], None] = lambda more: None,
    ) -> None:
        """Whole or not at all, and in the ledger before it goes. `told` in a thread of the bytes of each piece."""
        size, number = file.seek(0, io.SEEK_END), None
        file.seek(0)
        if await self._require_agreed(server):
            number = await self._store.ledger.open(
                LedgerEntry(
                    self._clock.now(),
                    LedgerKind.BACKUP,
                    server.host,
                    ContentKind.FILE,
                    size,
                    discarded=True,
                )
            )

        def work(folder: ServerFolder, go_on: Told) -> None:
            def sent(more: int) -> None:
                go_on(more)
                told(more)

            folder.put(name, file, sent)

        await self._do(server, MAX_TRANSFER_S, work)
        if number is not None:
            await self._store.ledger.settle(number, size, 0, discarded=False)

    async def get(self, server: BackupServer, name: str, path: Path, max_bytes: int) -> None:
        """Into a new file. Raises NotFoundError, RefusedError for what is larger."""
        await self._do(
            server,
            MAX_TRANSFER_S,
            lambda folder, go_on: fetch(folder, name, path, max_bytes, go_on),
        )

    async def _require_agreed(self, server: BackupServer) -> bool:
        """Whether it is outside the home. Raises RefusedError, CloudsOffError where it may get nothing."""
        if await self.is_at_home(server):
            return False
        self._clouds.require(server.host)
        if server.agreed_at is None:
            raise RefusedError(
                _(
                    "%(host)s is outside your home: first agree that locked backups go there.",
                    host=server.host,
                )
            )
        return True

    async def get_newest(self, server: BackupServer, key: str, into: Path) -> Path:
        """See `fetch_newest`."""
        check_server(server)
        return await self._do(
            server, MAX_TRANSFER_S, lambda folder, go_on: fetch_newest(folder, key, into, go_on)
        )

    async def _do(self, server: BackupServer, within_s: float, work: Work[T]) -> T:
        """In a thread, which ends at its next piece where nobody waits for it any more."""
        outside = not await self.is_at_home(server)
        is_over = False

        def go_on(_more: int) -> None:
            if is_over:
                raise DataError(_("%(host)s takes too long: try again later", host=server.host))
            if outside:
                self._clouds.require(server.host)

        def run() -> T:
            folder = folder_on(server)
            try:
                go_on(0)
                return work(folder, go_on)
            finally:
                folder.close()

        try:
            async with self._clock.timeout(within_s):
                return await asyncio.to_thread(run)
        except TimeoutError as error:
            raise DataError(
                _("%(host)s takes too long: try again later", host=server.host)
            ) from error
        finally:
            is_over = True
