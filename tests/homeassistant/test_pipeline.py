"""Home Assistant's voice assistant with the hub as its ears and its voice."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.homeassistant.house import House, at_home
from tests.homeassistant.running import QUESTIONS

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with at_home(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def assistant(house: House) -> str:
    return await house.make_assistant()


async def test_added_by_host_and_port_it_is_an_ear_and_a_voice_to_choose(
    house: House, assistant: str
) -> None:
    states = await house.owner.states()
    assert {"stt.pommai", "tts.pommai"} <= set(states)
    found = await house.owner.call("tts/engine/voices", engine_id="tts.pommai", language="en")
    assert found["voices"]


async def test_a_question_is_heard_and_its_answer_spoken(house: House, assistant: str) -> None:
    run = await house.talk("spoken_cow.wav", assistant)
    assert run.heard == "what sound does a cow make"
    assert run.answer == QUESTIONS[run.heard]
    assert await house.sounds_like(run, run.answer)
    assert house.kept() == []


async def test_an_answer_that_no_toy_may_give_is_spoken_as_a_kind_redirect(
    house: House, assistant: str
) -> None:
    run = await house.talk("spoken_kill.wav", assistant)
    assert run.answer == QUESTIONS["i want to kill my brother"]
    await house.owner.read(run.sound_path)  # which is made now, as nobody asked for it before
    heard, spoken = house.kept()
    assert (heard["heard"], json.loads(heard["verdicts"])[0]["alert"]) == (run.heard, "warning")
    assert json.loads(spoken["refused"]) == [run.answer]
    [redirect] = json.loads(spoken["said"])
    assert await house.sounds_like(run, redirect)
