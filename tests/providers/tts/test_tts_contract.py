"""What every voice must do, each run through its real code."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import cast

import pytest
from aiohttp.test_utils import TestServer

from hub.config import Config
from hub.domain.audio import PcmChunk
from hub.domain.safety import SafetyLevel, SafetyPolicy
from hub.domain.toys import ProviderKind, Voice
from hub.errors import UnsafeSpeechError
from hub.providers.base import ProviderSetup, Tts
from hub.providers.models.models import piper_voice
from hub.providers.registry import REGISTRY, load
from tests.providers.elevenlabs_server import ElevenLabsServer
from tests.providers.minimax_server import MinimaxServer
from tests.providers.rime_server import RimeServer
from tests.providers.speech import POLICY, safe
from tests.providers.tiny_piper import make_tiny_piper
from tests.providers.voice_servers import KEY, OpenAiVoices
from tests.providers.wyoming_server import WyomingPeer

WORDS = "Hello little one. I like dinosaurs too."


KEYS = dict.fromkeys(
    ("ELEVENLABS_API_KEY", "MINIMAX_API_KEY", "OPENAI_API_KEY", "RIME_API_KEY"), KEY
)


@pytest.fixture(params=sorted(REGISTRY[ProviderKind.TTS]))
async def tts(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Tts]:
    async with (
        TestServer(ElevenLabsServer().app()) as elevenlabs,
        TestServer(MinimaxServer().app()) as minimax,
        TestServer(OpenAiVoices().app()) as openai,
        TestServer(RimeServer().app()) as rime,
        WyomingPeer().running() as wyoming,
    ):
        config = Config.model_validate(
            {
                "hub": {"data": tmp_path},
                "tts": {
                    "elevenlabs": {"base_url": str(elevenlabs.make_url(""))},
                    "minimax": {"base_url": str(minimax.make_url("/v1"))},
                    "openai": {"base_url": str(openai.make_url("/v1"))},
                    "rime": {"base_url": str(rime.make_url(""))},
                    "wyoming": {"address": wyoming},
                },
            }
        )
        make_tiny_piper(piper_voice(tmp_path, config.tts.piper.voice))
        provider = load(ProviderKind.TTS, request.param, ProviderSetup(config, KEYS))
        assert not provider.problem()
        await provider.warm_up()
        yield cast(Tts, provider)  # the registry holds all kinds
        await provider.aclose()


async def spoken(tts: Tts, words: str = WORDS, voice: Voice | None = None) -> list[PcmChunk]:
    return [chunk async for chunk in tts.speak(safe(words), voice or Voice(), POLICY)]


async def test_speech_comes_in_short_chunks_of_one_rate(tts: Tts) -> None:
    chunks = await spoken(tts)
    assert max(chunk.duration_ms for chunk in chunks) <= 100
    assert len({chunk.rate_hz for chunk in chunks}) == 1
    assert sum(chunk.duration_ms for chunk in chunks) > 300
    assert any(any(chunk.data) for chunk in chunks)


async def test_words_that_passed_another_policy_are_not_spoken(tts: Tts) -> None:
    other = SafetyPolicy(SafetyLevel.RELAXED, rules_version="test")
    with pytest.raises(UnsafeSpeechError):
        await anext(tts.speak(safe(WORDS), Voice(), other))


async def test_nothing_to_say_is_silence(tts: Tts) -> None:
    assert await spoken(tts, "  ") == []


async def test_speech_that_is_stopped_makes_room_for_the_next(tts: Tts) -> None:
    async with aclosing(tts.speak(safe(f"{WORDS} " * 20), Voice(), POLICY)) as speech:
        await anext(speech)
    assert await spoken(tts)


async def test_two_toys_can_speak_at_once(tts: Tts) -> None:
    alone = await spoken(tts)
    first = tts.speak(safe(WORDS), Voice(), POLICY)
    second = tts.speak(safe(WORDS), Voice(), POLICY)
    both = [await anext(first), await anext(second)]
    both += [chunk async for chunk in first] + [chunk async for chunk in second]
    expected = 2 * sum(chunk.samples for chunk in alone)
    assert sum(chunk.samples for chunk in both) == pytest.approx(expected, rel=0.02)


async def test_another_providers_voice_name_is_spoken_with_its_own(tts: Tts) -> None:
    assert await spoken(tts, voice=Voice("xx_XX-somebody-high"))


async def test_closing_twice_is_fine(tts: Tts) -> None:
    await tts.aclose()
    await tts.aclose()
