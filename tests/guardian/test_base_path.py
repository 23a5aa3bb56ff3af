"""The pages below a path, behind a reverse proxy or Home Assistant's ingress, as a browser uses them."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page, expect

from guardian_web.app import serving
from guardian_web.base_path import ADDRESSES
from guardian_web.pages import FOLDERS_OF_TEMPLATES
from guardian_web.proxy import FORWARDED_PREFIX, INGRESS_PATH
from guardian_web.sign_in.accounts import SetupCode
from hub.domain.clock import SystemClock
from tests.devices.processes import free_port
from tests.guardian.browser import PASSWORD, choose_password, fill_in_set_up, is_live
from tests.guardian.conftest import Site
from tests.guardian.household import Household, at_home
from tests.guardian.pages_of import pages_of
from tests.guardian.reverse_proxy import ReverseProxy

BASE = "/home/pommai"
INGRESS = "/api/hassio_ingress/dG9rZW4_x-1"


@dataclass
class Below:
    home: Household
    code: SetupCode
    url: str
    stack: AsyncExitStack
    """Closed, nobody answers any more."""


@asynccontextmanager
async def below(folder: Path, base: str, header: str) -> AsyncIterator[Below]:
    """A household behind a proxy that the hub trusts."""
    clock, code, proxy = SystemClock(), SetupCode(lambda _: None), ReverseProxy(base, header)
    async with at_home(folder, clock) as home, AsyncExitStack() as stack:
        app = pages_of(home, clock, code, trusted_proxies=[ip_network("127.0.0.0/8")])
        proxy.target = (await stack.enter_async_context(serving(app, "127.0.0.1", 0))).rstrip("/")
        url = await stack.enter_async_context(proxy.serving(free_port()))
        yield Below(home, code, url, stack)


ALL_ADDRESSES = """() => [...document.querySelectorAll("[href], [src], form, [data-own], [data-from], [data-hear]")]
  .map((e) => e.getAttribute("href") ?? e.getAttribute("src") ?? e.getAttribute("action") ?? e.dataset.own ??
    e.dataset.from ?? e.dataset.hear)
  .filter((address) => address && address.startsWith("/"))"""


async def links_lead_below(page: Page) -> set[str]:
    """Every address on the page is below the path; gives those of links."""
    found = await page.evaluate(ALL_ADDRESSES)
    assert [address for address in found if not address.startswith(f"{BASE}/")] == []
    return {address for address in found if "/static/" not in address}


async def test_a_parent_finds_every_page_below_the_path(page: Page, tmp_path: Path) -> None:
    async with below(tmp_path, BASE, FORWARDED_PREFIX) as site:
        await fill_in_set_up(page, site.url, site.code)
        to_see, seen = {f"{BASE}/"}, set[str]()
        origin = site.url.removesuffix(f"{BASE}/")
        while to_see:
            address = to_see.pop()
            seen.add(address)
            answer = await page.goto(origin + address)
            assert answer is not None
            assert answer.ok, address
            found = await links_lead_below(page)
            links = await page.evaluate(
                "() => [...document.querySelectorAll('a[href]:not([download])')].map((a) => a.getAttribute('href'))"
            )
            plain = {re.sub(r"[?#].*", "", link) for link in links if link in found}
            to_see |= {link for link in plain if not re.search(r"\.\w+$", link)} - seen
        assert {f"{BASE}/household", f"{BASE}/privacy", f"{BASE}/toys", f"{BASE}/alerts"} <= seen
        cookies = await page.context.cookies()
        assert {cookie["path"] for cookie in cookies} == {f"{BASE}/"}


async def test_forms_news_and_signing_out_work_below_the_path(page: Page, tmp_path: Path) -> None:
    async with below(tmp_path, BASE, FORWARDED_PREFIX) as site:
        await choose_password(page, site.url, site.code)
        await page.goto(site.url + "household/settings")
        await page.locator("#country").select_option("IN")
        await page.get_by_role("button", name="Save", exact=True).first.click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
        assert urlsplit(page.url).path == f"{BASE}/household/settings"
        assert (await site.home.household.get()).country == "IN"
        await page.goto(site.url)
        await is_live(page)
        await site.home.emergency_stop.call("at the hub")
        await site.home.hear("t1", "hello from below")
        await expect(page.get_by_role("region", name="Emergency stop")).to_be_visible()
        await page.get_by_role("button", name="Sign out", exact=True).click()
        await expect(page.get_by_label("Password")).to_be_visible()
        assert urlsplit(page.url).path == f"{BASE}/sign-in"
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await is_live(page)
        assert urlsplit(page.url).path == f"{BASE}/"


async def test_the_talk_page_s_socket_goes_below_the_path(page: Page, tmp_path: Path) -> None:
    async with below(tmp_path, BASE, FORWARDED_PREFIX) as site:
        await choose_password(page, site.url, site.code)
        await page.goto(site.url + "try")
        async with page.expect_websocket() as opening:
            await page.get_by_label("Say it in writing").fill("hello")
            await page.keyboard.press("Enter")
        socket = await opening.value
        assert urlsplit(socket.url).path.startswith(f"{BASE}/ws/talk/")
        assert not socket.is_closed()


async def test_an_installed_app_below_the_path_says_that_the_hub_is_away(
    page: Page, tmp_path: Path
) -> None:
    async with below(tmp_path, BASE, FORWARDED_PREFIX) as site:
        await choose_password(page, site.url, site.code)
        manifest = await page.evaluate(
            """async () => {
              const link = document.querySelector("link[rel=manifest]").href;
              const told = await (await fetch(link)).json();
              return [new URL(told.start_url, link).pathname, new URL(told.scope, link).pathname];
            }"""
        )
        assert manifest == [f"{BASE}/", f"{BASE}/"]
        await page.evaluate(
            """async () => {
              const { address } = await import(new URL("address.js", document.querySelector("script").src));
              await navigator.serviceWorker.register(address("sw.js?files=x"));
              await navigator.serviceWorker.ready;
            }"""
        )
        await page.reload()
        await site.stack.aclose()
        await page.goto(site.url + "talks")
        await expect(page.get_by_role("heading", name="The hub can’t be reached")).to_be_visible()
        again = page.get_by_role("link", name="Try again")
        assert await again.get_attribute("href") == f"{BASE}/"
        font = "getComputedStyle(document.body).fontFamily"
        assert "Times" not in await page.evaluate(font), "it has our looks"


async def test_home_assistant_shows_the_pages_in_a_frame_and_nobody_else_does(
    page: Page, tmp_path: Path
) -> None:
    async with below(tmp_path, INGRESS, INGRESS_PATH) as site:
        await page.goto(site.url.replace(f"{INGRESS}/", "/framed"))
        await expect(page.frame_locator("iframe").get_by_label("One-time code")).to_be_visible()
    async with below(tmp_path, BASE, FORWARDED_PREFIX) as site, ClientSession() as session:
        answer = await session.get(site.url + "setup")
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "odd",
    [
        "//elsewhere",
        "/a//b",
        "/../x",
        "/a/..",
        'x"onload',
        "/<b>",
        "/a b",
        "/" + "a" * 300,
        "/a, /b",
    ],
)
async def test_an_odd_path_is_refused(odd: str, site: Site) -> None:
    app = pages_of(site.home, site.clock, site.code, trusted_proxies=[ip_network("127.0.0.0/8")])
    async with serving(app, "127.0.0.1", 0) as url, ClientSession() as session:
        answer = await session.get(url + "setup", headers={FORWARDED_PREFIX: odd})
        assert answer.status == 400
        assert "no single plain path" in await answer.text()
        both = {FORWARDED_PREFIX: "/a", INGRESS_PATH: "/b"}
        assert (await session.get(url + "setup", headers=both)).status == 400
        answer = await session.get(url, headers={FORWARDED_PREFIX: "/a/"}, allow_redirects=False)
        assert answer.headers["Location"] == "/a/setup"


async def test_a_stranger_s_path_counts_for_nothing(site: Site) -> None:
    browser = await site.guardian()
    answer = await browser.get("/household", **{FORWARDED_PREFIX: "/evil", INGRESS_PATH: "/evil"})
    assert answer.status == 200
    assert "/evil" not in await answer.text()
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_no_template_has_an_address_where_the_path_is_not_put_before_it() -> None:
    rooted = re.compile(r'\s([\w:-]+)="/(?!/)')
    found = {
        name
        for folder in FOLDERS_OF_TEMPLATES
        for file in folder.glob("*.html")
        for name in rooted.findall(file.read_text("utf-8"))
    }
    assert found - {"value"} <= set(ADDRESSES)
