"""A person's voice copied for a toy from its gallery: only with their consent, which is kept first."""

import re
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from html import unescape

import pytest
from aiohttp import ClientResponse, FormData, web
from aiohttp.test_utils import TestServer
from playwright.async_api import FilePayload, Page, expect

from guardian_web.upload import UploadRoom, UploadShare
from guardian_web.voices.views import CONSENT
from hub.config import loading
from hub.domain.consent import Consent, VoiceConsent
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.domain.toys import ProviderChoice
from hub.providers.base import ProviderSetup
from hub.providers.pool import Providers
from hub.providers.tts.elevenlabs import KEY as KEY_NAME
from tests.guardian.browser import PASSWORD, reads_well
from tests.guardian.conftest import Browser, Site, own_page, path_of_toy
from tests.guardian.pretend_parts import voices_of
from tests.providers.elevenlabs_server import ElevenLabsServer
from tests.providers.voice_servers import KEY

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
MP3 = b"ID3" + bytes(100_000)
"""Longer than any other form of these pages may be."""
FIELDS = {"speaker": "Ada Example", "voice_name": "Grandma", "agreed": "yes"}


@dataclass
class Studio:
    site: Site
    cloud: ElevenLabsServer
    browser: Browser
    path: str

    async def send(
        self, *recordings: bytes, csrf: str | None = None, origin: str = "", **fields: str
    ) -> ClientResponse:
        """The form of the toy's page, filled in; `fields` instead of the usual ones."""
        if csrf is None:
            found = re.search(r'name="csrf" value="(\w+)"', await self.browser.see(self.path))
            assert found
            csrf = found[1]
        form = FormData({"csrf": csrf, **FIELDS, **fields}, default_to_multipart=True)
        for number, recording in enumerate(recordings):
            form.add_field("recordings", recording, filename=f"{number}.wav")
        return await self.browser.session.post(
            f"{self.browser.origin}{self.path}/copy",
            data=form,
            headers={"Origin": origin or self.browser.origin},
            allow_redirects=False,
        )

    async def left(self) -> int:
        """How much is known to have left, or was kept of what should: nothing where it was refused."""
        store = self.site.home.store
        kept = await store.voice_consents.list() + await store.ledger.recent(10)
        return len(self.cloud.clones) + len(kept)


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with own_page() as page:
        yield page


@pytest.fixture
async def studio(site: Site, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Studio]:
    monkeypatch.setenv(KEY_NAME, KEY)
    cloud = ElevenLabsServer()
    async with TestServer(cloud.app(), client_max_size=50_000_000) as server:
        settings = loading.load(
            None,
            {
                "POMMAI_TTS__USE": "elevenlabs",
                "POMMAI_TTS__ELEVENLABS__BASE_URL": str(server.make_url("")).rstrip("/"),
            },
        )
        providers = Providers(ProviderSetup(settings, {KEY_NAME: KEY}, site.clock))
        site.home.pretend_voices.copies = voices_of(site.home.store, providers, site.clock)
        yield Studio(site, cloud, await site.guardian(), f"{await path_of_toy(site)}/voices")
        await providers.aclose()


async def test_the_toy_gets_the_voice_and_the_consent_is_kept(studio: Studio) -> None:
    home, now = studio.site.home, studio.site.clock.now()
    answer = await studio.send(WAV, MP3)
    assert answer.status == 303, await answer.text()
    assert [file[2] for file in studio.cloud.clones[0]["files"]] == [WAV, MP3]
    assert (await home.toys.list())[0].voice.name == "cloned1"
    assert await home.store.voice_consents.list() == [
        VoiceConsent(
            Consent("Ada Example", now, CONSENT), "elevenlabs", "Grandma", 2, voice_id="cloned1"
        )
    ]
    assert await home.store.ledger.recent(10) == [
        LedgerEntry(now, LedgerKind.CLONING, "elevenlabs", ContentKind.AUDIO, len(WAV + MP3))
    ]
    assert CONSENT in unescape(await studio.browser.see(studio.path)), "it is the one that is shown"


@pytest.mark.parametrize(
    ("recordings", "fields", "problem"),
    [
        ([WAV], {"agreed": ""}, "only when the person whose voice it is agrees"),
        ([WAV], {"speaker": " "}, "say whose voice"),
        ([WAV], {"speaker": "x" * 61}, "at most 60"),
        ([WAV], {"voice_name": " "}, "voice's name is empty"),
        ([], {}, "choose 1 to 3 recordings"),
        ([b"%PDF-1.7"], {}, "neither WAV nor MP3"),
    ],
)
async def test_nothing_leaves_when_something_is_missing(
    studio: Studio, recordings: list[bytes], fields: dict[str, str], problem: str
) -> None:
    answer = await studio.send(*recordings, **fields)
    assert answer.status == 409
    assert problem in unescape(await answer.text())
    assert await studio.left() == 0


@pytest.mark.parametrize("recordings", [[WAV] * 4, [WAV + bytes(10_000_000)]])
async def test_nothing_leaves_of_too_much(studio: Studio, recordings: list[bytes]) -> None:
    assert (await studio.send(*recordings)).status == 413
    assert await studio.left() == 0


async def test_only_a_guardian_on_a_page_of_the_hub_itself_can_copy_a_voice(
    studio: Studio,
) -> None:
    assert (await studio.send(WAV, csrf="0")).status == 403
    assert (await studio.send(WAV, origin="http://elsewhere.example")).status == 403
    stranger = replace(studio, browser=await studio.site.browser())
    assert (await stranger.send(WAV, csrf="0")).headers["Location"] == "/sign-in"
    assert await studio.left() == 0


async def test_a_form_without_files_copies_nothing(studio: Studio) -> None:
    answer = await studio.browser.send(studio.path, f"{studio.path}/copy", **FIELDS)
    assert answer.status == 409
    assert "recordings did not come along" in await answer.text()
    assert await studio.left() == 0


async def test_a_refused_copy_says_why_and_keeps_what_left(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = studio.site.home

    def refuse(_: ElevenLabsServer, request: web.Request) -> bool:
        return False

    monkeypatch.setattr(ElevenLabsServer, "knows", refuse)
    answer = await studio.send(WAV)
    assert answer.status == 409
    assert f"refused the key in {KEY_NAME}" in await answer.text()
    assert [kept.voice_id for kept in await home.store.voice_consents.list()] == [""]
    assert [entry.discarded for entry in await home.store.ledger.recent(10)] == [True]
    assert (await home.toys.list())[0].voice.name == ""


async def test_the_form_is_there_only_where_a_voice_can_be_copied(studio: Studio) -> None:
    assert 'name="recordings"' in await studio.browser.see(studio.path)
    [toy] = await studio.site.home.toys.list()
    await studio.site.home.toys.save(replace(toy, providers=ProviderChoice(tts=("espeak",))))
    assert 'name="recordings"' not in await studio.browser.see(studio.path)
    answer = await studio.send(WAV)
    assert (answer.status, await studio.left()) == (409, 0)


async def test_a_parent_copies_a_voice_in_a_browser(studio: Studio, page: Page) -> None:
    await page.goto(f"{studio.site.origin}/sign-in")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{studio.site.origin}/")
    await page.goto(studio.site.origin + studio.path)
    await reads_well(page)
    await page.get_by_label("Whose voice is it?").fill("Ada Example")
    await page.get_by_label("What to call the voice").fill("Grandma")
    await page.get_by_label("Recordings", exact=True).set_input_files(
        FilePayload(name="one.wav", mimeType="audio/wav", buffer=WAV)
    )
    await page.get_by_label("and agrees").check()
    await page.get_by_role("button", name="Copy this voice").click()
    await expect(page.get_by_role("radio", name="Grandma")).to_be_checked()
    assert [clone["name"] for clone in studio.cloud.clones] == ["Grandma"]


async def test_uploads_have_an_end_together_and_give_their_room_back(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = UploadRoom(max_bytes=3 * len(MP3))
    with room.share() as other, monkeypatch.context() as patch:
        patch.setattr(UploadRoom, "share", lambda _: nullcontext(UploadShare(room)))
        other.take(2 * len(MP3))
        full = await studio.send(MP3, MP3)
        assert full.status == 503
        assert "Please try again" in await full.text()
        assert await studio.left() == 0
    with room.share() as again:
        again.take(2 * len(MP3))
