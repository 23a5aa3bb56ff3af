"""What a parent looks for is three taps from the first page, on a phone."""

from dataclasses import dataclass, replace
from datetime import timedelta

from playwright.async_api import Locator, Page, expect

from hub.domain.family.children import Child
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import Satellite, SatelliteState
from tests.guardian.browser import Hub, is_live, set_up
from tests.guardian.household import Household

MOST_TAPS = 3
DOGS = "do dogs dream of bones"


@dataclass
class Walk:
    """From the first page on; each tap counts, typing doesn't."""

    page: Page
    taps: int = 0

    async def tap(self, what: Locator) -> None:
        self.taps += 1
        assert self.taps <= MOST_TAPS, f"a tap too many: {what}"
        await what.click()


async def begins(page: Page, hub: Hub, home: Household) -> Walk:
    """With a child, a toy that is here, and a talk of yesterday."""
    await set_up(page, hub)
    [toy] = await home.toys.list()
    mia = await home.children.save(Child("mia", "Mia"))
    await home.store.toys.save(replace(toy, child_ids=frozenset({mia.id})))
    home.see(
        Satellite("id:1", "bear box", state=SatelliteState.ONLINE, adopted=True, toy_id=toy.id)
    )
    yesterday = hub.clock.now() - timedelta(days=1)
    turn = Turn("t1", toy.id, "satellite", yesterday, heard=DOGS, said=["They do!"])
    turn.state = TurnState.DONE
    await home.store.turns.begin(turn)
    entry = LedgerEntry(yesterday, LedgerKind.LLM, "openai", ContentKind.TEXT, 412, "t1")
    await home.store.ledger.add(entry)
    await page.goto(hub.url)
    await is_live(page)
    return Walk(page)


async def test_what_was_said_yesterday_about_dogs(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        walk = await begins(page, hub, home)
        await walk.tap(page.get_by_role("link", name="Talks", exact=True))
        await walk.tap(page.get_by_label("Look for words"))
        await page.keyboard.type("dogs")
        await walk.tap(page.get_by_role("button", name="Search"))
        await expect(page.locator("#found")).to_contain_text(DOGS)


async def test_stopping_everything(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        walk = await begins(page, hub, home)
        await walk.tap(page.get_by_role("button", name="Stop all toys"))
        await expect(page.locator("#stopped")).to_contain_text("stopped")
        assert (await home.household.get()).emergency_stopped_at
        assert walk.taps == 1


async def test_bedtime(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        walk = await begins(page, hub, home)
        await walk.tap(page.get_by_role("link", name="Minutes and bedtime of"))
        await expect(page.locator("#weekday_bedtime_from")).to_be_editable()


async def test_what_left_the_house(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        walk = await begins(page, hub, home)
        await walk.tap(page.get_by_role("link", name="Household"))
        await walk.tap(page.get_by_role("main").get_by_role("link", name="Privacy"))
        await expect(page.get_by_role("main")).to_contain_text("openai")


async def test_deleting_a_talk(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        walk = await begins(page, hub, home)
        await walk.tap(page.get_by_role("link", name="Talks", exact=True))
        await walk.tap(page.locator(".talk-line a"))
        await walk.tap(page.get_by_role("button", name="Delete this talk"))
        await expect(page.get_by_role("button", name="bring back")).to_be_visible()
        assert await home.store.turns.recent(5) == []
