"""What every voice in the cloud must bear, each through its real client against its real wire format."""

import array
import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.test_utils import TestServer, unused_port

from hub.domain.toys import Voice
from hub.errors import (
    ProviderAuthError,
    ProviderBusyError,
    ProviderError,
    ProviderRequestError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from hub.providers.base import ProviderSetup, Tts
from hub.providers.tts.elevenlabs import ElevenLabs
from hub.providers.tts.minimax import Minimax
from hub.providers.tts.openai import OpenAiTts
from hub.providers.tts.rime import Rime
from tests.providers.elevenlabs_server import ElevenLabsServer
from tests.providers.minimax_server import MinimaxServer
from tests.providers.rime_server import RimeServer
from tests.providers.setups import provider_setup
from tests.providers.speech import POLICY, safe
from tests.providers.voice_servers import KEY, OpenAiVoices, VoiceServer

Make = Callable[[str, str, float], Tts]
"""Of an address, a key and a timeout in seconds."""


def voice(made: Callable[[ProviderSetup], Tts], path: str = "", **settings: Any) -> Make:
    """How that voice is made, at `path` of the server."""

    def make(url: str, key: str, timeout_s: float) -> Tts:
        name = made.__name__.lower()
        place = {"openaitts": "tts.openai"}.get(name, f"tts.{name}")
        keys = dict.fromkeys(KEY_NAMES, key) | {"MINIMAX_GROUP_ID": "group7"}
        return made(provider_setup(place, keys, timeout_s, base_url=f"{url}{path}", **settings))

    return make


KEY_NAMES = ("ELEVENLABS_API_KEY", "MINIMAX_API_KEY", "OPENAI_API_KEY", "RIME_API_KEY")
VOICES: dict[str, tuple[type[VoiceServer], Make]] = {
    "elevenlabs": (ElevenLabsServer, voice(ElevenLabs)),
    "elevenlabs-mp3": (ElevenLabsServer, voice(ElevenLabs, format="mp3_22050_32")),
    "minimax": (MinimaxServer, voice(Minimax, "/v1")),
    "openai": (OpenAiVoices, voice(OpenAiTts, "/v1")),
    "rime": (RimeServer, voice(Rime)),
    "rime-mp3": (RimeServer, voice(Rime, format="mp3")),
}


@dataclass
class Setup:
    name: str
    server: VoiceServer
    url: str
    make: Make
    tts: Tts

    async def speak(self, voice: str = "") -> bytes:
        speech = self.tts.speak(safe("Hello Lucy"), Voice(voice), POLICY)
        chunks = [chunk async for chunk in speech]
        assert {chunk.rate_hz for chunk in chunks} <= {self.server.rate_hz}
        return b"".join(chunk.data for chunk in chunks)

    async def speak_within(self, seconds: float) -> bytes:
        """With a provider of its own, that waits no longer than that."""
        tts = self.make(self.url, KEY, seconds)
        await tts.warm_up()
        try:
            return await Setup(self.name, self.server, self.url, self.make, tts).speak()
        finally:
            await tts.aclose()

    def is_whole(self, pcm: bytes) -> bool:
        """Whether that is what the server says, once. MP3 adds some silence at both ends."""
        whole = b"".join(self.server.pcm())
        if not self.name.endswith("mp3"):
            return pcm == whole
        return 0.95 < len(pcm) / len(whole) < 1.2 and 4_000 < max(array.array("h", pcm)) < 16_000


@pytest.fixture(params=sorted(VOICES))
async def setup(request: pytest.FixtureRequest) -> AsyncIterator[Setup]:
    kind, make = VOICES[request.param]
    far_side = kind()
    async with TestServer(far_side.app()) as server:
        url = str(server.make_url("")).rstrip("/")
        tts = make(url, KEY, 5.0)
        await tts.warm_up()
        yield Setup(request.param, far_side, url, make, tts)
        await tts.aclose()


async def test_what_is_said_arrives_whole_and_once(setup: Setup) -> None:
    assert setup.is_whole(await setup.speak())
    assert len(setup.server.requests) == 1


async def test_half_a_sample_waits_for_its_other_half(setup: Setup) -> None:
    setup.server.mode = "odd"
    assert setup.is_whole(await setup.speak())


@pytest.mark.parametrize(
    ("mode", "kind", "message"),
    [
        (400, ProviderRequestError, "does not take our request"),
        (401, ProviderAuthError, "refused the key|set a valid"),
        (402, ProviderError, "nothing left|does not take our request"),
        (429, ProviderBusyError, "takes no more requests now"),
        (500, ProviderBusyError, "has trouble"),
        ("html", ProviderError, "never should|something else than sound"),
        ("empty", ProviderError, "without sound"),
        ("cut", ProviderError, "broke off in the middle"),
        ("elsewhere", ProviderError, "does not take our request"),
    ],
)
async def test_trouble_is_one_line_that_says_what_to_do(
    setup: Setup, mode: str | int, kind: type[ProviderError], message: str
) -> None:
    setup.server.mode = mode
    with pytest.raises(kind, match=message) as caught:
        await setup.speak()
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert all(request["path"] != "/elsewhere" for request in setup.server.requests)


@pytest.mark.parametrize("mode", ["garbage", "endless"])
async def test_what_is_no_speech_is_given_up(setup: Setup, mode: str) -> None:
    if mode == "garbage" and setup.name in ("elevenlabs", "openai", "rime"):
        pytest.skip("every byte is a sound in plain samples")
    setup.server.mode = mode
    known = "no MP3|never should|for more than 11 s, for 10 characters|over 6000000 bytes|far more than an answer"
    with pytest.raises(ProviderError, match=known):
        await setup.speak()


@pytest.mark.parametrize("mode", ["silent", "hang", "drip"])
async def test_who_waits_too_long_is_given_up_on(setup: Setup, mode: str) -> None:
    setup.server.mode = mode
    if mode == "drip" and setup.name == "minimax":
        pytest.skip("a piece of an event is no event: the same as hanging")
    with pytest.raises(ProviderTimeoutError, match=r"within 0\.4 s|did not go on in time"):
        await setup.speak_within(0.4)


@pytest.mark.parametrize("status", [429, 500])
async def test_trouble_that_passes_is_not_heard(setup: Setup, status: int) -> None:
    setup.server.mode, setup.server.failures = status, 1
    assert setup.is_whole(await setup.speak())
    assert len(setup.server.requests) == 2


async def test_a_service_that_wants_to_be_left_alone_is_not_asked_again(setup: Setup) -> None:
    setup.server.mode, setup.server.retry_after = 503, "30"
    with pytest.raises(ProviderBusyError) as caught:
        await setup.speak()
    assert caught.value.retry_after_s == 30
    assert len(setup.server.requests) == 1


async def test_what_broke_off_is_never_begun_again(setup: Setup) -> None:
    setup.server.mode, setup.server.failures = "cut", 1
    with pytest.raises(ProviderError, match="broke off"):
        await setup.speak()
    assert len(setup.server.requests) == 1
    assert setup.is_whole(await setup.speak())


async def test_a_voice_that_it_does_not_know_is_asked_for_once(setup: Setup) -> None:
    assert setup.is_whole(await setup.speak("someoneelse"))
    assert setup.is_whole(await setup.speak("someoneelse"))
    voices = [setup.server.voice_of(request) for request in setup.server.requests]
    assert voices == ["someoneelse", setup.server.voice, setup.server.voice]


async def test_a_wrong_key_is_refused(setup: Setup) -> None:
    tts = setup.make(setup.url, "sk_wrong", 5.0)
    with pytest.raises(ProviderAuthError) as caught:
        await Setup(setup.name, setup.server, setup.url, setup.make, tts).speak()
    assert "sk_wrong" not in str(caught.value)
    await tts.aclose()


async def test_without_a_connection_it_says_so(setup: Setup) -> None:
    tts = setup.make(f"http://127.0.0.1:{unused_port()}", KEY, 5.0)
    with pytest.raises(ProviderUnavailableError, match="can't reach"):
        await Setup(setup.name, setup.server, setup.url, setup.make, tts).speak()
    await tts.aclose()


async def test_speech_that_is_stopped_ends_the_request(setup: Setup) -> None:
    setup.server.mode = "endless"
    async with aclosing(setup.tts.speak(safe("Hello"), Voice(), POLICY)) as speech:
        await anext(speech)
    async with asyncio.timeout(60):
        await setup.server.closed.wait()


async def test_what_is_in_the_house_is_local_and_needs_no_cloud(setup: Setup) -> None:
    assert setup.tts.local
    assert not setup.make("https://api.example.com", KEY, 1.0).local
