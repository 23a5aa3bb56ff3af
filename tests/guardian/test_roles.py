"""Rights: every route there is, asked by each role and by nobody; none is found that says no role.

And every page there is, seen by each role: nothing stands on it that its reader may not do.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape
from typing import Final

import pytest
from aiohttp import ClientResponse
from multidict import MultiDict

from guardian_web.gate import ROLE_WORDS
from hub.core.knowledge import NewDocument
from hub.domain.family.children import Child
from hub.domain.family.people import Role
from hub.domain.household import Adult
from hub.domain.safety import AlertLevel
from hub.domain.toys import Pairing, Satellite, SatelliteState
from tests.guardian.conftest import Browser, Site
from tests.guardian.table_of_routes import PAGES, Asked, route_of

FOR_ANYBODY = {
    ("GET", "/health"),
    ("GET", "/setup"),
    ("POST", "/setup"),
    ("GET", "/setup/restore"),
    ("POST", "/setup/restore"),
    ("POST", "/setup/restore/server"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-in/code"),
    ("GET", "/sign-in/passkey"),
    ("POST", "/sign-in/passkey"),
    ("GET", "/invitation/{secret}"),
    ("POST", "/invitation/{secret}"),
    ("GET", "/offline"),
    ("GET", "/trust"),
    ("GET", "/trust/pommai.crt"),
    ("GET", "/static/{name}"),
    ("GET", "/static/{version}/{name}"),
    ("GET", "/sw.js"),
}
"""Answers strangers; each is a decision that somebody made here, too."""

OTHERWISE = {
    ("POST", "/stop"): Role.VIEWER,
    ("POST", "/sign-out"): Role.VIEWER,
    ("POST", "/sign-out-everywhere"): Role.VIEWER,
    ("GET", "/talks/export"): Role.GUARDIAN,
    ("GET", "/talks/corrections.json"): Role.GUARDIAN,
    ("GET", "/children/{child}/export"): Role.GUARDIAN,
    ("POST", "/people/me/password"): Role.VIEWER,
    ("POST", "/people/me/second"): Role.VIEWER,
    ("POST", "/people/me/second/on"): Role.VIEWER,
    ("POST", "/people/me/second/off"): Role.VIEWER,
    ("POST", "/people/me/second/codes"): Role.VIEWER,
    ("POST", "/people/me/passkeys"): Role.VIEWER,
    ("POST", "/people/me/passkeys/add"): Role.VIEWER,
    ("POST", "/people/me/passkeys/{passkey}/remove"): Role.VIEWER,
    ("POST", "/people/me/devices/sign-out"): Role.VIEWER,
    ("POST", "/people/me/devices/{sign_in}/sign-out"): Role.VIEWER,
    ("GET", "/people/log"): Role.GUARDIAN,
    ("POST", "/people/invitations"): Role.OWNER,
    ("POST", "/people/invitations/{invitation}/revoke"): Role.OWNER,
    ("POST", "/people/{person}/name"): Role.OWNER,
    ("POST", "/people/{person}/role"): Role.OWNER,
    ("POST", "/people/{person}/sign-out"): Role.OWNER,
    ("POST", "/people/{person}/remove"): Role.OWNER,
    ("GET", "/privacy/erase"): Role.OWNER,
    ("POST", "/privacy/erase"): Role.OWNER,
    ("GET", "/backups"): Role.OWNER,
    ("POST", "/backups"): Role.OWNER,
    ("POST", "/backups/server"): Role.OWNER,
    ("POST", "/backups/now"): Role.OWNER,
    ("POST", "/backups/sheet"): Role.OWNER,
    ("POST", "/backups/{backup}/try"): Role.OWNER,
    ("GET", "/try"): Role.GUARDIAN,
    ("GET", "/ws/talk/{session_id}"): Role.GUARDIAN,
    ("POST", "/household/tokens"): Role.OWNER,
    ("POST", "/household/tokens/{token}/revoke"): Role.OWNER,
}
"""Who may do it at least, where it isn't that viewers see and guardians do."""

NOT_PAGES: Final = {
    ("GET", path)
    for path in (
        "/events",
        "/metrics",
        "/phone/code.svg",
        "/ratings/{card}",
        "/ratings/{card}/json",
        "/talks/corrections.json",
        "/talks/export",
        "/ws/talk/{session_id}",
    )
}
"""Files and streams, and what is shown of a report card, which no model has here."""
STREAMS: Final = {("GET", "/events"), ("GET", "/ws/talk/{session_id}")}
"""They tell a stranger to sign in, as nobody can be led from there."""
FORM: Final = re.compile(r"<form\b([^>]*\bmethod=\"(\w+)\".*?)</form>", re.DOTALL)
ACTION: Final = re.compile(r"\b(?:form)?action=\"([^\"]*)\"")
LINK: Final = re.compile(r"<a\b[^>]*\bhref=\"(/[^\"]*)\"")


def least(asked: Asked) -> Role | None:
    if asked in FOR_ANYBODY:
        return None
    return OTHERWISE.get(asked, Role.VIEWER if asked[0] == "GET" else Role.GUARDIAN)


async def ask(browser: Browser, asked: Asked, csrf: str) -> ClientResponse:
    method, path = asked
    address = browser.origin + re.sub(r"\{\w+\}", "x" * 16, path)
    return await browser.session.request(
        method,
        address,
        headers={"Origin": browser.origin},
        data=MultiDict(csrf=csrf) if method == "POST" else None,
        allow_redirects=False,
    )


async def csrf_of(browser: Browser, page: str) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', await browser.see(page))
    assert found
    return found[1]


def test_the_lists_here_name_routes_that_there_are() -> None:
    assert {*FOR_ANYBODY, *OTHERWISE} <= set(PAGES)


async def test_a_stranger_gets_nothing(site: Site) -> None:
    await site.guardian()
    stranger = await site.browser()
    csrf = await csrf_of(stranger, "/sign-in")
    for asked in filter(least, PAGES):
        answer = await ask(stranger, asked, csrf)
        if asked in STREAMS:
            assert answer.status == 401, asked
        else:
            assert (answer.status, answer.headers["Location"]) == (303, "/sign-in"), asked


def lacking(role: Role) -> Sequence[Asked]:
    return [a for a in PAGES if (needed := least(a)) and not role.may(needed)]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.GUARDIAN])
async def test_who_has_not_the_role_is_told_so_and_changes_nothing(site: Site, role: Role) -> None:
    browser = await site.guardian_with(role)
    csrf = await csrf_of(browser, "/")
    assert lacking(role)
    for asked in lacking(role):
        answer = await ask(browser, asked, csrf)
        text = await answer.text()
        assert answer.status == 403, asked
        if asked[0] == "POST":
            needed = least(asked)
            assert needed
            assert ROLE_WORDS[needed].split(".")[0] in text, asked


@pytest.mark.parametrize("role", list(Role))
async def test_who_has_the_role_gets_through(site: Site, role: Role) -> None:
    await site.guardian()
    browser = await site.guardian_with(role)
    csrf = await csrf_of(browser, "/")
    for asked in [a for a in PAGES if (needed := least(a)) and role.may(needed)]:
        async with await ask(browser, asked, csrf) as answer:
            assert answer.status != 401, asked
            leaves = "sign-out" in asked[1]
            assert answer.headers.get("Location") != "/sign-in" or leaves, asked
            if answer.status == 403:
                text = await answer.text()
                assert not any(words.split(".")[0] in text for words in ROLE_WORDS.values()), asked
        if leaves:
            await browser.session.close()  # the hub takes so many connections from one address
            browser = await site.guardian_with(role)
            csrf = await csrf_of(browser, "/")


async def test_a_changed_role_counts_at_once_also_on_open_pages(site: Site) -> None:
    await site.guardian()
    browser = await site.guardian_with(Role.GUARDIAN)
    csrf = await csrf_of(browser, "/")
    [ben] = [one for one in await site.home.people.everybody() if one.role is Role.GUARDIAN]
    await site.home.people.set_role(ben.id, Role.VIEWER)
    answer = await browser.post("/quiet", csrf=csrf, on="yes")
    assert answer.status in {303, 403}
    assert not (await site.home.household.get()).quiet


async def test_a_stream_ends_when_its_reader_is_removed(site: Site) -> None:
    await site.guardian()
    browser = await site.guardian_with(Role.VIEWER)
    async with browser.session.get(f"{site.origin}/events?show=frame") as events:
        assert events.status == 200
        [viewer] = [one for one in await site.home.people.everybody() if one.role is Role.VIEWER]
        await site.home.people.remove(viewer.id)
        await site.home.household.set_quiet(True)
        await events.content.read()


async def live_there(site: Site) -> None:
    """A child, a grown-up, a talk, an alert, a text to know, and a device in each state of pairing, adopted and not."""
    home = site.home
    await home.store.children.save(Child("c1", "Mia"))
    await home.store.adults.save(Adult("g1", "Anna", "json://127.0.0.1"))
    turn = await home.answer(await home.hear("t1", "how do i hit somebody"), "Let us be kind.")
    await home.warn("a1", turn, AlertLevel.URGENT)
    await home.knowledge.add_text("Grandma Rosa was born in Lisbon.", NewDocument())
    await home.knowledge.fetch(f"{site.origin}/sign-in", at_home=True)
    [toy] = await home.toys.list()
    for number, pairing in enumerate(Pairing):
        found = Satellite(f"id:found{number}", f"Box {number}", pairing=pairing)
        home.see(found)
        bear = replace(found, key=f"id:{number}", name=f"Bear {number}", adopted=True)
        home.see(replace(bear, toy_id=toy.id, state=SatelliteState.ONLINE))


def offered(html: str) -> Iterator[Asked | None]:
    """Where its links and forms lead; None is nowhere."""
    for link in LINK.findall(html):
        yield route_of("GET", link)
    for form, method in FORM.findall(html):
        for action in ACTION.findall(form):
            yield route_of(method.upper(), action)


async def walk(browser: Browser, may: set[Asked]) -> dict[Asked, set[Asked | None]]:
    """All pages that links lead to, of those in `may`, each with what is offered on it."""
    found: dict[Asked, set[Asked | None]] = {}
    ahead, known = ["/"], {"/"}
    while ahead:
        path = ahead.pop()
        asked = route_of("GET", path)
        assert asked, path
        if asked in FOR_ANYBODY | NOT_PAGES or asked not in may:
            continue
        html = await browser.see(path)
        found.setdefault(asked, set()).update(offered(html))
        links = {unescape(link).partition("#")[0] for link in LINK.findall(html)}
        ahead += links - known
        known |= links
    return found


@pytest.mark.parametrize("role", list(Role))
async def test_no_page_offers_what_its_reader_may_not_do(site: Site, role: Role) -> None:
    await site.guardian()
    await live_there(site)
    may = {asked for asked in PAGES if (needed := least(asked)) is None or role.may(needed)}
    pages = await walk(await site.guardian_with(role), may)
    wrong = {page: there - may for page, there in pages.items() if there - may}
    assert not wrong
    all_of_them = {asked for asked in may - FOR_ANYBODY if asked[0] == "GET"} - NOT_PAGES
    assert set(pages) == all_of_them
