"""The pages on a phone: off at first, then over HTTPS by the hub's own certificate, under its own names alone."""

import asyncio
import errno
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, CookieJar, TCPConnector

from guardian_web import hosts
from guardian_web.app import create_app, serving
from guardian_web.keys import PhoneEndpoint
from guardian_web.languages import LOCALE
from guardian_web.phone.listener import PhoneListener, PhonesWelcome
from guardian_web.sign_in.accounts import Accounts, SetupCode
from hub.domain.api import LanAccess
from hub.domain.clock import SystemClock
from hub.lan.authority import Authority
from hub.lan.offered import Offered, own_interfaces
from tests.clock import FakeClock
from tests.devices.processes import free_port
from tests.guardian.browser import PASSWORD
from tests.guardian.conftest import Browser, Site
from tests.guardian.household import Household, at_home
from tests.guardian.pages_of import pages_of

LOOPBACK = "127.0.0.1"


@dataclass
class Home:
    """A hub whose pages can be opened to phones; the phone is on the same machine."""

    hub: Household
    authority: Authority
    origin: str
    """On the hub's own computer."""
    code: SetupCode
    welcomes: asyncio.Queue[PhonesWelcome] = field(default_factory=asyncio.Queue)

    async def next_address(self) -> str:
        async with asyncio.timeout(60):
            return (await self.welcomes.get()).urls[0].rstrip("/")

    def trusting(self) -> ssl.SSLContext:
        """A phone that trusts the hub's authority, and nobody else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.authority.der)
        return context

    @asynccontextmanager
    async def phone(self, origin: str) -> AsyncIterator[Browser]:
        connector = TCPConnector(ssl=self.trusting())
        async with ClientSession(connector=connector, cookie_jar=CookieJar(unsafe=True)) as session:
            yield Browser(session, origin)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    clock = SystemClock()
    async with at_home(tmp_path, clock) as hub:
        code = SetupCode(lambda _: None)
        authority = Authority.load(tmp_path, clock.now())
        endpoint = PhoneEndpoint(authority, free_port(), hub.lan_pages.get)
        accounts = Accounts(hub.people, clock, code)
        site = partial(create_app, hub, clock=clock, accounts=accounts, phones=endpoint)
        async with serving(site(), LOOPBACK, 0) as url:
            home = Home(hub, authority, url.rstrip("/"), code)
            listener = PhoneListener(site, endpoint, "ab12", home.welcomes.put_nowait, clock)
            offered = Offered("the pages", hub.lan_pages.get, listener.listening, hub.bus, clock)
            task = asyncio.create_task(offered.run())
            yield home
            task.cancel()
            await asyncio.wait([task])


async def test_a_parent_turns_it_on_and_signs_in_on_the_phone(home: Home) -> None:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        computer = Browser(session, home.origin)
        await computer.set_up(home.code.text)
        assert "code.svg" not in await computer.see("/phone")
        assert (await computer.get("/phone/code.svg")).status == 404
        answer = await computer.send("/phone", "/phone", on="on", interface="lo")
        assert answer.status == 303
        address = await home.next_address()
        page = await computer.see("/phone")
        assert f"{address}/" in page
        assert "pommai.local" in page
        code = await computer.get("/phone/code.svg")
        assert (code.status, code.content_type) == (200, "image/svg+xml")

        async with home.phone(address) as phone:
            signed_in = await phone.sign_in()
            assert signed_in.status == 303
            assert "Secure" in signed_in.headers["Set-Cookie"]
            assert "Household" in await phone.see("/")
            off = await phone.send("/phone", "/phone")
            assert off.status == 303
            async with asyncio.timeout(60):
                while True:
                    try:
                        await phone.get("/health")
                    except (OSError, ClientError):
                        break
                    await asyncio.sleep(0.02)
        assert "code.svg" not in await computer.see("/phone")


async def test_a_phone_learns_to_trust_before_anybody_signed_in(home: Home) -> None:
    await home.hub.lan_pages.save(LanAccess(True, ("lo",)))
    async with home.phone(await home.next_address()) as phone:
        page = await phone.see("/trust")
        assert home.authority.fingerprint[:2].upper() + ":" in page
        assert 'href="/trust"' in await phone.see("/setup")
        assert 'href="/trust"' not in await Browser(phone.session, home.origin).see("/setup")
        certificate = await phone.get("/trust/pommai.crt")
        assert certificate.content_type == "application/x-x509-ca-cert"
        assert await certificate.read() == home.authority.der
        assert (await phone.get("/phone")).status == 303


async def test_no_network_chosen_saves_nothing(site: Site) -> None:
    browser = await site.guardian()
    answer = await browser.send("/phone", "/phone", on="on")
    assert answer.status == 409
    assert "at least one network" in await answer.text()
    assert not (await site.home.lan_pages.get()).on


async def test_who_forgets_to_type_https_is_led_there(home: Home) -> None:
    await home.hub.lan_pages.save(LanAccess(True, ("lo",)))
    address = await home.next_address()
    async with ClientSession() as session:
        plain = address.replace("https:", "http:")
        answer = await session.get(f"{plain}/talks", allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (307, f"{address}/")
        host, port = LOOPBACK, int(address.rpartition(":")[2])
        odd = await asyncio.open_connection(host, port)
        odd[1].write(b"hello\r\n")
        assert f"Location: {address}/".encode() in await odd[0].read()
        odd[1].close()
        silent = await asyncio.open_connection(host, port)
        silent[1].close()
    async with home.phone(address) as phone:
        assert (await phone.get("/health")).status == 200


async def test_a_network_that_is_gone_is_said(site: Site) -> None:
    browser = await site.guardian()
    await site.home.lan_pages.save(LanAccess(True, ("gone0",)))
    assert "on none of the networks" in await browser.see("/phone")


async def test_what_shows_without_the_hub_is_in_the_readers_language(site: Site) -> None:
    site.home.catalogues.read(LOCALE)
    browser = await site.browser()
    german = await (await browser.get("/offline", **{"Accept-Language": "de"})).text()
    assert '<html lang="de">' in german
    assert "The hub can’t be reached" not in german


async def test_on_all_addresses_it_says_one_that_opens_and_answers_at_each(tmp_path: Path) -> None:
    async with at_home(tmp_path, clock := SystemClock()) as hub:
        pages = pages_of(hub, clock, SetupCode(lambda _: None))
        async with serving(pages, "0.0.0.0", 0) as url, ClientSession() as session:
            assert url.startswith(f"http://{LOOPBACK}:")
            for address in {*own_interfaces().values()}:
                async with session.get(url.replace(LOOPBACK, address) + "health") as answer:
                    assert answer.status == 200, address


async def test_every_address_and_name_of_this_machine_is_ours(site: Site) -> None:
    browser = await site.browser()
    for host in (*hosts.machine_addresses(), *hosts.machine_names(), "pommai.local"):
        name = f"[{host.partition('%')[0]}]" if ":" in host else host
        assert (await browser.get("/health", Host=f"{name}:8772")).status == 200, name
    assert (await browser.get("/health", Host="192.0.2.7")).status == 421


async def test_a_reverse_proxy_that_is_trusted_says_who_asks_and_how(tmp_path: Path) -> None:
    async with at_home(tmp_path, clock := SystemClock()) as hub:
        code = SetupCode(lambda _: None)
        behind = pages_of(
            hub,
            clock,
            code,
            names=["pommai.example.org"],
            trusted_proxies=[ip_network("127.0.0.1/32")],
        )
        async with serving(behind, LOOPBACK, 0) as url, ClientSession() as session:
            headers = {
                "Host": "pommai.example.org",
                "X-Forwarded-For": "203.0.113.9",
                "X-Forwarded-Proto": "https",
            }
            shown = await session.get(f"{url}setup", headers=headers)
            token = (await shown.text()).split('name="csrf" value="')[1][:64]
            form = {"csrf": token, "code": code.text, "password": PASSWORD, "repeated": PASSWORD}
            cookie = "; ".join(f"{name}={kept.value}" for name, kept in shown.cookies.items())
            origin = {"Origin": "https://pommai.example.org", "Cookie": cookie}
            answer = await session.post(
                f"{url}setup", headers=headers | origin, data=form, allow_redirects=False
            )
            assert answer.status == 303, await answer.text()
            assert "Secure" in answer.headers["Set-Cookie"]
            elsewhere = headers | {"X-Forwarded-Host": "evil.example"}
            assert (await session.get(f"{url}health", headers=elsewhere)).status == 421
            odd = headers | {"X-Forwarded-For": "<script>"}
            assert (await session.get(f"{url}health", headers=odd)).status == 400
            endless = headers | {"X-Forwarded-For": "1.2.3.4," * 500}
            assert (await session.get(f"{url}health", headers=endless)).status == 400


async def test_what_a_stranger_says_in_a_proxys_place_counts_for_nothing(site: Site) -> None:
    browser = await site.browser()
    for header in ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"):
        answer = await browser.get("/health", **{header: "evil.example"})
        assert answer.status == 200
    page = await browser.get("/sign-in", **{"X-Forwarded-Proto": "https"})
    assert "Secure" not in page.headers.get("Set-Cookie", "")


async def test_the_machines_own_addresses_hold_while_they_can_not_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_left() -> frozenset[str]:
        raise OSError(errno.EMFILE, "Too many open files")

    clock = FakeClock()
    own = hosts.OwnNames(clock)
    monkeypatch.setattr(hosts, "machine_addresses", lambda: frozenset({"192.168.1.5"}))
    assert own.know("192.168.1.5")
    monkeypatch.setattr(hosts, "machine_addresses", none_left)
    await clock.advance(2 * hosts.LOOK_EVERY_S)
    assert own.know("192.168.1.5")
    assert not own.know("192.168.1.6")
