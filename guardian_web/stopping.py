"""The emergency stop and quiet time, which are on every page, until a grown-up ends them."""

from aiohttp import web
from yarl import URL

from guardian_web.keys import HUB
from guardian_web.pages import see
from hub.storage.rows import NAME_MAX


async def stop(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    name = " ".join(str(form.get("by", "")).split())[:NAME_MAX]
    await request.app[HUB].stop_all(f"by {name}, on these pages" if name else "on these pages")
    return see(_page_before(str(form.get("back", ""))))


async def resume(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    await request.app[HUB].resume()
    return see(_page_before(str(form.get("back", ""))))


async def quieten(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    await request.app[HUB].set_quiet("on" in form)
    return see(_page_before(str(form.get("back", ""))))


def _page_before(address: str) -> str:
    """The page that the button stood on; the first one where that is none of ours."""
    try:
        page = URL(address)
    except ValueError:
        return "/"
    ours = address.startswith("/") and "//" not in address and not page.absolute
    return str(page) if ours else "/"
