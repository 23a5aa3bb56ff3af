"""ElevenLabs through its own client, against a server that speaks its wire format, well and badly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import NamedTuple

import pytest
from aiohttp.test_utils import TestServer, unused_port

from hub.config import Config, ElevenLabsSection
from hub.domain.toys import Voice
from hub.errors import (
    ProviderAuthError,
    ProviderError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from hub.providers.elevenlabs import ElevenLabs
from tests.providers.elevenlabs_server import KEY, RATE_HZ, ElevenLabsServer, hum
from tests.providers.speech import POLICY, safe


class Setup(NamedTuple):
    fake: ElevenLabsServer
    provider: ElevenLabs

    async def speak(self, voice: Voice | None = None) -> bytes:
        speech = self.provider.speak(safe("Hello Lucy"), voice or Voice(), POLICY)
        chunks = [chunk async for chunk in speech]
        assert {chunk.rate_hz for chunk in chunks} == {RATE_HZ}
        return b"".join(chunk.data for chunk in chunks)


def provider_at(url: str, key: str = KEY, timeout_s: float = 5.0) -> ElevenLabs:
    return ElevenLabs(ElevenLabsSection(voice="homevoice", base_url=url), key, timeout_s)


@pytest.fixture
async def setup() -> AsyncIterator[Setup]:
    fake = ElevenLabsServer()
    async with TestServer(fake.app()) as server:
        provider = provider_at(str(server.make_url("")))
        yield Setup(fake, provider)
        await provider.aclose()


async def test_the_sound_arrives_whole(setup: Setup) -> None:
    assert await setup.speak() == hum(0.5) + hum(0.5)


async def test_words_voice_and_settings_reach_the_service(setup: Setup) -> None:
    await setup.speak(
        Voice("toyvoice", {"stability": 0.4, "style": 0.1, "speed": 0.9, "use_speaker_boost": 1})
    )
    (request,) = setup.fake.requests
    assert request["voice"] == "toyvoice"
    assert request["text"] == "Hello Lucy"
    assert request["output_format"] == "pcm_22050"
    assert request["model_id"] == "eleven_turbo_v2_5"
    settings = {k: v for k, v in request["voice_settings"].items() if v is not None}
    assert settings == {"stability": 0.4, "style": 0.1, "speed": 0.9, "use_speaker_boost": True}


async def test_a_name_that_could_change_the_address_is_not_sent(setup: Setup) -> None:
    await setup.speak(Voice("../../v1/user"))
    assert setup.fake.requests[0]["voice"] == "homevoice"


async def test_half_a_sample_is_put_together_with_its_other_half_or_dropped(setup: Setup) -> None:
    setup.fake.mode = "odd"
    assert len(await setup.speak()) == len(hum(1))


@pytest.mark.parametrize(
    ("mode", "kind", "message"),
    [
        (401, ProviderAuthError, "set a valid ELEVENLABS_API_KEY"),
        (402, ProviderError, "top it up"),
        (404, ProviderError, "check voice and model"),
        (422, ProviderError, "check voice and model"),
        (429, ProviderError, "too many requests"),
        (500, ProviderError, "try again later"),
        (503, ProviderError, "try again later"),
        ("html", ProviderError, "answered text/html"),
        ("empty", ProviderError, "without sound"),
        ("cut", ProviderError, "the connection failed"),
        ("endless", ProviderError, "over 6000000 bytes"),
    ],
)
async def test_trouble_is_one_line_that_says_what_to_do(
    setup: Setup, mode: str | int, kind: type[ProviderError], message: str
) -> None:
    setup.fake.mode = mode
    with pytest.raises(kind, match=message) as caught:
        await setup.speak()
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert len(setup.fake.requests) == 1


async def test_after_trouble_it_speaks_again(setup: Setup) -> None:
    setup.fake.mode = 503
    with pytest.raises(ProviderError):
        await setup.speak()
    setup.fake.mode = "ok"
    assert await setup.speak()


async def test_a_service_that_hangs_is_given_up() -> None:
    fake = ElevenLabsServer("hang")
    async with TestServer(fake.app()) as server:
        provider = provider_at(str(server.make_url("")), timeout_s=0.2)
        with pytest.raises(ProviderTimeoutError, match=r"no sound within 0\.2 s"):
            await Setup(fake, provider).speak()
        await provider.aclose()


async def test_a_wrong_key_is_refused_by_the_service(setup: Setup) -> None:
    provider = provider_at(setup.provider._settings.base_url, key="sk_wrong")
    with pytest.raises(ProviderAuthError, match="Invalid API key"):
        await Setup(setup.fake, provider).speak()
    await provider.aclose()


async def test_without_a_connection_it_says_so() -> None:
    provider = provider_at(f"http://127.0.0.1:{unused_port()}")
    with pytest.raises(ProviderError, match="check the internet connection"):
        await Setup(ElevenLabsServer(), provider).speak()
    await provider.aclose()


async def test_without_a_key_it_says_which_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ELEVENLABS_API_KEY", raising=False)
    found = ElevenLabs.available(Config(), {})
    assert (found.ok, found.local) == (False, False)
    with pytest.raises(ProviderUnavailableError, match="set ELEVENLABS_API_KEY"):
        await ElevenLabs.create(Config()).warm_up()


async def test_speech_that_is_stopped_ends_the_request(setup: Setup) -> None:
    setup.fake.mode = "endless"
    async with aclosing(setup.provider.speak(safe("Hello"), Voice(), POLICY)) as speech:
        await anext(speech)
    async with asyncio.timeout(5):
        await setup.fake.closed.wait()
