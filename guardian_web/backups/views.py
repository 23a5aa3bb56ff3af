"""The household's backups, for its owner: where they go, how the last one went, and the emergency sheet."""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from guardian_web.backups.server_form import server_form, typed_server
from guardian_web.gate import for_guardians
from guardian_web.keys import ACCOUNTS, CLOCK, HUB
from guardian_web.pages import guardian_page, page, see, typed
from guardian_web.privacy.words import size_words
from guardian_web.sign_in.visitor import VISITOR
from hub.core.backups.backups import MAX_FOLDER_CHARS, Step
from hub.core.people.passwords import MAX_PASSWORD_CHARS
from hub.domain.backups import BackupServer
from hub.domain.family.people import Role
from hub.errors import PommaiError
from hub.translation import gettext as _
from hub.translation import marked

PAGE: Final = "/backups"
MAX_SHOWN: Final = 20
"""Of those that are kept."""
STEPS: Final = {
    Step.COPYING: marked("Copying what the hub keeps …"),
    Step.LOCKING: marked("Locking it with your key …"),
    Step.TRYING: marked("Trying whether it can be restored …"),
    Step.SENDING: marked("Sending it to your server …"),
}
DONE: Final = {"saved": marked("Saved.")}


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def choose(request: web.Request) -> web.StreamResponse:
    folder = await typed(request, "folder")
    try:
        await request.app[HUB].backups.choose(folder)
    except PommaiError as error:
        return await _page(request, str(error), "folder", folder[:MAX_FOLDER_CHARS])
    return see(f"{PAGE}?done=saved")


async def choose_server(request: web.Request) -> web.StreamResponse:
    server, agreed = await typed_server(request), bool(await typed(request, "agreed"))
    try:
        await request.app[HUB].backups.choose_server(server, agreed=agreed)
    except PommaiError as error:
        return await _page(request, str(error), "server", server=server)
    return see(f"{PAGE}?done=saved")


async def begin(request: web.Request) -> web.StreamResponse:
    try:
        await request.app[HUB].backups.ask()
    except PommaiError as error:
        return await _page(request, str(error), "now")
    return see(PAGE)


async def try_one(request: web.Request) -> web.StreamResponse:
    name = request.match_info["backup"]
    try:
        tried = await request.app[HUB].backups.try_one(name)
    except PommaiError as error:
        return await _page(request, str(error), name)
    return await _page(request, tried=tried.name)


async def sheet(request: web.Request) -> web.StreamResponse:
    """The key, shown on the page of this answer alone, to who knows the password."""
    password = str((await request.post()).get("current", ""))
    try:
        await request.app[ACCOUNTS].confirm(request[VISITOR].guardian, password)
        key = await request.app[HUB].backups.key()
    except PommaiError as error:
        return await _page(request, str(error), "sheet")
    return page(request, "sheet.html", key=key, day=request.app[CLOCK].now())


async def _page(
    request: web.Request,
    problem: str = "",
    at: str = "",
    folder: str | None = None,
    *,
    tried: str = "",
    server: BackupServer | None = None,
) -> web.StreamResponse:
    backups = request.app[HUB].backups
    place = await backups.place()
    steps = [step for step in STEPS if place.server or step is not Step.SENDING]
    step = backups.step or Step.COPYING
    return await guardian_page(
        request,
        "backups.html",
        "household",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        own=PAGE,
        place=place,
        folder=str(place.folder or "") if folder is None else folder,
        kept=(await backups.kept())[:MAX_SHOWN],
        busy=backups.busy,
        step=_(STEPS[step]),
        progress=100 * steps.index(step) // len(steps) + backups.sent_percent // len(steps),
        form=server_form(server or place.server, await _kind(request)),
        failed=backups.problem,
        problem=problem,
        at=at,
        tried=tried,
        done=DONE.get(request.query.get("done", ""), ""),
        size_words=size_words,
        folder_max=MAX_FOLDER_CHARS,
        password_max=MAX_PASSWORD_CHARS,
    )


async def _kind(request: web.Request) -> str:
    """Of server that was typed, where one was."""
    return await typed(request, "kind") if request.method == "POST" else ""


ROUTES: list[web.AbstractRouteDef] = [
    web.get(PAGE, for_guardians(show, Role.OWNER)),
    web.post(PAGE, for_guardians(choose, Role.OWNER)),
    web.post(f"{PAGE}/server", for_guardians(choose_server, Role.OWNER)),
    web.post(f"{PAGE}/now", for_guardians(begin, Role.OWNER)),
    web.post(f"{PAGE}/sheet", for_guardians(sheet, Role.OWNER)),
    web.post(f"{PAGE}/{{backup}}/try", for_guardians(try_one, Role.OWNER)),
]
