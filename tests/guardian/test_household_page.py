"""The household's pages: its settings, who is told, how the guard is, and what it cost."""

from dataclasses import replace
from datetime import time
from html import unescape
from pathlib import Path

import pytest

from hub.domain.household import Adult, ContentKind, LedgerEntry, LedgerKind
from hub.domain.household import Household as Settings
from hub.domain.safety import AlertLevel
from hub.safety.layers import Impairment
from hub.storage.secrets import KEY_NAME
from tests.alerts.far_side import web_hook
from tests.guardian.conftest import Browser, Site
from tests.guardian.live import listening

SETTINGS, ADULTS, COSTS = "/household/settings", "/household/adults", "/household/costs"
DO_NOT_DISTURB = "/household/do-not-disturb"
FILLED = {
    SETTINGS: {"country": "IN", "time_zone": "Asia/Kolkata", "break_after_minutes": "45"},
    DO_NOT_DISTURB: {"quiet_from": "21:30", "quiet_until": "06:00"},
    COSTS: {"monthly_cap": "7,50"},
}
"""Each form, by where it is sent."""
SECRET = "json://anna:hunter2@127.0.0.1:9/secret-path"
ANNA = {"id": "", "name": "Anna", "url": SECRET, "level": "urgent", "gets_disclosures": "yes"}


async def add_anna(browser: Browser, url: str = SECRET) -> None:
    answer = await browser.send(ADULTS, ADULTS, **ANNA | {"url": url})
    assert answer.status == 303, await answer.text()


async def test_the_settings_are_saved_and_the_stop_stays_as_it_is(site: Site) -> None:
    browser = await site.guardian()
    await site.home.emergency_stop.call("at the hub")
    for path, typed in FILLED.items():
        page = ADULTS if path == DO_NOT_DISTURB else path
        answer = await browser.send(page, path, **typed)
        assert answer.headers["Location"] == f"{page}?done=saved"
    assert await site.home.household.get() == Settings(
        country="IN",
        time_zone="Asia/Kolkata",
        quiet_from=time(21, 30),
        quiet_until=time(6),
        break_after_minutes=45,
        monthly_cap_cents=750,
        emergency_stopped_at=site.clock.now(),
        stop_reason="at the hub",
    )
    html = await browser.see(f"{SETTINGS}?done=saved")
    assert "Saved." in html
    assert '<option value="IN" data-country="IN" selected>India</option>' in html
    index = await browser.see("/household")
    assert ">India</span>; Asia/Kolkata." in index
    assert "Not disturbed from 21:30 until 06:00." in index


@pytest.mark.parametrize(
    ("path", "changed", "why"),
    [
        (SETTINGS, {"country": "XX"}, "Please choose a country from the list."),
        (SETTINGS, {"time_zone": "../etc/passwd"}, "Please choose a time zone from the list"),
        (DO_NOT_DISTURB, {"quiet_from": "25:00"}, "Please give a time such as 21:30."),
        (DO_NOT_DISTURB, {"quiet_until": ""}, "Do not disturb needs both a beginning and an end."),
        (SETTINGS, {"break_after_minutes": "181"}, "from 0 to 180"),
        (SETTINGS, {"break_after_minutes": "²"}, "from 0 to 180"),
        (SETTINGS, {"break_after_minutes": ""}, "from 0 to 180"),
        (COSTS, {"monthly_cap": "much"}, "Please give US dollars"),
        (COSTS, {"monthly_cap": "999999"}, "from 0 (nothing) to 10000"),
    ],
)
async def test_what_can_not_be_saved_is_said_and_all_that_was_typed_stays(
    site: Site, path: str, changed: dict[str, str], why: str
) -> None:
    browser = await site.guardian()
    typed = FILLED[path] | changed
    answer = await browser.send("/household", path, **typed)
    html = unescape(await answer.text())
    assert answer.status == 409
    assert why in html
    for name, text in typed.items():
        if name != "country":
            assert f'value="{text.replace(",", ".")}"' in html
    assert await site.home.household.get() == Settings()


@pytest.mark.parametrize(
    ("country", "words"), [("GB", "0800 1111"), ("AQ", "We don't know of a helpline")]
)
async def test_the_helplines_of_the_country_are_shown(site: Site, country: str, words: str) -> None:
    browser = await site.guardian()
    assert "elplines there" not in await browser.see(SETTINGS)
    await site.home.household.save(Settings(country=country))
    assert words in await browser.see(SETTINGS)


async def test_an_address_goes_in_and_never_out(site: Site) -> None:
    browser = await site.guardian()
    await add_anna(browser)
    [anna] = await site.home.adults.list()
    assert (anna.url, anna.least_level, anna.gets_disclosures) == (SECRET, AlertLevel.URGENT, True)
    refused = await browser.send(ADULTS, ADULTS, **ANNA | {"name": ""})
    nonsense = await browser.send(ADULTS, ADULTS, **ANNA | {"url": "nonsense://hunter2"})
    assert (refused.status, nonsense.status) == (409, 409)
    pages = [await browser.see(ADULTS), await refused.text(), await nonsense.text()]
    for html in pages:
        assert "hunter2" not in html
        assert "secret-path" not in html
    assert "A web hook" in pages[0]
    assert "this address means nothing to Apprise" in pages[2]
    assert 'value="Anna"' in pages[2]


async def test_a_change_without_an_address_keeps_the_one_that_is_there(site: Site) -> None:
    browser = await site.guardian()
    await add_anna(browser)
    [anna] = await site.home.adults.list()
    changed = {"id": anna.id, "name": "Anna B.", "url": "", "level": "none"}
    answer = await browser.send(ADULTS, ADULTS, **changed)
    assert answer.status == 303
    assert await site.home.adults.list() == [
        replace(anna, name="Anna B.", least_level=None, gets_disclosures=False)
    ]


async def test_a_form_brings_back_nobody_who_was_removed(site: Site) -> None:
    browser = await site.guardian()
    await add_anna(browser)
    [anna] = await site.home.adults.list()
    assert (await browser.send(ADULTS, f"{ADULTS}/{anna.id}/remove")).status == 303
    answer = await browser.send(ADULTS, ADULTS, **ANNA | {"id": anna.id})
    assert answer.status == 409
    assert await site.home.adults.list() == []
    for action in ("test", "remove"):
        path = f"{ADULTS}/{anna.id}/{action}"
        assert (await browser.send(ADULTS, path)).status == 404


async def test_a_test_says_what_came_of_it(site: Site) -> None:
    browser = await site.guardian()
    async with web_hook() as hook:
        await add_anna(browser, hook.url)
        [anna] = await site.home.adults.list()
        sent = await browser.send(ADULTS, f"{ADULTS}/{anna.id}/test")
        assert sent.headers["Location"] == f"{ADULTS}?done=test-sent"
        assert hook.titles == ["Pommai: this is a test"]
        hook.answers = 403
        refused = await browser.send(ADULTS, f"{ADULTS}/{anna.id}/test")
    html = await refused.text()
    assert refused.status == 409
    assert "The test did not arrive: the service refused it (HTTP 403)." in html
    assert "hunter2" not in html
    assert "The test was sent" in await browser.see(f"{ADULTS}?done=test-sent")


async def test_an_address_that_can_not_be_read_any_more_is_shown_as_missing(
    site: Site, tmp_path: Path
) -> None:
    await site.home.store.adults.save(Adult("a", "Anna", "json://127.0.0.1"))
    (tmp_path / "certs" / KEY_NAME).unlink()
    assert "No address" in await (await site.guardian()).see(ADULTS)


async def test_an_impaired_guard_is_said_at_once_with_what_it_means(site: Site) -> None:
    browser = await site.guardian()
    assert "Impaired" not in await browser.see("/")
    broken = Impairment("classifier", site.clock.now(), "no answer in time")
    async with listening(browser, with_frame=True) as stream:
        assert "Impaired" not in (await stream.next_frame()).data
        site.home.pretend_health.guard_is = replace(
            site.home.pretend_health.guard_is, impaired=(broken,)
        )
        await site.home.hear("t1", "hello")
        assert "no answer in time" in (await stream.next_frame()).data
    for path in ("/", "/household/safety"):
        html = await browser.see(path)
        assert "Trained classifier" in html
        assert "no answer in time" in html
        assert "Nothing is spoken unchecked." in html
        assert "rules-1 classifier-2" in html


async def test_a_full_disk_is_said_at_once_and_gone_when_there_is_room(site: Site) -> None:
    browser = await site.guardian()
    async with listening(browser, with_frame=True) as stream:
        assert "The disk is full" not in (await stream.next_frame()).data
        site.home.pretend_health.disk_full = True
        await site.home.hear("t1", "hello")
        assert "The disk is full" in (await stream.next_frame()).data
    assert "Alerts still reach you." in await browser.see("/household/safety")
    site.home.pretend_health.disk_full = False
    assert "The disk is full" not in await browser.see("/household/safety")


async def test_the_month_shows_what_each_service_cost_and_how_much_is_left(site: Site) -> None:
    browser = await site.guardian()
    assert "No cloud service cost any money." in await browser.see(COSTS)
    now = site.clock.now()
    await site.home.store.ledger.add(
        LedgerEntry(
            now, LedgerKind.TTS, "elevenlabs", ContentKind.TEXT, 9, "t1", cost_micro_usd=2_000_000
        ),
        LedgerEntry(
            now, LedgerKind.LLM, "openai", ContentKind.TEXT, 9, "t1", cost_micro_usd=500_000
        ),
        LedgerEntry(now, LedgerKind.LLM, "openai", ContentKind.TEXT, 9, "t2", cost_micro_usd=1_200),
    )
    assert "$2.50 of $10.00 in May 2026." in await browser.see("/household")
    html = await browser.see(COSTS)
    assert "What it cost in May 2026" in html
    assert "<strong>$2.50</strong> of $10.00" in html
    assert 'value="25.0" max="100" aria-label="Of this month' in html
    assert html.index("elevenlabs") < html.index("$2.00") < html.index("$0.50")
    await site.home.hear("t1", "hello")
    await site.home.hear("t2", "hello")
    turns = await browser.see("/")
    assert "<dt>Cost</dt><dd>$2.50 (elevenlabs $2.00, openai $0.50)</dd>" in turns
    assert "<dt>Cost</dt><dd>0.12 ¢ (openai)</dd>" in turns


async def test_a_spent_budget_says_what_the_toys_do_now(site: Site) -> None:
    browser = await site.guardian()
    await site.home.store.ledger.add(
        LedgerEntry(
            site.clock.now(), LedgerKind.TTS, "rime", ContentKind.TEXT, 9, cost_micro_usd=10_000_000
        )
    )
    assert "the toys now answer with what runs on your own computers" in await browser.see(COSTS)


async def test_a_grown_up_chooses_a_digest_without_words_unless_they_are_asked_for(
    site: Site,
) -> None:
    browser = await site.guardian()
    sent = {"name": "Anna", "url": "json://127.0.0.1", "way": "other", "level": "none"}
    for digest, words in (("weekly", {}), ("daily", {"digest_words": "yes"})):
        answer = await browser.send(ADULTS, ADULTS, digest=digest, **sent, **words)
        assert answer.status == 303, await answer.text()
        [adult] = await site.home.adults.list()
        assert (adult.digest, adult.digest_words) == (digest, bool(words))
        sent["id"] = adult.id
        assert f'<option value="{digest}" selected>' in await browser.see(ADULTS)
    refused = await browser.send(ADULTS, ADULTS, digest="hourly", **sent)
    assert refused.status == 409
    assert "Please choose how often they get a digest." in await refused.text()
