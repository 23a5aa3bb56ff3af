"""One vendor's HTTP API through aiohttp: a pool of connections that stay open.

For vendors without a client that is worth having; the others go through their own.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver

from hub.errors import ProviderUnavailableError
from hub.providers.far_side import FarSide, no_key

CONNECT_S = 5.0
KEEP_ALIVE_S = 90.0
"""Between a child's turns, so that the next one needs no new handshake."""


class HttpService(FarSide):
    """`name` is the provider's, `section` its settings', `key_name` the variable with its key."""

    def __init__(
        self,
        name: str,
        section: str,
        key_name: str,
        base_url: str,
        key: str,
        new_resolver: Callable[[], AbstractResolver | None] = lambda: None,
    ) -> None:
        super().__init__(name, section, key_name, base_url)
        self._new_resolver = new_resolver
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> aiohttp.ClientSession:
        """The pool, made once. Raises ProviderUnavailableError without a key."""
        if not self._key:
            raise ProviderUnavailableError(f"{self.name}: {no_key(self.key_name)}")
        if self._session is None:
            no_redirects = aiohttp.TraceConfig()
            no_redirects.on_request_redirect.append(self._refuse_redirect)
            self._session = aiohttp.ClientSession(
                trace_configs=[no_redirects],
                connector=aiohttp.TCPConnector(
                    keepalive_timeout=KEEP_ALIVE_S, resolver=self._new_resolver()
                ),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
            )
        return self._session

    async def aclose(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def post(
        self, stack: AsyncExitStack, path: str, body: Mapping[str, Any], accept: str
    ) -> aiohttp.ClientResponse:
        """The answer to JSON, closed with `stack`. Raises a ProviderError for any but HTTP 200."""
        session = await self.open()
        try:
            answer = await stack.enter_async_context(
                session.post(
                    self._base_url + path,
                    json=body,
                    headers={"Authorization": f"Bearer {self._key}", "Accept": accept},
                )
            )
        except (aiohttp.ClientError, OSError) as error:
            raise self.unreachable() from error
        if answer.status != 200:
            raise self.refusal(answer.status, answer.headers.get("Retry-After"))
        return answer

    async def pieces(self, answer: aiohttp.ClientResponse) -> AsyncGenerator[bytes]:
        """The body, as it comes in."""
        try:
            async for piece in answer.content.iter_any():
                yield piece
        except (aiohttp.ClientError, OSError) as error:
            raise self.broke_off() from error

    async def _refuse_redirect(
        self, _session: object, _context: object, answer: aiohttp.TraceRequestRedirectParams
    ) -> None:
        """Redirects, which could lead anywhere, are not followed."""
        raise self.refusal(answer.response.status)
