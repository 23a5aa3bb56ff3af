"""A parent's children, in a real Chromium the size of a phone."""

from playwright.async_api import Page, expect

from tests.guardian.browser import Hub, reads_well, set_up


async def test_a_parent_tells_of_two_children_and_whose_the_toy_is(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await page.goto(f"{hub.url}toys")
        await page.get_by_role("link", name="Your children").click()
        await reads_well(page)
        await page.get_by_label("Name", exact=True).fill("Mia")
        await page.get_by_label("Day").fill("31")
        await page.get_by_label("Month").select_option("February")
        await page.get_by_label("Year").fill("2014")
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_text("There is no such day.")).to_be_visible()
        await reads_well(page)
        await page.get_by_label("Day").fill("3")
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_role("heading", name="Mia", exact=True)).to_be_visible()
        await reads_well(page)
        await page.get_by_role("link", name="Your children").click()
        await page.get_by_text("Add a child").click()
        await page.get_by_label("Name", exact=True).fill("Tom")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Tom", exact=True)).to_be_visible()
        [mia, tom] = await home.children.list()
        assert (mia.born, tom.born) == ("2014-02-03", "")

        await page.get_by_role("link", name="all toys").click()
        await page.get_by_role("link", name="Pommai", exact=True).last.click()
        await page.get_by_label("Mia").check()
        await expect(page.locator("#level")).to_contain_text("Fits the age")
        await page.get_by_label("Tom").check()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
        await reads_well(page)
        assert (await home.toys.list())[0].child_ids == {mia.id, tom.id}

        await page.goto(f"{hub.url}children/{tom.id}")
        await page.get_by_text("Remove Tom for good").click()
        await reads_well(page)
        await page.get_by_role("button", name="Remove Tom").click()
        await expect(page.get_by_text("Tom, with all that was said")).to_be_visible()
        assert await home.children.list() == [mia]
