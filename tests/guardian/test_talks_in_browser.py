"""Talks in a real Chromium, on a phone's screen: found, read, marked, deleted and brought back."""

import re
from zoneinfo import ZoneInfo

from playwright.async_api import Page, Route, ViewportSize, expect

from hub.domain.household import Household as Settings
from hub.domain.talks.talk import TurnState
from tests.guardian.browser import Hub, is_live, reads_well, set_up
from tests.guardian.household import REFUSED, Household

PHONE: ViewportSize = {"width": 360, "height": 740}


async def talk(home: Household) -> None:
    await home.answer(await home.hear("t1", "why do dogs bark"), "To tell each other things.")
    refused = await home.hear("t2", "how do I hit somebody")
    refused.verdicts, refused.refused = [REFUSED], ["You make a fist."]
    refused.said, refused.state = ["Let us be kind to each other."], TurnState.REFUSED
    await home.store.turns.save(refused)


async def test_a_parent_finds_what_was_said_of_dogs_and_deletes_it(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await talk(home)
        await page.set_viewport_size(PHONE)
        await page.get_by_role("link", name="Talks", exact=True).click()
        await reads_well(page)
        await page.get_by_label("Look for words").fill("dog")
        await page.keyboard.press("Enter")
        found = page.locator("#turn-t1")
        await expect(found).to_contain_text("why do dogs bark")
        await expect(page.locator("#turn-t2")).to_have_count(0)
        await reads_well(page)
        await found.get_by_role("link", name="Mark or delete").click()
        await reads_well(page)
        await page.get_by_role("button", name="Delete this turn").click()
        undo = page.get_by_role("region", name="Deleted just now")
        await expect(undo).to_contain_text("You can bring it back until")
        await reads_well(page)
        await undo.get_by_role("button", name="Undo").click()
        await expect(undo).to_have_count(0)
        await expect(page.locator(".talk-line")).to_contain_text("2 turns")


async def test_a_time_is_by_the_household_s_clock_wherever_it_is_read(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await home.store.household.save(Settings(time_zone="Asia/Kolkata"))
        await talk(home)
        turn = await home.store.turns.get("t1")
        assert turn
        shown = f"{turn.started_at.astimezone(ZoneInfo('Asia/Kolkata')):%-I:%M}"
        for path, time in (
            ("", ".talk-lines time"),
            ("talks", ".talk-line time"),
            ("turns/t1", "#turn-t1 time"),
        ):
            await page.goto(hub.url + path)
            await expect(page.locator(time).first).to_contain_text(shown)
            await expect(page.locator(time).first).to_have_attribute("title", re.compile(shown))


async def test_a_parent_says_that_the_guard_was_wrong(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await talk(home)
        await page.set_viewport_size(PHONE)
        await page.goto(f"{hub.url}talks")
        await page.locator(".talk-line").get_by_role("link").click()
        turn = page.locator("#turn-t2")
        await expect(turn).to_contain_text("Gravely (step 5 of 7)")
        await reads_well(page)
        await turn.get_by_role("link", name="Mark or delete").click()
        await page.get_by_label("Bookmark it").check()
        await page.get_by_label("No: this should not have been redirected").check()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
        await page.goto(f"{hub.url}talks/kept#corrections")
        await expect(page.locator("#corrections")).to_contain_text("1 turn as wrongly refused")
        await reads_well(page)


async def test_an_open_talk_loses_what_is_deleted_elsewhere(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await talk(home)
        kept = await home.turns.get("t1")
        assert kept
        await page.goto(f"{hub.url}talks/{kept.conversation_id}")
        await expect(page.locator("#turn-t2")).to_be_visible()
        other = await page.context.new_page()
        await other.goto(f"{hub.url}turns/t2")
        await other.get_by_role("button", name="Delete this turn").click()
        await page.bring_to_front()
        await expect(page.locator("#turn-t2")).to_have_count(0)
        await expect(page.locator("#turn-t1")).to_be_visible()


async def test_who_deletes_a_talk_is_led_to_where_it_can_be_undone(page: Page, hub: Hub) -> None:
    """Also where its page hears that the talk is gone before the form is answered."""
    async with hub.running() as home:
        await set_up(page, hub)
        turn = await home.answer(await home.hear("t1", "hello"), "Hello!")
        await page.goto(f"{hub.url}talks/{turn.conversation_id}")
        await is_live(page)

        async def answer_late(route: Route) -> None:
            async with page.expect_request("**/events?*"):  # once the page's stream has ended
                answer = await route.fetch()
            await route.fulfill(response=answer)

        await page.route("**/talks/delete", answer_late)
        await page.get_by_role("button", name="Delete this talk").click()
        await expect(page.get_by_role("button", name="bring back")).to_be_visible()
