"""The page Privacy: what left, where to, the clouds' switch, who agreed to what, and what is kept."""

import re
import zipfile
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

from hub.config import Config
from hub.core.privacy.erase import MARK
from hub.core.privacy.privacy import Privacy
from hub.domain.consent import Consent, VoiceConsent
from hub.domain.household import Adult, ContentKind, LedgerEntry, LedgerKind
from hub.providers.base import ProviderSetup
from hub.providers.clouds import CloudSwitch
from hub.providers.pool import Providers
from tests.alerts.push_service import HOST
from tests.alerts.push_service import Browser as PhoneBrowser
from tests.guardian.conftest import Browser, Site

CLOUDS = {
    "stt": {"use": ["deepgram"]},
    "llm": {"use": ["openai"], "openai": {"preset": "openai"}},
    "tts": {"use": ["espeak"]},
}


async def with_clouds(site: Site, folder: Path) -> Browser:
    """A guardian's browser, in a household that chose two clouds."""
    config = Config.model_validate({"hub": {"data": folder}, **CLOUDS})
    setup = ProviderSetup(config, {}, site.clock, clouds=CloudSwitch())
    site.home.privacy = Privacy.create(
        site.home.store, setup, Providers(setup), [], site.home.satellites, site.clock
    )
    await site.home.privacy.clouds.load()
    return await site.guardian()


async def test_totals_say_who_got_how_much_and_where_that_is(site: Site, tmp_path: Path) -> None:
    browser = await with_clouds(site, tmp_path)
    assert "Nothing has left your home." in await browser.see("/privacy")
    now = site.clock.now()
    await site.home.store.ledger.add(
        LedgerEntry(now - timedelta(days=31), LedgerKind.LLM, "openai", ContentKind.TEXT, 5_000),
        LedgerEntry(now - timedelta(days=3), LedgerKind.LLM, "openai", ContentKind.TEXT, 400),
        LedgerEntry(now, LedgerKind.LLM, "openai", ContentKind.TEXT, 1230, cost_micro_usd=12_000),
        LedgerEntry(now, LedgerKind.STT, "deepgram", ContentKind.AUDIO, 48_200, discarded=True),
        LedgerEntry(now, LedgerKind.ALERT, "mailtos", ContentKind.TEXT, 214),
    )
    html = unescape(await browser.see("/privacy"))
    totals = html[html.index('id="left"') : html.index('id="ledger"')]
    for words in (
        "48.2 kB of sound, 1,844 characters of text",
        "sent 4 times",
        "1,630 characters of text",
        "2 times, $0.01",
        "to api.openai.com, in the United States",
        "to api.deepgram.com, in the United States",
        "to the grown-up’s own service, wherever that is",
        "Recognising speech",
        "E-mail",
    ):
        assert words in totals, words
    assert totals.count("5,000") == 0, "31 days ago is not among them"
    for words in ("sent in advance, and never used", "an alert for a grown-up"):
        assert words in html


async def test_who_is_told_in_a_browser_agreed_to_its_makers_service_and_takes_that_back(
    site: Site, tmp_path: Path
) -> None:
    browser = await with_clouds(site, tmp_path)
    assert "pass through" not in await browser.see("/privacy")
    await site.home.store.adults.save(Adult("anna", "Anna", PhoneBrowser().url))
    await site.home.store.ledger.add(
        LedgerEntry(site.clock.now(), LedgerKind.ALERT, HOST, ContentKind.TEXT, 214)
    )
    html = unescape(await browser.see("/privacy"))
    assert "Those to a browser pass through Google: you can" in html
    assert "they pass through Google (the United States), locked for that browser" in html
    assert "to fcm.googleapis.com, in the United States" in html
    assert "A browser, through Google" in html
    [remove] = re.findall(r'action="(/household/adults/[^"]*)"', html)
    assert (await browser.send("/privacy", remove)).status == 303
    assert await site.home.adults.list() == []
    assert "pass through" not in await browser.see("/privacy")


async def test_one_button_turns_all_clouds_off_and_allowing_them_asks(
    site: Site, tmp_path: Path
) -> None:
    browser = await with_clouds(site, tmp_path)
    html = unescape(await browser.see("/privacy"))
    assert "Deepgram in the United States hears your child’s voice itself" in html
    assert "answers with written stories" in html, "what would speak instead"
    assert (await browser.send("/privacy", "/privacy/clouds/off")).status == 303
    clouds = site.home.privacy.clouds
    assert clouds.off
    off = unescape(await browser.see("/privacy?done=off"))
    assert "All are turned off" in off
    assert "Alerts go on, and so do the figures" in off
    answer = await browser.send("/privacy", "/privacy/clouds/allow")
    assert answer.status == 409
    assert "please tick" in await answer.text()
    answer = await browser.send("/privacy", "/privacy/clouds/allow", agreed="yes", line="x")
    assert "has changed in the meantime" in await answer.text()
    assert clouds.off


async def test_an_agreement_is_kept_with_its_date_and_words(site: Site, tmp_path: Path) -> None:
    browser = await with_clouds(site, tmp_path)
    await site.home.privacy.clouds.turn_off()
    clouds = site.home.privacy.clouds
    await clouds.allow(clouds.lines(await clouds.services()))
    html = unescape(await browser.see("/privacy"))
    consents = html[html.index('id="consents"') :]
    assert "A guardian agreed:" in consents
    assert "Deepgram (the United States) gets your child's voice" in consents


async def test_a_consent_can_be_taken_back_and_what_remains_is_said(
    site: Site, tmp_path: Path
) -> None:
    browser = await with_clouds(site, tmp_path)
    store = site.home.store
    consent = Consent("Ada Example", site.clock.now(), "My voice may be copied.")
    number = await store.voice_consents.add(VoiceConsent(consent, "elevenlabs", "Grandma", 2))
    await store.voice_consents.made(number, "cloned1")
    assert "in use" in await browser.see("/privacy")
    answer = await browser.send("/privacy", f"/privacy/consents/{number}/withdraw")
    assert answer.status == 409
    html = unescape(await answer.text())
    assert "the copy could not be deleted: elevenlabs: no key" in html
    assert "Try again to delete the copy" in html
    kept = (await store.voice_consents.list())[0]
    assert kept.withdrawn_at == site.clock.now()
    assert kept.erased_at is None


async def test_what_is_kept_comes_from_the_real_files(site: Site, tmp_path: Path) -> None:
    (tmp_path / "models" / "whisper").mkdir(parents=True)
    (tmp_path / "models" / "whisper" / "model.bin").write_bytes(bytes(2_500_000))
    (tmp_path / "notes.txt").write_text("mine")
    html = await (await site.guardian()).see("/privacy")
    kept = html[html.index('id="kept"') :]
    assert "2.5 MB" in kept
    assert "Other files" in kept
    assert str(tmp_path) in kept
    assert "What was said, and your settings" in kept


async def test_no_stranger_sees_or_changes_anything(site: Site) -> None:
    await site.guardian()
    stranger = await site.browser()
    assert (await stranger.get("/privacy")).headers["Location"] == "/sign-in"
    assert (await stranger.post("/privacy/clouds/off")).status == 403
    assert not site.home.privacy.clouds.off


async def test_a_copy_of_everything_is_saved_as_one_file(site: Site) -> None:
    browser = await site.guardian()
    await site.home.hear("t1", "I like zebras")
    answer = await browser.send("/privacy", "/privacy/export")
    assert answer.content_type == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="pommai-2026-05-04.zip"'
    with zipfile.ZipFile(BytesIO(await answer.read())) as file:
        assert b"zebras" in file.read("pommai-2026-05-04/turns.json")


async def test_everything_is_deleted_only_by_who_types_it(site: Site, tmp_path: Path) -> None:
    browser = await site.guardian()
    await site.home.store.adults.save(Adult("a", "Anna", "json://127.0.0.1"))
    assert "Alerts that were sent to Anna" in await browser.see("/privacy/erase")
    answer = await browser.send("/privacy/erase", "/privacy/erase", typed="delete")
    assert answer.status == 409
    assert "Nothing was deleted" in await answer.text()
    assert not (tmp_path / MARK).exists()
    answer = await browser.send("/privacy/erase", "/privacy/erase", typed="delete everything")
    assert "Everything is being deleted" in await answer.text()
    assert (tmp_path / MARK).exists()
