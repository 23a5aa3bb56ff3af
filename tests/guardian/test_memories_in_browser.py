"""What a toy remembers of a child, in a real Chromium the size of a phone."""

from playwright.async_api import Page, expect

from hub.domain.family.children import Child
from tests.guardian.browser import Hub, reads_well, set_up


async def test_a_parent_lets_a_toy_remember_and_erases_a_line(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await home.children.save(Child("mia", "Mia"))
        await set_up(page, hub)
        await page.goto(f"{hub.url}children/mia")
        await page.get_by_role("link", name="Mia’s memories").click()
        await reads_well(page)
        await page.get_by_label("Remember Mia from talk to talk").check()
        await page.get_by_role("button", name="Save").first.click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
        await page.get_by_label("What should toys know?").fill("Mia's dog is called Bruno")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Mia's dog is called Bruno", exact=True)).to_be_visible()
        await page.get_by_label("Change or erase “Mia's dog is called Bruno”").click()
        await reads_well(page)
        await page.get_by_label("The line").fill("Mia's dog is called Rex")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("The line is changed.")).to_be_visible()
        await page.get_by_label("Change or erase “Mia's dog is called Rex”").click()
        await page.get_by_role("button", name="Erase “Mia's dog is called Rex”").click()
        await expect(page.get_by_text("The line is erased")).to_be_visible()
        assert await home.memories.list("mia") == []
