"""The page "Who Bear is" in a real Chromium the size of a phone."""

from playwright.async_api import Page, expect

from tests.guardian.browser import Hub, reads_well, set_up


async def test_the_prompt_follows_what_a_parent_types(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        [toy] = await home.toys.list()
        await page.goto(f"{hub.url}toys/{toy.id}/persona?character=fin")
        await reads_well(page)
        await page.get_by_text("What the language model is told", exact=True).click()
        await page.get_by_label("What it is").fill("a quiet kettle")
        await expect(page.locator("#prompt")).to_contain_text("Is: a quiet kettle")
        await reads_well(page)
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
        assert (await home.toys.list())[0].persona.kind == "a quiet kettle"
        await page.get_by_text("Earlier versions").click()
        await page.get_by_role("link", name="Version 1").click()
        await expect(page.get_by_text("Save brings it back.")).to_be_visible()
