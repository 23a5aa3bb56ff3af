"""The gallery of voices in a real Chromium: a voice recorded there, and each one heard."""

import io
import struct
import wave
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from hub.domain.toys import Voice
from hub.providers.base import VoiceInfo
from tests.guardian.browser import PASSWORD, Hub, reads_well, set_up
from tests.guardian.conftest import Site, own_page
from tests.guardian.voice_clouds import Clouds, voice_clouds


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with own_page() as page:
        yield page


@pytest.fixture
async def clouds(site: Site, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clouds]:
    async with voice_clouds(site, monkeypatch) as known:
        yield known


RECORDER = """
navigator.mediaDevices.getUserMedia = async () => {
  if (globalThis.refuses) throw new DOMException("no", "NotAllowedError");
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  const tone = new OscillatorNode(context, { frequency: 330 });
  tone.connect(out);
  tone.start();
  return out.stream;
};
"""
"""A microphone that hears a tone."""


async def test_a_voice_is_recorded_in_the_browser_and_comes_along(
    clouds: Clouds, page: Page
) -> None:
    await clouds.save(by="minimax", voice="Wise_Woman", agrees="yes")
    await page.add_init_script(RECORDER)
    await page.goto(f"{clouds.site.origin}/sign-in")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{clouds.site.origin}/")
    await page.goto(clouds.site.origin + clouds.path)
    await reads_well(page)
    record, state = page.get_by_role("button", name="Record it here"), page.locator("#record-state")
    await page.evaluate("globalThis.refuses = true")
    await record.click()
    await expect(state).to_contain_text("did not allow the microphone")
    await page.evaluate("globalThis.refuses = false")
    await record.click()
    await expect(state).to_contain_text("Recording: 1 seconds")
    await record.click()
    await expect(state).to_contain_text("too short")
    await page.evaluate("document.getElementById('recorder').dataset.least = 1")
    await record.click()
    await expect(state).to_contain_text("Recording: 2 seconds")
    await record.click()
    await expect(state).to_contain_text("It is chosen above.")
    await page.get_by_label("Whose voice is it?").fill("Ada Example")
    await page.get_by_label("What to call the voice").fill("Grandma")
    await page.get_by_label("and agrees").check()
    await page.get_by_role("button", name="Copy this voice").click()
    await expect(page.get_by_role("radio", name="Grandma")).to_be_checked()
    [(_, _, sound)] = clouds.minimax.files
    with wave.open(io.BytesIO(sound)) as heard:
        assert (heard.getframerate(), heard.getnchannels(), heard.getsampwidth()) == (24_000, 1, 2)
        samples = heard.readframes(heard.getnframes())
    assert heard.getnframes() > 24_000
    assert max(struct.unpack(f"<{len(samples) // 2}h", samples)) > 3000, "the tone is in it"


async def test_a_page_that_may_not_record_says_what_to_do(clouds: Clouds, page: Page) -> None:
    await clouds.save(by="minimax", voice="Wise_Woman", agrees="yes")
    await page.add_init_script(
        "Object.defineProperty(globalThis, 'isSecureContext', {value: false})"
    )
    await page.goto(f"{clouds.site.origin}/sign-in")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{clouds.site.origin}/")
    await page.goto(clouds.site.origin + clouds.path)
    await expect(page.locator("#record-state")).to_contain_text("no https")
    await expect(page.get_by_role("button", name="Record it here")).to_be_hidden()


async def test_the_gallery_fits_a_phone_and_each_voice_is_heard(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        home.pretend_voices.known = [VoiceInfo(f"v{n}", f"Voice {n}", "en") for n in range(80)]
        await set_up(page, hub)
        [toy] = await home.toys.list()
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            await page.goto(f"{hub.url}toys/{toy.id}/voices")
            await reads_well(page)
        tall = await page.evaluate("document.documentElement.scrollHeight")
        assert tall < 5000
        async with page.expect_response("**/voice") as answer:
            await page.get_by_role("button", name="Hear Voice 3", exact=True).click()
        assert (await answer.value).status == 200
        assert home.pretend_voices.sampled[-1].voice == Voice("v3", provider="espeak")
        await page.get_by_role("radio", name="Voice 3").check()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("It takes effect with the next turn.")).to_be_visible()
        await expect(page.get_by_role("radio", name="Voice 3")).to_be_checked()
        assert (await home.toys.list())[0].voice == Voice("v3", provider="espeak")
