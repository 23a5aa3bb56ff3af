"""The page Privacy in a real Chromium on a phone: by touch and by keyboard, light and dark."""

import zipfile
from datetime import timedelta

from playwright.async_api import Page, expect

from hub.config import Config
from hub.core.privacy.erase import MARK
from hub.core.privacy.privacy import Privacy
from hub.domain.consent import Consent, VoiceConsent
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.providers.base import ProviderSetup
from hub.providers.clouds import CloudSwitch
from hub.providers.pool import Providers
from tests.guardian.browser import Hub, reads_well, set_up
from tests.guardian.household import Household


async def with_clouds(home: Household, hub: Hub) -> None:
    config = Config.model_validate(
        {
            "hub": {"data": hub.folder},
            "stt": {"use": ["deepgram"]},
            "llm": {"use": ["openai"], "openai": {"preset": "openai"}},
        }
    )
    setup = ProviderSetup(config, {}, hub.clock, clouds=CloudSwitch())
    home.privacy = Privacy.create(
        home.store, setup, Providers(setup), [], home.satellites, hub.clock
    )
    await home.privacy.clouds.load()
    now = hub.clock.now()
    await home.store.ledger.add(
        LedgerEntry(now - timedelta(days=2), LedgerKind.STT, "deepgram", ContentKind.AUDIO, 96_000),
        LedgerEntry(now, LedgerKind.LLM, "openai", ContentKind.TEXT, 1230, cost_micro_usd=12_000),
        LedgerEntry(now, LedgerKind.ALERT, "mailtos", ContentKind.TEXT, 214),
    )
    consent = Consent("Ada Example", now, "My voice may be copied for our toys.")
    await home.store.voice_consents.add(VoiceConsent(consent, "elevenlabs", "Grandma", 2))


async def test_a_parent_turns_all_clouds_off_and_on_again(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await with_clouds(home, hub)
        await set_up(page, hub)
        await page.goto(hub.url + "household")
        await page.get_by_role("link", name="Privacy").first.click()
        await expect(page.get_by_role("heading", name="Privacy")).to_be_visible()
        for summary in ("By day", "By what it was for", "Show the list"):
            await page.get_by_text(summary, exact=True).click()
        await reads_well(page)
        await page.get_by_role("button", name="Turn all clouds off").click()
        await expect(page.get_by_text("All are turned off")).to_be_visible()
        assert home.privacy.clouds.off
        await page.get_by_text("Allow cloud services again").focus()
        await page.keyboard.press("Enter")
        await reads_well(page)
        await page.get_by_label("I have read this").focus()
        await page.keyboard.press("Space")
        await page.get_by_role("button", name="Allow", exact=True).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("A guardian agreed:")).to_be_visible()
        assert not home.privacy.clouds.off
        await reads_well(page)


async def test_a_parent_saves_a_copy_and_deletes_everything(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await with_clouds(home, hub)
        await set_up(page, hub)
        await page.goto(hub.url + "privacy")
        async with page.expect_download() as saving:
            await page.get_by_role("button", name="Save a copy of everything").click()
        saved = await saving.value
        assert saved.suggested_filename.endswith(".zip")
        with zipfile.ZipFile(await saved.path()) as file:
            assert file.testzip() is None
        await page.get_by_role("link", name="Delete everything").click()
        await expect(page.get_by_text("Deepgram, OpenAI: what was sent there")).to_be_visible()
        await reads_well(page)
        await page.get_by_label("To go on, type").fill("delete everything")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="being deleted")).to_be_visible()
        await reads_well(page)
        assert (hub.folder / MARK).exists()
