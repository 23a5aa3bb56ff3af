"""OpenAI's transcription API through its own client, against a server that speaks it, well and badly."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from aiohttp.test_utils import TestServer, unused_port

from hub.domain.talks.talk import Transcript
from hub.errors import (
    ProviderAuthError,
    ProviderBusyError,
    ProviderError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from hub.providers.stt.openai import OpenAiStt
from tests.providers.recogniser_servers import KEY, MOON, TranscriptionServer
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import RECORDINGS, as_spoken, read_wav

PCM = read_wav(RECORDINGS / "spoken_moon.wav")


class Setup(NamedTuple):
    server: TranscriptionServer
    url: str

    async def hear(
        self, model: str = "whisper-1", key: str = KEY, timeout_s: float = 5.0, url: str = ""
    ) -> Transcript:
        keys = {"OPENAI_API_KEY": key}
        stt = OpenAiStt(
            provider_setup("stt.openai", keys, timeout_s, base_url=url or self.url, model=model)
        )
        await stt.warm_up()
        try:
            (heard,) = [t async for t in stt.transcribe(as_spoken(PCM), language="en")]
            return heard
        finally:
            await stt.aclose()


@pytest.fixture
async def setup() -> AsyncIterator[Setup]:
    far_side = TranscriptionServer()
    async with TestServer(far_side.app()) as server:
        yield Setup(far_side, str(server.make_url("/v1")))


async def test_segments_say_what_was_said_and_how_sure_it_is(setup: Setup) -> None:
    heard = await setup.hear()
    assert (heard.text, heard.final) == (MOON, True)
    assert heard.confidence == pytest.approx(0.819, abs=0.001)  # e to the -0.2
    (asked,) = setup.server.requests
    assert (asked["model"], asked["language"]) == ("whisper-1", "en")


async def test_models_without_segments_are_asked_for_tokens(setup: Setup) -> None:
    heard = await setup.hear("gpt-4o-mini-transcribe")
    assert heard.text == MOON
    assert heard.confidence == pytest.approx(0.905, abs=0.001)
    assert setup.server.requests[0]["response_format"] == "json"


async def test_a_server_that_gives_no_segments_is_understood(setup: Setup) -> None:
    setup.server.mode = "plain"
    assert await setup.hear() == Transcript(MOON)


async def test_words_made_up_for_noise_are_not_heard(setup: Setup) -> None:
    setup.server.mode = "made_up"
    assert await setup.hear() == Transcript("")


async def test_silence_is_not_sent_anywhere(setup: Setup) -> None:
    stt = OpenAiStt(provider_setup("stt.openai", base_url=setup.url))
    assert [t async for t in stt.transcribe(as_spoken(bytes(32_000)), language="en")] == [
        Transcript("")
    ]
    assert setup.server.requests == []
    await stt.aclose()


@pytest.mark.parametrize(
    ("mode", "kind", "message"),
    [
        (400, ProviderError, r"\[stt.openai\] model|does not take our request"),
        (401, ProviderAuthError, "refused the key in OPENAI_API_KEY"),
        (404, ProviderError, "has no model 'whisper-1'"),
        (429, ProviderBusyError, "takes no more requests now"),
        (500, ProviderBusyError, "has trouble"),
        ("cut", ProviderError, "broke off|can't reach"),
        ("garbage", ProviderError, "answered no transcript"),
        ("surest", ProviderError, "answered no transcript"),
        ("endless", ProviderError, "far more than an answer"),
    ],
)
async def test_trouble_is_one_line_that_says_what_to_do(
    setup: Setup, mode: str | int, kind: type[ProviderError], message: str
) -> None:
    setup.server.mode = mode
    with pytest.raises(kind, match=message) as caught:
        await setup.hear()
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("mode", ["silent", "drip"])
async def test_who_does_not_come_to_an_end_is_given_up_on(setup: Setup, mode: str) -> None:
    setup.server.mode = mode
    with pytest.raises(ProviderTimeoutError):
        await setup.hear(timeout_s=0.4)


async def test_trouble_that_passes_costs_no_turn(setup: Setup) -> None:
    setup.server.mode, setup.server.failures = 429, 1
    assert (await setup.hear()).text == MOON


async def test_one_that_wants_to_be_left_alone_is(setup: Setup) -> None:
    setup.server.mode, setup.server.retry_after = 429, "20"
    with pytest.raises(ProviderBusyError) as caught:
        await setup.hear()
    assert caught.value.retry_after_s == 20
    assert len(setup.server.requests) == 1


async def test_a_wrong_key_and_a_missing_server_are_told_apart(setup: Setup) -> None:
    with pytest.raises(ProviderAuthError):
        await setup.hear(key="sk_wrong")
    with pytest.raises(ProviderUnavailableError, match="can't reach"):
        await setup.hear(url=f"http://127.0.0.1:{unused_port()}/v1")


async def test_without_a_key_only_a_server_in_the_house_will_do() -> None:
    at_home = OpenAiStt(provider_setup("stt.openai", base_url="http://192.168.1.20/v1"))
    assert (at_home.problem(), at_home.local) == ("", True)
    in_the_cloud = OpenAiStt(BARE)
    assert not in_the_cloud.local
    assert "set OPENAI_API_KEY" in in_the_cloud.problem()
    with pytest.raises(ProviderUnavailableError, match="set OPENAI_API_KEY"):
        await in_the_cloud.warm_up()
