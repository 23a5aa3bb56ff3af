"""Quiet time and pausing from the pages: seen at once by who looks, with a way back."""

from dataclasses import replace

from playwright.async_api import Page, expect

from hub.domain.toys import Satellite, SatelliteState
from tests.guardian.browser import Hub, reads_well, set_up
from tests.guardian.conftest import Site
from tests.guardian.live import listening

BOX = Satellite("id:1", "bear box", state=SatelliteState.ONLINE, adopted=True)


async def test_quiet_time_begins_and_ends_on_any_page(site: Site) -> None:
    browser = await site.guardian()
    assert "Begin quiet time" in await browser.see("/")
    answer = await browser.send("/", "/quiet", on="yes", back="/alerts")
    assert answer.headers["Location"] == "/alerts"
    assert (await site.home.household.get()).quiet
    html = await browser.see("/toys")
    assert "End quiet time" in html
    assert "Begin quiet time" not in await browser.see("/")
    assert "Stop all toys" in html
    await browser.send("/toys", "/quiet")
    assert not (await site.home.household.get()).quiet


async def test_one_toy_is_paused_and_let_talk_again(site: Site) -> None:
    browser = await site.guardian()
    toy = (await site.home.toys.list())[0]
    site.home.see(replace(BOX, toy_id=toy.id))
    path = f"/toys/{toy.id}/pause"
    assert (await browser.send("/", path, on="yes")).status == 303
    html = await browser.see("/")
    assert '<p class="chip care">Paused</p>' in html
    assert "talk again</button>" in html
    await browser.send("/", path)
    assert not (await site.home.toys.list())[0].paused
    assert (await browser.send("/", "/toys/none/pause", on="yes")).status == 404


async def test_open_pages_are_told_at_once(site: Site) -> None:
    toy = (await site.home.toys.list())[0]
    async with listening(await site.guardian()) as stream:
        stream.with_frame = True
        await stream.next_frame()
        await site.home.household.set_quiet(True)
        assert "End quiet time" in (await stream.next_frame()).data
        await site.home.toys.pause(toy.id, True)
        while "Paused" not in (await stream.next_of("toys")).data:
            pass


async def test_in_a_browser_it_shows_without_a_reload(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await page.evaluate("window.sameDocument = true")
        await home.household.set_quiet(True)
        await expect(page.get_by_role("button", name="End quiet time")).to_be_visible()
        await expect(page.locator("#announce")).to_have_text("Quiet time has begun.")
        await home.toys.pause((await home.toys.list())[0].id, True)
        await expect(page.locator(".toy .chip", has_text="Paused")).to_be_visible()
        await reads_well(page)
        assert await page.evaluate("window.sameDocument")
        await page.get_by_role("button", name="Let Pommai talk again").click()
        await expect(page.get_by_role("button", name="Pause Pommai")).to_be_visible()
        await page.get_by_role("button", name="End quiet time").click()
        await expect(page.get_by_role("button", name="End quiet time")).to_be_hidden()
        assert not (await home.household.get()).quiet
        await page.get_by_role("button", name="Begin quiet time").click()
        await expect(page.get_by_role("button", name="End quiet time")).to_be_visible()
