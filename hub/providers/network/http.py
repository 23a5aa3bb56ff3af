"""A vendor's server: what to say when something goes wrong with it, and its HTTP API through aiohttp.

No error repeats the server's own text, which may hold a key, or what a child said.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from hub.errors import (
    ProviderAuthError,
    ProviderBusyError,
    ProviderError,
    ProviderRequestError,
    ProviderUnavailableError,
)
from hub.providers.base import Availability
from hub.providers.network.address import is_local_url
from hub.providers.network.requests import retry_after_s

CONNECT_S = 5.0
KEEP_ALIVE_S = 90.0
"""Between a child's turns, so that the next one needs no new handshake."""


@dataclass(frozen=True, slots=True)
class VendorAccount:
    """Where a server is, and the key to it."""

    url: str
    key_name: str = ""
    """The environment variable that holds the key; "" where none is wanted."""
    key: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or self.url

    @property
    def no_key(self) -> str:
        """What to do where the key is missing; "" where it is there."""
        return "" if self.key else f"no key; set {self.key_name} in the hub's environment"

    @property
    def local(self) -> bool:
        """Whether the server is on the home network."""
        return is_local_url(self.url)

    def available(self, what: str) -> Availability:
        """Whether the server could be asked for `what`, as far as the key tells."""
        return Availability(not self.no_key, self.no_key or what, self.local)


class RemoteServer:
    """The errors of one server, each in one line for a person: what it is and what to do.

    `name` is the provider's, `section` its settings', `setting` the one with the server's address.
    """

    def __init__(
        self, name: str, section: str, account: VendorAccount, *, setting: str = "base_url"
    ) -> None:
        self.name = name
        self.account = account
        self.section = section
        self.local = account.local
        self._setting = f"[{section}] {setting}"

    @property
    def host(self) -> str:
        return self.account.host

    def require_key(self) -> None:
        """Raises ProviderUnavailableError without a key."""
        if self.account.no_key:
            raise ProviderUnavailableError(f"{self.name}: {self.account.no_key}")

    def unreachable(self) -> ProviderBusyError:
        todo = (
            f"is it running, and is {self._setting} right?"
            if self.local
            else f"check the internet connection and {self._setting}"
        )
        return ProviderBusyError(f"{self.name}: can't reach {self.host}; {todo}")

    def broke_off(self) -> ProviderError:
        return ProviderError(f"{self.name}: {self.host} broke off in the middle of its answer")

    def nonsense(self, what: str = "what it never should") -> ProviderError:
        return ProviderError(f"{self.name}: {self.host} answered {what}; check {self._setting}")

    def too_long(self) -> ProviderError:
        return ProviderError(
            f"{self.name}: {self.host} sent far more than an answer; check {self._setting}"
        )

    def no_credit(self) -> ProviderUnavailableError:
        return ProviderUnavailableError(
            f"{self.name}: the account at {self.host} has nothing left; top it up"
        )

    def refusal(self, status: int, retry_after: str | None = None) -> ProviderError:
        """What an HTTP status means; `retry_after` is the header of that name."""
        if status in (401, 403):
            key = f"the key in {self.account.key_name}" if self.account.key else "us without a key"
            return ProviderAuthError(
                f"{self.name}: {self.host} refused {key}; set a valid one and start again"
            )
        if status == 402:
            return self.no_credit()
        if status == 429:
            return ProviderBusyError(
                f"{self.name}: {self.host} takes no more requests now; wait, or check the account",
                retry_after_s(retry_after),
            )
        if status >= 500:
            return ProviderBusyError(
                f"{self.name}: {self.host} has trouble (HTTP {status}); it is tried again later",
                retry_after_s(retry_after),
            )
        return ProviderRequestError(
            f"{self.name}: {self.host} does not take our request (HTTP {status}); "
            f"check [{self.section}], and the toy's model and voice"
        )


class HttpServer(RemoteServer):
    """A server for whose vendor there is no client worth having: a pool of connections that stay open."""

    def __init__(
        self,
        name: str,
        section: str,
        account: VendorAccount,
        *,
        setting: str = "base_url",
        new_resolver: Callable[[], AbstractResolver | None] = lambda: None,
    ) -> None:
        super().__init__(name, section, account, setting=setting)
        self._new_resolver = new_resolver
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> aiohttp.ClientSession:
        """The pool, made once. Raises ProviderUnavailableError without a key."""
        self.require_key()
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
                    self.account.url.rstrip("/") + path,
                    json=body,
                    headers={"Authorization": f"Bearer {self.account.key}", "Accept": accept},
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
