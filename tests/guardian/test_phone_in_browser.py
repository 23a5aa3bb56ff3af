"""The page that brings the pages to a phone, and what an installed one shows without its hub, in a real Chromium."""

import re
from urllib.parse import urljoin

from playwright.async_api import Page, expect

from tests.guardian.browser import Hub, reads_well, set_up

WORKER = """async () => {
  await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
}"""


async def test_a_parent_opens_the_pages_to_phones_and_reads_how(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await page.goto(f"{hub.url}household")
        await page.get_by_role("link", name="Open these pages on your phone").click()
        await page.get_by_label("Phones and other computers at home").check()
        for name in await page.locator("input[name=interface]:checked").all():
            await name.uncheck()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("alert")).to_contain_text("at least one network")
        await page.get_by_label(re.compile("^lo ")).check()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
        assert (await home.lan_pages.get()).interfaces == ("lo",)
        code = page.get_by_role("img", name="A code that opens https://127.0.0.1:8772/")
        assert await code.evaluate("image => image.naturalWidth > 100")
        await reads_well(page)
        await page.get_by_role("link", name="let your phone trust the hub").click()
        await expect(page.get_by_role("heading", name="Android")).to_be_visible()
        await reads_well(page)


async def test_an_installed_app_says_when_the_hub_is_away(page: Page, hub: Hub) -> None:
    async with hub.running():
        await set_up(page, hub)
        address = await page.locator("link[rel=manifest]").evaluate("link => link.href")
        manifest = await (await page.request.get(address)).json()
        for icon in manifest["icons"]:
            assert (await page.request.get(urljoin(address, icon["src"]))).ok
        await page.evaluate(WORKER)
    await page.goto(hub.url)
    await expect(page.get_by_role("heading", name="The hub can’t be reached")).to_be_visible()
    assert await page.locator("img").evaluate("image => image.naturalWidth > 0")
    async with hub.running():
        await page.get_by_role("link", name="Try again").click()
        await expect(page.locator("#line")).to_have_text("Live")
