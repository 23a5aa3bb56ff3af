"""Fetches one page of the web that a parent asks for, and only from where it may come.

    page = await pages.fetch("https://example.org/tale", at_home=False)

A name is looked up once, every address that it has is judged, and the connection goes to just these, so that a name
which leads elsewhere a moment later (DNS rebinding) leads nowhere. Each redirect is judged in the same way, and what
leaves the home stands in the ledger before it does.
"""

import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from hub.domain.clock import Clock
from hub.domain.family.documents import MAX_ADDRESS_CHARS
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.errors import DataError, RefusedError
from hub.providers.clouds import CloudSwitch
from hub.providers.network.address import is_public
from hub.storage.store import Store
from hub.translation import gettext as _

MAX_REDIRECTS: Final = 5
MAX_HOST_CHARS: Final = 200
"""As many as the ledger keeps; a longer name is refused."""
FETCH_S: Final = 15.0
"""For the whole of it, redirects and all."""
SENDS: Final = {hdrs.USER_AGENT: "pommai", hdrs.ACCEPT_ENCODING: "identity"}
"""A page as it is, as a packed one could unpack to anything."""


@dataclass(frozen=True, slots=True)
class WebPage:
    address: str
    """Where it came from in the end."""
    raw: bytes
    content_type: str
    """Such as "text/html", without what follows; "" where nothing was said."""
    charset: str
    """"" likewise."""


class WebPages:
    """`resolver` None: the system's own."""

    def __init__(
        self,
        store: Store,
        clouds: CloudSwitch,
        clock: Clock,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._store = store
        self._clouds = clouds
        self._clock = clock
        self._resolver = resolver

    async def fetch(self, address: str, max_bytes: int, *, at_home: bool) -> WebPage:
        """`at_home`: it may be on this home's network, as the parent says.

        Raises DataError where it can't be had, RefusedError where it may not be, CloudsOffError.
        """
        asked = url = _checked(address)
        try:
            async with self._clock.timeout(FETCH_S):
                for _hop in range(MAX_REDIRECTS + 1):
                    private = at_home and url.host == asked.host
                    found = await self._one(url, max_bytes, private=private)
                    if isinstance(found, WebPage):
                        return found
                    url = _next(url, found)
        except TimeoutError as error:
            raise DataError(_("%(host)s takes too long: try again later", host=url.host)) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise DataError(
                _(
                    "%(host)s can't be reached: is the address right, and the internet there?",
                    host=url.host,
                )
            ) from error
        raise DataError(
            _("%(host)s sends us from one address to the next: try another page", host=asked.host)
        )

    async def _one(self, url: URL, max_bytes: int, *, private: bool) -> WebPage | str:
        """The page, or where it is instead."""
        places = await self._places(url, private=private)
        number = await self._note(url) if any(is_public(each["host"]) for each in places) else None
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=_Known(places)),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            ) as session,
            session.get(url, headers=SENDS, allow_redirects=False) as answer,
        ):
            if answer.status in (301, 302, 303, 307, 308):
                return answer.headers.get(hdrs.LOCATION, "")
            if answer.status != 200:
                raise DataError(
                    _(
                        "%(host)s has no such page for us (HTTP %(status)s)",
                        host=url.host,
                        status=answer.status,
                    )
                )
            page = WebPage(
                str(url),
                await _body(answer, max_bytes),
                answer.content_type if hdrs.CONTENT_TYPE in answer.headers else "",
                answer.charset or "",
            )
        if number is not None:
            await self._store.ledger.settle(number, len(str(url)), 0, discarded=False)
        return page

    async def _places(self, url: URL, *, private: bool) -> list[ResolveResult]:
        """All addresses of its host, each of which may be asked. Raises RefusedError, CloudsOffError."""
        resolver = self._resolver or ThreadedResolver()
        places = await resolver.resolve(url.raw_host or "", url.port or 0, socket.AF_UNSPEC)
        if not private and not all(is_public(each["host"]) for each in places):
            raise RefusedError(
                _(
                    "%(host)s is on your own network, or on this computer; where you mean just that, say so below "
                    "the address",
                    host=url.host,
                )
            )
        if any(is_public(each["host"]) for each in places):
            self._clouds.require(str(url.host))
        return places

    async def _note(self, url: URL) -> int:
        entry = LedgerEntry(
            self._clock.now(),
            LedgerKind.FETCH,
            str(url.host),
            ContentKind.TEXT,
            len(str(url)),
            discarded=True,
        )
        return await self._store.ledger.open(entry)


class _Known(AbstractResolver):
    """Has looked it up already."""

    def __init__(self, places: list[ResolveResult]) -> None:
        self._places = places

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return self._places

    async def close(self) -> None:
        """Nothing is open."""


def _checked(address: str) -> URL:
    """Raises DataError for what is no address of a page."""
    address = address.strip()
    url: URL | None = None
    with suppress(ValueError):
        url = URL(address if "://" in address else f"https://{address}")
    if url is not None and url.scheme not in ("http", "https"):
        raise DataError(_("only addresses that begin with https:// or http:// can be fetched"))
    if len(address) > MAX_ADDRESS_CHARS or url is None or not url.host or " " in address:
        raise DataError(_("that is no web address: it looks like https://example.org/tale"))
    if url.user or url.password:
        raise DataError(_("there is a name or a password in the address: leave it out"))
    if len(url.host) > MAX_HOST_CHARS:
        raise DataError(_("the name of that server is too long"))
    return url.with_fragment(None)


def _next(url: URL, to: str) -> URL:
    """Where a redirect leads. Raises DataError where it may not lead there."""
    following = _checked(str(url.join(URL(to))))
    if url.scheme == "https" != following.scheme:
        raise DataError(
            _("%(host)s sends us to an address without encryption: try another page", host=url.host)
        )
    return following


async def _body(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """Raises DataError for what is too long, or packed."""
    if answer.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":
        raise DataError(
            _("the page comes packed, which we didn't ask for: save it as a file, and add that")
        )
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > max_bytes:
            raise DataError(_("the page has more than %(most)s MB", most=max_bytes // 1000000))
    return bytes(body)
