"""A vendor's server: what to say when something goes wrong with it, and the ways to ask it.

These are its HTTP API through aiohttp, and the vendor's own client. No error repeats the server's own
text, which may hold a key, or what a child said.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
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
from hub.providers.base import not_installed
from hub.providers.clouds import CloudSwitch
from hub.providers.network.address import is_local_url
from hub.providers.network.requests import retry_after_s

CONNECT_S = 5.0
KEEP_ALIVE_S = 90.0
"""Between a child's turns, so that the next one needs no new handshake."""


@dataclass(frozen=True, slots=True)
class VendorAccount:
    """Where a server is, and the key to it."""

    url: str
    key_name: str
    """The environment variable that holds the key; "" where none is wanted."""
    key: str
    clouds: CloudSwitch
    """Asked before a connection is opened to what is outside the home."""

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

    def problem(self) -> str:
        """Why it can't be asked, in one line; "" where nothing speaks against it."""
        return self.account.no_key if self.account.url else f"no address; set {self._setting}"

    def require(self) -> None:
        """Raises ProviderUnavailableError where there is a problem, or clouds are off and it is one."""
        if not self.local:
            self.account.clouds.require(self.name)
        if problem := self.problem():
            raise ProviderUnavailableError(f"{self.name}: {problem}")

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
        self.require()
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

    async def get(self, stack: AsyncExitStack, path: str, accept: str) -> aiohttp.ClientResponse:
        """The answer, closed with `stack`. Raises a ProviderError for any but HTTP 200."""
        return await self._send(stack, "GET", path, accept)

    async def post(
        self,
        stack: AsyncExitStack,
        path: str,
        body: Mapping[str, Any] | aiohttp.FormData,
        accept: str,
    ) -> aiohttp.ClientResponse:
        """The same for what is sent as JSON, or as a form with files."""
        if isinstance(body, aiohttp.FormData):
            return await self._send(stack, "POST", path, accept, form=body)
        return await self._send(stack, "POST", path, accept, body)

    async def _send(
        self,
        stack: AsyncExitStack,
        method: str,
        path: str,
        accept: str,
        body: Mapping[str, Any] | None = None,
        form: aiohttp.FormData | None = None,
    ) -> aiohttp.ClientResponse:
        session = await self.open()
        try:
            answer = await stack.enter_async_context(
                session.request(
                    method,
                    self.account.url.rstrip("/") + path,
                    headers={"Authorization": f"Bearer {self.account.key}", "Accept": accept},
                    json=body,
                    data=form,
                )
            )
        except (aiohttp.ClientError, OSError) as error:
            raise self.unreachable() from error
        if answer.status != 200:
            raise self.refusal(answer.status, answer.headers.get("Retry-After"))
        return answer

    async def whole(self, answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
        """All of the body. Raises a ProviderError where it is longer."""
        body = bytearray()
        async for piece in self.pieces(answer):
            body += piece
            if len(body) > max_bytes:
                raise self.too_long()
        return bytes(body)

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


class VendorClient(Protocol):
    """A vendor's client."""

    async def close(self) -> None: ...


C = TypeVar("C", bound=VendorClient)


class VendorServer(RemoteServer, Generic[C]):
    """A server that is asked through its vendor's client, which is made when it is first asked for.

    `make` imports the vendor's `package`, which takes a second or more, so it runs in a thread; `extra`
    of our own distribution brings it.
    """

    def __init__(
        self,
        name: str,
        section: str,
        account: VendorAccount,
        make: Callable[[], C],
        package: str,
        *,
        extra: str = "hub",
        setting: str = "base_url",
    ) -> None:
        super().__init__(name, section, account, setting=setting)
        self._make = make
        self._package = package
        self._extra = extra
        self._lock = asyncio.Lock()
        self._client: C | None = None

    def problem(self) -> str:
        return super().problem() or not_installed(self._package, self._extra)

    async def open(self) -> C:
        """The client, made once; raises what `make` raises, and ProviderUnavailableError for a `problem`."""
        self.require()
        async with self._lock:
            if self._client is None:
                loop = asyncio.get_running_loop()
                with ThreadPoolExecutor(1, thread_name_prefix=f"{self._package}-import") as thread:
                    self._client = await loop.run_in_executor(thread, self._make)
            return self._client

    async def aclose(self) -> None:
        async with self._lock:
            client, self._client = self._client, None
            if client is not None:
                await client.close()


class AnyServer(Protocol):
    """What a `RemoteProvider` needs of the server behind it."""

    @property
    def local(self) -> bool: ...

    def problem(self) -> str: ...

    async def open(self) -> object: ...

    async def aclose(self) -> None: ...


S = TypeVar("S", bound=AnyServer)


class RemoteProvider(Generic[S]):
    """What all providers behind a server have in common; `what` is for people."""

    def __init__(self, server: S, what: str) -> None:
        self.server = server
        self.what = what
        self.local = server.local

    def problem(self) -> str:
        return self.server.problem()

    async def warm_up(self) -> None:
        await self.server.open()

    async def aclose(self) -> None:
        await self.server.aclose()
