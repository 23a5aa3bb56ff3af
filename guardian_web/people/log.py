"""The page of the audit log: who did what, the newest first."""

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page
from guardian_web.people.words import doer

SHOWN = 50
"""On one page."""
MAX_DIGITS = 15


async def show(request: web.Request) -> web.StreamResponse:
    """`?before=NUMBER` has those before that line."""
    text = request.query.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None
    deeds = await request.app[HUB].audit.list(SHOWN + 1, before)
    shown = deeds[:SHOWN]
    return await guardian_page(
        request,
        "log.html",
        "household",
        deeds=[(deed, doer(deed)) for deed in shown],
        older=shown[-1].number if len(deeds) > SHOWN else None,
        is_first=before is None,
    )
