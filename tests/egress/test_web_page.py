"""A page of the web, fetched from real servers: 127.0.0.2 counts as the internet, and 127.0.0.1 as what it is."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.egress import web_page
from hub.egress.web_page import FETCH_S, WebPages
from hub.errors import CloudsOffError, DataError, RefusedError
from hub.events import Bus
from hub.providers.clouds import CloudSwitch
from hub.providers.network.address import is_public
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.new_household import open_household

OUTSIDE = "127.0.0.2"
MAX_BYTES = 1000


@dataclass
class Names(AbstractResolver):
    """What each name leads to; one with several leads to the next of them each time."""

    table: dict[str, list[str]]
    looked_up: list[str] = field(default_factory=list)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.looked_up.append(host)
        places = self.table.get(host, [host])
        place = places.pop(0) if len(places) > 1 else places[0]
        return [
            ResolveResult(
                hostname=host, host=place, port=port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Web:
    """One server on both addresses, and pages fetched from it."""

    store: Store
    clock: FakeClock
    names: Names
    port: int
    asked: list[str]
    clouds: CloudSwitch = field(default_factory=lambda: CloudSwitch(off=False))

    async def fetch(self, path: str, host: str = "tale.example", *, at_home: bool = False) -> str:
        pages = WebPages(self.store, self.clouds, self.clock, self.names)
        address = f"http://{host}:{self.port}{path}"
        return (await pages.fetch(address, MAX_BYTES, at_home=at_home)).raw.decode()

    async def noted(self) -> list[LedgerEntry]:
        return await self.store.ledger.recent(10)


@pytest.fixture
async def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    monkeypatch.setattr(web_page, "is_public", lambda ip: ip == OUTSIDE or is_public(ip))
    clock, bus, asked = FakeClock(), Bus(), list[str]()

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(f"{request.url.host}{request.path}")
        if "to" in request.query:
            return web.Response(status=302, headers={"Location": request.query["to"]})
        match request.path:
            case "/around":
                return web.Response(status=302, headers={"Location": "/around"})
            case "/tale":
                return web.Response(text="A tale.", content_type="text/html")
            case "/long":
                return web.Response(text="a" * (MAX_BYTES + 1))
            case "/packed":
                return web.Response(body=b"x", headers={"Content-Encoding": "br"})
            case "/slow":
                await asyncio.Event().wait()
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(TestServer(app, host="0.0.0.0"))
        database = await open_household(tmp_path, clock)
        stack.push_async_callback(database.aclose)
        names = Names({"tale.example": [OUTSIDE], "nas.example": ["127.0.0.1"]})
        yield Web(Store(database, bus, clock), clock, names, server.port or 0, asked)


async def test_a_page_comes_once_and_its_request_is_in_the_ledger(there: Web) -> None:
    assert await there.fetch("/tale") == "A tale."
    assert there.asked == ["tale.example/tale"]
    [entry] = await there.noted()
    length = len(f"http://tale.example:{there.port}/tale")
    assert entry == LedgerEntry(
        there.clock.now(), LedgerKind.FETCH, "tale.example", ContentKind.TEXT, length
    )


async def test_what_is_at_home_is_asked_only_where_a_parent_says_so(there: Web) -> None:
    for host in ("nas.example", "127.0.0.1"):
        with pytest.raises(RefusedError, match="on your own network"):
            await there.fetch("/tale", host)
    assert there.asked == []
    assert await there.fetch("/tale", "nas.example", at_home=True) == "A tale."
    assert await there.noted() == []


async def test_a_name_that_leads_elsewhere_a_moment_later_leads_nowhere(there: Web) -> None:
    there.names.table["tale.example"] = [OUTSIDE, "127.0.0.1"]
    assert await there.fetch("/tale") == "A tale."
    assert there.names.looked_up == ["tale.example"]
    with pytest.raises(RefusedError):
        await there.fetch("/tale")


async def test_redirects_are_followed_as_far_as_they_may_lead(there: Web) -> None:
    assert await there.fetch("/?to=/tale") == "A tale."
    for to, why in (
        (f"http://nas.example:{there.port}/tale", "on your own network"),
        ("file:///etc/passwd", "begin with https"),
        ("/around", "from one address to the next"),
    ):
        with pytest.raises((RefusedError, DataError), match=why):
            await there.fetch(f"/?to={to}", at_home=True)
    assert "nas.example/tale" not in there.asked


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/long", "more than 0 MB"),
        ("/packed", "comes packed"),
        ("/none", "HTTP 404"),
    ],
)
async def test_what_cannot_be_taken_says_why_and_counts_as_of_no_use(
    there: Web, path: str, why: str
) -> None:
    with pytest.raises(DataError, match=why):
        await there.fetch(path)
    [entry] = await there.noted()
    assert entry.discarded


async def test_a_slow_page_is_given_up(there: Web) -> None:
    fetching = asyncio.create_task(there.fetch("/slow"))
    while not there.asked:
        await asyncio.sleep(0)
    await there.clock.advance(FETCH_S)
    with pytest.raises(DataError, match="takes too long"):
        await fetching


async def test_nothing_leaves_while_all_clouds_are_off(there: Web) -> None:
    there.clouds.set_off(True)
    with pytest.raises(CloudsOffError):
        await there.fetch("/tale")
    assert there.asked == []
    assert await there.fetch("/tale", "nas.example", at_home=True) == "A tale."


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a b",
        "http://",
        "ftp://tale.example/",
        "javascript:alert(1)",
        "http://a:b@tale.example/",
        "https://tale.example/" + "a" * 2000,
        f"https://{'a' * 250}.example/",
    ],
)
async def test_what_is_no_address_of_a_page_is_refused(there: Web, address: str) -> None:
    with pytest.raises(DataError):
        await WebPages(there.store, there.clouds, there.clock, there.names).fetch(
            address, MAX_BYTES, at_home=True
        )
    assert there.names.looked_up == []


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:192.168.1.1", False),
        ("64:ff9b::c0a8:101", False),
        ("2002:c0a8:101::1", False),
    ],
)
def test_which_addresses_are_the_internet_s(ip: str, public: bool) -> None:
    assert is_public(ip) is public
