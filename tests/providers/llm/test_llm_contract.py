"""What every language model provider owes its callers, whichever it is."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer

from hub.domain.talks.talk import Message
from hub.providers.base import Llm, LlmRequest
from hub.providers.llm.openai import OpenAiLlm
from hub.providers.llm.storyteller import Storyteller
from tests.providers.openai_server import GOOD_MODEL, KEY, Server
from tests.providers.setups import BARE, provider_setup

ASK = LlmRequest(
    (Message("system", "You are Pommai."), Message("user", "tell me a story")),
    toy_name="Pommai",
    child_name="Lucy",
)


@pytest.fixture(params=["storyteller", "openai"])
async def llm(request: pytest.FixtureRequest) -> AsyncIterator[Llm]:
    if request.param == "storyteller":
        yield Storyteller(BARE)
        return
    server = TestServer(Server().application())
    await server.start_server()
    keys = {"OPENAI_API_KEY": KEY}
    url = str(server.make_url("/v1"))
    yield OpenAiLlm(provider_setup("llm.openai", keys, base_url=url, model=GOOD_MODEL))
    await server.close()


async def test_streams_words_then_counts_them(llm: Llm) -> None:
    await llm.warm_up()
    deltas = [delta async for delta in llm.reply(ASK)]
    await llm.aclose()
    words = [delta.text for delta in deltas if delta.text]
    assert len(words) > 2
    assert "".join(words).strip().endswith((".", "!", "?"))
    assert sum(delta.tokens_in for delta in deltas) > 0
    assert sum(delta.tokens_out for delta in deltas) > 0


async def test_answers_again_and_side_by_side(llm: Llm) -> None:
    await llm.warm_up()
    first, second = llm.reply(ASK), llm.reply(ASK)
    begun = [(await anext(first)).text, (await anext(second)).text]
    rest = ["".join([delta.text async for delta in stream]) for stream in (first, second)]
    await llm.aclose()
    assert begun[0] == begun[1]
    assert rest[0] == rest[1] != ""


async def test_may_be_left_in_the_middle(llm: Llm) -> None:
    await llm.warm_up()
    stream = llm.reply(ASK)
    await anext(stream)
    await stream.aclose()
    assert "".join([delta.text async for delta in llm.reply(ASK)])
    await llm.aclose()


async def test_may_be_warmed_and_closed_twice(llm: Llm) -> None:
    await llm.warm_up()
    await llm.warm_up()
    await llm.aclose()
    await llm.aclose()


async def test_has_its_name_and_says_where_words_go(llm: Llm) -> None:
    assert llm.name in {"storyteller", "openai"}
    assert llm.local is True
