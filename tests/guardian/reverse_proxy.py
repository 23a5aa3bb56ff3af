"""A reverse proxy as families have them: it puts the pages below a path, which it takes away before it asks the hub."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import ClientSession, ClientTimeout, WSMsgType, hdrs, web

HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "host", "content-length"}


class ReverseProxy:
    """`header` is what it says its path with."""

    def __init__(self, base: str, header: str) -> None:
        self.base = base
        self.target = ""
        """Set it before anybody asks."""
        self._header = header

    @asynccontextmanager
    async def serving(self, port: int) -> AsyncIterator[str]:
        """Gives the address at which the pages begin."""
        app = web.Application()
        app.router.add_get("/framed", self._framed)
        app.router.add_route("*", self.base + "/{tail:.*}", self._pass)
        runner = web.AppRunner(app, shutdown_timeout=0.5)
        await runner.setup()
        async with ClientSession(auto_decompress=False) as self._session:
            try:
                await web.TCPSite(runner, "127.0.0.1", port).start()
                yield f"http://127.0.0.1:{port}{self.base}/"
            finally:
                await runner.cleanup()

    async def _framed(self, request: web.Request) -> web.Response:
        """A page of the same site that shows the hub's in a frame, as Home Assistant does."""
        html = f'<!doctype html><title>Home</title><iframe src="{self.base}/"></iframe>'
        return web.Response(text=html, content_type="text/html")

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        url = self.target + request.path_qs.removeprefix(self.base)
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in HOP
        }
        headers |= {
            hdrs.X_FORWARDED_FOR: request.remote or "",
            hdrs.X_FORWARDED_HOST: request.host,
            hdrs.X_FORWARDED_PROTO: request.scheme,
            self._header: self.base,
        }
        if request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
            return await self._pass_socket(request, url, headers)
        async with self._session.request(
            request.method,
            url,
            headers=headers,
            data=await request.read() or None,
            allow_redirects=False,
            timeout=ClientTimeout(total=None),
        ) as answer:
            response = web.StreamResponse(status=answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in HOP:
                    response.headers.add(name, value)
            await response.prepare(request)
            with suppress(ConnectionResetError):
                async for piece in answer.content.iter_any():
                    await response.write(piece)
            return response

    async def _pass_socket(
        self, request: web.Request, url: str, headers: dict[str, str]
    ) -> web.StreamResponse:
        ours = web.WebSocketResponse()
        await ours.prepare(request)
        kept = {
            name: value for name, value in headers.items() if not name.startswith("Sec-WebSocket")
        }
        async with self._session.ws_connect(url, headers=kept) as theirs:

            async def there() -> None:
                async for message in ours:
                    if message.type is WSMsgType.TEXT:
                        await theirs.send_str(message.data)
                    elif message.type is WSMsgType.BINARY:
                        await theirs.send_bytes(message.data)
                await theirs.close()

            going = asyncio.create_task(there())
            try:
                async for message in theirs:
                    if message.type is WSMsgType.TEXT:
                        await ours.send_str(message.data)
                    elif message.type is WSMsgType.BINARY:
                        await ours.send_bytes(message.data)
            finally:
                going.cancel()
        await ours.close()
        return ours
