"""The page of what a toy hears, thinks and speaks with, in a real Chromium the size of a phone."""

from playwright.async_api import Page, expect

from hub.domain.toys import Voice
from tests.guardian.browser import Hub, reads_well, set_up


async def test_a_voice_is_heard_as_it_is_typed_and_then_saved(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        [toy] = await home.toys.list()
        await page.goto(f"{hub.url}toys/{toy.id}/programs")
        await reads_well(page)
        assert await page.evaluate("document.documentElement.scrollHeight") < 5000
        await page.get_by_label("How fast").fill("0.8")
        async with page.expect_response("**/voice") as answer:
            await page.get_by_role("button", name="Hear it").click()
        assert (await answer.value).status == 200
        assert home.pretend_voices.sampled[-1].voice == Voice(settings={"speed": 0.8})
        await page.get_by_label("How high").fill("200")
        await page.get_by_role("button", name="Hear it").click()
        await expect(page.locator("#hear-problem")).to_have_text(
            "Please give a whole number from 0 to 99."
        )
        await page.get_by_label("How high").fill("")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
        assert (await home.toys.list())[0].voice == Voice(settings={"speed": 0.8})
