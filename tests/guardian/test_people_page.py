"""People: inviting, roles, one's own password and devices, and the audit log that tells of it."""

import asyncio
import re
from datetime import timedelta

import pytest
from aiohttp import web

from guardian_web.api.openapi import PREFIX
from guardian_web.api.openapi import ROUTES as CALLS
from guardian_web.audit.words import CHOICES, WORDS
from guardian_web.people.log import SHOWN
from guardian_web.routes import ROUTES
from guardian_web.sign_in.tries import MAX_WAITING
from hub.domain.api import Scope
from hub.domain.family.people import Actor, Role
from hub.errors import DiskFullError
from tests.guardian.api.calling import token_for
from tests.guardian.browser import PASSWORD
from tests.guardian.conftest import Browser, Site

NEW = "a horse on the moon"
NASTY = '<script>alert("x")</script>\'"&'


async def told(site: Site) -> list[str]:
    """The audit log as sentences, the newest first."""
    return [f"{deed.name} {deed.what}".strip() for deed in await site.home.audit.list(100)]


async def invited(owner: Browser, name: str, role: str) -> str:
    """The path of the link."""
    answer = await owner.send("/people", "/people/invitations", name=name, role=role)
    text = await answer.text()
    found = re.search(r'id="new-link"[^>]*value="http://[^/]*(/invitation/[\w-]{43})"', text)
    assert found, text
    return found[1]


async def path_of(site: Site, name: str) -> str:
    person = await site.home.people.named(name)
    assert person
    return f"/people/{person.id}"


async def accept(browser: Browser, link: str, name: str, password: str = NEW) -> int:
    answer = await browser.send(link, link, name=name, password=password, repeated=password)
    return answer.status


async def test_a_link_lets_one_more_person_in_once(site: Site) -> None:
    owner = await site.guardian()
    link = await invited(owner, "Ben", "viewer")
    assert link not in await owner.see("/people"), "it is shown once"
    ben = await site.browser()
    assert "Guardian invites you" in await ben.see(link)
    assert await accept(ben, link, "Benjamin") == 303
    assert "You: Benjamin" in await ben.see("/people")
    again = await site.browser()
    assert (await again.get(link)).status == 404
    assert [line for line in await told(site) if "Ben" in line] == [
        "Benjamin signed in: A browser, from the hub’s own computer",
        "Guardian invited Ben as viewer",
    ]


async def test_an_invitation_taken_back_or_a_day_old_opens_nothing(site: Site) -> None:
    owner, stranger = await site.guardian(), await site.browser()
    link = await invited(owner, "Ben", "guardian")
    [open_one] = await site.home.people.invitations()
    await owner.send("/people", f"/people/invitations/{open_one.id}/revoke")
    assert (await stranger.get(link)).status == 404
    late = await invited(owner, "Ben", "guardian")
    assert (await stranger.get(late)).status == 200
    await site.clock.advance(timedelta(days=1).total_seconds())
    assert (await stranger.get(late)).status == 404


async def test_what_an_invited_one_mistypes_is_told_and_costs_nothing(site: Site) -> None:
    owner, ben = await site.guardian(), await site.browser()
    link = await invited(owner, "Ben", "guardian")
    for fields, why in (
        ({"name": "Ben", "password": "short", "repeated": "short"}, "10 characters"),
        ({"name": "Ben", "password": NEW, "repeated": NEW + "!"}, "not the same"),
        ({"name": "guardian", "password": NEW, "repeated": NEW}, "called guardian already"),
        ({"name": " ", "password": NEW, "repeated": NEW}, "give it a name"),
    ):
        answer = await ben.send(link, link, **fields)
        assert (answer.status, why in await answer.text()) == (409, True)
    assert await accept(ben, link, "Ben") == 303


async def test_with_several_people_the_sign_in_asks_for_the_name(site: Site) -> None:
    owner, ben = await site.guardian(), await site.browser()
    assert 'name="name"' not in await ben.see("/sign-in")
    assert await accept(ben, await invited(owner, "Ben", "guardian"), "Ben") == 303
    phone = await site.browser()
    assert 'name="name"' in await phone.see("/sign-in")
    for name, password in (("Ben", PASSWORD), ("Guardian", NEW), ("Nobody", NEW), ("", NEW)):
        answer = await phone.send("/sign-in", "/sign-in", name=name, password=password)
        assert answer.status == 403
        assert "check the name and the password" in await answer.text()
    assert (await phone.send("/sign-in", "/sign-in", name=" bEN ", password=NEW)).status == 303


async def test_a_new_password_needs_the_old_one_and_signs_the_others_out(site: Site) -> None:
    here, there = await site.guardian(), await site.guardian()
    [before] = [c.value for c in here.session.cookie_jar if c.key == "pommai_session"]
    form = {"password": NEW, "repeated": NEW}
    wrong = await here.send("/people", "/people/me/password", current="not mine at all", **form)
    assert "not your password of now" in await wrong.text()
    right = await here.send("/people", "/people/me/password", current=PASSWORD, **form)
    assert right.status == 303
    assert "every other device" in (await here.see("/people?done=password")).lower()
    assert (await there.get("/")).headers["Location"] == "/sign-in"
    [after] = [c.value for c in here.session.cookie_jar if c.key == "pommai_session"]
    assert after != before, "who had copied the old token has nothing"
    assert (await (await site.browser()).sign_in(NEW)).status == 303
    assert "Guardian changed their own password" in await told(site)


async def test_guessing_the_password_of_an_open_session_is_slow(site: Site) -> None:
    here = await site.guardian()
    form = {"current": "a wrong guess", "password": NEW, "repeated": NEW}
    for _ in range(5):
        await here.send("/people", "/people/me/password", **form)
    answer = await here.send("/people", "/people/me/password", **form | {"current": PASSWORD})
    assert "Too many tries" in await answer.text()


async def test_devices_are_listed_and_signed_out_one_by_one_or_all(site: Site) -> None:
    here = await site.guardian()
    agents = (
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17 Safari/604",
            "Safari on an iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit Chrome/120 Mobile Safari/537",
            "Chrome on Android",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120", "Edge on Windows"),
        (NASTY, "A browser"),
    )
    others = []
    for agent, _ in agents:
        browser = await site.browser()
        browser.session.headers["User-Agent"] = agent
        assert (await browser.sign_in()).status == 303
        others.append(browser)
    html = await here.see("/people")
    assert all(words in html for _, words in agents)
    assert NASTY not in html
    assert html.count("This one") == 1
    [phone] = re.findall(r"Safari on an iPhone, from.*?/devices/(\w+)/sign-out", html, re.DOTALL)
    await here.send("/people", f"/people/me/devices/{phone}/sign-out")
    assert [(await one.get("/")).status for one in others] == [303, 200, 200, 200]
    await here.send("/people", "/people/me/devices/sign-out")
    assert [(await one.get("/")).status for one in others] == [303] * 4
    assert (await here.get("/")).status == 200


async def test_nobody_signs_out_a_device_of_somebody_else_by_its_id(site: Site) -> None:
    owner, viewer = await site.guardian(), await site.guardian_with(Role.VIEWER)
    [me] = [one for one in await site.home.people.everybody() if one.role is Role.OWNER]
    [sign_in] = await site.home.sign_ins.of(me.id)
    answer = await viewer.send("/people", f"/people/me/devices/{sign_in.id}/sign-out")
    assert answer.status == 404
    assert (await owner.get("/")).status == 200


async def test_an_owner_changes_roles_and_names_and_removes(site: Site) -> None:
    owner, ben = await site.guardian(), await site.browser()
    await accept(ben, await invited(owner, "Ben", "viewer"), "Ben")
    assert (await ben.send("/people", "/quiet", on="on")).status == 403
    path = await path_of(site, "Ben")
    await owner.send("/people", f"{path}/role", role="guardian")
    assert (await ben.get("/")).status == 303, "a new role signs out"
    await ben.send("/sign-in", "/sign-in", name="Ben", password=NEW)
    assert (await ben.send("/people", "/quiet", on="on")).status == 303
    await owner.send("/people", f"{path}/name", name="Benno")
    await owner.send("/people", f"{path}/sign-out")
    assert (await ben.get("/")).status == 303
    await owner.send("/people", f"{path}/remove")
    lost = await ben.send("/sign-in", "/sign-in", name="Benno", password=NEW)
    assert lost.status == 403
    assert (await told(site))[:5] == [
        "Guardian removed Benno",
        "Guardian signed Benno out on every device",
        "Guardian gave somebody the name Benno",
        "Ben began quiet time",
        "Ben signed in: A browser, from the hub’s own computer",
    ]


async def test_the_only_owner_can_neither_go_nor_become_less(site: Site) -> None:
    owner = await site.guardian()
    path = await path_of(site, "Guardian")
    for what, fields in (("remove", {}), ("role", {"role": "viewer"}), ("role", {"role": "king"})):
        answer = await owner.send("/people", f"{path}/{what}", **fields)
        assert answer.status == 409
        assert "only owner" in await answer.text() or "choose a role" in await answer.text()
    assert (await owner.get("/")).status == 200


async def test_a_name_is_text_wherever_it_stands(site: Site) -> None:
    owner, nasty = await site.guardian(), await site.browser()
    link = await invited(owner, NASTY, "owner")
    assert NASTY not in await nasty.see(link)
    assert await accept(nasty, link, NASTY) == 303
    for path in ("/people", "/people/log", "/", "/household", "/household/programs"):
        html = await nasty.see(path)
        assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in await nasty.see("/people/log")


async def test_a_token_ends_with_its_maker_and_shrinks_with_their_role(site: Site) -> None:
    await site.guardian()
    await site.guardian_with(Role.OWNER)
    maker = await site.home.people.named("The owner")
    assert maker
    token = await site.home.api_tokens.make("Program", frozenset(Scope) - {Scope.OWNER}, maker)
    await site.home.people.set_role(maker.id, Role.VIEWER)
    known = await site.home.api_tokens.known(token)
    assert known
    assert known.scopes == {Scope.STATE, Scope.ALERTS}
    await site.home.people.remove(maker.id)
    assert await site.home.api_tokens.known(token) is None


async def test_programs_are_named_in_the_log_and_what_they_said_is_not(site: Site) -> None:
    owner = await site.guardian()
    token = await token_for(site.home, site.clock)
    async with owner.session.post(
        f"{site.origin}/api/v1/household/stop",
        json={"reason": "a secret reason"},
        headers={"Authorization": f"Bearer {token}"},
    ) as answer:
        assert answer.status == 200
    [deed] = await site.home.audit.list(1)
    assert (deed.actor, deed.name, deed.what) == (Actor.TOKEN, "Home Assistant", "stopped all toys")
    assert "Home Assistant (a program)" in await owner.see("/people/log")


async def test_a_flood_of_guesses_is_told_once(site: Site) -> None:
    await site.guardian()
    guesser = await site.browser()
    for _ in range(5):
        await guesser.sign_in("a wrong password")
    slow = [asyncio.create_task(guesser.sign_in("wrong again")) for _ in range(MAX_WAITING + 3)]
    while sum(task.done() for task in slow) < 3:
        await asyncio.sleep(0.01)  # until all have come, as time that passes would make room
    while not all(task.done() for task in slow):
        await site.clock.advance(1)
        await asyncio.sleep(0.01)  # the server is to answer
    deeds = [deed for deed in await site.home.audit.list(100) if deed.actor is Actor.HUB]
    assert [deed.what for deed in deeds] == [
        "turned away somebody who tried many passwords, from the hub’s own computer"
    ]


async def test_the_log_is_paged(site: Site) -> None:
    owner = await site.guardian()
    for number in range(SHOWN + 5):
        await site.home.audit.add(Actor.HUB, "", f"did thing {number}.")
    first = await owner.see("/people/log")
    assert first.count("did thing") == SHOWN
    [older] = re.findall(r'href="(/people/log\?before=\d+)"', first)
    assert "did thing 0." in await owner.see(older)
    assert (await owner.get("/people/log?before=nonsense")).status == 200


async def test_what_was_done_is_done_although_the_log_is_full(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise DiskFullError("the disk is full")

    owner = await site.guardian()
    monkeypatch.setattr(site.home.audit, "add", full)
    assert (await owner.send("/people", "/quiet", on="on")).status == 303
    assert (await site.home.household.get()).quiet


def test_words_stand_for_each_route_that_changes_something_and_for_no_other() -> None:
    pages = {f"{one.method} {one.path}" for one in ROUTES if isinstance(one, web.RouteDef)}
    calls = {f"{one.method} {PREFIX}{one.path}" for one in CALLS}
    known = {*WORDS, *CHOICES}
    assert known <= pages | calls
    assert {one for one in pages | calls if not one.startswith("GET ")} <= known
