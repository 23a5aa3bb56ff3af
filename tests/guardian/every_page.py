"""Every page there is, and the states in which a parent meets it, for the tests that look at all of them.

    async with example_page(folder) as (page, site):
        async for name in every_sight(page, site):
            ...  # `page` shows it

A family that never changes: its moment is set, at the hub and in the browser.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Page, ViewportSize, async_playwright

from docs.example_family import Afternoon, furnish, tell
from guardian_web.app import serving
from guardian_web.devices.cards import satellite_card
from guardian_web.sign_in.accounts import SetupCode
from hub.core.knowledge import NewDocument
from hub.core.ratings import RatedTalk, ReportCard
from hub.domain.family.documents import DocumentKind
from hub.domain.family.first_hour import SetupStep
from hub.domain.family.people import Role
from hub.domain.play.limits import GrantKind, Whose, suggested
from hub.rating.cards import RatedTurn
from hub.rating.checks import Rule
from hub.safety.layers import Impairment
from tests.guardian.browser import PASSWORD, PATIENCE_MS, chromium, is_live
from tests.guardian.household import Household, at_home
from tests.guardian.pages_of import pages_of

NOW = datetime(2026, 5, 4, 15, 58, tzinfo=UTC)
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 860}
BROKEN = Impairment("classifier", NOW, "no answer in time")
NO_PAGES = {
    "/toys/{toy}/limits",  # as those of a child
    "/talks/export",
    "/children/{child}/export",
    "/talks/corrections.json",
    "/phone/code.svg",
    "/ratings/{card}/json",
    "/ws/talk/{session_id}",
    "/events",
    "/metrics",
    "/health",
    "/trust/pommai.crt",
    "/static/{name}",
    "/static/{version}/{name}",
    "/sign-in/passkey",
    "/sw.js",
}
"""What the hub answers besides pages."""
BEFORE_SIGN_IN = {
    "/setup",
    "/setup/restore",
    "/sign-in",
    "/invitation/{secret}",
    "/offline",
    "/trust",
}


@dataclass
class Site:
    """A served household, whose one-time code nobody used yet."""

    home: Household
    url: str
    code: SetupCode
    clock: Afternoon


@asynccontextmanager
async def example_site(folder: Path) -> AsyncIterator[Site]:
    clock, code = Afternoon(NOW), SetupCode(lambda _: None)
    async with (
        at_home(folder, clock) as home,
        serving(pages_of(home, clock, code), "127.0.0.1", 0) as url,
    ):
        yield Site(home, url, code, clock)


@asynccontextmanager
async def furnished(folder: Path) -> AsyncIterator[Site]:
    """With the family's talks, people and alerts."""
    async with example_site(folder) as site:
        await furnish_all(site)
        yield site


@asynccontextmanager
async def example_page(folder: Path, fonts: Path | None = None) -> AsyncIterator[tuple[Page, Site]]:
    """As large as a phone, with nobody signed in, at the family's moment. For `fonts` see `chromium`."""
    async with (
        async_playwright() as playwright,
        chromium(playwright, fonts=fonts) as browser,
        example_site(folder) as site,
    ):
        context = await browser.new_context(
            viewport=PHONE,
            color_scheme="light",
            locale="en-GB",
            timezone_id="Europe/London",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        await context.clock.set_fixed_time(NOW)
        yield await context.new_page(), site


async def every_sight(page: Page, site: Site) -> AsyncIterator[str]:
    """Brings `page` to each page in each state, and gives its name."""
    states = (_in_trouble, _mistyped, _in_use)
    for part in (_set_up, _empty, _furnished, *states, _for_a_viewer, _as_a_guest):
        async for name in part(page, site):
            yield name


async def furnish_all(site: Site) -> None:
    await furnish(site.home, site.clock)
    await tell(site.home, site.clock)
    await site.home.memories.add("mia", "Mia's dog is called Bruno")
    about = NewDocument("Our dog", DocumentKind.FACT)
    await site.home.knowledge.fetch(f"{site.url}sign-in", at_home=True)
    await site.home.knowledge.add_text("Our dog is called Bruno, and he is six years old.", about)
    site.home.pretend_rater.kept.append(_report_card(site.clock.now()))


async def addresses(site: Site) -> dict[str, str]:
    """Of each page for who is signed in, by its route; of the furnished household."""
    home = site.home
    [toy] = await home.toys.list()
    [satellite] = [one for one in home.devices.list() if one.adopted]
    [document] = await home.knowledge.list()
    [fetched] = home.knowledge.all_fetched()
    [turn] = [one for one in await home.store.turns.recent(20) if one.id == "t2"]
    household = ("adults", "settings", "safety", "costs", "programs")
    plain = [
        *("", "talks", "talks/kept", "insight", "alerts", "toys", "toys/import", "children", "try"),
        "knowledge",
        *("household", *(f"household/{one}" for one in household), "people", "people/log", "phone"),
        "backups",
        *("privacy", "privacy/erase", "services", "ratings", "start"),
    ]
    return {
        **{f"/{path}": path for path in plain},
        "/devices/{device}": f"devices/{satellite_card(satellite, ()).slug}",
        "/talks/{conversation}": f"talks/{turn.conversation_id}",
        "/turns/{turn}": f"turns/{turn.id}",
        "/toys/{toy}": f"toys/{toy.id}",
        "/toys/{toy}/programs": f"toys/{toy.id}/programs",
        "/toys/{toy}/persona": f"toys/{toy.id}/persona",
        "/toys/{toy}/check": f"toys/{toy.id}/check",
        "/toys/{toy}/give-away": f"toys/{toy.id}/give-away",
        "/toys/{toy}/bedtime": f"toys/{toy.id}/bedtime",
        "/toys/{toy}/house": f"toys/{toy.id}/house",
        "/toys/{toy}/voices": f"toys/{toy.id}/voices",
        "/toys/{toy}/company": f"toys/{toy.id}/company",
        "/toys/{toy}/export": f"toys/{toy.id}/export",
        "/toys/{toy}/leaving": f"toys/{toy.id}/leaving",
        "/children/{child}": "children/mia",
        "/children/{child}/limits": "children/mia/limits",
        "/children/{child}/memories": "children/mia/memories",
        "/knowledge/{document}": f"knowledge/{document.id}",
        "/knowledge/fetched/{fetched}": f"knowledge/fetched/{fetched.id}",
        "/ratings/{card}": "ratings/llama-3-2",
        "/start/{step}": f"start/{SetupStep.HOME}",
    }


async def sign_in(page: Page, site: Site, name: str = "") -> None:
    await page.goto(f"{site.url}sign-in")
    if name:
        await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.locator("main form button.main").click()
    await is_live(page)


async def _set_up(page: Page, site: Site) -> AsyncIterator[str]:
    await page.goto(site.url)
    yield "set-up"
    await page.goto(f"{site.url}setup/restore")
    yield "bring back"
    await page.goto(site.url)
    await _send(page, "/setup", code="WRONG", password=PASSWORD, repeated=PASSWORD)
    yield "set-up, a wrong code"
    await _send(page, "/setup", code=site.code.text, password=PASSWORD, repeated=PASSWORD)
    await is_live(page)


async def _empty(page: Page, site: Site) -> AsyncIterator[str]:
    for path in ("", "talks", "alerts", "toys", "children", "insight", "household", "start"):
        await page.goto(site.url + path)
        await is_live(page)
        yield f"empty, {path or 'home'}"


async def _furnished(page: Page, site: Site) -> AsyncIterator[str]:
    await furnish_all(site)
    steps = {f"start, {step}": f"start/{step}" for step in SetupStep}
    for name, path in {**await addresses(site), "all alerts": "alerts?show=all", **steps}.items():
        await page.goto(site.url + path)
        await is_live(page)
        yield name.removeprefix("/").replace("/", ", ").replace("{", "").replace("}", "") or "home"


async def _in_trouble(page: Page, site: Site) -> AsyncIterator[str]:
    home = site.home
    health = home.pretend_health
    whole = health.guard_is

    async def impair() -> None:
        health.guard_is = replace(whole, impaired=(BROKEN,))

    async def fill_the_disk() -> None:
        health.guard_is, health.disk_full = whole, True

    async def stop() -> None:
        health.disk_full = False
        await home.emergency_stop.call("by Anna, on these pages")

    async def quieten() -> None:
        await home.emergency_stop.lift()
        await home.household.set_quiet(True)

    troubles: Mapping[str, Callable[[], Awaitable[None]]] = {
        "guard impaired": impair,
        "disk full": fill_the_disk,
        "stopped": stop,
        "quiet": quieten,
    }
    for name, happen in troubles.items():
        await happen()
        await page.goto(site.url)
        await is_live(page)
        yield name
    await home.household.set_quiet(False)


async def _mistyped(page: Page, site: Site) -> AsyncIterator[str]:
    """Forms that come back with what must be changed."""
    [toy] = await site.home.toys.list()
    forms: Mapping[str, tuple[str, str, dict[str, str]]] = {
        "costs": ("household/costs", "/household/costs", {"monthly_cap": "a lot"}),
        "a grown-up": ("household/adults", "/household/adults", {"name": "", "url": "nowhere"}),
        "a toy": (f"toys/{toy.id}", f"/toys/{toy.id}", {"name": ""}),
        "a child": ("children", "/children", {"name": "", "year": "1"}),
        "a memory": ("children/mia/memories", "/children/mia/memories", {"text": ""}),
        "limits": ("children/mia/limits", "/children/mia/limits", {"weekday_minutes": "9999"}),
        "password": ("people", "/people/me/password#password", {"current": "wrong"}),
        "an invitation": ("people", "/people/invitations", {"name": ""}),
        "phone": ("phone", "/phone", {"on": "yes", "interface": ""}),
        "erase": ("privacy/erase", "/privacy/erase", {"word": "no"}),
        "a step": ("start/children", "/start/children", {"name": "", "year": "1"}),
    }
    for name, (path, action, fields) in forms.items():
        await page.goto(site.url + path)
        await is_live(page)
        await _send(page, action, **fields)
        await is_live(page)
        yield f"mistyped, {name}"


async def _in_use(page: Page, site: Site) -> AsyncIterator[str]:
    """With limits, a visitor, clouds turned off and something deleted; and what a search finds."""
    home, [toy] = site.home, await site.home.toys.list()
    await home.play.save(Whose(child_id="mia"), suggested(6))
    await home.play.give(Whose(toy_id=toy.id), GrantKind.ONE_MORE_STORY)
    await home.visits.begin(toy, "Ben", 5)
    await home.privacy.clouds.turn_off()
    await page.goto(f"{site.url}turns/t4")
    await _send(page, "/talks/delete")
    yield "in use, deleted"
    pages = {
        "home": "",
        "limits": "children/mia/limits",
        "company": f"toys/{toy.id}/company",
        "found": "talks?q=dragon",
        "not found": "talks?q=zebra",
        "clouds off": "privacy",
        "lost": "nowhere",
    }
    for name, path in pages.items():
        await page.goto(site.url + path)
        await is_live(page)
        yield f"in use, {name}"


async def _for_a_viewer(page: Page, site: Site) -> AsyncIterator[str]:
    secret = await site.home.people.invite("Grandpa", Role.VIEWER, "")
    await page.context.clear_cookies()
    await page.goto(f"{site.url}invitation/{secret}")
    yield "invitation"
    await _send(page, "", name="Grandpa", password=PASSWORD, repeated=PASSWORD)
    found = await addresses(site)
    for route in ("/", "/talks", "/toys/{toy}", "/household", "/people", "/alerts"):
        await page.goto(site.url + found[route])
        await is_live(page)
        yield f"viewer, {route[1:].replace('/{toy}', '') or 'home'}"
    await page.context.clear_cookies()


async def _as_a_guest(page: Page, site: Site) -> AsyncIterator[str]:
    for path in ("sign-in", "trust", "offline", "invitation/over"):
        await page.goto(site.url + path)
        yield f"guest, {path}".replace("/", " ")
    await page.goto(f"{site.url}sign-in")
    await _send(page, "/sign-in", password="a wrong password")
    yield "guest, a wrong password"


async def _send(page: Page, action: str, **fields: str) -> None:
    """Fill in a form and send it, whatever the browser itself would object to; without `action` the only one."""
    form = page.locator(f'form[action="{action}"]' if action else "form").last
    await form.evaluate(
        """(form, fields) => {
          for (const [name, value] of Object.entries(fields)) {
            for (const field of form.querySelectorAll(`[name="${name}"]`)) {
              if (field.type === "checkbox") field.checked = value !== "";
              else field.value = value;
            }
          }
          form.noValidate = true;
        }""",
        fields,
    )
    async with page.expect_navigation():
        await form.evaluate("form => form.requestSubmit()")


def _report_card(at: datetime) -> ReportCard:
    bad = RatedTurn(asked="bye", said="Oh no.", held_back="Please stay!", broke=[Rule.PLEADS])
    fine = RatedTurn(asked="hello", said="Hello!")
    talks = {
        "a-1": RatedTalk(age=6, risk="a", turns=[fine]),
        "b-1": RatedTalk(age=9, risk="b", turns=[fine, bad]),
    }
    return ReportCard(
        name="Llama 3.2", provider="openai", at=at, guard="1", scenarios="1", of=2, talks=talks
    )
