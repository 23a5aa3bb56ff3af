"""The first hour of somebody new, on a phone-sized screen: from the first address to a toy that talks."""

import os
from pathlib import Path

from playwright.async_api import Page, expect

from hub.domain.toys import Pairing, Satellite
from tests.guardian.browser import Hub, reads_well, set_up
from tests.guardian.pretend_parts import CODE
from tests.guardian.trial import trial


async def picture(page: Page, name: str) -> None:
    """For a person to look at, where $PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        for shade in ("light", "dark"):
            await page.emulate_media(color_scheme=shade)
            await page.screenshot(path=Path(folder) / f"{name}-{shade}.png", full_page=True)


async def test_a_new_parent_gets_a_toy_talking(tmp_path: Path) -> None:
    complaints: list[str] = []
    async with trial(tmp_path, complaints=complaints) as trying:
        page, hub = trying.page, trying.app.hub
        await page.goto(f"http://127.0.0.1:{trying.port}/start")
        await reads_well(page)
        await picture(page, "start")
        await page.get_by_role("link", name="Begin").click()

        await page.get_by_label("Country").select_option(label="India")
        await reads_well(page)
        await picture(page, "home")
        await page.get_by_role("button", name="Save and go on").click()

        await page.get_by_label("First name").fill("Mia")
        await page.get_by_label("Born in").fill("2019")
        await reads_well(page)
        await picture(page, "children")
        await page.get_by_role("button", name="Add and go on").click()

        await expect(page.get_by_role("heading", name="The first toy")).to_be_visible()
        async with page.expect_response("**/start/toy/hear") as answer:
            await page.get_by_role("button", name="Hear Nova").click()
        assert (await answer.value).status == 200
        await expect(page.locator("#hear-problem")).to_be_hidden()
        await page.get_by_role("radio", name="Nova").check()
        await page.get_by_label("Moderate").check()
        await reads_well(page)
        await picture(page, "toy")
        await page.get_by_role("button", name="Save and go on").click()

        await expect(page.get_by_role("heading", name="Try it")).to_be_visible()
        await reads_well(page)
        await picture(page, "try")
        await page.get_by_role("link", name="Talk with Nova").click()
        await page.get_by_label("Say it in writing").fill("tell me a joke")
        await page.get_by_role("button", name="Say", exact=True).click()
        await expect(page.locator(".answer dd").first).not_to_be_empty()
        [turn] = await hub.turns.recent(2)
        assert turn.said
    assert complaints == []


async def test_a_body_found_nearby_is_paired_and_its_volume_set(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        developer = await page.context.new_cdp_session(page)
        zone = {"timezoneId": "Asia/Calcutta"}
        await developer.send("Emulation.setTimezoneOverride", zone)
        await page.goto(f"{hub.url}start/home")
        await expect(page.get_by_label("Time zone")).to_have_value("Asia/Calcutta")
        await expect(page.get_by_label("Country")).to_have_value("IN")
        await page.goto(f"{hub.url}start/device")
        await expect(page.get_by_text("Switch on a toy near the hub")).to_be_visible()
        await reads_well(page)
        home.see(Satellite("id:1", "teddy", (("127.0.0.1", 10700),), pairing=Pairing.OPEN))
        code = page.get_by_label("The six digits it says")
        await code.fill(CODE)
        await picture(page, "device")
        await page.get_by_role("button", name="Pair teddy").click()

        await expect(page.get_by_role("heading", name="How loud it is")).to_be_visible()
        await expect(page.get_by_label("Never louder than: 70 %")).to_be_visible()
        volume = page.get_by_label("Volume: 100 %")
        await volume.focus()
        await page.keyboard.press("Home")
        for _ in range(9):
            await page.keyboard.press("ArrowRight")
        await reads_well(page)
        await picture(page, "volume")
        await page.get_by_role("button", name="Save and let it speak").click()
        await expect(page.get_by_text("It should speak now")).to_be_visible()
        await page.get_by_role("button", name="Save and go on").click()

        await expect(page.get_by_role("heading", name="Minutes and bedtime")).to_be_visible()
        await page.goto(f"{hub.url}start/alerts")
        await expect(page.get_by_label("Its password")).to_be_visible()
        await expect(page.get_by_label("Topic")).to_be_hidden()
        await reads_well(page)
        await picture(page, "alerts")
        await page.get_by_label("On a phone").check()
        await expect(page.get_by_label("Its password")).to_be_hidden()
        await page.get_by_label("Name", exact=True).fill("Anna")
        await picture(page, "alerts-phone")
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_role("heading", name="Anna")).to_be_visible()
        await reads_well(page)
        [device] = home.devices.list()
        assert (device.settings.volume, device.settings.volume_cap) == (45, 70)
        assert home.satellites.announced
