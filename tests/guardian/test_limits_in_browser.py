"""A parent sets a bedtime and gives ten more minutes, in a real Chromium the size of a phone."""

from playwright.async_api import Page, expect

from hub.domain.family.children import Child
from hub.domain.play.limits import DayLimits, PlayLimits, Whose
from hub.domain.toys import Satellite, SatelliteState
from tests.guardian.browser import Hub, reads_well, set_up


async def test_a_parent_sets_limits_and_gives_more_with_a_tap(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        mia = await home.children.save(Child("mia", "Mia"))
        [toy] = await home.toys.list()
        await home.children.give(toy.id, [mia.id])
        home.see(
            Satellite("id:1", "Bear", state=SatelliteState.ONLINE, adopted=True, toy_id=toy.id)
        )
        await set_up(page, hub)
        await page.get_by_role("link", name="Minutes and bedtime of Pommai").click()
        await reads_well(page)
        await page.get_by_role("link", name="Fill that in").click()
        await page.get_by_label("Monday to Friday").first.fill("90")
        await page.get_by_label("Saturday and Sunday").first.fill("lots")
        await page.get_by_label("Saturday and Sunday").first.press("Enter")
        invalid = page.locator("#weekend_minutes:invalid")
        await expect(invalid).to_be_focused()
        await invalid.fill("120")
        await page.get_by_text("Another rest time, such as homework").click()
        await reads_well(page)
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("It counts from the next turn on.")).to_be_visible()
        await reads_well(page)
        kept = await home.play.limits(Whose(toy_id=toy.id))
        assert (kept.weekday.minutes, kept.weekend.minutes) == (90, 120)

        all_day = DayLimits(minutes=90)  # so that it is nobody's bedtime, whenever this runs
        await home.play.save(Whose(toy_id=toy.id), PlayLimits(all_day, all_day))
        await page.goto(hub.url)
        await expect(page.locator("#toys")).to_contain_text("90 minutes left today")
        await page.get_by_role("button", name="+10 minutes for Pommai").click()
        await expect(page.locator("#toys")).to_contain_text("100 minutes left today")
        await reads_well(page)
        wide = await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert wide, "the page is wider than a phone"
