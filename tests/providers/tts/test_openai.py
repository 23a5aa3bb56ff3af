"""What is particular to OpenAI's speech API, and to servers in the house that speak it.

What every voice in the cloud must bear is in test_network_voices.py.
"""

import pytest
from aiohttp.test_utils import TestServer

from hub.domain.toys import Voice
from hub.errors import ProviderUnavailableError
from hub.providers.tts.openai import OpenAiTts
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import POLICY, safe
from tests.providers.voice_servers import KEY, OpenAiVoices


async def asked(model: str, voice: Voice) -> dict[str, object]:
    far_side = OpenAiVoices()
    async with TestServer(far_side.app()) as server:
        given = provider_setup(
            "tts.openai",
            {"OPENAI_API_KEY": KEY},
            base_url=str(server.make_url("/v1")),
            model=model,
            instructions="Whisper.",
        )
        tts = OpenAiTts(given)
        assert [chunk async for chunk in tts.speak(safe("Hello Lucy"), voice, POLICY)]
        await tts.aclose()
    (request,) = far_side.requests
    return request


async def test_words_voice_speed_and_instructions_reach_the_service() -> None:
    request = await asked("gpt-4o-mini-tts", Voice("coral", {"speed": 9.0}))
    assert request == {
        "path": "/v1/audio/speech",
        "model": "gpt-4o-mini-tts",
        "voice": "coral",
        "input": "Hello Lucy",
        "response_format": "pcm",
        "speed": 4.0,
        "instructions": "Whisper.",
    }


async def test_what_a_model_might_not_know_is_left_out() -> None:
    request = await asked("tts-1", Voice())
    assert "instructions" not in request
    assert "speed" not in request


async def test_a_server_in_the_house_needs_no_key() -> None:
    at_home = OpenAiTts(provider_setup("tts.openai", base_url="http://192.168.1.20:8880/v1"))
    assert (at_home.problem(), at_home.local) == ("", True)
    in_the_cloud = OpenAiTts(BARE)
    assert not in_the_cloud.local
    assert in_the_cloud.problem()
    with pytest.raises(ProviderUnavailableError, match="set OPENAI_API_KEY"):
        await in_the_cloud.warm_up()
