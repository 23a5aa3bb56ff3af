"""The emergency stop: whoever is in a turn is out of it at once, and nobody gets into one."""

import asyncio
from pathlib import Path

import pytest

from hub.domain.talks.talk import TurnState
from hub.errors import StoppedError
from hub.pipeline.context import Ask
from hub.pipeline.events import Said
from tests.pipeline.scripted import House, ScriptedLlm, house


async def read_until_said(home: House, said: asyncio.Event) -> None:
    async with home.pipeline.turn(Ask(home.toy, "say", text="tell me a story")) as turn:
        async for event in turn:
            if isinstance(event, Said):
                said.set()


async def test_a_turn_is_ended_wherever_it_is_and_kept_as_cut(tmp_path: Path) -> None:
    more = asyncio.Event()
    llm = ScriptedLlm("Once there was a cow. ", more, "It went home. ")
    async with house(tmp_path, llms=[llm]) as home:
        said = asyncio.Event()
        reading = asyncio.create_task(read_until_said(home, said))
        await said.wait()
        home.pipeline.emergency_stop.call()
        with pytest.raises(StoppedError, match="stopped in the middle of the turn"):
            await reading

        (turn,) = await home.store.turns.recent(5)
        assert turn.state is TurnState.CUT
        assert turn.error == "the toys were stopped"
        assert turn.said == ["Once there was a cow."]
        assert llm.closed


async def test_a_reader_that_waits_for_something_else_is_interrupted_too(tmp_path: Path) -> None:
    """As a session does while the speaker is ahead."""
    async with house(tmp_path, llms=[ScriptedLlm("Hello there. ")]) as home:
        said = asyncio.Event()

        async def play_slowly() -> None:
            async with home.pipeline.turn(Ask(home.toy, "say", text="hello")) as turn:
                async for _ in turn:
                    said.set()
                    await asyncio.Event().wait()

        playing = asyncio.create_task(play_slowly())
        await said.wait()
        home.pipeline.emergency_stop.call()
        home.pipeline.emergency_stop.call()
        with pytest.raises(StoppedError):
            await playing
        assert playing.cancelling() == 0


async def test_while_stopped_no_turn_begins_and_nothing_is_stored(tmp_path: Path) -> None:
    llm = ScriptedLlm("Hello. ")
    async with house(tmp_path, llms=[llm]) as home:
        made_before = home.pipeline.turn(Ask(home.toy, "say", text="hello"))
        home.pipeline.emergency_stop.call()

        with pytest.raises(StoppedError, match="lift it with `pommai-hub resume`"):
            await home.say("hello")
        with pytest.raises(StoppedError):
            async with made_before:
                pytest.fail("it began")
        assert home.pipeline.emergency_stop.on
        assert (await home.store.turns.recent(5), llm.requests) == ([], [])

        home.pipeline.emergency_stop.lift()
        await home.say("hello")
        assert [turn.state for turn in await home.store.turns.recent(5)] == [TurnState.DONE]


async def test_a_stop_at_the_very_end_of_a_turn_is_still_a_stop(tmp_path: Path) -> None:
    async with house(tmp_path, llms=[ScriptedLlm("Hello. ")]) as home:

        async def stop_and_leave() -> None:
            async with home.pipeline.turn(Ask(home.toy, "say", text="hello")):
                home.pipeline.emergency_stop.call()

        leaving = asyncio.create_task(stop_and_leave())
        with pytest.raises(StoppedError):
            await leaving
        assert leaving.cancelling() == 0


async def test_a_task_that_others_cancel_too_ends_as_cancelled(tmp_path: Path) -> None:
    async with house(tmp_path, llms=[ScriptedLlm("Hello. ", asyncio.Event())]) as home:
        said = asyncio.Event()
        reading = asyncio.create_task(read_until_said(home, said))
        await said.wait()
        home.pipeline.emergency_stop.call()
        reading.cancel()
        await asyncio.wait([reading])

        assert reading.cancelled()


async def test_a_turn_that_is_over_is_not_stopped(tmp_path: Path) -> None:
    async with house(tmp_path, llms=[ScriptedLlm("Hello. ")]) as home:
        await home.say("hello")
        home.pipeline.emergency_stop.call()
        await asyncio.sleep(0)

        (turn,) = await home.store.turns.recent(5)
        assert turn.state is TurnState.DONE
