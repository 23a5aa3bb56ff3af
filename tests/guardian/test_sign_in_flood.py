"""Somebody guesses at the password without end: a browser that has signed in before still gets in at once."""

import asyncio
import threading
from functools import partial
from typing import Literal

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar, TCPConnector
from argon2 import PasswordHasher

from guardian_web.sign_in.tries import MAX_WAITING, SLOW_TRY_S
from hub.core.people import passwords
from hub.core.people.passwords import Passwords
from tests.guardian.browser import PASSWORD
from tests.guardian.conftest import Browser, Site

WRONG = "wrong password"
PATIENCE_S = 60
MARK = "pommai_browser"
STRANGERS = [f"127.0.0.{number}" for number in range(2, 8)]
GUESSES = 5
"""Of each of them, which is what an address may try without being slowed down."""


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Passwords in the order of their turns; after the first, each waits until the right one has come, too."""
    order: list[str] = []
    right_one_came = threading.Event()
    fits = Passwords.fits

    class Hasher(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            if order:
                right_one_came.wait(PATIENCE_S)
            order.append(str(password))
            return super().verify(hash, password)

    async def noticed(self: Passwords, stored: str | None, password: str) -> bool:
        if password == PASSWORD:
            right_one_came.set()
        return await fits(self, stored, password)

    quick = partial(Hasher, time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "PasswordHasher", quick)
    monkeypatch.setattr(Passwords, "fits", noticed)
    return order


async def flood(site: Site) -> list[asyncio.Task[ClientResponse]]:
    """The address of everybody here has as many tries under way as it may; more are turned away."""
    guesser = await site.browser()
    for _ in range(GUESSES):
        assert (await guesser.sign_in(WRONG)).status == 403
    tries = [asyncio.create_task(guesser.sign_in(WRONG)) for _ in range(MAX_WAITING + 1)]
    done, waiting = await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
    assert [(await task).status for task in done] == [429]
    return [*waiting]


async def end(tasks: list[asyncio.Task[ClientResponse]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def signed_out(site: Site) -> Browser:
    """A parent's, whose session is over."""
    parent = await site.guardian()
    await parent.send("/", "/sign-out")
    return parent


def mark_of(browser: Browser) -> str:
    return next(cookie.value for cookie in browser.session.cookie_jar if cookie.key == MARK)


async def test_a_known_browser_signs_in_at_once_amid_a_flood_from_its_own_address(
    site: Site,
) -> None:
    parent, there = await signed_out(site), await signed_out(site)
    guesses = await flood(site)
    before = site.clock.monotonic()
    assert (await parent.sign_in()).status == 303
    assert (await there.sign_in()).status == 303
    assert site.clock.monotonic() == before
    assert "Said last" in await parent.see("/")
    await end(guesses)


async def test_a_known_browser_stays_one_when_all_are_signed_out_and_for_more_than_a_year(
    site: Site,
) -> None:
    parent = await signed_out(site)
    mark = mark_of(parent)
    await site.clock.advance(390 * 86_400)
    assert (await parent.sign_in()).status == 303
    await parent.send("/", "/sign-out-everywhere")
    assert mark_of(parent) == mark
    guesses = await flood(site)
    assert (await parent.sign_in()).status == 303
    await end(guesses)


@pytest.mark.parametrize("mark", ["", "me", "me.", f"me.{'0' * 64}", "."])
async def test_a_cookie_that_the_hub_never_gave_makes_no_known_browser(
    site: Site, mark: str
) -> None:
    await site.guardian()
    guesses = await flood(site)
    forger = await site.browser()
    forger.session.cookie_jar.update_cookies({MARK: mark})
    assert (await forger.sign_in()).status == 429
    await end(guesses)


async def test_after_a_new_password_all_browsers_are_strangers(site: Site) -> None:
    parent = await signed_out(site)
    [owner] = await site.home.people.everybody()
    await site.home.people.set_password(owner, "another password")
    guesses = await flood(site)
    assert (await parent.sign_in()).status == 429
    await end(guesses)


async def test_a_known_browser_opens_nothing_and_has_few_tries_of_its_own(site: Site) -> None:
    known = await signed_out(site)
    assert (await known.get("/")).headers["Location"] == "/sign-in"
    for _ in range(GUESSES):
        assert (await known.sign_in(WRONG)).status == 403
    before = site.clock.monotonic()
    slowed = asyncio.create_task(known.sign_in(WRONG))
    done, _ = await asyncio.wait([slowed], timeout=0.5)
    assert not done
    assert (await (await site.browser()).sign_in(WRONG)).status == 403, "the address has its own"
    assert site.clock.monotonic() == before
    await end([slowed])


async def test_strangers_from_many_addresses_do_not_hold_up_a_known_browser(
    compared: list[str], site: Site
) -> None:
    parent = await signed_out(site)
    guesses = []
    for address in STRANGERS:
        jar, connector = CookieJar(unsafe=True), TCPConnector(local_addr=(address, 0))
        session = ClientSession(cookie_jar=jar, connector=connector)
        guesser = Browser(await site.stack.enter_async_context(session), site.origin)
        guesses += [asyncio.create_task(guesser.sign_in(WRONG)) for _ in range(GUESSES)]
    await asyncio.wait(guesses, return_when=asyncio.FIRST_COMPLETED)
    assert (await parent.sign_in()).status == 303
    assert PASSWORD in compared[:3], "it is the next but one"
    while not all(guess.done() for guess in guesses):
        await site.clock.advance(SLOW_TRY_S)
        await asyncio.sleep(0.01)
