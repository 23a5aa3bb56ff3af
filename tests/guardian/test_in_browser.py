"""The pages in a real Chromium, as a parent uses them."""

import asyncio
from dataclasses import replace

from playwright.async_api import Page, Route, expect

from guardian_web.devices.cards import satellite_card
from hub.domain.talks.talk import TurnState
from hub.domain.toys import Pairing, Satellite, SoftwareUpdate, Toy, UpdateStep
from hub.events import WordsSoFar
from tests.guardian.browser import PASSWORD, Hub, fill_in_set_up, is_live, reads_well, set_up
from tests.guardian.household import REFUSED

TEDDY = Satellite("id:1", "teddy", (("127.0.0.1", 10700),), hardware="Raspberry Pi Zero 2 W")

SET_HIDDEN = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def test_a_parent_sets_up_signs_out_and_signs_in(page: Page, hub: Hub) -> None:
    async with hub.running():
        await fill_in_set_up(page, hub.url, hub.code)
        await expect(page.get_by_text("Nothing has been said yet.")).to_be_visible()
        await page.get_by_role("button", name="Sign out", exact=True).click()
        await page.get_by_label("Password").fill("a wrong password")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text(
            "That did not work. Please check the password."
        )
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await is_live(page)


async def test_what_is_said_appears_without_a_reload(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await page.evaluate("window.sameDocument = true")
        first = await home.hear("t1", "why is the sky blue")
        card = page.locator("#turn-t1")
        await expect(card).to_contain_text("why is the sky blue")
        await expect(card).to_contain_text("Answering")
        await home.answer(first, "Because blue light bounces most!")
        await expect(card).to_contain_text("Because blue light bounces most!")
        await expect(card.locator(".chip")).to_have_text("Allowed")
        await expect(page.locator("#announce")).to_contain_text("Because blue light bounces most!")
        await expect(page.get_by_text("Nothing has been said yet.")).to_be_hidden()

        second = await home.hear("t2", "how do I hit somebody")
        second.verdicts = [REFUSED]
        second.refused = ["You make a fist."]
        second.said = ["Let us be kind to each other."]
        second.state = TurnState.REFUSED
        await home.store.turns.save(second)
        newest = page.locator("#turns > article").first
        await expect(newest).to_contain_text("Let us be kind")
        await expect(newest).to_contain_text("Redirected: violence")
        await expect(newest).to_contain_text(
            "Reason: speaks of hurting somebody (in the child's words)"
        )
        await expect(newest).to_contain_text("Please look")
        await expect(newest.get_by_text("You make a fist.")).to_be_hidden()
        await newest.get_by_text("Words that were held back").click()
        await expect(newest.get_by_text("You make a fist.")).to_be_visible()
        assert await page.evaluate("window.sameDocument")


async def test_what_a_child_is_saying_shows_until_it_is_said(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        [toy] = await home.toys.list()
        home.bus.publish(WordsSoFar(toy.id, "why is <b>the"))
        await expect(page.locator("#words")).to_have_text(f"{toy.name} hears: “why is <b>the …”")
        home.bus.publish(WordsSoFar(toy.id, ""))
        await expect(page.locator("#words")).to_have_text("")


async def test_a_voice_is_heard_before_it_is_chosen(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        [toy] = await home.toys.list()
        await page.goto(f"{hub.url}toys/{toy.id}")
        await page.get_by_label("Voice").fill("anna")
        async with page.expect_response("**/voice") as answer:
            await page.get_by_role("button", name="Hear it").click()
        assert (await (await answer.value).header_value("content-type")) == "audio/wav"
        await expect(page.get_by_role("button", name="Hear it")).to_be_enabled()
        await expect(page.locator("#hear-problem")).to_be_hidden()
        assert [sampled.voice.name for sampled in home.pretend_voices.sampled] == ["anna"]


async def test_the_page_goes_on_after_the_hub_was_away(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await home.hear("t1", "before the restart")
        await expect(page.locator("#turn-t1")).to_be_visible()
        await page.evaluate("window.sameDocument = true")
    await expect(page.locator("#line")).to_have_text("Connection lost, trying again …")
    async with hub.running() as home:
        await home.hear("t2", "while the page was alone")
        await is_live(page)
        await expect(page.locator("#turn-t2")).to_contain_text("while the page was alone")
        await home.hear("t3", "after the restart")
        await expect(page.locator("#turn-t3")).to_contain_text("after the restart")
        await expect(page.locator("#turns > article")).to_have_count(3)
        assert await page.evaluate("window.sameDocument")


async def test_a_form_that_was_begun_before_a_restart_is_saved_after_it(
    page: Page, hub: Hub
) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await page.goto(f"{hub.url}toys/{(await home.toys.list())[0].id}")
        await is_live(page)
        await page.get_by_label("The toy's name").fill("Bruno")
    await expect(page.locator("#line")).to_have_text("Connection lost, trying again …")
    async with hub.running() as home:
        await is_live(page)
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
        assert [toy.name for toy in await home.toys.list()] == ["Bruno"]


async def test_a_page_that_nobody_looks_at_lets_go_and_catches_up(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        seen = await home.hear("t1", "while somebody looked")
        await expect(page.locator("#turn-t1")).to_be_visible()
        await page.evaluate(SET_HIDDEN, True)
        async with asyncio.timeout(60):
            while hub.streams:
                await asyncio.sleep(0.02)
        await home.hear("t2", "while nobody looked")
        async with page.expect_request(f"**/events?since={seen.revision}&show=home"):
            await page.evaluate(SET_HIDDEN, False)
        await expect(page.locator("#turn-t2")).to_be_visible()


async def test_signing_out_on_every_device_leads_an_open_page_to_the_sign_in(
    page: Page, hub: Hub
) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await home.sign_ins.end_all((await home.people.everybody())[0].id)
        await home.hear("t1", "not for this page any more")
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_a_toy_is_found_adopted_and_released(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        home.see(TEDDY)
        adopt = page.get_by_role("button", name="Adopt teddy")
        box = await adopt.bounding_box()
        assert box is not None
        assert box["width"] > box["height"], "its letters stand below each other"
        await adopt.click()
        toys = page.get_by_role("region", name="Toys")
        await expect(toys.locator(".chip")).to_have_text("Ready")
        await expect(toys).to_contain_text("Lives in teddy")
        await page.get_by_text("Release …").click()
        await page.get_by_role("button", name="Release teddy").click()
        await expect(page.get_by_role("button", name="Adopt teddy")).to_be_visible()


async def test_what_the_household_refuses_is_in_sight_on_a_phone(page: Page, hub: Hub) -> None:
    async with hub.running():
        await set_up(page, hub)
        await page.set_viewport_size({"width": 320, "height": 640})
        for switch in (
            "Home Assistant runs on another computer",
            "Offer the hub to Home Assistant",
        ):
            await page.goto(hub.url + "household/programs")
            await page.get_by_label(switch).check()
            form = page.locator("form", has=page.get_by_label(switch))
            await form.get_by_role("button", name="Save").click()
            refusal = page.get_by_role("alert").filter(has_text="Nothing was saved")
            await expect(refusal).to_be_in_viewport()
            await reads_well(page)


async def test_a_phone_shows_the_emergency_stop_beside_the_name_and_the_dot(
    page: Page, hub: Hub
) -> None:
    async with hub.running():
        await set_up(page, hub)
        await page.set_viewport_size({"width": 360, "height": 740})
        await page.goto(hub.url)
        await expect(page.locator("#line")).to_have_attribute("data-state", "live")
        name = await page.locator(".top .brand").bounding_box()
        stop = await page.get_by_text("Stop all toys").bounding_box()
        assert name
        assert stop
        assert stop["y"] < name["y"] + name["height"]


async def test_a_toy_is_paired_by_the_code_that_it_says(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        home.see(replace(TEDDY, pairing=Pairing.OPEN))
        toys = page.get_by_role("region", name="Toys")
        await expect(toys).to_contain_text("waiting for its code")
        code = page.get_by_label("The six digits it says")
        await code.fill("654 321")
        await page.get_by_role("button", name="Pair teddy").click()
        await expect(page.get_by_role("alert")).to_contain_text("that is not its code")
        await code.fill("123")
        home.see(replace(TEDDY, pairing=Pairing.OPEN, hardware="moved meanwhile"))
        await expect(toys).to_contain_text("moved meanwhile")
        await expect(code).to_have_value("123")
        await code.fill("123 456")
        await page.get_by_role("button", name="Pair teddy").click()
        await expect(toys).to_contain_text("Lives in teddy · paired, encrypted")


async def test_a_toy_is_updated_while_its_page_shows_how_far_it_is(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        paired = replace(TEDDY, adopted=True, pairing=Pairing.PAIRED, certificate=b"x")
        update = SoftwareUpdate("0.2.0", "ab" * 32)
        teddy = home.see(replace(paired, firmware="0.1.0", software="", update=update))
        await page.goto(f"{hub.url}devices/{satellite_card(teddy, ()).slug}")
        software = page.get_by_role("region", name="Software")
        await software.get_by_text("SHA-256").click()
        await expect(software).to_contain_text("ab" * 32)
        await reads_well(page)
        await software.get_by_role("button", name="Update").click()
        await expect(software.get_by_role("progressbar")).to_have_attribute("value", "40")
        await software.get_by_text("SHA-256").click()
        home.see(replace(teddy, update=replace(update, step=UpdateStep.SENDING, percent=70)))
        await expect(software.get_by_role("progressbar")).to_have_attribute("value", "70")
        await expect(software.locator("details")).to_have_attribute("open", "")
        await reads_well(page)
        home.see(replace(teddy, firmware="0.2.0", software="ab" * 32, update=None))
        await expect(software).to_contain_text("It runs version 0.2.0, which a hub sent")


async def test_a_toy_that_waits_for_no_code_offers_no_form(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        toys = page.get_by_role("region", name="Toys")
        for pairing, words in (
            (Pairing.CLOSED, "Hold its button for eight seconds. It then says six digits"),
            (Pairing.ELSEWHERE, "paired with another hub"),
        ):
            home.see(replace(TEDDY, pairing=pairing))
            await expect(toys).to_contain_text(words)
            await expect(toys.locator("form.adopt")).to_have_count(0)


async def test_a_toy_that_went_is_one_clear_line(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        home.see(TEDDY)

        async def it_goes(route: Route) -> None:
            home.forget(TEDDY)
            await route.continue_()

        await page.route("**/toys/adopt", it_goes)
        await page.get_by_role("button", name="Adopt teddy").click()
        await expect(page.get_by_role("alert")).to_have_text(
            "no toy called id:1 is seen; is it switched on?"
        )


async def test_news_leaves_focus_and_open_folds_alone(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        turn = await home.hear("t1", "hello")
        fold = page.locator("#turn-t1-how")
        await fold.locator("summary").focus()
        await page.keyboard.press("Enter")
        await expect(fold).to_have_attribute("open", "")
        await home.answer(turn, "Hello, friend!")
        await expect(page.locator("#turn-t1")).to_contain_text("Hello, friend!")
        await expect(fold).to_have_attribute("open", "")
        await expect(fold.locator("summary")).to_be_focused()


async def test_every_page_reads_well_to_a_screen_reader_and_fits_a_phone(
    page: Page, hub: Hub
) -> None:
    async with hub.running() as home:
        for number in range(3):
            turn = await home.hear(f"t{number}", "a" * 80)
            await home.answer(turn, "b " * 200)
        await home.store.toys.save(Toy("z", "Zebra with a rather long name, longer than a phone"))
        home.see(TEDDY)
        await page.goto(hub.url)
        await reads_well(page)
        await set_up(page, hub)
        await reads_well(page)
        await page.goto(hub.url + "no-such-page")
        await reads_well(page)
