"""The page on which a grown-up tries a toy, by voice or typed, and its WebSocket."""

import asyncio
import re
from functools import partial
from typing import Any, Final

from aiohttp import WSCloseCode, web

from guardian_web.gate import from_our_page
from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import guardian_page
from guardian_web.sign_in.visitor import VISITOR
from guardian_web.try_toy.line import MAX_TYPED_CHARS, TryLine
from guardian_web.try_toy.session import TrySession
from hub.translation import gettext as _

MAX_TALKS: Final = 4
"""At a time: each may keep a recogniser, a model and a voice busy."""
MAX_MESSAGE_BYTES: Final = 8 * 1024
HEARTBEAT_S: Final = 20.0
CLOSE_S: Final = 1.0

_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")

OPEN_TALKS = web.AppKey("open_talks", dict[str, asyncio.Task[Any]])
"""By session id."""


async def show(request: web.Request) -> web.StreamResponse:
    """`?toy=ID` has that toy chosen already; with `setup` it leads back to the first hour."""
    return await guardian_page(
        request,
        "try.html",
        "try",
        toys=await request.app[HUB].toys.list(),
        chosen=request.query.get("toy", ""),
        from_setup="setup" in request.query,
        typed_most=MAX_TYPED_CHARS,
    )


async def talk(request: web.Request) -> web.StreamResponse:
    """GET /ws/talk/{session_id}: see `guardian_web.try_toy.session`. The page makes up the id, a new one each time."""
    if not from_our_page(request):  # a browser lets any site open a WebSocket, with our cookie
        raise web.HTTPForbidden(text=_("Another site asked for that, so nothing was done."))
    session_id = request.match_info["session_id"]
    if not _SESSION_ID.fullmatch(session_id):
        raise web.HTTPBadRequest(text=_("A session id is 16 to 64 letters, digits, - or _."))
    talks = request.app[OPEN_TALKS]
    if session_id in talks:
        raise web.HTTPConflict(text=_("This talk is open already."))
    if len(talks) >= MAX_TALKS:
        raise web.HTTPServiceUnavailable(text=_("Too many toys are being tried already."))
    task = asyncio.current_task()
    assert task is not None
    talks[session_id] = task
    socket = web.WebSocketResponse(
        timeout=CLOSE_S, heartbeat=HEARTBEAT_S, compress=False, max_msg_size=MAX_MESSAGE_BYTES
    )
    try:
        await socket.prepare(request)
        signed_in = partial(request.app[HUB].sign_ins.known, request[VISITOR].token)
        session = TrySession(
            request.app[HUB],
            TryLine(socket, request.app[CLOCK]),
            request.app[CLOCK],
            signed_in,
        )
        await session.run()
    finally:
        del talks[session_id]
        if socket.prepared:
            await socket.close(code=WSCloseCode.GOING_AWAY)
    return socket


async def end_talks(app: web.Application) -> None:
    """At the hub's stop; else each would hold it up until its browser went."""
    talks = app[OPEN_TALKS]
    for task in list(talks.values()):
        task.cancel()
