"""The emergency stop, which is on every page: all toys silent, until a grown-up lifts it."""

from aiohttp import web
from yarl import URL

from guardian_web.keys import HUB
from guardian_web.pages import see
from hub.storage.rows import NAME_MAX


async def stop(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    name = " ".join(str(form.get("by", "")).split())[:NAME_MAX]
    await request.app[HUB].stop_all(f"by {name}, on these pages" if name else "on these pages")
    return see(await _page_before(request))


async def resume(request: web.Request) -> web.StreamResponse:
    await request.app[HUB].resume()
    return see(await _page_before(request))


async def _page_before(request: web.Request) -> str:
    """The page that the button stood on, where it is one of ours that can be asked for again."""
    try:
        before = URL(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    page = before.relative() if before.absolute and before.raw_path.startswith("/") else URL("/")
    match = await request.app.router.resolve(request.clone(method="GET", rel_url=page))
    return str(page) if match.http_exception is None else "/"
