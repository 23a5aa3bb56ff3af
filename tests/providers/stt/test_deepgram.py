"""Deepgram over its WebSocket, against a server that speaks its protocol, well and badly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import NamedTuple

import pytest
from aiohttp.test_utils import TestServer, unused_port

from hub.domain.audio import PcmChunk
from hub.domain.talks.talk import Transcript
from hub.errors import (
    ProviderAuthError,
    ProviderBusyError,
    ProviderError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from hub.providers.stt.deepgram import Deepgram
from tests.providers.recogniser_servers import KEY, MOON, DeepgramServer
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import RECORDINGS, as_spoken, read_wav

PCM = read_wav(RECORDINGS / "spoken_moon.wav")


def recogniser(url: str, key: str = KEY, timeout_s: float = 5.0) -> Deepgram:
    return Deepgram(
        provider_setup("stt.deepgram", {"DEEPGRAM_API_KEY": key}, timeout_s, base_url=url)
    )


class Setup(NamedTuple):
    server: DeepgramServer
    url: str

    async def hear(self, key: str = KEY, timeout_s: float = 5.0, url: str = "") -> list[Transcript]:
        stt = recogniser(url or self.url, key, timeout_s)
        try:
            return [t async for t in stt.transcribe(as_spoken(PCM), language="en")]
        finally:
            await stt.aclose()


@pytest.fixture
async def setup() -> AsyncIterator[Setup]:
    far_side = DeepgramServer()
    async with TestServer(far_side.app()) as server:
        yield Setup(far_side, str(server.make_url("")))


async def test_words_come_while_the_child_speaks(setup: Setup) -> None:
    stt = recogniser(setup.url)
    heard_a_word = asyncio.Event()

    async def child() -> AsyncIterator[PcmChunk]:
        yield PcmChunk(b"")
        async for chunk in as_spoken(PCM):
            yield chunk
        await heard_a_word.wait()  # the utterance does not end before

    transcripts = []
    async with asyncio.timeout(60):
        async for transcript in stt.transcribe(child(), language="en"):
            transcripts.append(transcript)
            if transcript.text.startswith("how far"):
                heard_a_word.set()
    assert transcripts[0] == Transcript("", final=False)  # speech, not yet words
    assert (transcripts[-1].text, transcripts[-1].final) == (MOON, True)
    assert transcripts[-1].confidence == pytest.approx(0.9)
    assert not any(transcript.final for transcript in transcripts[:-1])
    await stt.aclose()


async def test_it_says_when_it_takes_the_child_to_have_finished(setup: Setup) -> None:
    transcripts = await setup.hear()
    assert [t.text for t in transcripts if t.ended] == [MOON, MOON]
    assert not transcripts[0].ended


async def test_every_sound_reaches_it_with_what_it_must_know(setup: Setup) -> None:
    await setup.hear()
    assert setup.server.heard_bytes == len(PCM)
    (asked,) = setup.server.requests
    assert (asked["model"], asked["language"]) == ("nova-3", "en")
    assert (asked["encoding"], asked["sample_rate"]) == ("linear16", "16000")
    assert asked["mip_opt_out"] == "true"


@pytest.mark.parametrize(
    ("mode", "kind", "message"),
    [
        (400, ProviderError, "does not take our request"),
        (401, ProviderAuthError, "refused the key in DEEPGRAM_API_KEY"),
        (402, ProviderError, "nothing left"),
        (429, ProviderBusyError, "takes no more requests now"),
        (500, ProviderBusyError, "has trouble"),
        ("elsewhere", ProviderError, "does not take our request"),
        ("cut", ProviderError, "broke off in the middle"),
        ("closed", ProviderError, "broke off in the middle"),
        ("garbage", ProviderError, "never should"),
        ("odd", ProviderError, "never should"),
        ("binary", ProviderError, "never should"),
        ("flood", ProviderError, "never should|broke off"),
        ("endless", ProviderError, "more than anybody can say"),
        ("error", ProviderBusyError, "reported trouble"),
    ],
)
async def test_trouble_is_one_line_that_says_what_to_do(
    setup: Setup, mode: str | int, kind: type[ProviderError], message: str
) -> None:
    setup.server.mode = mode
    async with asyncio.timeout(60):
        with pytest.raises(kind, match=message) as caught:
            await setup.hear()
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert all(request["path"] != "/elsewhere" for request in setup.server.requests)


@pytest.mark.parametrize("mode", ["silent", "mute"])
async def test_who_says_nothing_is_given_up_on(setup: Setup, mode: str) -> None:
    setup.server.mode = mode
    with pytest.raises(ProviderTimeoutError, match=r"no transcript within 0\.3 s"):
        await setup.hear(timeout_s=0.3)


async def test_trouble_that_passes_costs_no_turn(setup: Setup) -> None:
    setup.server.mode, setup.server.failures = 503, 1
    assert (await setup.hear())[-1].text == MOON


async def test_one_that_wants_to_be_left_alone_is(setup: Setup) -> None:
    setup.server.mode, setup.server.retry_after = 429, "20"
    with pytest.raises(ProviderBusyError) as caught:
        await setup.hear()
    assert caught.value.retry_after_s == 20
    assert len(setup.server.requests) == 1


async def test_listening_that_is_stopped_ends_the_connection(setup: Setup) -> None:
    stt = recogniser(setup.url)
    async with aclosing(stt.transcribe(as_spoken(PCM), language="en")) as transcripts:
        await anext(transcripts)
    async with asyncio.timeout(60):
        await setup.server.gone.wait()
    await stt.aclose()


async def test_a_wrong_key_and_a_missing_service_are_told_apart(setup: Setup) -> None:
    with pytest.raises(ProviderAuthError):
        await setup.hear(key="wrong")
    with pytest.raises(ProviderUnavailableError, match="can't reach"):
        await setup.hear(url=f"http://127.0.0.1:{unused_port()}")


async def test_without_a_key_it_says_which_to_set() -> None:
    deepgram = Deepgram(BARE)
    assert not deepgram.local
    assert deepgram.problem()
    with pytest.raises(ProviderUnavailableError, match="set DEEPGRAM_API_KEY"):
        await deepgram.warm_up()
