"""What keeps a child safe, in a real Chromium: the stop, the alerts, the guard's settings."""

from dataclasses import replace
from datetime import UTC, datetime

from playwright.async_api import Page, expect

from hub.domain.family.children import Child
from hub.domain.household import Adult
from hub.domain.safety import AlertLevel, Category, SafetyLevel
from hub.domain.talks.talk import TurnState
from hub.domain.toys import Toy
from hub.safety.layers import Impairment
from tests.guardian.browser import Hub, is_live, reads_well, set_up
from tests.guardian.household import REFUSED


async def tab_to(page: Page, element: str) -> None:
    """By the keyboard alone."""
    for _ in range(60):
        if await page.evaluate("document.activeElement.id") == element:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not get to {element}")


async def test_the_toys_are_stopped_by_keyboard_and_every_open_page_says_so(
    page: Page, hub: Hub
) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        other = await page.context.new_page()
        await other.goto(hub.url + "household")
        await is_live(other)
        await other.evaluate("window.sameDocument = true")
        await page.goto(hub.url + "alerts?show=all")
        await is_live(page)
        await tab_to(page, "stop-do")
        await page.keyboard.press("Enter")
        for shown in (page, other):
            banner = shown.get_by_role("region", name="Emergency stop")
            await expect(banner).to_contain_text("All toys are stopped.")
            await expect(banner).to_contain_text("stopped by Guardian, on these pages")
            await expect(shown.get_by_text("Stop all toys")).to_be_hidden()
        await expect(other.locator("#announce")).to_have_text("All toys are stopped.")
        assert page.url.endswith("/alerts?show=all")
        assert (await home.household.get()).emergency_stopped_at

        await other.get_by_role("button", name="Undo: let them talk again").click()
        await expect(other.get_by_text("Stop all toys")).to_be_visible()
        assert other.url.endswith("/household")
        await expect(page.get_by_role("region", name="Emergency stop")).to_be_hidden()
        await expect(page.locator("#announce")).to_have_text("The toys may talk again.")


async def test_an_alert_appears_is_counted_and_is_done_with_a_note(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        turn = await home.hear("t1", "how do i hit somebody")
        await home.warn("a1", turn, level=AlertLevel.URGENT, helpline="Childline, 1098")
        link = page.get_by_role("link", name="Alerts 1 that nobody has acknowledged")
        await link.click()
        card = page.locator("#alert-a1")
        await expect(card).to_contain_text("Needs you now")
        await expect(card).to_contain_text("Childline, 1098")
        await expect(card).to_contain_text("how do i hit somebody")
        await is_live(page)

        await tab_to(page, "alert-a1-open")
        await page.keyboard.press("Enter")
        await tab_to(page, "alert-a1-note")
        await page.keyboard.type("We talked about it")
        second = await home.hear("t2", "how do i hit somebody")
        await home.warn("a2", second, level=AlertLevel.URGENT)
        await expect(card).to_contain_text("2 times")
        await page.keyboard.type(", and it is fine.")
        await expect(card.locator("textarea")).to_have_value("We talked about it, and it is fine.")
        await tab_to(page, "alert-a1-do")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("All is well: nothing needs you now.")).to_be_visible()
        await expect(page.locator("#open-alerts")).to_have_attribute("data-count", "0")
        await page.get_by_role("link", name="Done", exact=True).click()
        await expect(card).to_contain_text("We talked about it, and it is fine.")
        await page.get_by_role("link", name="The whole talk, and why").click()
        await expect(page.locator("#turn-t2")).to_be_in_viewport()


async def test_thresholds_follow_the_level_and_are_saved(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await home.children.save(Child("mia", "Mia", datetime.now(UTC).year - 9))
        await page.get_by_role("link", name="Toys").click()
        await page.get_by_role("link", name="Pommai", exact=True).last.click()
        await page.get_by_text("Stricter than the level, topic by topic").click()
        violence = page.get_by_label("Violence")
        offered = "[...arguments[0].options].filter(o => !o.disabled).map(o => o.value)"
        enabled = f"(select) => {offered.replace('arguments[0]', 'select')}"
        assert await violence.evaluate(enabled) == ["", "0"]
        await page.get_by_label("Relaxed").check()
        assert await violence.evaluate(enabled) == ["", "0", "2", "4"]
        await violence.select_option(label="clearly")
        await page.get_by_label("Moderate").check()
        await expect(violence).to_have_value("")
        await expect(violence.locator("option:checked")).to_have_text("as the level: clearly")
        await violence.select_option(label="a little")
        await page.get_by_label("Mia").check()
        await expect(page.get_by_text("Fits the age")).to_have_count(3)
        await expect(page.locator(".fitting:visible")).to_have_attribute("data-level", "moderate")
        await page.get_by_label("Blocked topics").fill("santa")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
        [toy] = await home.toys.list()
        assert toy.safety_level is SafetyLevel.MODERATE
        assert toy.thresholds == {Category.VIOLENCE: 2}
        assert toy.blocked_topics == {"santa"}


async def test_a_toy_can_be_set_without_javascript(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        [toy] = await home.toys.list()
        browser = page.context.browser
        assert browser is not None
        state = await page.context.storage_state()
        plain = await browser.new_page(java_script_enabled=False, storage_state=state)
        await plain.goto(f"{hub.url}toys/{toy.id}")
        await plain.get_by_text("Stricter than the level, topic by topic").click()
        await plain.get_by_label("Violence").select_option(label="nothing at all")
        await plain.get_by_role("button", name="Save").click()
        await expect(plain.get_by_text("Saved.")).to_be_visible()
        await plain.get_by_role("button", name="Stop all toys").click()
        await expect(plain.get_by_text("All toys are stopped.")).to_be_visible()


async def test_one_toys_talk_is_seen_alone_as_it_goes_on(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await home.store.toys.save(Toy("z", "Zebra"))
        await set_up(page, hub)
        turn = await home.hear("t1", "hello Pommai")
        await expect(page.locator("#turn-t1")).to_be_visible()
        await page.get_by_label("by", exact=True).select_option(label="Zebra")
        await page.wait_for_url("**/?toy=z")
        await is_live(page)
        await home.answer(turn, "Hello!")
        zebras = replace(turn, id="t2", toy_id="z", heard="hello Zebra")
        await home.store.turns.begin(zebras)
        await expect(page.locator("#turn-t2")).to_be_visible()
        await expect(page.locator("#turn-t1")).to_have_count(0)


async def test_a_talk_goes_on_at_its_end(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        first = await home.hear("t1", "hello")
        await page.goto(f"{hub.url}talks/{first.conversation_id}")
        await is_live(page)
        await home.hear("t2", "and goodbye")
        await expect(page.locator("#turns > article").last).to_contain_text("and goodbye")


async def test_every_page_about_safety_reads_well_and_fits_a_phone(page: Page, hub: Hub) -> None:
    long = "averyveryverylongwordwithoutanyspace" * 3
    async with hub.running() as home:
        await set_up(page, hub)
        turn = await home.hear("t1", long)
        turn.verdicts = [replace(REFUSED, matched=(long,), rules_version=long)]
        turn.refused = [long]
        turn.state = TurnState.REFUSED
        await home.store.turns.save(turn)
        for level in AlertLevel:
            await home.warn(f"a-{level}", turn, level=level, helpline=long)
        await home.alerts.acknowledge("a-info", long, "Anna")
        await home.store.adults.save(Adult("a", "A" * 60, "json://127.0.0.1"))
        toy = Toy("z", "Z" * 60, blocked_topics=frozenset({"t" * 80}))
        await home.toys.save(replace(toy, thresholds={Category.VIOLENCE: 0}))
        broken = Impairment("classifier", datetime.now(UTC), "raised ValueError")
        home.pretend_health.guard_is = replace(
            home.pretend_health.guard_is, impaired=(broken,), rules_version=long
        )
        pages = ["", "alerts?show=all", f"talks/{turn.conversation_id}", "toys", "toys/z"]
        for path in (*pages, "household", "household/adults"):
            await page.goto(hub.url + path)
            await is_live(page)
            await reads_well(page)
            current = page.get_by_role("navigation", name="Pages").locator("[aria-current=page]")
            await expect(current).to_have_count(1)
        await home.emergency_stop.call("by " + "A" * 60)
        await page.goto(hub.url + "household/adults?done=saved")
        await page.evaluate(
            "for (const fold of document.querySelectorAll('details')) fold.open = true"
        )
        await reads_well(page)
