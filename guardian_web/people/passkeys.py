"""One's own passkeys: making one, which begins with the password, and removing one."""

from aiohttp import web

from guardian_web.audit.notes import TOLD
from guardian_web.keys import ACCOUNTS, HUB
from guardian_web.pages import see, typed
from guardian_web.people.views import PAGE, people_page, refused
from guardian_web.sign_in.passkeys import page_for_passkeys
from guardian_web.sign_in.visitor import VISITOR
from hub.errors import PommaiError, RefusedError
from hub.translation import marked

AT = "passkeys"


async def begin(request: web.Request) -> web.StreamResponse:
    """The page of the answer alone lets the browser make one, by a challenge of five minutes."""
    hub, me, at = request.app[HUB], request[VISITOR].guardian, page_for_passkeys(request)
    try:
        await request.app[ACCOUNTS].confirm(me, await typed(request, "current"))
    except RefusedError as error:
        return await refused(request, error, AT)
    options = await hub.passkeys.to_add(me, at)
    return await people_page(request, passkey_options=options)


async def add(request: web.Request) -> web.StreamResponse:
    hub, me, name = request.app[HUB], request[VISITOR].guardian, await typed(request, "name")
    try:
        await hub.passkeys.add(me, name, await typed(request, "answer"), page_for_passkeys(request))
    except PommaiError as error:
        return await refused(request, error, AT)
    return see(f"{PAGE}?done=passkey#{AT}")


async def remove(request: web.Request) -> web.StreamResponse:
    """With the password, so that who finds an open page can't lock its owner out."""
    hub, me = request.app[HUB], request[VISITOR].guardian
    try:
        await request.app[ACCOUNTS].confirm(me, await typed(request, "current"))
        gone = await hub.passkeys.remove(me, request.match_info["passkey"])
    except PommaiError as error:
        return await refused(request, error, AT)
    request[TOLD] = marked("removed their passkey %(name)s", name=gone.name)
    return see(f"{PAGE}?done=passkey-removed#{AT}")
