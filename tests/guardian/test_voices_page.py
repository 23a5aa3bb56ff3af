"""The gallery of voices: what each provider has, by language, heard before it is saved, and saved with its provider."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from guardian_web.voices.gallery import FORMAT_WORDS, LATENCY_WORDS, VOICES_A_PAGE
from hub.app import App
from hub.config import Config, loading
from hub.core.toys.voices import LATENCY, VoiceOffer
from hub.domain.consent import Consent, VoiceConsent
from hub.domain.toys import AUTO, ProviderChoice, Voice
from hub.errors import ProviderError
from hub.providers.base import ProviderSetup
from hub.providers.tts.elevenlabs import ElevenLabs
from hub.providers.tts.rime import Rime
from tests.guardian.conftest import Site
from tests.guardian.trial import EMBEDDED
from tests.guardian.voice_clouds import Clouds, voice_clouds
from tests.providers.voice_servers import KEY


@pytest.fixture
async def clouds(site: Site, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clouds]:
    async with voice_clouds(site, monkeypatch) as known:
        yield known


def offered(html: str) -> list[str]:
    return re.findall(r'type="radio" id="voice-\d+" name="voice" value="([^"]*)"', html)


async def test_each_provider_shows_what_it_has(clouds: Clouds) -> None:
    assert offered(await clouds.see("elevenlabs")) == ["voice0", "voice1"]
    every = ["cove", "bay_area", "diego:spa", "worf:tlh"]
    assert offered(await clouds.see("rime", "&language=")) == every
    assert offered(await clouds.see("rime")) == every[:2], "those in the toy's language first"
    minimax = offered(await clouds.see("minimax", "&language="))
    assert minimax == ["English_Graceful_Lady", "Chinese (Mandarin)_News_Anchor", "Wise_Woman"]
    assert len(offered(await clouds.see("espeak", "&language="))) == VOICES_A_PAGE


async def test_voices_are_filtered_by_language_and_shown_a_page_at_a_time(clouds: Clouds) -> None:
    spanish = await clouds.see("rime", "&language=es")
    assert offered(spanish) == ["diego:spa"]
    assert '<option value="es" selected>Spanish</option>' in spanish
    first, second = [await clouds.see("espeak", f"&language=&page={page}") for page in (1, 2)]
    assert not {*offered(first)} & {*offered(second)}
    assert "2 of" in second
    assert offered(await clouds.see("espeak", "&language=&page=x")) == offered(first)
    assert offered(await clouds.see("espeak", "&language=&page=99")) == []


async def test_a_voice_of_another_provider_is_kept_with_it_and_with_its_format(
    clouds: Clouds,
) -> None:
    fields = {"by": "elevenlabs", "voice": "voice1", "format": "mp3_44100_128", "latency": "2"}
    assert await clouds.save(**fields) == 409, "nobody agreed that words leave the home"
    assert await clouds.voice() == Voice()
    assert await clouds.save(**fields, agrees="yes") == 303
    [toy] = await clouds.site.home.toys.list()
    assert toy.voice == Voice("voice1", {LATENCY: 2.0}, "elevenlabs", "mp3_44100_128")
    assert toy.providers == ProviderChoice(tts=("elevenlabs", AUTO))
    assert (await clouds.site.home.privacy.clouds.access()).allowed
    html = await clouds.see("elevenlabs")
    assert re.search(r'value="voice1" checked', html)
    assert '<option value="2" selected>' in html
    await clouds.save(by="elevenlabs", voice="voice0", agrees="yes")
    assert await clouds.voice() == Voice("voice0", {}, "elevenlabs"), "as the household has it"


async def test_settings_of_a_voice_stay_with_its_provider(clouds: Clouds) -> None:
    home = clouds.site.home
    [toy] = await home.toys.list()
    mine = Voice("voice0", {"stability": 0.3, LATENCY: 1.0}, "elevenlabs")
    both = ProviderChoice(tts=("elevenlabs", "minimax"))
    await home.toys.save(replace(toy, voice=mine, providers=both))
    await clouds.save(by="elevenlabs", voice="voice1", latency="1")
    assert (await clouds.voice()).settings == {"stability": 0.3, LATENCY: 1.0}
    await clouds.save(by="espeak", voice="de")
    assert await clouds.voice() == Voice("de", {}, "espeak")
    assert (await home.toys.list())[0].providers.tts == ("espeak", "minimax"), "in its place"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"voice": "nobody"}, "That voice is not there any more"),
        ({"format": "wav"}, "choose one of these"),
        ({"latency": "9"}, "choose one of these"),
    ],
)
async def test_what_the_provider_has_not_is_an_error_at_its_field(
    clouds: Clouds, fields: dict[str, str], problem: str
) -> None:
    answer = await clouds.browser.send(
        clouds.path, clouds.path, **{"by": "elevenlabs", "voice": "", "agrees": "yes"} | fields
    )
    html = unescape(await answer.text())
    assert answer.status == 409
    assert problem in html
    assert f'id="{next(iter(fields))}-problem"' in html
    assert await clouds.voice() == Voice()


@pytest.mark.parametrize("by", ["nobody", "<script>", "x" * 300])
async def test_a_provider_that_could_not_speak_is_refused(clouds: Clouds, by: str) -> None:
    assert (await clouds.browser.get(f"{clouds.path}?by={by}")).status == 404
    assert await clouds.save(by=by, voice="") == 404
    heard = await clouds.browser.send(
        clouds.path, clouds.path.removesuffix("s"), by=by, voice="voice0"
    )
    assert heard.status == 404


async def test_a_provider_s_own_sample_is_heard_and_no_word_is_sent(clouds: Clouds) -> None:
    hear = clouds.path.removesuffix("s")
    answer = await clouds.browser.send(clouds.path, hear, by="elevenlabs", voice="voice0")
    assert (answer.status, answer.content_type) == (200, "audio/mpeg")
    assert b"LAME" in await answer.read()
    assert clouds.elevenlabs.requests == []
    assert clouds.site.home.pretend_voices.sampled == []


async def test_where_there_is_no_sample_the_toy_speaks_with_that_voice(clouds: Clouds) -> None:
    clouds.elevenlabs.preview_url = ""
    hear = clouds.path.removesuffix("s")
    for by, voice in (("elevenlabs", "voice0"), ("rime", "cove")):
        answer = await clouds.browser.send(clouds.path, hear, by=by, voice=voice)
        assert (answer.status, answer.content_type) == (200, "audio/wav")
        considered = clouds.site.home.pretend_voices.sampled[-1]
        assert considered.voice == Voice(voice, provider=by)
        assert considered.providers.tts == (by, AUTO)
    assert await clouds.voice() == Voice()


async def test_a_cloud_that_is_away_says_why_and_offers_nothing(clouds: Clouds) -> None:
    clouds.rime.mode = 503
    html = await clouds.see("rime")
    assert "has trouble (HTTP 503)" in html
    assert offered(html) == []
    assert offered(await clouds.see("elevenlabs")) == ["voice0", "voice1"]


async def test_a_copy_is_listed_with_whose_it_is_and_deleted_at_its_provider(
    clouds: Clouds,
) -> None:
    home = clouds.site.home
    [toy] = await home.toys.list()
    await home.toys.save(
        replace(
            toy,
            voice=Voice("pommai1", provider="minimax"),
            providers=ProviderChoice(tts=("minimax",)),
        )
    )
    consent = Consent("Ada Example", clouds.site.clock.now(), "I agree.")
    number = await home.store.voice_consents.add(VoiceConsent(consent, "minimax", "Grandma", 1))
    await home.store.voice_consents.made(number, "pommai1")
    clouds.minimax.copies = ["pommai1"]
    html = await clouds.see("minimax")
    assert offered(html)[0] == "pommai1"
    assert offered(html).count("pommai1") == 1
    assert "The voice of Ada Example" in html
    assert "Grandma" not in await clouds.see("rime")

    withdraw = f"{clouds.path}/copies/{number}/withdraw"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clouds.minimax, "mode", 401)
        answer = await clouds.browser.send(clouds.path, withdraw)
        assert answer.status == 409
        assert "could not be deleted" in await answer.text()
    assert await clouds.voice() == Voice(provider="minimax"), "nobody speaks with it all the same"
    assert "Try again to delete it" in await clouds.see("minimax")
    assert (await clouds.browser.send(clouds.path, withdraw)).status == 303
    assert clouds.minimax.copies == []
    assert "Ada Example" not in await clouds.see("minimax")


async def test_only_who_speaks_for_the_toy_can_copy_a_voice_for_it(clouds: Clouds) -> None:
    assert 'name="recordings"' not in await clouds.see("minimax")
    await clouds.save(by="minimax", voice="Wise_Woman", agrees="yes")
    html = await clouds.see("minimax")
    assert 'name="recordings" required accept' in html, "it takes one file"


def test_each_format_and_step_has_its_words() -> None:
    assert {*ElevenLabs.formats, *Rime.formats} == FORMAT_WORDS.keys()
    elevenlabs = ElevenLabs(ProviderSetup(Config(), {}))
    offer = VoiceOffer((), settings=elevenlabs.voice_settings)
    assert len(LATENCY_WORDS) == offer.latency_steps + 1 == 5


async def test_a_real_hub_lets_each_provider_be_heard_as_itself(tmp_path: Path) -> None:
    environ = {**EMBEDDED, "POMMAI_DATA": str(tmp_path)}
    environ |= {"POMMAI_TTS__RIME__BASE_URL": "http://127.0.0.1:9"}
    async with App(loading.load(None, environ), {"RIME_API_KEY": KEY}) as app:
        [toy] = await app.hub.toys.list()
        voices = app.hub.voices
        german = await voices.given_to(toy, Voice("de", provider="espeak"))
        assert b"".join([chunk.data async for chunk in voices.sample(german, by="espeak")])
        away = await voices.given_to(toy, Voice("cove", provider="rime"))
        assert b"".join([chunk.data async for chunk in voices.sample(away)]), "espeak steps in"
        with pytest.raises(ProviderError, match="can't speak just now"):
            [chunk async for chunk in voices.sample(away, by="rime")]
