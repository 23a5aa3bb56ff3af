"""The `openai` provider through the vendor's client, against a server that misbehaves."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer

from hub.domain.clock import Clock
from hub.domain.talks.talk import Message
from hub.errors import (
    ProviderAuthError,
    ProviderError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from hub.providers.base import LlmRequest
from hub.providers.llm import openai as openai_llm
from hub.providers.llm.openai import OpenAiLlm
from tests.clock import FakeClock
from tests.providers import openai_server as far_side
from tests.providers.openai_server import GOOD_MODEL, KEY, Server
from tests.providers.setups import provider_setup

KEYS = {"OPENAI_API_KEY": KEY}
ASK = LlmRequest(
    (Message("system", "You are Pommai."), Message("user", "tell me a story")), max_tokens=50
)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def url(server: Server) -> AsyncIterator[str]:
    listening = TestServer(server.application())
    await listening.start_server()
    yield str(listening.make_url("/v1"))
    await listening.close()


def provider(
    url: str, *, key: str = KEY, model: str = GOOD_MODEL, clock: Clock | None = None
) -> OpenAiLlm:
    keys = {"OPENAI_API_KEY": key}
    return OpenAiLlm(provider_setup("llm.openai", keys, clock=clock, base_url=url, model=model))


async def answer(llm: OpenAiLlm, request: LlmRequest = ASK) -> str:
    try:
        return "".join([delta.text async for delta in llm.reply(request)])
    finally:
        await llm.aclose()


async def test_streams_the_answer_and_counts_its_tokens(url: str, server: Server) -> None:
    llm = provider(url)
    deltas = [delta async for delta in llm.reply(ASK)]
    await llm.aclose()
    assert [delta.text for delta in deltas if delta.text] == ["Once", " upon", " a", " time."]
    assert (deltas[-1].tokens_in, deltas[-1].tokens_out) == (11, 5)
    assert server.requests[0]["messages"][0] == {"role": "system", "content": "You are Pommai."}
    assert server.requests[0]["max_tokens"] == 50


@pytest.mark.parametrize("tokens", ["1" + 23 * "0", "-5", "2.5e300", '"many"', "null"])
async def test_a_count_of_tokens_that_cannot_be_counts_as_none(
    url: str, server: Server, tokens: str
) -> None:
    server.script = far_side.counting(tokens)
    llm = provider(url)
    deltas = [delta async for delta in llm.reply(ASK)]
    await llm.aclose()
    assert "".join(delta.text for delta in deltas) == "Once"
    assert sum(delta.tokens_in for delta in deltas) == 0
    assert sum(delta.tokens_out for delta in deltas) == 7


async def test_a_count_that_comes_with_each_piece_is_not_added_up(url: str, server: Server) -> None:
    server.script = far_side.counting("3", times=20)
    llm = provider(url)
    deltas = [delta async for delta in llm.reply(ASK)]
    await llm.aclose()
    assert (deltas[-1].tokens_in, sum(delta.tokens_out for delta in deltas)) == (3, 7)


async def test_openrouter_alone_is_told_who_asks(
    url: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await answer(provider(url))
    monkeypatch.setattr("hub.providers.network.openai.OPENROUTER_HOST", "127.0.0.1")
    await answer(provider(url))
    titles = [headers.get("X-Title") for headers in server.headers]
    referers = [headers.get("HTTP-Referer") for headers in server.headers]
    assert titles == [None, "Pommai"]
    assert referers[0] is None
    assert str(referers[1]).startswith("https://")


async def test_a_toys_own_model_goes_before_the_households(url: str, server: Server) -> None:
    request = LlmRequest(ASK.messages, model=GOOD_MODEL)
    assert await answer(provider(url, model="another"), request) == "Once upon a time."


async def test_a_wrong_key_names_the_variable_and_not_the_key(url: str) -> None:
    with pytest.raises(ProviderAuthError) as caught:
        await answer(provider(url, key="sk-wrong-secret"))
    assert "OPENAI_API_KEY" in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_a_missing_key_is_told_before_anything_is_asked() -> None:
    llm = OpenAiLlm(provider_setup("llm.openai", KEYS, preset="openrouter"))
    with pytest.raises(ProviderUnavailableError, match="set OPENROUTER_API_KEY"):
        await llm.warm_up()


async def test_an_unset_server_says_what_to_set() -> None:
    with pytest.raises(ProviderUnavailableError, match=r"set \[llm.openai\] preset .*openrouter"):
        await OpenAiLlm(provider_setup("llm.openai", KEYS)).warm_up()


async def test_an_unknown_model_says_what_to_do(url: str) -> None:
    with pytest.raises(ProviderUnavailableError, match=r"no model 'huge', .*; set another"):
        await answer(provider(url, model="huge"))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (429, "takes no more requests now"),
        (500, r"has trouble \(HTTP 500\)"),
        (503, r"has trouble \(HTTP 503\)"),
        (400, r"does not take our request \(HTTP 400\)"),
        (403, "refused the key in OPENAI_API_KEY"),
    ],
)
async def test_an_error_status_is_one_clear_line(
    url: str, server: Server, status: int, words: str
) -> None:
    server.status = status
    with pytest.raises(ProviderError, match=words) as caught:
        await answer(provider(url))
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(server.requests) == 1


async def test_a_server_that_is_away_is_told_as_such() -> None:
    with pytest.raises(ProviderUnavailableError, match=r"can't reach 127\.0\.0\.1"):
        await answer(provider("http://127.0.0.1:9/v1"))


@pytest.mark.parametrize("script", [far_side.hang, far_side.hang_in_the_middle])
async def test_a_model_that_hangs_is_given_up_on_time(
    url: str, server: Server, script: far_side.Script
) -> None:
    server.script = script
    clock = FakeClock()
    asking = asyncio.create_task(answer(provider(url, clock=clock)))
    while not server.open_answers:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    await clock.advance(19.9)
    assert not asking.done()
    await clock.advance(20)
    with pytest.raises(ProviderTimeoutError, match="did not go on in time"):
        await asking


async def test_a_slow_drip_ends_with_the_time_for_a_whole_answer(url: str, server: Server) -> None:
    clock = FakeClock()
    began = clock.monotonic()
    pieces: asyncio.Queue[bytes] = asyncio.Queue()
    heard = asyncio.Event()

    async def drip(send: far_side.Send) -> None:
        while True:
            await send(await pieces.get())

    async def listen(llm: OpenAiLlm) -> None:
        pieces.put_nowait(far_side.piece({"content": "a"}))
        async for _ in llm.reply(ASK):
            heard.set()

    server.script = drip
    llm = provider(url, clock=clock)
    listening = asyncio.create_task(listen(llm))
    while True:
        await heard.wait()
        heard.clear()
        await asyncio.sleep(0.02)
        await clock.advance(15)
        if listening.done():
            break
        pieces.put_nowait(far_side.piece({"content": "a"}))
    with pytest.raises(ProviderTimeoutError):
        await listening
    assert clock.monotonic() - began == openai_llm.MAX_ANSWER_S
    await llm.aclose()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (far_side.cut_in_the_middle, "broke off in the middle"),
        (far_side.end_without_a_finish, "broke off in the middle"),
        (far_side.broken_json, "answered what no language model should"),
        (far_side.a_list, "answered what no language model should"),
        (far_side.wrong_types, "answered what no language model should"),
        (far_side.choices_is_text, "answered what no language model should"),
        (far_side.not_utf8, "answered what no language model should"),
        (far_side.deep_json, "answered what no language model should"),
        (far_side.an_error_inside, "reported an error"),
        (far_side.a_page, "broke off"),
        (far_side.only_thoughts, "with no words"),
        (far_side.a_line_without_end, "far more than an answer"),
    ],
)
async def test_a_broken_answer_is_one_clear_line(
    url: str,
    server: Server,
    script: far_side.Script,
    words: str,
) -> None:
    server.script = script
    with pytest.raises(ProviderError, match=words) as caught:
        await answer(provider(url))
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert server.sent_bytes < 16 << 20


async def test_a_model_that_never_stops_is_stopped(url: str, server: Server) -> None:
    server.script = far_side.words_without_end
    text = await answer(provider(url))
    assert text.startswith("and then and then")
    assert len(text) == openai_llm.CHARACTERS_A_TOKEN * ASK.max_tokens


async def test_thoughts_are_never_spoken(url: str, server: Server) -> None:
    server.script = far_side.thoughts_between
    assert await answer(provider(url)) == "Once 1 < 2."


async def test_closing_an_answer_early_hangs_up(url: str, server: Server) -> None:
    server.script = far_side.hang_in_the_middle
    llm = provider(url)
    stream = llm.reply(ASK)
    assert (await anext(stream)).text == "Once"
    await stream.aclose()
    while server.open_answers:
        await asyncio.sleep(0.01)
    await llm.aclose()


async def test_a_redirect_out_of_the_house_is_not_followed(url: str, server: Server) -> None:
    elsewhere = Server()
    other = TestServer(elsewhere.application())
    await other.start_server()
    server.location = str(other.make_url("/v1/chat/completions"))
    with pytest.raises(ProviderError):
        await answer(provider(url))
    assert elsewhere.requests == []
    await other.close()


async def test_an_answer_that_is_packed_is_refused_before_it_swells(
    url: str, server: Server
) -> None:
    server.content_encoding = "gzip"
    server.script = far_side.a_packed_flood
    with pytest.raises(ProviderError, match="far more than an answer"):
        await answer(provider(url))


async def test_takes_an_installed_model_where_none_is_named(url: str, server: Server) -> None:
    server.models = ["nomic-embed-text:latest", "gpt-oss:120b-cloud", GOOD_MODEL]
    assert await answer(provider(url, model="")) == "Once upon a time."


async def test_a_server_without_a_model_is_told(url: str, server: Server) -> None:
    server.models = ["gpt-oss:120b-cloud"]
    llm = provider(url, model="")
    with pytest.raises(ProviderUnavailableError, match="no model that can talk"):
        await llm.warm_up()
    server.models = [GOOD_MODEL]
    assert await answer(llm) == "Once upon a time."


async def test_a_local_provider_refuses_a_model_that_runs_elsewhere(
    url: str, server: Server
) -> None:
    with pytest.raises(ProviderUnavailableError, match="runs in Ollama's cloud"):
        await answer(provider(url), LlmRequest(ASK.messages, model="gpt-oss:120b-cloud"))
    assert server.requests == []


async def test_whether_its_server_is_there_can_be_asked(url: str, server: Server) -> None:
    there = provider(url)
    assert await there.absent() == ""
    await there.aclose()
    server.models = ["another:1b"]
    assert f"has no model {GOOD_MODEL}" in await there.absent()
    await there.aclose()
    gone = provider("http://127.0.0.1:9/v1")
    assert "127.0.0.1" in await gone.absent()
    await gone.aclose()
    elsewhere = provider("https://api.openai.com/v1")
    assert await elsewhere.absent() == "", "no cloud is asked just so"
