"""What every recogniser must do, each run through its real code."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import cast

import pytest
from aiohttp.test_utils import TestServer

from hub.config import Config
from hub.domain.audio import PcmChunk, silence
from hub.domain.talks.talk import Transcript
from hub.domain.toys import ProviderKind
from hub.providers.base import ProviderSetup, Stt
from hub.providers.models.models import whisper_folder
from hub.providers.registry import REGISTRY, load
from tests.providers.recogniser_servers import KEY, MOON, DeepgramServer, TranscriptionServer
from tests.providers.speech import RECORDINGS, as_spoken, read_wav
from tests.providers.tiny_whisper import make_tiny_whisper
from tests.providers.wyoming_server import WyomingPeer

KEYS = {"OPENAI_API_KEY": KEY, "DEEPGRAM_API_KEY": KEY}


@pytest.fixture(params=sorted(REGISTRY[ProviderKind.STT]))
async def stt(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stt]:
    async with (
        TestServer(TranscriptionServer().app()) as openai,
        TestServer(DeepgramServer().app()) as deepgram,
        WyomingPeer().running() as wyoming,
    ):
        config = Config.model_validate(
            {
                "hub": {"data": tmp_path},
                "stt": {
                    "openai": {"base_url": str(openai.make_url("/v1"))},
                    "deepgram": {"base_url": str(deepgram.make_url(""))},
                    "wyoming": {"address": wyoming},
                },
            }
        )
        make_tiny_whisper(whisper_folder(tmp_path, config.stt.whisper.model), MOON)
        provider = load(ProviderKind.STT, request.param, ProviderSetup(config, KEYS))
        assert not provider.problem()
        await provider.warm_up()
        yield cast(Stt, provider)  # the registry holds all kinds
        await provider.aclose()


@pytest.fixture
def moon() -> bytes:
    return read_wav(RECORDINGS / "spoken_moon.wav")


async def heard(stt: Stt, audio: AsyncIterator[PcmChunk]) -> list[Transcript]:
    return [transcript async for transcript in stt.transcribe(audio, language="en")]


async def test_the_last_transcript_and_only_it_is_final(stt: Stt, moon: bytes) -> None:
    transcripts = await heard(stt, as_spoken(moon))
    assert [transcript.final for transcript in transcripts].count(True) == 1
    assert transcripts[-1].final
    assert transcripts[-1].text == MOON


async def test_confidence_is_a_share_of_one(stt: Stt, moon: bytes) -> None:
    confidence = (await heard(stt, as_spoken(moon)))[-1].confidence
    if stt.name == "wyoming":  # the protocol has no word for it
        assert confidence is None
    else:
        assert confidence is not None
        assert 0 < confidence <= 1


@pytest.mark.parametrize("duration_ms", [0, 2000])
async def test_silence_is_no_words(stt: Stt, duration_ms: int) -> None:
    assert await heard(stt, as_spoken(silence(duration_ms).data)) == [Transcript("")]


@pytest.mark.parametrize("chunk_ms", [20, 64])
async def test_the_size_of_the_pieces_changes_nothing(stt: Stt, moon: bytes, chunk_ms: int) -> None:
    assert (await heard(stt, as_spoken(moon, chunk_ms)))[-1].text == MOON


async def test_an_utterance_is_heard_the_same_after_another(stt: Stt, moon: bytes) -> None:
    before = await heard(stt, as_spoken(moon))
    await heard(stt, as_spoken(read_wav(RECORDINGS / "child_song.wav")))
    assert await heard(stt, as_spoken(moon)) == before


async def test_listening_that_is_stopped_makes_room_for_the_next(stt: Stt, moon: bytes) -> None:
    async with aclosing(stt.transcribe(as_spoken(moon), language="en")) as transcripts:
        await anext(transcripts)
    assert (await heard(stt, as_spoken(moon)))[-1].text == MOON


async def test_sound_at_another_rate_is_refused(stt: Stt) -> None:
    async def at_8_khz() -> AsyncIterator[PcmChunk]:
        yield silence(20, rate_hz=8000)

    with pytest.raises(ValueError, match="16000 Hz"):
        await heard(stt, at_8_khz())


async def test_closing_twice_is_fine(stt: Stt) -> None:
    await stt.aclose()
    await stt.aclose()
