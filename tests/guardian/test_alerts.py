"""The alerts' page: what a parent reads of each, whom it reached, and what acknowledging does."""

import re
from dataclasses import replace
from datetime import time, timedelta

import pytest

from guardian_web.alerts.views import delivery_line
from hub.domain.family.people import Role
from hub.domain.household import Adult, Delivery, DeliveryState
from hub.domain.household import Household as Settings
from hub.domain.safety import AlertLevel, Category
from tests.guardian.conftest import Browser, Site
from tests.guardian.live import listening


async def count(browser: Browser) -> str:
    html = await browser.see("/")
    return html.split('id="open-alerts" data-count="')[1].split('"')[0]


async def test_the_newest_comes_first_with_its_level_words_and_the_talk(site: Site) -> None:
    turn = await site.home.hear("t1", "how do i hit somebody")
    await site.home.warn("a1", turn)
    await site.clock.advance(3600)
    urgent = await site.home.warn("a2", level=AlertLevel.URGENT, helpline="Childline, 1098")
    html = await (await site.guardian()).see("/alerts")
    assert html.index('id="alert-a2"') < html.index('id="alert-a1"')
    newest, older = html.split('id="alert-a1"')
    assert "Ask what happened, without blame" in newest
    assert "Needs you now" in newest
    assert "Childline, 1098" in newest
    assert urgent.title in newest
    assert "Please look" in older
    assert "how do i hit somebody" in older
    assert f'href="/talks/{turn.conversation_id}?turn={turn.id}#turn-t1"' in older


async def test_a_family_that_told_no_country_is_asked_for_it_where_helplines_could_stand(
    site: Site,
) -> None:
    browser = await site.guardian()
    await site.home.warn("a1")
    assert "Choose your country" not in await browser.see("/alerts")
    await site.home.warn("a2", category=Category.CHILD_DISCLOSURE)
    assert "Choose your country" in await browser.see("/alerts")
    await site.home.household.save(Settings(country="IN"))
    assert "Choose your country" not in await browser.see("/alerts")


async def test_what_happens_again_is_one_alert_with_a_count(site: Site) -> None:
    for number in range(3):
        await site.home.warn(f"a{number}", await site.home.hear(f"t{number}", f"hit {number}"))
    html = await (await site.guardian()).see("/alerts")
    assert html.count('class="notice') == 1
    assert "<strong>3 times</strong>" in html
    assert "hit 2" in html


async def test_an_acknowledged_alert_leaves_the_open_ones_and_the_count(site: Site) -> None:
    browser = await site.guardian()
    assert await count(browser) == "0"
    assert "All is well: nothing needs you now." in await browser.see("/alerts")
    await site.home.warn("a1")
    await site.home.warn("a2")
    assert await count(browser) == "2"
    answer = await browser.send("/alerts", "/alerts/a1/acknowledge", note="We talked.")
    assert answer.headers["Location"] == "/alerts?done=seen"
    assert await count(browser) == "1"
    assert 'id="alert-a1"' not in await browser.see("/alerts")
    everything = await browser.see("/alerts?show=all")
    name = (await site.home.people.everybody())[0].name
    assert f"<strong>Seen</strong> by {name}" in everything
    assert "We talked." in everything


async def test_a_note_that_is_too_long_is_not_lost(site: Site) -> None:
    browser = await site.guardian()
    await site.home.warn("a1")
    note = "We talked. " * 300
    answer = await browser.send("/alerts", "/alerts/a1/acknowledge", note=note)
    html = await answer.text()
    assert answer.status == 409
    assert note.strip() in html
    assert await count(browser) == "1"


async def test_an_alert_that_is_not_there_is_one_kind_line(site: Site) -> None:
    browser = await site.guardian()
    answer = await browser.send("/", "/alerts/nope/acknowledge")
    assert answer.status == 404


async def test_alerts_and_their_count_arrive_live(site: Site) -> None:
    browser = await site.guardian()
    async with listening(browser, show="alerts", with_frame=True) as stream:
        assert 'data-count="0"' in (await stream.next_frame()).data
        await site.home.warn("a1", await site.home.hear("t1", "how do i hit somebody"))
        assert 'data-count="1"' in (await stream.next_frame()).data
        first = await stream.next_alert()
        assert "how do i hit somebody" in first.data
        await site.home.alerts.acknowledge("a1", "seen to", "Anna")
        assert 'data-count="0"' in (await stream.next_frame()).data
        second = await stream.next_alert()
        assert "seen to" in second.data
        assert int(second.id) > int(first.id)


async def test_what_arrives_live_offers_a_viewer_nothing_that_they_may_not_do(site: Site) -> None:
    await site.guardian()
    for role, handles in ((Role.GUARDIAN, True), (Role.VIEWER, False)):
        browser = await site.guardian_with(role)
        async with listening(browser, show="alerts", with_frame=True) as stream:
            await stream.next_frame()
            await site.home.warn(f"a-{role}", await site.home.hear(f"t-{role}", "how do i hit"))
            assert ("/done" in (await stream.next_alert()).data) is handles
            await site.home.household.set_quiet(True)
            while "Quiet time." not in (frame := (await stream.next_frame()).data):
                pass
            assert ('action="/quiet"' in frame) is handles
            await site.home.household.set_quiet(False)


async def test_the_alerts_page_hears_of_no_turns_and_home_of_no_alert_cards(site: Site) -> None:
    browser = await site.guardian()
    async with listening(browser, show="alerts") as alerts, listening(browser) as home:
        assert (await home.next() or home) is not home  # the toys
        turn = await site.home.hear("t1", "hello")
        await site.home.warn("a1", turn)
        await site.home.answer(turn, "Hello!")
        first = await alerts.next()
        assert first is not None
        assert first.name == "alert"
        seen = 0
        while seen < turn.revision and (event := await home.next()):
            assert event.name == "turn"
            seen = int(event.id)


@pytest.mark.parametrize("reason", ["we talk about it first", "We talk about it first."])
async def test_what_happened_is_one_sentence_however_it_was_written(
    site: Site, reason: str
) -> None:
    await site.home.warn("a1", reason=reason)
    html = await (await site.guardian()).see("/alerts")
    assert re.search(r"We talk about it first\.\s", html)


async def test_what_was_said_noted_and_failed_is_text_and_never_markup(site: Site) -> None:
    await site.home.store.adults.save(Adult("a", "<i>Anna</i>", "json://127.0.0.1"))
    turn = await site.home.hear("t1", "<script>alert(1)</script>")
    await site.home.warn("a1", turn, helpline="<svg onload=alert(2)>", reason="<b>x")
    await site.home.alerts.acknowledge("a1", "<img src=x onerror=alert(3)>", "<u>me")
    now = site.clock.now()
    delivery = Delivery("d", "a1", "<i>Anna</i>", now, now, "a", DeliveryState.UNDELIVERED)
    await site.home.store.deliveries.address("a1", [replace(delivery, last_error="<s>why")])
    html = await (await site.guardian()).see("/alerts?show=all")
    for markup in ("<script>alert", "<svg onload", "<img src=x", "<u>", "<i>", "<s>", "<b>x"):
        assert markup not in html


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        ({"state": DeliveryState.DELIVERED}, "delivered"),
        (
            {"state": DeliveryState.UNDELIVERED, "last_error": "the service refused it"},
            "not delivered: the service refused it",
        ),
        ({"state": DeliveryState.NOT_NEEDED}, "not sent, as somebody had acknowledged it already"),
        ({}, "on its way"),
        (
            {"last_error": "the service can't be reached"},
            "not delivered yet: the service can't be reached; next try at",
        ),
    ],
)
def test_how_far_it_is_on_its_way_is_said_in_words(
    delivery: dict[str, object], words: str, site: Site
) -> None:
    now = site.clock.now()
    known = Delivery("d", "a", "Anna", now, now)
    assert delivery_line(replace(known, **delivery), None).words == words  # type: ignore[arg-type]  # by name


async def test_what_waits_for_quiet_hours_says_until_when(site: Site) -> None:
    home, now = site.home, site.clock.now()
    quiet = Settings(time_zone="UTC", quiet_from=time(14), quiet_until=time(16, 30))
    await home.household.save(quiet)
    await home.warn("a1")
    await home.warn("a2", level=AlertLevel.URGENT)
    for alert in ("a1", "a2"):
        await home.store.deliveries.address(alert, [Delivery(f"d{alert}", alert, "Anna", now, now)])
    urgent, held = (await (await site.guardian()).see("/alerts")).split('id="alert-a1"')
    end = (now + timedelta(hours=1, minutes=30)).isoformat(timespec="seconds")
    assert f'waits until do not disturb ends at <time datetime="{end}"' in held
    assert "quiet hours" not in urgent
    assert "on its way" in urgent
