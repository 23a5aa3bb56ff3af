"""What is particular to MiniMax: hexadecimal events, a last one that repeats, refusals with HTTP 200.

What every voice in the cloud must bear is in test_network_voices.py.
"""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from aiohttp.test_utils import TestServer

from hub.domain.toys import Voice
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers.tts.minimax import Minimax
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import POLICY, safe
from tests.providers.voice_servers import KEY, MinimaxServer


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


async def test_without_a_key_it_says_which_to_set() -> None:
    minimax = Minimax(BARE)
    assert not minimax.local
    assert minimax.problem()
    with pytest.raises(ProviderUnavailableError, match=r"set MINIMAX_API_KEY \(and MINIMAX_GROUP"):
        await minimax.warm_up()
