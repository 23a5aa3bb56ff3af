"""A toy that moves to another household as a file, and one that comes in with a file."""

import re
from http import HTTPStatus

from aiohttp import web

from guardian_web.gate import for_guardians
from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, toy_of, typed
from guardian_web.upload import TAKES_FILES, UPLOAD
from hub.core.moving.toy_moves import MAX_FILE_BYTES, Arrival
from hub.domain.limits import MAX_NAME_CHARS
from hub.domain.toys import Toy
from hub.errors import PommaiError, RefusedError
from hub.translation import gettext as _


def file_name(toy: Toy) -> str:
    """For the file of a toy: of its name what every system takes."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", toy.name).strip("-").lower()
    return f"{plain or 'toy'}.pommai-toy.zip"


async def show_export(request: web.Request) -> web.StreamResponse:
    return await _export_page(request, await toy_of(request))


async def export(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    child_id, known = await typed(request, "child"), await typed(request, "knowledge") == "yes"
    try:
        if child_id and child_id not in toy.child_ids:
            raise RefusedError(_("That child does not talk with this toy. Please choose again."))
        content = await request.app[HUB].toy_moves.pack(toy, child_id, knowledge=known)
    except PommaiError as error:
        return await _export_page(request, toy, str(error))
    return web.Response(
        body=content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{file_name(toy)}"'},
    )


async def show_import(request: web.Request) -> web.StreamResponse:
    return await _import_page(request)


async def take_in(request: web.Request) -> web.StreamResponse:
    """A new toy of the file that came along; what isn't as it was is told."""
    upload = request.get(UPLOAD)
    name, child_id, content = "", "", b""
    if upload is not None:
        name = upload.fields.get("name", "").strip()
        child_id = upload.fields.get("child", "")
        content = upload.files[0] if upload.files else b""
    try:
        if not content:
            raise RefusedError(_("The file did not come along. Please choose it again."))
        if len(name) > MAX_NAME_CHARS:
            raise RefusedError(
                _("That name is too long: at most %(most)s characters fit.", most=MAX_NAME_CHARS)
            )
        arrival = await request.app[HUB].toy_moves.unpack(content, name, child_id)
    except PommaiError as error:
        return await _import_page(request, problem=str(error), name=name[:MAX_NAME_CHARS])
    return await _import_page(request, arrival=arrival)


async def _export_page(request: web.Request, toy: Toy, problem: str = "") -> web.StreamResponse:
    children = await request.app[HUB].children.list()
    return await guardian_page(
        request,
        "toy_export.html",
        "toys",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        own=f"/toys/{toy.id}/export",
        toy=toy,
        problem=problem,
        children=[child for child in children if child.id in toy.child_ids],
    )


async def _import_page(
    request: web.Request, *, problem: str = "", name: str = "", arrival: Arrival | None = None
) -> web.StreamResponse:
    return await guardian_page(
        request,
        "toy_import.html",
        "toys",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        own="/toys/import",
        problem=problem,
        name=name,
        arrival=arrival,
        children=await request.app[HUB].children.list(),
        name_max=MAX_NAME_CHARS,
        most_kb=MAX_FILE_BYTES // 1000,
    )


ROUTES: list[web.AbstractRouteDef] = [
    web.get("/toys/import", for_guardians(show_import)),
    web.post("/toys/import", for_guardians(take_in), name=f"{TAKES_FILES}toy"),
    web.get("/toys/{toy}/export", for_guardians(show_export)),
    web.post("/toys/{toy}/export", for_guardians(export)),
]
