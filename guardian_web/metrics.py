"""GET /metrics, for Prometheus: no word that was said, and nobody's name."""

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.sse import OPEN_STREAMS
from hub.metrics import CONTENT_TYPE


async def show(request: web.Request) -> web.StreamResponse:
    text = request.app[HUB].metrics(pages=len(request.app[OPEN_STREAMS]))
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})
