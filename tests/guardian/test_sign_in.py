"""Who gets in: the one-time code, the password, and how long a sign-in lasts."""

import asyncio
import sqlite3
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientResponse
from argon2 import PasswordHasher

from guardian_web.sign_in.accounts import (
    ALPHABET,
    CODE_LIFE_S,
    SetupCode,
)
from guardian_web.sign_in.tries import MAX_WAITING, SLOW_TRY_S
from hub.core.people import passwords
from hub.core.people.sign_ins import IDLE_LIFE, LONGEST_LIFE
from hub.domain.family.people import Role
from hub.errors import NotFoundError, RefusedError
from tests.guardian.browser import PASSWORD
from tests.guardian.conftest import Site


@pytest.fixture
def slow_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of passwords, as a family has it; asked for before `site`."""
    monkeypatch.setattr(passwords, "PasswordHasher", PasswordHasher)


async def test_the_first_visit_leads_to_the_set_up(site: Site) -> None:
    browser = await site.browser()
    assert (await browser.get("/")).headers["Location"] == "/setup"


async def test_the_code_and_a_password_open_the_pages(site: Site) -> None:
    browser = await site.browser()
    answer = await browser.set_up(site.code.text.lower().replace("-", " "))
    assert (answer.status, answer.headers["Location"]) == (303, "/start")
    assert "Said last" in await browser.see("/")


async def test_without_the_code_nobody_sets_a_password(site: Site) -> None:
    browser = await site.browser()
    answer = await browser.set_up("AAAA-AAAA")
    assert answer.status == 403
    assert "That is not the code" in await answer.text()
    assert not await site.home.people.everybody()


async def test_however_many_guess_at_the_code_who_reads_it_can_finish(site: Site) -> None:
    code = site.code.text
    browser = await site.browser()
    guesses = [asyncio.create_task(browser.set_up("AAAA-AAAA")) for _ in range(40)]
    while not all(guess.done() for guess in guesses):
        await site.clock.advance(1)
        await asyncio.sleep(0.01)
    assert {(await guess).status for guess in guesses} == {403}
    assert site.announced == []
    assert (await browser.set_up(code)).status == 303


async def test_a_code_that_was_guessed_at_for_an_hour_gives_way_to_one_new_one(site: Site) -> None:
    first = site.code.text
    browser = await site.browser()
    for _ in range(5):
        assert (await browser.set_up("AAAA-AAAA")).status == 403
    await site.clock.advance(CODE_LIFE_S)
    for _ in range(3):
        assert (await patiently(site, browser.set_up("AAAA-AAAA"))).status == 403
    assert site.announced == [site.code.text]
    assert site.code.text != first
    assert (await browser.set_up(first)).status == 403
    assert (await browser.set_up(site.code.text)).status == 303


async def test_a_short_or_mistyped_password_costs_no_guess_at_the_code(site: Site) -> None:
    browser = await site.browser()
    for _ in range(6):
        assert "10 characters" in await (await browser.set_up("AAAA-AAAA", "too short")).text()
        answer = await browser.set_up("AAAA-AAAA", PASSWORD, PASSWORD + "!")
        assert "not the same" in await answer.text()
    assert site.announced == []


async def test_the_set_up_happens_once(site: Site) -> None:
    await site.guardian()
    other = await site.browser()
    assert (await other.get("/setup")).headers["Location"] == "/"
    answer = await other.send(
        "/sign-in", "/setup", code=site.code.text, password="x" * 12, repeated="x" * 12
    )
    assert answer.status == 403
    assert (await other.sign_in("x" * 12)).status == 403


def test_codes_avoid_look_alikes_and_differ() -> None:
    codes = {SetupCode(lambda _: None).text for _ in range(50)}
    assert len(codes) == 50
    assert all(len(code) == 9 and set(code) <= set(ALPHABET + "-") for code in codes)
    assert not set(ALPHABET) & set("01258BILOSZ")


async def test_the_right_password_signs_in_and_a_wrong_one_does_not(
    slow_hashing: None, site: Site
) -> None:
    await site.guardian()
    browser = await site.browser()
    assert (await browser.get("/")).headers["Location"] == "/sign-in"
    for password in ("wrong password", "x" * 2000, ""):
        answer = await browser.sign_in(password)
        assert answer.status == 403
        assert "That did not work. Please check the password." in await answer.text()
    assert (await browser.sign_in()).status == 303
    assert "Said last" in await browser.see("/")


async def patiently(
    site: Site, asking: Coroutine[object, object, ClientResponse]
) -> ClientResponse:
    """The answer, with the clock turned on until it comes."""
    task = asyncio.create_task(asking)
    while not task.done():
        await site.clock.advance(1)
        await asyncio.sleep(0.01)
    return await task


async def test_wrong_passwords_slow_down_the_right_one_and_never_lock_it_out(site: Site) -> None:
    await site.guardian()
    browser = await site.browser()
    for _ in range(5):
        assert (await browser.sign_in("wrong password")).status == 403
    before = site.clock.monotonic()
    assert (await patiently(site, browser.sign_in())).status == 303
    assert site.clock.monotonic() - before >= SLOW_TRY_S


async def test_an_address_has_few_tries_that_wait(site: Site) -> None:
    await site.guardian()
    browser = await site.browser()
    for _ in range(5):
        await browser.sign_in("wrong password")
    waiting = [asyncio.create_task(browser.sign_in("wrong password")) for _ in range(MAX_WAITING)]
    await asyncio.sleep(0.5)
    answer = await browser.sign_in("wrong password")
    assert answer.status == 429
    assert "wait 60 seconds" in await answer.text()
    await site.clock.advance(61)
    assert [(await task).status for task in waiting] == [403] * MAX_WAITING
    assert (await browser.sign_in()).status == 303


@pytest.mark.parametrize("name", ["pommai_session", "pommai_form"])
async def test_a_cookie_with_odd_bytes_is_no_cookie(site: Site, name: str) -> None:
    host, _, port = site.origin.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /setup HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n")
    writer.write(f"Cookie: {name}=".encode() + b"\xff\xe9\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_password_hashed_by_weaker_rules_is_hashed_anew(
    slow_hashing: None, site: Site
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await site.home.people.add_owner(PASSWORD)
    [owner] = await site.home.people.everybody()
    await site.home.store.guardians.rehash(owner.id, weak)
    browser = await site.browser()
    assert (await browser.sign_in()).status == 303
    stored = await site.home.store.guardians.password_hash(owner.id)
    assert not PasswordHasher().check_needs_rehash(stored)
    assert "Said last" in await browser.see("/")


async def test_the_database_holds_neither_password_nor_token(site: Site, tmp_path: Path) -> None:
    browser = await site.guardian()
    [cookie] = [c for c in browser.session.cookie_jar if c.key == "pommai_session"]
    with sqlite3.connect(tmp_path / "pommai.db") as database:
        dump = "\n".join(database.iterdump())
    assert "guardian_sessions" in dump
    assert PASSWORD not in dump
    assert cookie.value not in dump


async def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(site: Site) -> None:
    answer = await (await site.browser()).set_up(site.code.text)
    cookie, browser = answer.headers.getall("Set-Cookie")
    assert "pommai_browser=" in browser
    for part in ("HttpOnly", "SameSite=Strict", "Max-Age=34560000"):
        assert part in browser
    for part in ("pommai_session=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"):
        assert part in cookie
    assert "Secure" not in cookie  # plain HTTP on loopback


async def test_a_session_ends_thirty_days_after_the_last_visit(site: Site) -> None:
    browser = await site.guardian()
    for _ in range(3):
        await site.clock.advance(timedelta(days=20).total_seconds())
        answer = await browser.get("/")
        assert answer.status == 200
        assert "pommai_session=" in answer.headers["Set-Cookie"]
    await site.clock.advance(IDLE_LIFE.total_seconds() + 1)
    assert (await browser.get("/")).headers["Location"] == "/sign-in"


async def test_a_session_in_daily_use_ends_after_half_a_year_all_the_same(site: Site) -> None:
    browser = await site.guardian()
    for _ in range(LONGEST_LIFE.days // 20 - 1):
        await site.clock.advance(timedelta(days=20).total_seconds())
        assert (await browser.get("/")).status == 200
    await site.clock.advance(timedelta(days=21).total_seconds())
    assert (await browser.get("/")).headers["Location"] == "/sign-in"


async def test_signing_out_ends_this_session_only(site: Site) -> None:
    here, there = await site.guardian(), await site.guardian()
    assert (await here.send("/", "/sign-out")).headers["Location"] == "/sign-in"
    assert (await here.get("/")).status == 303
    assert (await there.get("/")).status == 200


async def test_a_stolen_cookie_is_worthless_after_signing_out(site: Site) -> None:
    browser = await site.guardian()
    [stolen] = [c.value for c in browser.session.cookie_jar if c.key == "pommai_session"]
    await browser.send("/", "/sign-out")
    answer = await (await site.browser()).get("/", Cookie=f"pommai_session={stolen}")
    assert answer.status == 303


async def test_signing_out_everywhere_ends_every_session(site: Site) -> None:
    here, there = await site.guardian(), await site.guardian()
    await here.send("/", "/sign-out-everywhere")
    assert (await here.get("/")).status == (await there.get("/")).status == 303


async def test_the_command_line_asks_whose_password_where_there_are_several(site: Site) -> None:
    people, new = site.home.people, "a horse on the moon"
    assert (await people.reset_password("", PASSWORD)).name == "Guardian", "the first of all"
    assert (await people.reset_password("", new)).name == "Guardian", "the only one"
    await people.accept(await people.invite("Ben", Role.VIEWER, ""), "Ben", PASSWORD)
    with pytest.raises(RefusedError, match="say whose password: there are Ben, Guardian"):
        await people.reset_password("", new)
    with pytest.raises(NotFoundError, match="no guardian called 'Bob'; there are Ben, Guardian"):
        await people.reset_password("Bob", new)
    signed_in = await site.guardian_with(Role.GUARDIAN)
    assert (await people.reset_password("ben", new)).name == "Ben"
    assert (await signed_in.get("/")).status == 200, "others stay signed in"
