"""Home Assistant's voice assistant with the hub as its ears and its voice."""

import io
import json
import math
import wave
from collections.abc import AsyncIterator

import av
import pytest
import pytest_asyncio
from wyoming.audio import AudioChunk
from wyoming.tts import Synthesize

from tests.homeassistant.client import Run
from tests.homeassistant.house import House, at_home
from tests.homeassistant.running import QUESTIONS
from tests.integrations.serving import ask
from tests.recordings import ours

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with at_home(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def assistant(house: House) -> str:
    return await house.make_assistant()


async def say(house: House, recording: str, pipeline: str) -> Run:
    with wave.open(str(ours(recording))) as file:
        pcm = file.readframes(file.getnframes())
    return await house.owner.talk(pcm, pipeline)


def seconds(sound: bytes) -> float:
    with av.open(io.BytesIO(sound), "r") as file:
        lengths = [
            frame.samples / frame.sample_rate for frame in file.decode(file.streams.audio[0])
        ]
    return math.fsum(lengths)


async def spoken_s(house: House, text: str) -> float:
    """How long the hub speaks at a text."""
    answers = await ask(house.services_port, Synthesize(text), until="audio-stop")
    chunks = [AudioChunk.from_event(event) for event in answers if AudioChunk.is_type(event.type)]
    return sum(len(chunk.audio) / chunk.width / chunk.rate for chunk in chunks)


async def test_added_by_host_and_port_it_is_an_ear_and_a_voice_to_choose(
    house: House, assistant: str
) -> None:
    states = await house.owner.states()
    assert {"stt.pommai", "tts.pommai"} <= set(states)
    found = await house.owner.call("tts/engine/voices", engine_id="tts.pommai", language="en")
    assert found["voices"]


async def test_a_question_is_heard_and_its_answer_spoken(house: House, assistant: str) -> None:
    run = await say(house, "spoken_cow.wav", assistant)
    assert run.heard == "what sound does a cow make"
    assert run.answer == QUESTIONS[run.heard]
    sound = await house.owner.read(run.sound_path)
    assert seconds(sound) == pytest.approx(await spoken_s(house, run.answer), rel=0.15)
    assert house.kept() == []


async def test_an_answer_that_no_toy_may_give_is_spoken_as_a_kind_redirect(
    house: House, assistant: str
) -> None:
    run = await say(house, "spoken_kill.wav", assistant)
    assert run.answer == QUESTIONS["i want to kill my brother"]
    sound = await house.owner.read(run.sound_path)
    heard, spoken = house.kept()
    assert (heard["heard"], json.loads(heard["verdicts"])[0]["alert"]) == (run.heard, "warning")
    assert json.loads(spoken["refused"]) == [run.answer]
    [redirect] = json.loads(spoken["said"])
    assert seconds(sound) == pytest.approx(await spoken_s(house, redirect), rel=0.15)
