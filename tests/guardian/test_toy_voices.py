"""The voices that a toy could have: offered on its page, and heard before one is chosen."""

import io
import re
import wave
from dataclasses import replace
from html import unescape
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
        VoiceInfo("x1", "Anna & Bo", "en-gb"),
        VoiceInfo("x2", "Far", installed=False),
        VoiceInfo("x3", "Cleo", "de"),
    ]
    html = await (await site.guardian()).see(await path_of_toy(site))
    assert '<option value="x1">Anna &amp; Bo (en-gb)</option>' in html
    assert "x2" not in html
    assert "x3" not in html, "it speaks another language than the toy"


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


GERMAN = VoiceInfo("d1", "Greta", "de")
ENGLISH = VoiceInfo("e1", "Alba", "en-gb")


async def test_only_languages_that_a_voice_speaks_and_the_guard_knows_are_offered(
    site: Site,
) -> None:
    site.home.pretend_voices.known = [GERMAN, ENGLISH, VoiceInfo("x", "Xu", "zh")]
    html = await (await site.guardian()).see(await path_of_toy(site))
    languages = html.partition('id="language"')[2].partition("</select>")[0]
    assert re.findall(r'<option value="(\w+)"', languages) == ["en", "de"]


async def test_a_voice_that_nobody_has_is_an_error_at_the_field(site: Site) -> None:
    site.home.pretend_voices.known = [GERMAN, ENGLISH]
    browser, path = await site.guardian(), await path_of_toy(site)
    [toy] = await site.home.toys.list()
    form = {"name": "Bear", "level": "strict", "language": "en", "patience": "normal"}
    answer = await browser.send(path, path, **form, voice="nobody")
    assert answer.status == 409
    html = unescape(await answer.text())
    assert "There is no voice called “nobody” here." in html
    assert 'aria-describedby="voice-problem"' in html
    await site.home.toys.save(replace(toy, voice=Voice("cloned")))
    assert (await browser.send(path, path, **form, voice="cloned")).status == 303, "it has that one"


async def test_another_language_brings_a_voice_that_speaks_it(site: Site) -> None:
    site.home.pretend_voices.known = [ENGLISH, GERMAN]
    browser, path = await site.guardian(), await path_of_toy(site)
    form = {"name": "Bear", "level": "strict", "patience": "normal", "language": "de"}
    await browser.send(path, path, **form, voice="")
    [toy] = await site.home.toys.list()
    assert (toy.language, toy.voice.name) == ("de", "d1")
    await browser.send(path, path, **form | {"language": "en"}, voice="d1")
    [toy] = await site.home.toys.list()
    assert (toy.language, toy.voice.name) == ("en", "e1")
