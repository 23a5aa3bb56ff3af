"""The voices that a toy could have: offered on its page, and heard before one is chosen."""

import io
import wave
from dataclasses import replace
from pathlib import Path

from hub.app import App
from hub.config import loading
from hub.domain.audio import SPEECH_RATE_HZ
from hub.domain.toys import Voice
from hub.errors import ProviderError
from hub.providers.base import VoiceInfo
from tests.guardian.conftest import Site, path_of_toy
from tests.guardian.trial import EMBEDDED


async def test_the_page_offers_what_is_installed(site: Site) -> None:
    site.home.pretend_voices.known = [
        VoiceInfo("x1", "Anna & Bo", "de"),
        VoiceInfo("x2", "Far", installed=False),
    ]
    html = await (await site.guardian()).see(await path_of_toy(site))
    assert '<option value="x1">Anna &amp; Bo (de)</option>' in html
    assert "x2" not in html


async def test_a_provider_that_fails_leaves_a_name_to_be_typed(site: Site) -> None:
    site.home.pretend_voices.known = ProviderError("cloudy: away")
    html = await (await site.guardian()).see(await path_of_toy(site))
    assert 'id="voice"' in html


async def test_a_voice_is_heard_and_nothing_is_saved(site: Site) -> None:
    browser, path = await site.guardian(), await path_of_toy(site)
    answer = await browser.send(path, f"{path}/voice", voice=" anna ")
    assert (answer.status, answer.content_type) == (200, "audio/wav")
    with wave.open(io.BytesIO(await answer.read())) as heard:
        assert (heard.getframerate(), heard.getnframes()) == (SPEECH_RATE_HZ, 1600)
    [considered] = site.home.pretend_voices.sampled
    assert considered.voice.name == "anna"
    assert (await site.home.toys.list())[0].voice.name == ""


async def test_only_a_page_of_the_hub_itself_can_make_a_toy_speak(site: Site) -> None:
    browser, path = await site.guardian(), await path_of_toy(site)
    assert (await browser.post(f"{path}/voice", csrf="0", voice="anna")).status == 403
    assert site.home.pretend_voices.sampled == []


async def test_a_name_that_is_none_is_refused(site: Site) -> None:
    browser, path = await site.guardian(), await path_of_toy(site)
    assert (await browser.send(path, f"{path}/voice", voice="x" * 1000)).status == 400


async def test_a_real_hub_tells_its_voices_and_speaks_with_each(tmp_path: Path) -> None:
    settings = loading.load(None, EMBEDDED | {"POMMAI_DATA": str(tmp_path)})
    async with App(settings, {}) as app:
        [toy] = await app.hub.toys.list()
        offered = [voice.id for voice in await app.hub.voices.of(toy)]
        assert {"en", "de"} <= {voice.partition("-")[0] for voice in offered}
        spoken = set()
        for name in ("en-us", "de"):
            with_voice = replace(toy, voice=Voice(name))
            spoken.add(b"".join([chunk.data async for chunk in app.hub.voices.sample(with_voice)]))
    assert len(spoken) == 2, "each voice has a sound of its own"
    assert all(len(sound) > SPEECH_RATE_HZ for sound in spoken)
