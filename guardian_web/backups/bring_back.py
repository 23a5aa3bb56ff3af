"""A new hub becomes the household of a backup: before the first password, by the hub's code and the backup's key."""

import asyncio
import hmac
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import BodyPartReader, web

from guardian_web.backups.server_form import server_form, typed_server
from guardian_web.gate import FORM_WAIT_S, to_the_end
from guardian_web.keys import ACCOUNTS, CLOCK, HUB
from guardian_web.pages import page, typed
from guardian_web.sign_in.visitor import VISITOR
from guardian_web.upload import READS_FORM, field_of, in_one_piece, parts_of
from hub.core.backups.backups import SCRATCH
from hub.domain.backups import BackupServer
from hub.errors import PommaiError, RefusedError
from hub.translation import gettext as _

MAX_BACKUP_BYTES: Final = 4_000_000_000
MAX_UPLOAD_S: Final = 3600.0
CHUNK_BYTES: Final = 1 << 18
BACKUP: Final = "uploaded.age"
GONE: Final = "uploaded.list"
SPARE_BYTES: Final = 100_000_000
"""That the hub's disk keeps free."""


async def show(request: web.Request) -> web.StreamResponse:
    if await request.app[ACCOUNTS].is_set_up():
        raise web.HTTPSeeOther("/")
    return _page(request, "", HTTPStatus.OK)


async def bring_back(request: web.Request) -> web.StreamResponse:
    """The fields stand before the files in the form, so that nobody without the code sends any."""
    if request.content_type != "multipart/form-data":
        raise web.HTTPUnsupportedMediaType(text=_("That is not a form of these pages."))
    try:
        async with _arriving(request) as folder, request.app[CLOCK].timeout(MAX_UPLOAD_S):
            key, has_list = await _read(request, folder)
            return await to_the_end(_put_in_place(request, folder, key, has_list))
    except TimeoutError:
        problem = _("The file took too long to arrive.")
        return _page(request, problem, HTTPStatus.REQUEST_TIMEOUT)
    except _TooLargeError as error:
        return _page(request, str(error), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except PommaiError as error:
        return _page(request, str(error))


class _TooLargeError(RefusedError):
    """More than the hub's disk takes."""

    def __init__(self) -> None:
        super().__init__(_("That file is too large for the hub’s disk."))


async def bring_back_from_server(request: web.Request) -> web.StreamResponse:
    server, key = await typed_server(request), await typed(request, "key")
    try:
        await request.app[ACCOUNTS].check_code(await typed(request, "code"))
        return await to_the_end(_fetch(request, server, key))
    except PommaiError as error:
        form = server_form(replace(server, secret=""), await typed(request, "kind"))
        return _page(request, str(error), at="server", form=form)


async def _fetch(request: web.Request, server: BackupServer, key: str) -> web.StreamResponse:
    done = await request.app[HUB].backups.bring_back_from(server, key)
    return page(request, "brought_back.html", done=done)


@asynccontextmanager
async def _arriving(request: web.Request) -> AsyncIterator[Path]:
    """A folder for the files, on the disk of the hub's own."""
    data = request.app[HUB].privacy.store.database.folder
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=data) as folder:
        yield Path(folder)


async def _read(request: web.Request, folder: Path) -> tuple[str, bool]:
    """Puts the files there; gives the key, and whether the list came along.

    Raises RefusedError, TimeoutError, and an HTTP error for what is no form of ours.
    """
    names: list[str] = []
    with in_one_piece():
        parts = parts_of(request)
        async with request.app[CLOCK].timeout(FORM_WAIT_S):
            fields, file = await _fields(parts)
            await _check(request, fields)
        if file is not None:
            names.append(await _keep(file, folder))
            async for _name, file in parts:
                names.append(await _keep(file, folder))
    if BACKUP not in names:
        raise RefusedError(_("The file did not come along. Please choose it again."))
    return fields.get("key", ""), GONE in names


async def _fields(
    parts: AsyncIterator[tuple[str, BodyPartReader]],
) -> tuple[dict[str, str], BodyPartReader | None]:
    """Those before the first file, and that file; None where there is none."""
    fields: dict[str, str] = {}
    async for name, part in parts:
        if part.filename:
            return fields, part
        fields[name] = await field_of(part)
    return fields, None


async def _check(request: web.Request, fields: dict[str, str]) -> None:
    if not hmac.compare_digest(fields.get("csrf", "").encode(), request[VISITOR].csrf.encode()):
        raise web.HTTPForbidden(
            text=_("This form is too old. Please go back, reload and try again.")
        )
    await request.app[ACCOUNTS].check_code(fields.get("code", ""))
    if (request.content_length or 0) > _room_bytes(request.app[HUB].privacy.store.database.folder):
        raise _TooLargeError


async def _keep(part: BodyPartReader, folder: Path) -> str:
    """As what."""
    name = GONE if (part.filename or "").endswith(".list") else BACKUP
    left = _room_bytes(folder)
    try:
        with (folder / name).open("xb") as file:
            while chunk := await part.read_chunk(CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise _TooLargeError
                await asyncio.to_thread(file.write, chunk)
    except FileExistsError as error:
        raise RefusedError(_("Please choose one backup, and the list beside it.")) from error
    except OSError as error:
        raise RefusedError(_("The file can't be kept: %(why)s.", why=error.strerror)) from error
    return name


def _room_bytes(folder: Path) -> int:
    return min(MAX_BACKUP_BYTES, shutil.disk_usage(folder).free - SPARE_BYTES)


async def _put_in_place(
    request: web.Request, folder: Path, key: str, has_list: bool
) -> web.StreamResponse:
    backups = request.app[HUB].backups
    gone_list = folder / GONE if has_list else None
    done = await backups.bring_back(folder / BACKUP, key, gone_list)
    return page(request, "brought_back.html", done=done)


def _page(
    request: web.Request,
    problem: str = "",
    status: HTTPStatus = HTTPStatus.CONFLICT,
    *,
    at: str = "",
    form: dict[str, object] | None = None,
) -> web.StreamResponse:
    form = form or server_form(None)
    return page(request, "bring_back.html", status, problem=problem, at=at, form=form)


ROUTES: list[web.AbstractRouteDef] = [
    web.get("/setup/restore", show),
    web.post("/setup/restore", bring_back, name=f"{READS_FORM}backup"),
    web.post("/setup/restore/server", bring_back_from_server),
]
