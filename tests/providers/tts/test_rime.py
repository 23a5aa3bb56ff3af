"""What is particular to Rime: short requests, speed the other way round, and its list of speakers.

What every voice in the cloud must bear is in test_network_voices.py.
"""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from aiohttp.test_utils import TestServer

from hub.domain.toys import Voice
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers.base import VoiceCatalogue, VoiceInfo
from hub.providers.tts.rime import Rime
from tests.providers.rime_server import RimeServer
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import POLICY, safe
from tests.providers.voice_servers import KEY


class Setup(NamedTuple):
    server: RimeServer
    tts: Rime

    async def asked(self, words: str, voice: Voice) -> list[dict[str, object]]:
        assert [chunk async for chunk in self.tts.speak(safe(words), voice, POLICY)]
        return self.server.requests


@pytest.fixture
async def setup() -> AsyncIterator[Setup]:
    far_side = RimeServer()
    async with TestServer(far_side.app()) as server:
        url = str(server.make_url(""))
        tts = Rime(provider_setup("tts.rime", {"RIME_API_KEY": KEY}, base_url=url))
        yield Setup(far_side, tts)
        await tts.aclose()


async def test_words_speaker_and_speed_reach_the_service(setup: Setup) -> None:
    (request,) = await setup.asked("Hello Lucy", Voice("cove", {"speed": 0.5}))
    assert (request["modelId"], request["speaker"], request["text"]) == (
        "mist",
        "cove",
        "Hello Lucy",
    )
    assert request["lang"] == "eng"
    assert request["speedAlpha"] == 2.0  # more is slower


async def test_a_long_text_is_asked_for_in_parts_that_lose_no_word(setup: Setup) -> None:
    words = "I like dinosaurs too. " * 60
    texts = [str(request["text"]) for request in await setup.asked(words, Voice())]
    assert len(texts) == 3
    assert " ".join(texts) == words.strip()


async def test_the_speakers_of_the_model_are_listed_by_language(setup: Setup) -> None:
    assert isinstance(setup.tts, VoiceCatalogue)
    assert await setup.tts.voices() == [
        VoiceInfo("cove", "Cove", "en"),
        VoiceInfo("bay_area", "Bay Area", "en"),
        VoiceInfo("diego:spa", "Diego", "es"),
        VoiceInfo("worf:tlh", "Worf", "tlh"),
    ]


async def test_a_speaker_of_another_language_speaks_it(setup: Setup) -> None:
    setup.server.voice = "diego"  # type: ignore[misc]  # of this one server
    (request,) = await setup.asked("Hola", Voice("diego:spa"))
    assert (request["speaker"], request["lang"]) == ("diego", "spa")


async def test_a_toy_s_own_format_counts(setup: Setup) -> None:
    await setup.asked("Hello", Voice("cove", format="mp3"))
    assert setup.server.mp3
    await setup.asked("Hello", Voice("cove", format="mp3_44100_128"))
    assert not setup.server.mp3, "another provider's is none of Rime's"


@pytest.mark.parametrize("speakers", [[], "text", {"mist": ["cove"]}, {"mist": {"eng": "cove"}}])
async def test_a_list_that_is_none_is_an_error(setup: Setup, speakers: object) -> None:
    setup.server.speakers = speakers
    with pytest.raises(ProviderError, match="never should"):
        await setup.tts.voices()


async def test_without_a_key_it_says_which_to_set() -> None:
    rime = Rime(BARE)
    assert not rime.local
    assert rime.problem()
    with pytest.raises(ProviderUnavailableError, match="set RIME_API_KEY"):
        await rime.warm_up()
