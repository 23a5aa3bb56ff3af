"""The fields of a server for backups, on two pages: what is typed there, as a person knows their server."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from aiohttp import web

from hub.core.backups.places import (
    MAX_ADDRESS_CHARS,
    MAX_BUCKET_CHARS,
    MAX_SECRET_CHARS,
    MAX_USER_CHARS,
)
from hub.domain.backups import BackupServer, ServerKind
from hub.translation import marked

NEXTCLOUD: Final = "nextcloud"
KINDS: Final = {
    NEXTCLOUD: marked("Nextcloud"),
    ServerKind.WEBDAV: marked("A folder on your NAS, or elsewhere (WebDAV)"),
    ServerKind.S3: marked("S3 storage"),
}
MAX_CHARS: Final = {
    "address": MAX_ADDRESS_CHARS,
    "user": MAX_USER_CHARS,
    "secret": MAX_SECRET_CHARS,
    "bucket": MAX_BUCKET_CHARS,
}


async def typed_server(request: web.Request) -> BackupServer:
    """As it was typed; whether there is such a server is not asked yet."""
    return server_from({name: str(value) for name, value in (await request.post()).items()})


def server_from(form: Mapping[str, str]) -> BackupServer:
    kind, address, user, bucket, region = (
        form.get(name, "").strip() for name in ("kind", "address", "user", "bucket", "region")
    )
    if address and "://" not in address:
        address = f"https://{address}"
    if kind == NEXTCLOUD and "/remote.php/" not in address:
        address = f"{address.rstrip('/')}/remote.php/dav/files/{quote(user, safe='')}/Pommai"
    is_s3 = kind == ServerKind.S3
    return BackupServer(
        ServerKind.S3 if is_s3 else ServerKind.WEBDAV,
        address,
        user,
        form.get("secret", ""),
        bucket if is_s3 else "",
        region if is_s3 else "",
    )


def server_form(server: BackupServer | None, kind: str = "") -> dict[str, object]:
    """What the template `_server.html` shows; never the secret."""
    return {
        "kinds": KINDS,
        "kind": kind or (server.kind if server else NEXTCLOUD),
        "server": server,
        "max_chars": MAX_CHARS,
    }
