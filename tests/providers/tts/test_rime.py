"""What is particular to Rime: short requests, and speed the other way round.

What every voice in the cloud must bear is in test_network_voices.py.
"""

import pytest
from aiohttp.test_utils import TestServer

from hub.domain.toys import Voice
from hub.errors import ProviderUnavailableError
from hub.providers.tts.rime import Rime
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import POLICY, safe
from tests.providers.voice_servers import KEY, RimeServer


async def asked(words: str, voice: Voice) -> list[dict[str, object]]:
    far_side = RimeServer()
    async with TestServer(far_side.app()) as server:
        url = str(server.make_url(""))
        tts = Rime(provider_setup("tts.rime", {"RIME_API_KEY": KEY}, base_url=url))
        assert [chunk async for chunk in tts.speak(safe(words), voice, POLICY)]
        await tts.aclose()
    return far_side.requests


async def test_words_speaker_and_speed_reach_the_service() -> None:
    (request,) = await asked("Hello Lucy", Voice("cove", {"speed": 0.5}))
    assert (request["modelId"], request["speaker"], request["text"]) == (
        "mist",
        "cove",
        "Hello Lucy",
    )
    assert request["speedAlpha"] == 2.0  # more is slower


async def test_a_long_text_is_asked_for_in_parts_that_lose_no_word() -> None:
    words = "I like dinosaurs too. " * 60
    texts = [str(request["text"]) for request in await asked(words, Voice())]
    assert len(texts) == 3
    assert " ".join(texts) == words.strip()


async def test_without_a_key_it_says_which_to_set() -> None:
    rime = Rime(BARE)
    assert not rime.local
    assert rime.problem()
    with pytest.raises(ProviderUnavailableError, match="set RIME_API_KEY"):
        await rime.warm_up()
