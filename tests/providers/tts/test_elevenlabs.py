"""What is particular to ElevenLabs: voices of an account, their samples, cloning with consent, formats.

What every voice in the cloud must bear is in test_network_voices.py.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from aiohttp.test_utils import TestServer

from hub.domain.consent import Consent
from hub.domain.toys import Voice
from hub.errors import ProviderAuthError, ProviderError, ProviderUnavailableError, RefusedError
from hub.providers.base import VoiceCatalogue, VoiceCloning, VoiceInfo, VoicePreviews
from hub.providers.tts.elevenlabs import ElevenLabs
from tests.clock import FakeClock
from tests.providers.elevenlabs_server import ElevenLabsServer
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import POLICY, safe
from tests.providers.voice_servers import KEY

MONDAY = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
CONSENT = Consent("Ada Example", MONDAY, "My voice may be copied for our children's toy.")
KEYS = {"ELEVENLABS_API_KEY": KEY}
WAV = b"RIFF\x24\x00\x00\x00WAVE"


class Setup(NamedTuple):
    fake: ElevenLabsServer
    provider: ElevenLabs
    url: str

    async def speak(self, voice: Voice) -> None:
        assert [chunk async for chunk in self.provider.speak(safe("Hello Lucy"), voice, POLICY)]


@pytest.fixture
async def setup() -> AsyncIterator[Setup]:
    fake = ElevenLabsServer()
    async with TestServer(fake.app()) as server:
        url = str(server.make_url("")).rstrip("/")
        fake.preview_url = f"{url}/samples/one.mp3"
        provider = ElevenLabs(
            provider_setup("tts.elevenlabs", KEYS, clock=FakeClock(), base_url=url)
        )
        yield Setup(fake, provider, url)
        await provider.aclose()


async def test_words_voice_and_settings_reach_the_service(setup: Setup) -> None:
    wanted = {"stability": 0.4, "similarity_boost": 0.6, "style": 0.1, "speed": 0.9}
    await setup.speak(Voice(setup.fake.voice, {**wanted, "use_speaker_boost": 1}))
    (request,) = setup.fake.requests
    assert request["voice"] == setup.fake.voice
    assert request["text"] == "Hello Lucy"
    assert request["output_format"] == "pcm_22050"
    assert request["model_id"] == "eleven_turbo_v2_5"
    assert "optimize_streaming_latency" not in request
    settings = {k: v for k, v in request["voice_settings"].items() if v is not None}
    assert settings == {**wanted, "use_speaker_boost": True}


async def test_format_and_haste_are_as_set(setup: Setup) -> None:
    given = provider_setup(
        "tts.elevenlabs",
        KEYS,
        base_url=setup.url,
        format="mp3_22050_32",
        optimize_streaming_latency=3,
    )
    provider = ElevenLabs(given)
    await Setup(setup.fake, provider, setup.url).speak(Voice())
    await provider.aclose()
    (request,) = setup.fake.requests
    assert request["output_format"] == "mp3_22050_32"
    assert request["optimize_streaming_latency"] == "3"


async def test_a_toy_s_own_format_and_haste_count(setup: Setup) -> None:
    own = Voice(format="mp3_44100_128", settings={"optimize_streaming_latency": 2})
    speech = setup.provider.speak(safe("Hello Lucy"), own, POLICY)
    seconds = sum([len(chunk.data) / 2 / chunk.rate_hz async for chunk in speech])
    assert 0.8 < seconds < 1.1, "as much as was sent, at its rate"
    (request,) = setup.fake.requests
    assert request["output_format"] == "mp3_44100_128"
    assert request["optimize_streaming_latency"] == "2"
    await setup.speak(Voice(format="wav"))
    assert setup.fake.requests[1]["output_format"] == "pcm_22050", "no format of ElevenLabs'"


async def test_a_name_that_could_change_the_address_is_not_sent(setup: Setup) -> None:
    await setup.speak(Voice("../../v1/user"))
    assert setup.fake.requests[0]["voice"] == setup.fake.voice


async def test_voices_of_all_pages_are_listed(setup: Setup) -> None:
    assert isinstance(setup.provider, VoiceCatalogue)
    assert await setup.provider.voices() == [
        VoiceInfo("voice0", "Voice 0", "en", setup.fake.preview_url),
        VoiceInfo("voice1", "Voice 1", "en", setup.fake.preview_url),
    ]


@pytest.mark.parametrize(
    "page", [[1, 2], {"voices": "none"}, {"voices": [{"name": "no id"}]}, "text"]
)
async def test_a_list_that_is_none_is_an_error(setup: Setup, page: object) -> None:
    setup.fake.pages = [page]
    with pytest.raises(ProviderError, match="never should"):
        await setup.provider.voices()


async def test_pages_without_end_are_not_followed(setup: Setup) -> None:
    endless = {"voices": [], "has_more": True, "total_count": 0, "next_page_token": "0"}
    setup.fake.pages = [endless]
    assert await setup.provider.voices() == []


async def test_a_refused_list_says_why(setup: Setup) -> None:
    setup.fake.mode = 401
    with pytest.raises(ProviderAuthError, match="refused the key in ELEVENLABS_API_KEY"):
        await setup.provider.voices()


async def test_a_sample_can_be_heard(setup: Setup) -> None:
    assert isinstance(setup.provider, VoicePreviews)
    assert b"LAME" in await setup.provider.preview("voice0")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "no sample"),
        ("http://192.168.1.1/reboot", "never should"),
        ("https://127.0.0.1/secret", "never should"),
        ("file:///etc/passwd", "never should"),
        ("ftp://example.com/a.mp3", "never should"),
        ("https://[", "never should"),
    ],
)
async def test_a_sample_is_fetched_from_nowhere_else(setup: Setup, url: str, message: str) -> None:
    setup.fake.preview_url = url
    with pytest.raises(ProviderError, match=message):
        await setup.provider.preview("voice0")


async def test_a_sample_has_an_end(setup: Setup) -> None:
    setup.fake.mode = "endless"
    with pytest.raises(ProviderError, match="over 6000000 bytes"):
        await setup.provider.preview("voice0")


async def test_a_voice_is_cloned_from_recordings(setup: Setup) -> None:
    assert isinstance(setup.provider, VoiceCloning)
    assert await setup.provider.clone(" Grandma ", [WAV, b"ID3mp3"], CONSENT) == "cloned1"
    (clone,) = setup.fake.clones
    assert clone["name"] == "Grandma"
    assert clone["files"] == [
        ("sample-1.wav", "audio/wav", WAV),
        ("sample-2.mp3", "audio/mpeg", b"ID3mp3"),
    ]
    assert not any("Ada" in str(value) for value in clone.values())


async def test_a_clone_is_deleted_and_one_that_is_gone_is_fine(setup: Setup) -> None:
    assert isinstance(setup.provider, VoiceCloning)
    await setup.provider.forget_clone("cloned1")
    await setup.provider.forget_clone("cloned1")
    assert setup.fake.deleted == ["cloned1"]
    with pytest.raises(ProviderError, match="isn't a voice's id"):
        await setup.provider.forget_clone("../voices")


@pytest.mark.parametrize(
    ("name", "samples", "consent", "message"),
    [
        ("Gran", [WAV], Consent(" ", MONDAY, "Yes."), "who agreed"),
        ("Gran", [WAV], Consent("Ada", MONDAY, ""), "which words"),
        ("Gran", [WAV], Consent("Ada", MONDAY.replace(tzinfo=None), "Yes."), "when"),
        ("Gran", [WAV], Consent("Ada", MONDAY + timedelta(days=1), "Yes."), "future"),
        ("Gran", [], CONSENT, "1 to 25 recordings"),
        ("Gran", [bytes(10_000_001)], CONSENT, "at most 10 MB"),
        ("", [WAV], CONSENT, "1 to 100 characters"),
    ],
)
async def test_a_voice_is_not_cloned_without_all_that_is_needed(
    setup: Setup, name: str, samples: list[bytes], consent: Consent, message: str
) -> None:
    with pytest.raises(RefusedError, match=message):
        await setup.provider.clone(name, samples, consent)
    assert setup.fake.clones == []


async def test_without_a_key_it_says_which_to_set() -> None:
    elevenlabs = ElevenLabs(BARE)
    assert not elevenlabs.local
    assert elevenlabs.problem()
    with pytest.raises(ProviderUnavailableError, match="set ELEVENLABS_API_KEY"):
        await elevenlabs.warm_up()
