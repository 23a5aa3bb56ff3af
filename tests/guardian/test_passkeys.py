"""Passkeys: who has one signs in without a password, and no other key, page, browser, time or copy of it does."""

import asyncio
import html
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from guardian_web.sign_in.tries import MAX_WAITING
from hub.core.people.passkeys import CHALLENGE_S, MAX_ANSWER_CHARS, Passkeys
from hub.domain.family.people import Actor
from tests.guardian.authenticator import PRESENT, Authenticator
from tests.guardian.browser import PASSWORD
from tests.guardian.conftest import Browser, Site

MINE = "/people/me/passkeys"
GUESSES = 5
"""What an address may try without being slowed down."""


async def by_name(site: Site) -> Browser:
    """A browser that has never been here, and opens the pages as browsers take passkeys."""
    return await Browser.new(site.stack, site.origin.replace("127.0.0.1", "localhost"))


async def owner(site: Site) -> Browser:
    """One in which they are signed in."""
    browser = await by_name(site)
    known = await site.home.people.everybody()
    answer = await (browser.sign_in() if known else browser.set_up(site.code.text))
    assert answer.status == 303
    return browser


async def to_make(browser: Browser) -> dict[str, Any]:
    """What the page asks the browser to make."""
    page = await (await browser.send("/people", MINE, current=PASSWORD)).text()
    found = re.search(r'data-options="([^"]+)"', page)
    assert found, page
    options: dict[str, Any] = json.loads(html.unescape(found[1]))
    return options


async def added(browser: Browser, name: str = "Phone") -> Authenticator:
    phone = Authenticator()
    answer = phone.make(await to_make(browser), browser.origin)
    done = await browser.send("/people", f"{MINE}/add", name=name, answer=answer)
    assert done.status == 303, await done.text()
    return phone


async def challenge(browser: Browser) -> dict[str, Any]:
    await browser.get("/sign-in")
    answer = await browser.get("/sign-in/passkey")
    options: dict[str, Any] = await answer.json()
    return options


async def status(browser: Browser, answer: str) -> int:
    """Of a try to sign in."""
    return (await browser.send("/sign-in", "/sign-in/passkey", answer=answer)).status


async def test_who_has_a_passkey_signs_in_without_a_password_and_it_is_noted(site: Site) -> None:
    here = await owner(site)
    phone = await added(here, "Anna’s phone")
    there = await by_name(site)
    assert "Sign in with a passkey" in await there.see("/sign-in")
    assert await status(there, phone.use(await challenge(there), there.origin)) == 303
    page = await there.see("/people")
    assert "Anna’s phone, for localhost" in page
    assert "last used" in page
    told = [deed.what for deed in await site.home.audit.list(3)]
    assert told[0] == "signed in with a passkey: A browser, from the hub’s own computer"
    assert "added a passkey" in told


async def test_it_stands_in_for_the_second_step_too(site: Site) -> None:
    phone = await added(await owner(site))
    [me] = await site.home.people.everybody()
    await site.home.store.second_factors.turn_on(me.id, "A" * 32, 0, [])
    there = await by_name(site)
    page = await (await there.sign_in()).text()
    assert "Your code" in page
    assert "Sign in with a passkey" in page
    assert await status(there, phone.use(await challenge(there), there.origin)) == 303
    assert (await there.get("/")).status == 200


async def test_an_answer_counts_once_and_in_its_own_browser_and_time(site: Site) -> None:
    phone = await added(await owner(site))
    phone.count = -1  # as passkeys that are kept in several phones, it counts nothing
    thief, there = await by_name(site), await by_name(site)
    stolen = phone.use(await challenge(there), there.origin)
    await challenge(thief)
    assert await status(thief, stolen) == 403
    assert await status(there, stolen) == 303
    await there.send("/people", "/sign-out")
    assert await status(there, stolen) == 403
    phone.count = -1
    late = phone.use(await challenge(there), there.origin)
    await site.clock.advance(CHALLENGE_S)
    assert await status(there, late) == 403
    phone.count = -1
    soon = phone.use(await challenge(there), there.origin)
    await site.clock.advance(CHALLENGE_S - 2)
    assert await status(there, soon) == 303


async def test_a_challenge_of_before_a_restart_says_to_try_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = await added(await owner(site))
    browser = await by_name(site)
    answer = phone.use(await challenge(browser), browser.origin)
    monkeypatch.setattr(site.home, "passkeys", Passkeys(site.home.store, site.clock))
    said = await browser.send("/sign-in", "/sign-in/passkey", answer=answer)
    assert (said.status, "Please try again" in await said.text()) == (403, True)
    assert await status(browser, phone.use(await challenge(browser), browser.origin)) == 303


async def test_another_page_key_person_or_an_unverified_touch_opens_nothing(site: Site) -> None:
    here = await owner(site)
    phone = await added(here)
    there = await by_name(site)
    asked = await challenge(there)
    origin = there.origin
    wrong = [
        phone.use(asked, "https://pommai.example"),
        replace(phone, host="pommai.example", count=8).use(asked, origin),
        Authenticator(credential_id=phone.credential_id, user=phone.user).use(asked, origin),
        replace(phone, flags=PRESENT, count=8).use(asked, origin),
        replace(phone, user="AAAA", count=8).use(asked, origin),
        Authenticator(user=phone.user).use(asked, origin),
        phone.use({"challenge": "AAAA"}, origin),
    ]
    for answer in wrong:
        assert await status(there, answer) == 403, answer
        await site.clock.advance(20)
    again = await challenge(there)
    assert await status(there, replace(phone, count=9).use(again, origin)) == 303


async def test_a_copy_is_turned_away_and_told_of(site: Site) -> None:
    phone = await added(await owner(site))
    copy, there = replace(phone), await by_name(site)
    for _ in range(2):
        assert await status(there, phone.use(await challenge(there), there.origin)) == 303
        await there.send("/people", "/sign-out")
    answer = copy.use(await challenge(there), there.origin)
    page = await there.send("/sign-in", "/sign-in/passkey", answer=answer)
    assert (page.status, "may be a copy" in await page.text()) == (403, True)
    [deed] = await site.home.audit.list(1)
    assert (deed.actor, "passkey of Guardian that may be a copy" in deed.what) == (Actor.HUB, True)


@pytest.mark.parametrize(
    "answer",
    ["", "[]", "{}", "[" * 9000, " " * (MAX_ANSWER_CHARS + 1), '{"id": 1, "response": {}}'],
)
async def test_nonsense_is_refused_with_what_to_do(site: Site, answer: str) -> None:
    here = await owner(site)
    await to_make(here)
    kept = await here.send("/people", f"{MINE}/add", name="Phone", answer=answer)
    assert (kept.status, "or your password" in await kept.text()) == (409, True)
    there = await by_name(site)
    page = await there.send("/sign-in", "/sign-in/passkey", answer=answer)
    assert (page.status, "or your password" in await page.text()) == (403, True)


async def test_making_one_takes_the_password_and_a_verified_answer_of_that_page(site: Site) -> None:
    here = await owner(site)
    refused = await here.send("/people", MINE, current="not the password")
    assert (refused.status, "data-options" in await refused.text()) == (409, False)
    asked, origin = await to_make(here), here.origin
    to_sign_in = await challenge(await by_name(site)) | {"user": asked["user"]}
    for answer in (
        Authenticator().make(asked, "https://pommai.example"),
        Authenticator(host="pommai.example").make(asked, origin),
        Authenticator(flags=PRESENT).make(asked, origin),
        Authenticator().make(to_sign_in, origin),
    ):
        tried = await here.send("/people", f"{MINE}/add", name="Phone", answer=answer)
        assert tried.status == 409, answer
    [me] = await site.home.people.everybody()
    assert await site.home.passkeys.of(me.id) == []
    good = Authenticator().make(asked, origin)
    first, again = [
        (await here.send("/people", f"{MINE}/add", name="Phone", answer=good)).status
        for _ in range(2)
    ]
    assert (first, again) == (303, 409)


async def test_one_that_is_removed_opens_nothing_any_more(site: Site) -> None:
    here = await owner(site)
    phone = await added(here)
    [me] = await site.home.people.everybody()
    [kept] = await site.home.passkeys.of(me.id)
    path = f"{MINE}/{kept.id}/remove"
    assert (await here.send("/people", path, current="not the password")).status == 409
    other = await site.guardian_with(me.role)
    assert (await other.send("/people", path, current=PASSWORD)).status == 409
    assert (await here.send("/people", path, current=PASSWORD)).status == 303
    there = await by_name(site)
    assert await status(there, phone.use(await challenge(there), there.origin)) == 403
    assert [deed.what for deed in await site.home.audit.list(1)] == ["removed their passkey Phone"]


async def test_a_new_password_from_the_command_line_takes_passkeys_away(site: Site) -> None:
    await added(await owner(site))
    await site.home.people.reset_password("guardian", PASSWORD)
    assert await site.home.passkeys.hosts() == set()


async def test_guessing_is_slowed_down_as_with_passwords(site: Site) -> None:
    there = await by_name(site)
    await owner(site)
    answer = Authenticator(user="AAAA").use(await challenge(there), there.origin)
    assert [await status(there, answer) for _ in range(GUESSES)] == [403] * GUESSES
    tries = [asyncio.create_task(status(there, answer)) for _ in range(MAX_WAITING + 1)]
    done, waiting = await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
    assert [await task for task in done] == [429]
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


async def test_where_browsers_make_none_a_line_says_what_to_do(site: Site) -> None:
    here = await site.guardian()
    page = await here.see("/people")
    assert "Add a passkey" not in page
    assert f'href="{site.origin.replace("127.0.0.1", "localhost")}/people#passkeys"' in page
    assert (await here.send("/people", MINE, current=PASSWORD)).status == 404
    named = await here.session.get(
        f"{site.origin}/people", headers={"Host": "toys.home"}, allow_redirects=False
    )
    assert "over HTTPS" in await named.text()
    await added(await owner(site))
    stranger = await (await site.browser()).see("/sign-in")
    assert "Passkeys work where these pages are opened as localhost." in stranger
