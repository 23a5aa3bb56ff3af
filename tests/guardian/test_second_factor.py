"""A second factor: what an app shows counts once and for a minute, recovery codes count once, and guessing is slow."""

import re
from pathlib import Path

import pyotp
import pytest

from guardian_web.sign_in.codes import TICKET_S, WRONG_CODES_AN_HOUR
from hub.core.people.second_factor import RECOVERY_CODES, STEP_S
from hub.domain.family.people import Actor
from tests.guardian.browser import PASSWORD
from tests.guardian.conftest import Browser, Site

SECOND = "/people/me/second"


def code(site: Site, secret: str, steps: int = 0) -> str:
    """What the app shows, so many steps from now."""
    return pyotp.TOTP(secret).at(int(site.clock.now().timestamp()) + steps * STEP_S)


async def turned_on(site: Site, browser: Browser) -> tuple[str, list[str]]:
    """The secret, and the recovery codes."""
    html = await (await browser.send("/people", SECOND, current=PASSWORD)).text()
    [secret] = re.findall(r'name="secret" value="(\w{32})"', html)
    answer = await browser.send("/people", f"{SECOND}/on", secret=secret, code=code(site, secret))
    codes = re.findall(r"<code>(\w{4}-\w{4}-\w{4}-\w{4})</code>", await answer.text())
    assert len(codes) == RECOVERY_CODES
    return secret, codes


async def password_typed(site: Site, browser: Browser) -> dict[str, str]:
    """The fields of the form that asks for the code then."""
    html = await (await browser.sign_in()).text()
    found = re.search(
        r'name="csrf" value="(\w+)".*?name="ticket" value="([\w-]+)"', html, re.DOTALL
    )
    assert found, html
    return {"csrf": found[1], "ticket": found[2]}


async def test_the_password_alone_opens_nothing_any_more(site: Site) -> None:
    here = await site.guardian()
    secret, _ = await turned_on(site, here)
    assert (await here.get("/")).status == 200
    there = await site.browser()
    form = await password_typed(site, there)
    assert (await there.get("/")).headers["Location"] == "/sign-in"
    await site.clock.advance(STEP_S)
    wrong = await there.post("/sign-in/code", code="000000", **form)
    assert (wrong.status, "not the code" in await wrong.text()) == (403, True)
    assert (await there.post("/sign-in/code", code=code(site, secret), **form)).status == 303
    assert (await there.get("/")).status == 200
    deeds = [(deed.actor, deed.what) for deed in await site.home.audit.list(2)]
    assert deeds == [
        (Actor.GUARDIAN, "signed in with a second factor: A browser, from the hub’s own computer"),
        (Actor.HUB, "turned away somebody who knew the password of Guardian, and not the code"),
    ]


async def test_a_code_counts_once_and_for_about_a_minute(site: Site) -> None:
    secret, _ = await turned_on(site, await site.guardian())
    used = code(site, secret)
    there = await site.browser()
    form = await password_typed(site, there)
    assert (await there.post("/sign-in/code", code=used, **form)).status == 403, "turned it on"
    early, late = code(site, secret, 1), code(site, secret, 2)
    assert (await there.post("/sign-in/code", code=late, **form)).status == 403
    assert (await there.post("/sign-in/code", code=early, **form)).status == 303
    again = await site.browser()
    form = await password_typed(site, again)
    assert (await again.post("/sign-in/code", code=early, **form)).status == 403


async def test_a_recovery_code_counts_once_however_it_is_typed(site: Site) -> None:
    _, codes = await turned_on(site, await site.guardian())
    there = await site.browser()
    form = await password_typed(site, there)
    typed = f" {codes[0].lower().replace('-', ' ')} "
    assert (await there.post("/sign-in/code", code=typed, **form)).status == 303
    assert "9 of your recovery codes are left" in await there.see("/people")
    form = await password_typed(site, again := await site.browser())
    assert (await again.post("/sign-in/code", code=codes[0], **form)).status == 403
    answer = await there.send("/people", f"{SECOND}/codes", current=PASSWORD)
    new = re.findall(r"<code>(\w{4}-\w{4}-\w{4}-\w{4})</code>", await answer.text())
    assert (await again.post("/sign-in/code", code=codes[1], **form)).status == 403
    assert (await again.post("/sign-in/code", code=new[0], **form)).status == 303


async def test_guessing_at_codes_is_slow_for_an_account_whatever_the_browser(site: Site) -> None:
    secret, _ = await turned_on(site, await site.guardian())
    for _ in range(2):
        guesser = await site.browser()
        form = await password_typed(site, guesser)
        for _ in range(WRONG_CODES_AN_HOUR // 2):
            assert (await guesser.post("/sign-in/code", code="123456", **form)).status == 403
    another = await site.browser()
    form = await password_typed(site, another)
    right = await another.post("/sign-in/code", code=code(site, secret, 1), **form)
    assert (right.status, "wait 60 minutes" in await right.text()) == (429, True)
    await site.clock.advance(3601)
    form = await password_typed(site, another)
    assert (await another.post("/sign-in/code", code=code(site, secret), **form)).status == 303


async def test_a_ticket_is_good_in_its_own_browser_and_for_five_minutes(site: Site) -> None:
    secret, _ = await turned_on(site, await site.guardian())
    there, thief = await site.browser(), await site.browser()
    form = await password_typed(site, there)
    other = await password_typed(site, thief)
    stolen = other | {"ticket": form["ticket"]}
    answer = await thief.post("/sign-in/code", code=code(site, secret, 1), **stolen)
    assert "type your password again" in await answer.text()
    form = await password_typed(site, there)
    await site.clock.advance(TICKET_S)
    answer = await there.post("/sign-in/code", code=code(site, secret), **form)
    assert (answer.status, "took too long" in await answer.text()) == (403, True)


@pytest.mark.parametrize("step", ["", "/off", "/codes"])
async def test_each_change_asks_for_the_password(site: Site, step: str) -> None:
    here = await site.guardian()
    await turned_on(site, here)
    answer = await here.send("/people", f"{SECOND}{step}", current="not the password")
    assert (answer.status, "not your password" in await answer.text()) == (409, True)
    [owner] = await site.home.people.everybody()
    assert owner.second_factor


async def test_a_wrong_code_turns_nothing_on(site: Site) -> None:
    here = await site.guardian()
    html = await (await here.send("/people", SECOND, current=PASSWORD)).text()
    [secret] = re.findall(r'name="secret" value="(\w{32})"', html)
    for given in (secret, "short", "é" * 32, "1" * 32):
        answer = await here.send("/people", f"{SECOND}/on", secret=given, code="000000")
        assert answer.status == 409
    assert not (await site.home.people.everybody())[0].second_factor


async def test_it_is_off_when_it_is_turned_off_or_the_command_line_sets_a_password(
    site: Site,
) -> None:
    here = await site.guardian()
    await turned_on(site, here)
    assert (await here.send("/people", f"{SECOND}/off", current=PASSWORD)).status == 303
    assert (await (await site.browser()).sign_in()).status == 303
    await site.clock.advance(STEP_S * 3)
    await turned_on(site, here)
    await site.home.people.reset_password("guardian", PASSWORD)
    assert (await (await site.browser()).sign_in()).status == 303


async def test_the_database_holds_neither_secret_nor_codes(site: Site, tmp_path: Path) -> None:
    secret, codes = await turned_on(site, await site.guardian())
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("pommai.db*"))
    assert b"recovery_codes" in raw
    for hidden in (secret, *codes, *(one.replace("-", "") for one in codes)):
        assert hidden.encode() not in raw
