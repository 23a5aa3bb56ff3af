"""A new hub becomes the household of a backup: before the first password, by the hub's code and the backup's key."""

import asyncio
import hmac
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import BodyPartReader, web

from guardian_web.gate import to_the_end
from guardian_web.keys import ACCOUNTS, CLOCK, HUB
from guardian_web.pages import page
from guardian_web.sign_in.visitor import VISITOR
from guardian_web.upload import READS_FORM
from hub.errors import PommaiError, RefusedError
from hub.translation import gettext as _

MAX_BACKUP_BYTES: Final = 4_000_000_000
MAX_UPLOAD_S: Final = 3600.0
MAX_FIELDS: Final = 6
CHUNK_BYTES: Final = 1 << 18
BACKUP: Final = "uploaded.age"
GONE: Final = "uploaded.list"
MAX_FIELD_BYTES: Final = 300
SPARE_BYTES: Final = 100_000_000
"""That the hub's disk keeps free."""


async def show(request: web.Request) -> web.StreamResponse:
    if await request.app[ACCOUNTS].is_set_up():
        raise web.HTTPSeeOther("/")
    return _page(request)


async def bring_back(request: web.Request) -> web.StreamResponse:
    """The fields stand before the files in the form, so that nobody without the code sends any."""
    if request.content_type != "multipart/form-data":
        raise web.HTTPUnsupportedMediaType(text=_("That is not a form of these pages."))
    try:
        async with _arriving(request) as folder, request.app[CLOCK].timeout(MAX_UPLOAD_S):
            key, has_list = await _read(request, folder)
            return await to_the_end(_put_in_place(request, folder, key, has_list))
    except TimeoutError:
        return _page(request, _("The file took too long to arrive."))
    except PommaiError as error:
        return _page(request, str(error))


@asynccontextmanager
async def _arriving(request: web.Request) -> AsyncIterator[Path]:
    """A folder for the files, on the disk of the hub's own."""
    data = request.app[HUB].privacy.store.database.folder
    with tempfile.TemporaryDirectory(prefix="restore.", dir=data) as folder:
        yield Path(folder)


async def _read(request: web.Request, folder: Path) -> tuple[str, bool]:
    """Puts the files there; gives the key, and whether the list came along.

    Raises RefusedError, and an HTTP error for what is no form of ours.
    """
    fields: dict[str, str] = {}
    names: list[str] = []
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or not part.name:
                raise web.HTTPBadRequest(text=_("That is not a form of these pages."))
            if part.name != "file":
                if len(fields) == MAX_FIELDS:
                    raise web.HTTPBadRequest(text=_("That is not a form of these pages."))
                fields[part.name] = (await part.read_chunk(MAX_FIELD_BYTES)).decode()
                continue
            if not names:
                await _check(request, fields)
            names.append(GONE if (part.filename or "").endswith(".list") else BACKUP)
            if names.count(names[-1]) > 1:
                raise RefusedError(_("Please choose one backup, and the list beside it."))
            await _keep(part, folder / names[-1])
    except ValueError as error:
        raise web.HTTPBadRequest(
            text=_("The form did not arrive in one piece. Please try again.")
        ) from error
    if BACKUP not in names:
        raise RefusedError(_("The file did not come along. Please choose it again."))
    return fields.get("key", ""), GONE in names


async def _check(request: web.Request, fields: dict[str, str]) -> None:
    if not hmac.compare_digest(fields.get("csrf", "").encode(), request[VISITOR].csrf.encode()):
        raise web.HTTPForbidden(
            text=_("This form is too old. Please go back, reload and try again.")
        )
    await request.app[ACCOUNTS].check_code(fields.get("code", ""))


async def _keep(part: BodyPartReader, path: Path) -> None:
    left = min(MAX_BACKUP_BYTES, shutil.disk_usage(path.parent).free - SPARE_BYTES)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while chunk := await part.read_chunk(CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise RefusedError(_("That file is too large for the hub’s disk."))
                await asyncio.to_thread(file.write, chunk)
    except OSError as error:
        raise RefusedError(_("The file can't be kept: %(why)s.", why=error.strerror)) from error


async def _put_in_place(
    request: web.Request, folder: Path, key: str, has_list: bool
) -> web.StreamResponse:
    backups = request.app[HUB].backups
    gone_list = folder / GONE if has_list else None
    done = await backups.bring_back(folder / BACKUP, key, gone_list)
    return page(request, "brought_back.html", done=done)


def _page(request: web.Request, problem: str = "") -> web.StreamResponse:
    status = HTTPStatus.CONFLICT if problem else HTTPStatus.OK
    return page(request, "bring_back.html", status, problem=problem)


ROUTES: list[web.AbstractRouteDef] = [
    web.get("/setup/restore", show),
    web.post("/setup/restore", bring_back, name=f"{READS_FORM}backup"),
]
