"""The gate of people: sessions can't be fixed or kept, streams answer our pages alone, nothing stays in a cache."""

import asyncio
import re
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError
from yarl import URL

from guardian_web.app import serving
from guardian_web.gate import HEADERS
from guardian_web.sign_in.accounts import MAX_TRIES_A_MINUTE_FOR_ACCOUNT, Accounts, Asker, SetupCode
from guardian_web.sign_in.tries import SLOW_TRY_S
from hub.domain.family.people import Role
from hub.errors import RefusedError
from tests.clock import FakeClock
from tests.guardian.browser import PASSWORD
from tests.guardian.conftest import Browser, Site
from tests.guardian.household import at_home
from tests.guardian.pages_of import pages_of

EVIL = "https://evil.example"
SESSION = "pommai_session"


def session_of(browser: Browser) -> str:
    return next(c.value for c in browser.session.cookie_jar if c.key == SESSION)


async def test_a_planted_session_is_never_the_one_that_signs_in(site: Site) -> None:
    await site.guardian()
    planted = "x" * 43
    victim = await site.browser()
    victim.session.cookie_jar.update_cookies(
        {SESSION: planted, "pommai_form": planted}, URL(site.origin)
    )
    assert (await victim.sign_in()).status == 303
    assert session_of(victim) != planted
    thief = await site.browser()
    assert (await thief.get("/", Cookie=f"{SESSION}={planted}")).status == 303


async def test_signing_in_again_ends_the_session_before(site: Site) -> None:
    owner = await site.guardian()
    before = session_of(owner)
    csrf = re.findall(r'name="csrf" value="(\w+)"', await owner.see("/people"))[0]
    assert (await owner.post("/sign-in", csrf=csrf, password=PASSWORD)).status == 303
    assert session_of(owner) != before
    thief = await site.browser()
    assert (await thief.get("/", Cookie=f"{SESSION}={before}")).status == 303


async def test_over_https_the_cookies_go_over_https_alone(tmp_path: Path) -> None:
    """As behind a proxy that the owner named."""
    clock, code = FakeClock(), SetupCode(lambda _: None)
    async with at_home(tmp_path, clock) as home, AsyncExitStack() as stack:
        app = pages_of(home, clock, code, trusted_proxies=[ip_network("127.0.0.0/8")])
        url = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        browser = await Browser.new(stack, url.rstrip("/"))
        browser.session.headers["X-Forwarded-Proto"] = "https"
        page = await browser.get("/setup")
        [form] = page.headers.getall("Set-Cookie")
        csrf = re.findall(r'name="csrf" value="(\w+)"', await page.text())[0]
        fields = {"code": code.text, "password": PASSWORD, "repeated": PASSWORD, "csrf": csrf}
        cookie = form.partition(";")[0]
        async with browser.session.post(
            f"{browser.origin}/setup",
            data=fields,
            headers={"Origin": browser.origin.replace("http:", "https:"), "Cookie": cookie},
            allow_redirects=False,
        ) as answer:
            assert answer.status == 303
            cookies = answer.headers.getall("Set-Cookie")
    assert len(cookies) == 2
    for one in (form, *cookies):
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(one.split("; "))


@pytest.mark.parametrize("origin", [EVIL, "null", "http://127.0.0.1:1"])
async def test_streams_are_for_pages_of_ours(site: Site, origin: str) -> None:
    owner = await site.guardian()
    assert (await owner.get("/events", Origin=origin)).status == 403
    with pytest.raises(WSServerHandshakeError) as refused:
        await owner.session.ws_connect(f"{site.origin}/ws/talk/{'x' * 16}", origin=origin)
    assert refused.value.status == 403


@pytest.mark.parametrize("path", ["/people", "/people/log", "/sign-in", "/events", "/invitation/x"])
async def test_a_rebound_name_gets_none_of_it(site: Site, path: str) -> None:
    owner = await site.guardian()
    assert (await owner.get(path, Host="evil.example")).status == 421


async def test_nothing_of_people_stays_in_a_cache_and_no_script_of_others_runs(site: Site) -> None:
    owner = await site.guardian()
    secret = await site.home.people.invite("Ben", Role.VIEWER, "Guardian")
    for path in ("/people", "/people/log", "/sign-in", f"/invitation/{secret}", "/people/none"):
        answer = await owner.get(path)
        assert answer.headers["Cache-Control"] == "no-store", path
        assert HEADERS.items() <= dict(answer.headers).items()
        html = await answer.text()
        assert "style=" not in html
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=", html)


async def test_whether_a_name_exists_is_not_told(site: Site) -> None:
    await site.guardian()
    await site.guardian_with(Role.VIEWER)
    browser = await site.browser()
    said = set()
    for name in ("The viewer", "Nobody", "", "x" * 500, "\x00"):
        answer = await browser.send("/sign-in", "/sign-in", name=name, password="wrong password")
        said.add((answer.status, *re.findall(r'role="alert"[^>]*>([^<]*)', await answer.text())))
        await site.clock.advance(61)
    assert said == {(403, "That did not work. Please check the name and the password.")}


async def test_an_account_is_slowed_down_from_wherever_the_guesses_come(site: Site) -> None:
    owner = (await site.guardian(), await site.home.people.everybody())[1][0]
    accounts = Accounts(site.home.people, site.clock, None)
    for number in range(MAX_TRIES_A_MINUTE_FOR_ACCOUNT):
        with pytest.raises(RefusedError, match="check the password"):
            await accounts.sign_in("", "wrong password", Asker(f"10.0.0.{number}"))
    slow = asyncio.create_task(accounts.sign_in("", PASSWORD, Asker("10.0.1.1")))
    known = Asker("10.0.1.2", await accounts.mark_browser("", owner))
    assert await accounts.sign_in("", PASSWORD, known) == owner, "a known browser is not"
    assert not slow.done()
    await site.clock.advance(SLOW_TRY_S)
    assert await slow == owner


async def test_a_role_that_shrinks_ends_open_pages(site: Site) -> None:
    await site.guardian()
    ben = await site.guardian_with(Role.GUARDIAN)
    csrf = re.findall(r'name="csrf" value="(\w+)"', await ben.see("/people"))[0]
    [person] = [one for one in await site.home.people.everybody() if one.role is Role.GUARDIAN]
    await site.home.people.set_role(person.id, Role.VIEWER)
    for path in ("/household/settings", "/toys", "/quiet"):
        assert (await ben.post(path, csrf=csrf)).status in {303, 403}
    assert not (await site.home.household.get()).quiet
