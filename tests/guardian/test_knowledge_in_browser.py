"""What toys know, in a real Chromium the size of a phone: a text and a file are added, read, and removed."""

from pathlib import Path

from playwright.async_api import Page, Route, expect

from tests.guardian.browser import Hub, reads_well, set_up


async def test_a_parent_adds_a_text_and_a_file_and_removes_one(
    page: Page, hub: Hub, tmp_path: Path
) -> None:
    file = tmp_path / "Our holidays.txt"
    file.write_text("In Wales a seagull stole Papa's sandwich.", "utf-8")
    async with hub.running() as home:
        await set_up(page, hub)
        await page.goto(f"{hub.url}toys")
        await page.get_by_role("link", name="What toys know").click()
        await reads_well(page)
        await page.get_by_label("What should toys know?").fill("Grandma was born in Lisbon.")
        await page.get_by_role("button", name="Add the text").click()
        await expect(page.get_by_text("It is being read.")).to_be_visible()
        await home.documents.finish()
        # The page looks again by itself.
        await expect(page.locator("#passage-0")).to_have_text("Grandma was born in Lisbon.")
        await reads_well(page)
        await page.get_by_role("link", name="What toys know").click()
        await page.get_by_label("The file", exact=True).set_input_files(file)
        await page.get_by_text("What it is, and for whom (the file)").click()
        await reads_well(page)
        await page.locator("#file-kind").select_option(label="Something that we lived through")
        seen = await on_its_way(page)
        await page.get_by_role("button", name="Add the file").click()
        await expect(page.get_by_text("The file did not arrive. Please try again.")).to_be_visible()
        await page.get_by_role("button", name="Add the file").click()
        await expect(page.get_by_role("heading", name="Our holidays")).to_be_visible()
        assert seen == ["shown", "shown"]
        await home.documents.finish()
        await expect(page.locator("#passage-0")).to_contain_text("seagull")
        await page.get_by_text("Toys should forget this").click()
        await page.get_by_role("button", name="Remove for good").click()
        await expect(page.get_by_text("Toys know it no more")).to_be_visible()
        [left] = await home.knowledge.list()
        assert left.title == "Grandma was born in Lisbon."


async def on_its_way(page: Page) -> list[str]:
    """Holds a file back until the page tells how far it is, and loses it the first time."""
    seen = []

    async def hold(route: Route) -> None:
        await expect(
            page.get_by_role("progressbar", name="The file is on its way …")
        ).to_be_visible()
        seen.append("shown")
        await (route.continue_() if len(seen) > 1 else route.abort())

    await page.route("**/knowledge/file", hold)
    return seen
