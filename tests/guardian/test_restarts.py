"""A hub is killed while a form is open: the form is sent to the next one, and what was saved outlives the next kill."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pyotp
import pytest

from hub.domain.family.people import Role
from tests.guardian.browser import PASSWORD
from tests.guardian.conftest import Browser
from tests.guardian.html_forms import HtmlForm
from tests.guardian.killed import Family, form_in
from tests.guardian.table_of_routes import PAGES
from tests.providers.wyoming_server import WyomingPeer

NEW_PASSWORD: Final = "green sea lamp"
Step = tuple[str, str, Mapping[str, str]]
"""The page on which a form stands, its route, and what is typed into it."""

PLAIN: Final[Sequence[Step]] = [
    ("/", "/quiet", {"on": "yes"}),
    ("/", "/stop", {}),
    ("/", "/toys/{toy}/pause", {"on": "yes"}),
    ("/", "/start/remind", {}),
    ("/alerts", "/alerts/{alert}/acknowledge", {}),
    ("/alerts", "/alerts/{alert}/done", {"note": "We talked about it"}),
    ("/backups", "/backups", {"folder": "{stick}"}),
    ("/children", "/children", {"name": "Ida", "year": "2019"}),
    ("/children/mia", "/children/{child}", {"likes": "whales"}),
    ("/children/mia", "/children/{child}/voice-hint", {"agreed": "yes"}),
    ("/children/mia/limits", "/children/{child}/limits", {"weekday_minutes": "40"}),
    ("/children/mia/limits", "/children/{child}/give", {"kind": "more_minutes"}),
    ("/children/mia/memories", "/children/{child}/memories", {"text": "Mia likes plums"}),
    ("/children/mia/memories", "/children/{child}/memories/choice", {"on": "yes"}),
    (
        "/children/mia/memories",
        "/children/{child}/memories/{memory}",
        {"text": "Mia's dog is called Bo"},
    ),
    (
        "/household/adults",
        "/household/adults",
        {"way": "address", "url": "json://127.0.0.1", "name": "Anna B"},
    ),
    ("/household/costs", "/household/costs", {"monthly_cap": "7"}),
    (
        "/household/adults",
        "/household/do-not-disturb",
        {"quiet_from": "22:00", "quiet_until": "06:30"},
    ),
    ("/household/programs", "/household/lan", {"on": "on", "interface": "lan"}),
    ("/household/settings", "/household/settings", {"country": "DE", "time_zone": "Europe/Berlin"}),
    ("/household/programs", "/household/tokens", {"name": "Our panel"}),
    ("/household/programs", "/household/wyoming", {"on": "on", "interface": "lan"}),
    ("/knowledge", "/knowledge", {"text": "Our cat is called Tom."}),
    ("/knowledge/{document}", "/knowledge/{document}/share", {"cloud": "yes"}),
    ("/people", "/people/invitations", {"name": "Grandpa"}),
    ("/people", "/people/{person}/name", {"name": "Ada"}),
    ("/phone", "/phone", {"on": "on", "interface": "lan"}),
    ("/privacy", "/privacy/clouds/off", {}),
    ("/start/home", "/start/{step}", {"country": "FR", "time_zone": "Europe/Paris"}),
    ("/start/models", "/start/{step}/later", {}),
    ("/talks/kept", "/talks/keep", {"days": "90"}),
    ("/toys", "/toys", {"name": "Bruno"}),
    ("/toys/{toy}", "/toys/{toy}", {"name": "Bear"}),
    ("/toys/{toy}/bedtime", "/toys/{toy}/bedtime", {"minutes": "14"}),
    ("/toys/{toy}/company", "/toys/{toy}/hand", {"child": "mia"}),
    ("/toys/{toy}/company", "/toys/{toy}/visit", {"name": "Ben", "age": "6"}),
    ("/toys/{toy}/house", "/toys/{toy}/house", {"task": "lights", "rooms": "kitchen"}),
    ("/toys/{toy}/limits", "/toys/{toy}/limits", {"weekend_minutes": "50"}),
    ("/toys/{toy}/limits", "/toys/{toy}/give", {"kind": "one_more_story"}),
    ("/toys/{toy}/persona", "/toys/{toy}/persona", {"backstory": "It comes from the sea."}),
    ("/toys/{toy}/programs", "/toys/{toy}/programs", {"temperature": "0.5"}),
    ("/toys/{toy}/voices", "/toys/{toy}/voices", {"voice": "anna"}),
    ("/turns/t1", "/turns/{turn}", {"bookmarked": "yes", "note": "How sweet"}),
    ("/knowledge", "/knowledge/file", {"title": "A letter"}),
    ("/people", "/people/me/devices/{sign_in}/sign-out", {}),
    ("/people", "/people/me/devices/sign-out", {}),
    (
        "/people",
        "/people/me/password",
        {"current": PASSWORD, "password": NEW_PASSWORD, "repeated": NEW_PASSWORD},
    ),
]
"""Each is kept."""

AFTER: Final[Sequence[Step]] = [
    ("/", "/resume", {}),
    ("/alerts?show=all", "/alerts/{alert}/reopen", {}),
    ("/household/programs", "/household/tokens/{token}/revoke", {}),
    ("/people", "/people/invitations/{invitation}/revoke", {}),
    ("/people", "/people/{person}/sign-out", {}),
    ("/people", "/people/{person}/role", {"role": "viewer"}),
    ("/people", "/people/{person}/remove", {}),
    ("/privacy", "/privacy/clouds/allow", {"agreed": "yes"}),
    ("/privacy", "/privacy/consents/{consent}/withdraw", {}),
    ("/toys/{toy}/company", "/toys/{toy}/visit/end", {}),
    ("/children/mia", "/children/{child}/voice-hint/erase", {}),
    ("/children/mia/memories", "/children/{child}/memories/{memory}/erase", {}),
    ("/children/mia/memories", "/children/{child}/memories/erase-all", {}),
    ("/talks/{talk}", "/talks/delete", {}),
    ("/knowledge/{document}", "/knowledge/{document}/remove", {}),
]
"""What follows from those, a restart later."""

LAST: Final[Sequence[Step]] = [
    ("/talks", "/talks/undo", {}),
    ("/household/adults", "/household/adults/{adult}/remove", {}),
    ("/toys/{other}/leaving", "/toys/{toy}/archive", {}),
    ("/toys/{other}/leaving", "/toys/{toy}/remove", {}),
    ("/children/mia", "/children/{child}/archive", {}),
    ("/children/mia", "/children/{child}/remove", {}),
    ("/toys/{toy}/give-away", "/toys/{toy}/give-away", {"talks": "yes"}),
    ("/", "/sign-out-everywhere", {}),
]


SHOWN: Final = {
    *(
        "/toys/{toy}/persona/prompt",
        "/toys/{toy}/persona/try",
        "/knowledge/try",
        "/toys/{toy}/voice",
    ),
    *("/start/toy/hear", "/services/look", "/knowledge/address", "/backups/sheet", "/ratings"),
    *("/privacy/export", "/toys/{toy}/export", "/household/adults/{adult}/test"),
    *("/backups/now", "/backups/{backup}/try", "/people/me/second"),
}
"""They ask, show and send at once, and keep nothing of what was typed."""
OF_A_DEVICE: Final = {
    *(
        "/toys/adopt",
        "/toys/pair",
        "/toys/release",
        "/toys/{toy}/bedtime/begin",
        "/devices/{device}",
    ),
    *(
        f"/devices/{{device}}/{act}"
        for act in ("command", "update", "say", "move", "room", "callable")
    ),
}
"""Kept by satellites, which are pretended here: `tests/devices` has real ones, and restarts."""
IN_STEPS: Final = {
    *("/setup", "/sign-in", "/sign-in/code", "/sign-out", "/invitation/{secret}"),
    *("/people/me/second/on", "/people/me/second/codes", "/people/me/second/off"),
    *("/knowledge/fetched/{fetched}", "/services/approve", "/services/forget"),
}
"""Each has a page that is there only once."""
ELSEWHERE: Final = {
    "/backups/server": "tests/guardian/test_backups_page.py: it takes such a server",
    "/setup/restore/server": "the same",
    "/setup/restore": "tests/guardian/test_backups_page.py: a hub begins anew by it",
    "/toys/import": "as the other files: nothing of it is kept between",
    "/toys/{toy}/voices/copy": "as the other files",
    "/toys/{toy}/voices/copies/{consent}/withdraw": "as /privacy/consents/{consent}/withdraw",
    "/talks/copies": "deletes files at once, and keeps nothing",
    "/privacy/erase": "tests/core/privacy/test_erase.py: it goes on at the next start",
    "/sign-in/passkey": "tests/guardian/test_passkeys.py",
    "/people/me/passkeys": "tests/guardian/test_passkeys.py",
    "/people/me/passkeys/add": "tests/guardian/test_passkeys.py",
    "/people/me/passkeys/{passkey}/remove": "tests/guardian/test_passkeys.py",
}


def test_every_form_is_among_these() -> None:
    tried = [route for _, route, _ in (*PLAIN, *AFTER, *LAST)]
    assert len(tried) == len(set(tried))
    others = SHOWN | OF_A_DEVICE | IN_STEPS | ELSEWHERE.keys()
    assert set(tried) | others == {path for method, path in PAGES if method == "POST"}
    assert not set(tried) & others


@pytest.fixture
async def family(tmp_path: Path) -> AsyncIterator[Family]:
    async with AsyncExitStack() as stack:
        family = Family(tmp_path, stack)
        await family.begin()
        yield family
        await family.end()


async def begun(family: Family) -> None:
    """The owner signs in by the form of the first page, which was opened before a kill."""
    form = await family.opened("/setup", "/setup")
    await family.killed()
    answer = await family.send(form, code=family.code.text, password=PASSWORD, repeated=PASSWORD)
    assert answer.status == 303, await answer.text()


async def test_what_is_sent_after_a_kill_is_saved_and_outlives_the_next(family: Family) -> None:
    await begun(family)
    ids = await family.furnish()
    for steps in (PLAIN, AFTER, LAST):
        forms = [await family.opened(page.format(**ids), route) for page, route, _ in steps]
        saved = family.kept()
        await family.killed()
        assert family.kept() == saved
        for form, (_, route, typed) in zip(forms, steps, strict=True):
            answer = await family.send(form, **{k: v.format(**ids) for k, v in typed.items()})
            assert answer.status in {200, 303}, (route, await answer.text())
            before, saved = saved, family.kept()
            assert saved != before, route


async def test_a_look_at_a_page_or_a_network_is_kept_or_asked_for_again(family: Family) -> None:
    await begun(family)
    peer = WyomingPeer()
    address = f"{family.browser.origin}/sign-in"
    fetched = await family.hub.knowledge.fetch(address, at_home=True)
    keeps = await family.opened(f"/knowledge/fetched/{fetched.id}", "/knowledge/fetched/{fetched}")
    looks = await family.opened("/services", "/services/look")
    async with peer.running():
        family.hub.services_announced.append((("127.0.0.1", peer.port),))
        approves = form_in(await (await family.send(looks)).text(), "/services/approve")
        await family.killed()
        family.hub.services_announced.append((("127.0.0.1", peer.port),))
        assert (await family.send(approves)).status == 303
    lost = await family.send(keeps, title="A page")
    assert (lost.status, "fetch it again" in await lost.text()) == (404, True)
    forgets = await family.opened("/services", "/services/forget")
    await family.killed()
    assert (await family.send(forgets)).status == 303
    assert not await family.hub.network_services.approved()


async def test_an_invitation_is_accepted_and_somebody_signs_in_and_out(family: Family) -> None:
    await begun(family)
    owner = family.browser
    secret = await family.hub.people.invite("Ben", Role.GUARDIAN, "")
    leaves = await family.opened("/", "/sign-out")
    family.browser = await Browser.new(family.stack, owner.origin)
    accepts = await family.opened(f"/invitation/{secret}", "/invitation/{secret}")
    await family.killed()
    joined = await family.send(accepts, name="Ben", password=PASSWORD, repeated=PASSWORD)
    assert joined.status == 303
    family.browser, owner.origin = owner, family.browser.origin
    assert (await family.send(leaves)).headers["Location"] == "/sign-in"
    signs_in = await family.opened("/sign-in", "/sign-in")
    await family.killed()
    assert (await family.send(signs_in, name="Ben", password=PASSWORD)).headers["Location"] == "/"


async def test_a_second_factor_is_turned_on_asked_for_anew_and_turned_off(family: Family) -> None:
    await begun(family)
    begins = await family.opened("/people", "/people/me/second")
    html = await (await family.send(begins, current=PASSWORD)).text()
    turns_on = form_in(html, "/people/me/second/on")
    totp = pyotp.TOTP(dict(turns_on.fields)["secret"])
    await family.killed()
    on = await family.send(turns_on, code=totp.at(family.clock.now()))
    assert (on.status, "recovery codes" in await on.text()) == (200, True)

    await family.send(await family.opened("/", "/sign-out"))
    asked = await asked_for_a_code(family)
    await family.clock.advance(60)
    await family.killed()
    late = await family.send(asked, code=totp.at(family.clock.now()))
    assert (late.status, "type your password again" in await late.text()) == (403, True)
    asked = await asked_for_a_code(family)
    assert (await family.send(asked, code=totp.at(family.clock.now()))).status == 303

    new_codes = await family.opened("/people", "/people/me/second/codes")
    turns_off = await family.opened("/people", "/people/me/second/off")
    await family.killed()
    assert (await family.send(new_codes, current=PASSWORD)).status == 200
    assert (await family.send(turns_off, current=PASSWORD)).status == 303
    assert not (await family.hub.people.everybody())[0].second_factor


async def asked_for_a_code(family: Family) -> HtmlForm:
    signs_in = await family.opened("/sign-in", "/sign-in")
    return form_in(await (await family.send(signs_in, password=PASSWORD)).text(), "/sign-in/code")
