"""Answers that are cut: by the toy, by a child who speaks, by a parent."""

from collections.abc import AsyncGenerator

import pytest
from wyoming.event import Event

from hub.domain.audio import silence
from hub.domain.toys import SatelliteState
from hub.errors import LinkError
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, Finished, TurnEvent
from tests.clock import FakeClock, settle
from tests.devices.satellite_end import satellite_end
from tests.devices.scripted import (
    ScriptedTurns,
    answers,
    mic,
    run_pipeline,
)


async def test_a_turn_that_the_toy_interrupts_is_cut_where_it_says() -> None:
    clock, turns = FakeClock(), ScriptedTurns(answers(after_ms=100, audio_ms=3000))
    async with satellite_end(turns, clock) as it:
        await it.receive(run_pipeline(), mic())
        await clock.advance(1)
        played_ms = turns.asks[0].played_ms
        assert played_ms is not None
        assert played_ms() == pytest.approx(1000), "by the pace, as long as nobody says"
        await it.receive(Event("pommai-interrupt", {"played_samples": 12_800, "by": "tap"}))
        assert turns.ended == ["cut"]
        assert played_ms() == 800
        assert it.types[-1] == "audio-stop"
        await it.receive(run_pipeline(), mic())
        assert len(turns.asks) == 2


@pytest.mark.parametrize("by", ["tap", "command", "an order from home"])
async def test_a_toy_that_was_made_quiet_is_not_shown_as_speaking_any_more(by: str) -> None:
    async with satellite_end(ScriptedTurns(answers(audio_ms=5000)), FakeClock()) as it:
        await it.receive(run_pipeline(), mic(200))
        assert it.shows(SatelliteState.SPEAKING)
        if by == "an order from home":
            it.session.be_quiet()
        else:
            await it.receive(Event("pommai-interrupt", {"played_samples": 12_800, "by": by}))
        await settle()
        assert it.shows(SatelliteState.ONLINE)
        assert it.session.is_quiet


async def test_what_sounds_while_the_button_is_held_comes_after_the_end_of_hearing() -> None:
    async def apologises(ask: Ask) -> AsyncGenerator[TurnEvent]:
        yield Audio(silence(100))
        yield Finished(None)

    async with satellite_end(ScriptedTurns(apologises), FakeClock()) as it:
        held = run_pipeline()
        held.data["held"] = True
        await it.receive(held, mic())
        assert it.types == ["transcript", "audio-start", "audio-chunk", "audio-stop"]
        assert it.sent[0].data["text"] == ""


async def test_a_child_who_speaks_over_the_answer_is_shown_as_heard_at_once() -> None:
    async with satellite_end(ScriptedTurns(answers(audio_ms=5000)), FakeClock()) as it:
        await it.receive(run_pipeline(), mic(200))
        shown = len(it.states)
        await it.receive(run_pipeline())
        assert it.states[shown] is SatelliteState.LISTENING


async def test_an_interruption_after_the_answer_or_in_the_next_question_is_too_late() -> None:
    clock, turns = FakeClock(), ScriptedTurns(answers(after_ms=300, audio_ms=100))
    late = Event("pommai-interrupt", {"played_samples": 5, "by": "tap"})
    async with satellite_end(turns, clock) as it:
        await it.receive(late, run_pipeline(), mic(), late, mic(), mic())
        await it.receive(Event("played"), late)
        assert turns.ended == ["whole"]


@pytest.mark.parametrize("samples", [None, -1, "5", True, 1.5, 10**400])
async def test_an_interruption_that_makes_no_sense_ends_the_link(samples: object) -> None:
    async with satellite_end(ScriptedTurns(answers()), FakeClock()) as it:
        with pytest.raises(LinkError, match="played_samples"):
            await it.receive(Event("pommai-interrupt", {"played_samples": samples}))
