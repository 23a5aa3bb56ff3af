"""The inbox: an alert is open, then seen, then done; what to do next, who can help, and only those looked for."""

import pytest
from playwright.async_api import Page, expect

from guardian_web.alerts.next_steps import NEXT_STEPS
from hub.domain.household import Household as Settings
from hub.domain.safety import AlertLevel, AlertState, Category
from hub.domain.toys import Toy
from tests.guardian.browser import Hub, is_live, reads_well, set_up
from tests.guardian.conftest import Site


async def shown(site: Site, path: str) -> set[str]:
    html = await (await site.guardian()).see(path)
    return {f"a{number}" for number in range(1, 5) if f'id="alert-a{number}"' in html}


async def test_an_alert_goes_from_open_over_seen_to_done_and_back(site: Site) -> None:
    for number in range(1, 4):
        await site.home.warn(f"a{number}")
    browser = await site.guardian()
    seen = await browser.send("/alerts", "/alerts/a2/acknowledge", back="/alerts")
    assert seen.headers["Location"] == "/alerts?done=seen"
    done = await browser.send(
        "/alerts", "/alerts/a3/done", note="We talked.", back="/alerts?show=all"
    )
    assert done.headers["Location"] == "/alerts?show=all&done=done"
    assert await shown(site, "/alerts") == {"a1"}
    assert await shown(site, "/alerts?show=seen") == {"a2"}
    assert await shown(site, "/alerts?show=done") == {"a3"}
    assert await shown(site, "/alerts?show=all") == {"a1", "a2", "a3"}
    html = await browser.see("/alerts?show=done")
    assert "We talked." in html
    name = (await site.home.people.everybody())[0].name
    assert f"<strong>Done</strong> by {name}" in html
    await browser.send("/alerts?show=done", "/alerts/a3/reopen", back="/alerts?show=done")
    assert (await site.home.alerts.get("a3")).state is AlertState.SEEN
    assert (await browser.send("/alerts", "/alerts/nope/reopen")).status == 404


async def test_notes_of_two_grown_ups_both_stay(site: Site) -> None:
    await site.home.warn("a1")
    await site.home.alerts.acknowledge("a1", "I called the school.", "Anna")
    done = await site.home.alerts.finish("a1", "They will call back.", "Ben")
    assert done.note == "I called the school.\nThey will call back."
    assert (done.acknowledged_by, done.done_by) == ("Anna", "Ben")


async def test_only_alerts_of_one_toy_or_one_level_are_shown(site: Site) -> None:
    zebra = await site.home.toys.save(Toy("z", "Zebra"))
    turn = await site.home.hear("t1", "hello")
    await site.home.warn("a1", turn)
    await site.home.warn("a2", turn, level=AlertLevel.URGENT)
    turn.toy_id = zebra.id
    await site.home.warn("a3", turn, level=AlertLevel.URGENT)
    assert await shown(site, f"/alerts?toy={zebra.id}") == {"a3"}
    assert await shown(site, "/alerts?level=urgent") == {"a2", "a3"}
    assert await shown(site, f"/alerts?level=urgent&toy={zebra.id}") == {"a3"}
    assert await shown(site, "/alerts?level=no-level&show=nowhere") == {"a1", "a2", "a3"}
    html = await (await site.guardian()).see(f"/alerts?level=urgent&toy={zebra.id}")
    assert 'href="/alerts?show=done&amp;toy=z&amp;level=urgent"' in html


async def test_helplines_are_those_of_where_the_family_lives_now(site: Site) -> None:
    await site.home.warn("a1", category=Category.CHILD_DISCLOSURE, helpline="Old line: 1")
    await site.home.warn("a2", category=Category.PROFANITY)
    browser = await site.guardian()
    assert "Old line: 1" in await browser.see("/alerts")
    await site.home.store.household.save(Settings(country="GB"))
    html = await browser.see("/alerts")
    assert '<a href="tel:08001111">Childline: 0800 1111</a>' in html
    assert "Old line: 1" not in html
    assert html.count("People who can help") == 1


@pytest.mark.parametrize("category", list(Category))
async def test_each_kind_of_alert_says_what_to_do_next_until_it_is_done(
    site: Site, category: Category
) -> None:
    await site.home.warn("a1", category=category)
    browser = await site.guardian()
    assert NEXT_STEPS[category][0].replace("'", "&#39;") in await browser.see("/alerts")
    await site.home.alerts.finish("a1")
    assert "What you can do" not in await browser.see("/alerts?show=all")


async def test_a_parent_works_through_the_inbox_on_a_phone(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await home.warn("a1", level=AlertLevel.URGENT, category=Category.CHILD_DISCLOSURE)
        await home.warn("a2")
        await page.goto(hub.url + "alerts?show=all")
        await is_live(page)
        await reads_well(page)
        urgent = page.locator("#alert-a1")
        await urgent.get_by_role("button", name="I’ve seen it").click()
        await expect(page.get_by_text("Marked as seen.")).to_be_visible()
        assert page.url.endswith("/alerts?show=all&done=seen")
        await expect(urgent).to_contain_text("Seen")
        await urgent.get_by_text("Done …").click()
        await urgent.get_by_label("What you did about it").fill("I sat with her.")
        await reads_well(page)
        await urgent.get_by_role("button", name="Done: Talk of hurting someone").click()
        await expect(urgent).to_contain_text("I sat with her.")
        await urgent.get_by_role("button", name="Not done after all").click()
        await expect(urgent.get_by_text("Done …")).to_be_visible()
        await page.get_by_label("How pressing").select_option("warning")
        await page.wait_for_url("**/alerts?show=all&level=warning")
        await expect(urgent).to_have_count(0)
        await expect(page.locator("#alert-a2")).to_be_visible()
