"""What is particular to MiniMax: hexadecimal events, a last one that repeats, refusals with HTTP 200, its account.

What every voice in the cloud must bear is in test_network_voices.py.
"""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from aiohttp.test_utils import TestServer

from hub.domain.consent import Consent
from hub.domain.toys import Voice
from hub.errors import ProviderAuthError, ProviderError, ProviderUnavailableError, RefusedError
from hub.providers.base import VoiceCatalogue, VoiceCloning, VoiceInfo
from hub.providers.tts.minimax import Minimax
from tests.clock import FakeClock
from tests.providers.minimax_server import MinimaxServer
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import POLICY, safe
from tests.providers.voice_servers import KEY

WAV = b"RIFF\x24\x00\x00\x00WAVE"
CONSENT = Consent(
    "Ada Example", FakeClock().now(), "My voice may be copied for our children's toy."
)


class Setup(NamedTuple):
    server: MinimaxServer
    tts: Minimax

    async def speak(self, voice: Voice | None = None) -> bytes:
        speech = self.tts.speak(safe("Hello Lucy"), voice or Voice(), POLICY)
        return b"".join([chunk.data async for chunk in speech])


@pytest.fixture
async def setup() -> AsyncIterator[Setup]:
    far_side = MinimaxServer()
    async with TestServer(far_side.app()) as server:
        keys = {"MINIMAX_API_KEY": KEY, "MINIMAX_GROUP_ID": "group 7"}
        tts = Minimax(provider_setup("tts.minimax", keys, base_url=str(server.make_url("/v1"))))
        yield Setup(far_side, tts)
        await tts.aclose()


async def test_words_voice_group_and_settings_reach_the_service(setup: Setup) -> None:
    await setup.speak(Voice(setup.server.voice, {"speed": 0.8, "vol": 99, "pitch": -2.4}))
    (asked,) = setup.server.requests
    assert (asked["model"], asked["text"], asked["GroupId"]) == (
        "speech-01-turbo",
        "Hello Lucy",
        "group 7",
    )
    assert asked["voice_setting"] == {
        "voice_id": setup.server.voice,
        "speed": 0.8,
        "vol": 10.0,
        "pitch": -2,
    }


async def test_the_whole_that_comes_once_more_at_the_end_is_not_spoken(setup: Setup) -> None:
    setup.server.aggregates = True
    assert await setup.speak() == b"".join(setup.server.pcm())


async def test_the_whole_is_spoken_where_it_comes_only_at_the_end(setup: Setup) -> None:
    setup.server.aggregates, setup.server.mode = True, "empty"
    assert await setup.speak() == b"".join(setup.server.pcm())


async def test_a_stream_without_its_last_event_broke_off(setup: Setup) -> None:
    setup.server.mode = "unfinished"
    with pytest.raises(ProviderError, match="broke off in the middle"):
        await setup.speak()


async def test_the_account_s_voices_are_listed_with_their_languages(setup: Setup) -> None:
    assert isinstance(setup.tts, VoiceCatalogue)
    setup.server.copies = ["pommai1"]
    assert await setup.tts.voices() == [
        VoiceInfo("pommai1", "pommai1", ""),
        VoiceInfo("English_Graceful_Lady", "Lady", "en"),
        VoiceInfo("Chinese (Mandarin)_News_Anchor", "chor", "zh"),
        VoiceInfo("Wise_Woman", "oman", ""),
    ]
    assert setup.server.groups == ["group 7"]


@pytest.mark.parametrize(
    "answer", [[], "text", {"system_voice": "none"}, {"system_voice": [{}]}, {"base_resp": 1}]
)
async def test_a_list_that_is_none_is_an_error(setup: Setup, answer: object) -> None:
    setup.server.answer = answer
    with pytest.raises(ProviderError, match="never should"):
        await setup.tts.voices()


async def test_a_list_without_an_end_is_not_read(setup: Setup) -> None:
    setup.server.answer = "x" * 3_000_000
    with pytest.raises(ProviderError, match="far more than an answer"):
        await setup.tts.voices()


async def test_a_refused_list_says_why(setup: Setup) -> None:
    setup.server.mode = 401
    with pytest.raises(ProviderAuthError, match="refused the key in MINIMAX_API_KEY"):
        await setup.tts.voices()


async def test_a_voice_is_copied_from_one_recording_and_no_name_is_sent(setup: Setup) -> None:
    assert isinstance(setup.tts, VoiceCloning)
    voice_id = await setup.tts.clone("Grandma", [WAV], CONSENT)
    assert setup.server.copies == [voice_id]
    assert setup.server.files == [("sample-1.wav", "voice_clone", WAV)]
    assert voice_id.isalnum()
    assert voice_id[0].isalpha()


async def test_a_copy_is_deleted_and_one_that_is_gone_is_fine(setup: Setup) -> None:
    assert isinstance(setup.tts, VoiceCloning)
    setup.server.copies = ["pommai1", "pommai2"]
    await setup.tts.forget_clone("pommai1")
    await setup.tts.forget_clone("pommai1")
    assert setup.server.copies == ["pommai2"]
    setup.server.mode = 400
    with pytest.raises(ProviderError, match="does not take our request"):
        await setup.tts.forget_clone("pommai2")


@pytest.mark.parametrize(
    ("samples", "consent", "message"),
    [
        ([WAV, WAV], CONSENT, "one recording"),
        ([bytes(20_000_001)], CONSENT, "at most 20 MB"),
        ([WAV], Consent("", CONSENT.when, "Yes."), "who agreed"),
    ],
)
async def test_a_voice_is_not_copied_without_all_that_is_needed(
    setup: Setup, samples: list[bytes], consent: Consent, message: str
) -> None:
    with pytest.raises(RefusedError, match=message):
        await setup.tts.clone("Gran", samples, consent)
    assert setup.server.files == []


async def test_without_a_key_it_says_which_to_set() -> None:
    minimax = Minimax(BARE)
    assert not minimax.local
    assert minimax.problem()
    with pytest.raises(ProviderUnavailableError, match=r"set MINIMAX_API_KEY \(and MINIMAX_GROUP"):
        await minimax.warm_up()
