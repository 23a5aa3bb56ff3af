"""The first page and what is on every page, in a real Chromium: what needs a parent first, and little to scroll."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from guardian_web.home.today import TALKS_SHOWN
from guardian_web.pages import FOLDERS_OF_TEMPLATES
from hub.domain.clock import SystemClock
from hub.domain.safety import AlertLevel
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import Satellite, SatelliteSettings, SatelliteState, Toy
from tests.guardian.browser import Hub, is_live, reads_well, set_up
from tests.guardian.conftest import Site
from tests.guardian.household import REFUSED, Household

TURNS_A_DAY = 200
LONGEST_PAGE_PX = 5000
HOUSEHOLD_PAGES = (
    "household",
    *(f"household/{page}" for page in ("settings", "adults", "safety", "programs", "costs")),
)
BOX = Satellite("id:1", "bear box", state=SatelliteState.ONLINE, adopted=True)


class Evening(SystemClock):
    """Nine o'clock today, so that a whole day lies behind the family."""

    def now(self) -> datetime:
        return datetime.now().astimezone().replace(hour=21, minute=0, second=0, microsecond=0)


async def live_through_a_day(home: Household, evening: datetime) -> None:
    """Four toys, and a day of many short talks with long words, each turn refused."""
    [bear] = await home.toys.list()
    toys = [bear, *[await home.toys.save(Toy(f"t{n}", f"Toy {n}")) for n in range(3)]]
    for number, toy in enumerate(toys):
        home.see(replace(BOX, key=f"id:{number}", name=f"box {number}", toy_id=toy.id))
    for number in range(TURNS_A_DAY):
        began = evening - timedelta(minutes=4 * (TURNS_A_DAY - number))
        turn = Turn(f"turn{number}", toys[number % 4].id, "satellite", began)
        turn.heard = "why does the moon come with us in the car " * 5
        turn.said = ["Because it is so very far away that it seems to stand still. " * 4]
        turn.verdicts = [REFUSED]
        turn.state = TurnState.REFUSED
        await home.store.turns.begin(turn)


async def test_no_page_is_long_on_a_phone_after_a_day_of_two_hundred_turns(
    page: Page, hub: Hub
) -> None:
    hub.clock = Evening()
    async with hub.running() as home:
        await set_up(page, hub)
        await live_through_a_day(home, hub.clock.now())
        await page.goto(hub.url)
        await expect(page.locator(".talk-lines li")).to_have_count(TALKS_SHOWN)
        await reads_well(page)
        lengths = {}
        for path in ("", "?before=turn100", "alerts", "toys", *HOUSEHOLD_PAGES):
            await page.goto(hub.url + path)
            await is_live(page)
            lengths[path] = await page.evaluate("document.documentElement.scrollHeight")
        assert max(lengths.values()) < LONGEST_PAGE_PX, lengths


async def test_an_urgent_alert_is_in_sight_on_every_page_and_in_the_tabs_title(
    page: Page, hub: Hub
) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        for path in ("", "household"):
            await page.goto(hub.url + path)
            await is_live(page)
            title = await page.title()
            band = page.get_by_role("link", name="This needs you now: Talk of hurting someone")
            await expect(band).to_be_hidden()
            alert = f"a-{path}"
            await home.warn(f"{alert}-care")
            await home.warn(alert, level=AlertLevel.URGENT)
            await page.evaluate("scrollTo(0, document.body.scrollHeight)")
            await expect(band).to_be_in_viewport()
            await expect(page).to_have_title(f"(1) {title}")
            await reads_well(page)
            await home.alerts.acknowledge(alert)
            await expect(band).to_be_hidden()
            await expect(page).to_have_title(title)
        await home.warn("again", level=AlertLevel.URGENT)
        await page.reload()
        await expect(page).to_have_title(f"(1) {title}")
        await band.click()
        await expect(page.locator("#alert-again")).to_be_visible()


async def test_a_talk_of_today_is_a_line_that_follows_what_is_said(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        today = page.get_by_role("region", name="Today’s talks")
        await expect(today).to_contain_text("Nobody has talked with a toy today.")
        first = await home.hear("t1", "why is the sky blue")
        line = today.get_by_role("listitem").get_by_role("link")
        await expect(line).to_contain_text("why is the sky blue")
        await expect(line).to_contain_text("1 exchange")
        await home.hear("t2", "and the grass")
        await expect(line).to_contain_text("2 exchanges")
        await line.click()
        await expect(page.locator("#turn-t2")).to_be_visible()
        assert page.url.endswith(f"/talks/{first.conversation_id}")


@pytest.mark.parametrize("state", [SatelliteState.ONLINE, SatelliteState.AWAY])
async def test_a_toy_has_one_state_that_nothing_on_the_page_contradicts(
    site: Site, state: SatelliteState
) -> None:
    home = site.home
    [toy] = await home.toys.list()
    home.see(replace(BOX, toy_id=toy.id, state=state, settings=SatelliteSettings(mute=True)))
    browser = await site.guardian()

    async def chips() -> list[str]:
        toys = (await browser.see("/")).split('<section id="toys"')[1].split("</section>")[0]
        return re.findall(r'<p class="chip \w+">(.*?)</p>', toys)

    away = state is SatelliteState.AWAY
    assert await chips() == ["Away" if away else "Microphone off"]
    await home.household.set_quiet(True)
    assert await chips() == ["Away" if away else "Quiet time"]
    await home.toys.pause(toy.id, True)
    assert await chips() == ["Away" if away else "Paused"]
    await home.emergency_stop.call()
    assert await chips() == ["Away" if away else "Stopped"]
    if away:
        assert "Stopped, from the moment it is back." in await browser.see("/")


def test_a_parent_is_never_told_to_type_a_command() -> None:
    """But for a forgotten password, which nobody may change from elsewhere."""
    told = {
        path.name
        for folder in FOLDERS_OF_TEMPLATES
        for path in folder.glob("*.html")
        if "pommai-hub" in path.read_text()
    }
    assert told <= {"sign_in.html", "code.html", "people.html"}


async def test_a_device_that_announces_nothing_is_adopted_by_its_address(site: Site) -> None:
    browser = await site.guardian()
    assert "Its address and port" in await browser.see("/")
    answer = await browser.send("/", "/toys/adopt", satellite="192.168.1.20:10700")
    assert answer.status == 409
    assert "no toy called 192.168.1.20:10700 is seen" in await answer.text()
