"""A folder on a server, whatever it speaks. All of it blocks."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from yarl import URL

from hub.domain.backups import BackupServer, ServerKind
from hub.errors import NotFoundError, RefusedError
from hub.storage.backup import PIECE_BYTES, identity_of, kept_among
from hub.storage.gone import MAX_LIST_BYTES, list_beside
from hub.translation import gettext as _

MAX_LISTED: Final = 5000
"""Files in one folder."""
MAX_ANSWER_BYTES: Final = 8_000_000
"""What a server may answer, but for a file that was asked for."""
CONNECT_S: Final = 10.0
READ_S: Final = 60.0
"""Without a byte of an answer."""

MAX_ADDRESS_CHARS: Final = 300
MAX_USER_CHARS: Final = 200
MAX_SECRET_CHARS: Final = 300
MAX_BUCKET_CHARS: Final = 200
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{2,62}(?:/[A-Za-z0-9._-]+)*/?")
_REGION: Final = re.compile(r"[a-z0-9-]{0,40}")

SPARE_BYTES: Final = 100_000_000
"""That the hub's disk keeps free."""

Told = Callable[[int], None]
"""Is told how many bytes went or came since it was last; what it raises ends the transfer."""


class ServerFolder(Protocol):
    """Raises PommaiError with a line that names no secret."""

    def sizes(self) -> dict[str, int]:
        """In bytes, by the name of each file; an empty folder is made where none is."""
        ...

    def put(self, name: str, file: BinaryIO, told: Told) -> None:
        """Whole or not at all: nothing of that name is there where it fails."""
        ...

    def get(self, name: str, file: BinaryIO, told: Told) -> None:
        """Into `file`. Raises NotFoundError."""
        ...

    def delete(self, name: str) -> None: ...

    def close(self) -> None: ...


def folder_on(server: BackupServer) -> ServerFolder:
    """Raises RefusedError for an address that can't be one."""
    # Only here, as each loads a library that most families never need.
    if server.kind is ServerKind.S3:
        from hub.egress.backup_servers.s3 import Bucket

        return Bucket(server)
    from hub.egress.backup_servers.webdav import WebDavFolder

    return WebDavFolder(server)


def pieces(file: BinaryIO, told: Told) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece
        told(len(piece))


def fetch(folder: ServerFolder, name: str, path: Path, max_bytes: int, told: Told) -> None:
    """Into a new file. Raises NotFoundError, RefusedError for what is larger."""
    left = max_bytes

    def came(more: int) -> None:
        nonlocal left
        told(more)
        left -= more
        if left < 0:
            raise RefusedError(_("That file is too large for the hub’s disk."))

    with path.open("xb") as file:
        folder.get(name, file, came)


def fetch_newest(folder: ServerFolder, key: str, into: Path, told: Told) -> Path:
    """The newest backup, and the list of the household with that key: where the backup lies.

    Raises NotFoundError; RefusedError for what is no key, or larger than the disk has room for.
    """
    identity = identity_of(key)
    kept = kept_among(folder.sizes())
    if not kept:
        raise NotFoundError(_("There is no backup in that folder of the server."))
    newest, gone_list = into / kept[0].name, list_beside(into, identity)
    fetch(folder, newest.name, newest, room_in(into), told)
    try:
        fetch(folder, gone_list.name, gone_list, MAX_LIST_BYTES, told)
    except NotFoundError:
        gone_list.unlink(missing_ok=True)
    return newest


def room_in(folder: Path) -> int:
    """Of its disk, in bytes."""
    return shutil.disk_usage(folder).free - SPARE_BYTES


def check_server(server: BackupServer) -> None:
    """Raises RefusedError for what can be no server."""
    try:
        url = URL(server.address)
        is_one = url.scheme in ("http", "https") and bool(url.host) and not url.user
        _port = url.port
    except ValueError:
        is_one = False
    if not is_one or len(server.address) > MAX_ADDRESS_CHARS:
        raise RefusedError(
            _("That is no server’s address: it looks like https://cloud.example.org/backups.")
        )
    if not server.user or not server.secret:
        raise RefusedError(_("Type the name and the password, too."))
    if len(server.user) > MAX_USER_CHARS or len(server.secret) > MAX_SECRET_CHARS:
        raise RefusedError(_("The name or the password is too long."))
    is_bucket = server.kind is not ServerKind.S3 or _BUCKET.fullmatch(server.bucket)
    if not is_bucket or len(server.bucket) > MAX_BUCKET_CHARS:
        raise RefusedError(
            _("That is no bucket’s name: small letters, digits and dashes, and perhaps /folder.")
        )
    if not _REGION.fullmatch(server.region):
        raise RefusedError(_("That is no region’s name: it looks like eu-central-1."))
