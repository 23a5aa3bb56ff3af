"""What newer versions of Home Assistant send a satellite beside turns, made with the wyoming package's own classes."""

import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event, Eventable
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.timer import TimerCancelled, TimerFinished, TimerStarted, TimerUpdated
from wyoming.tts import Synthesize, SynthesizeVoice
from wyoming.wake import Detect, Detection

from satellite.board.panel import State
from satellite.session import IDENTIFYING_S, RINGS
from tests.clock import FakeClock
from tests.devices.scripted import until
from tests.satellite.toy import HeldSpeaker, Toy, running_toy

TIMER = "01jd0000000000000000000000"
RUNS_OUT = TimerFinished(TIMER).event()


def rung(toy: Toy) -> int:
    return toy.panel.seen.count(State.IDENTIFYING)


async def test_a_timer_that_runs_out_is_rung_some_times_and_then_it_is_quiet() -> None:
    clock, speaker = FakeClock(), HeldSpeaker()
    async with running_toy(clock=clock, speaker=speaker) as toy:
        hub = await toy.hub()
        await hub.say(RUNS_OUT)
        await toy.panel.until(State.IDENTIFYING)
        await until(lambda: speaker.played)
        await clock.advance(RINGS * IDENTIFYING_S + 0.1)
        await toy.panel.until(State.IDLE)
        assert rung(toy) == RINGS
        await clock.advance(2 * IDENTIFYING_S)
        assert rung(toy) == RINGS


async def test_a_press_ends_the_ringing() -> None:
    clock = FakeClock()
    async with running_toy(clock=clock) as toy:
        hub = await toy.hub()
        await hub.say(RUNS_OUT)
        await toy.panel.until(State.IDENTIFYING)
        toy.satellite.press()
        await hub.until("run-pipeline")
        assert rung(toy) == 1
        await hub.say(Event("transcript", {"text": ""}), Event("ping"))
        await hub.until("pong")
        assert toy.panel.shown() is State.IDLE


async def test_a_timer_that_runs_out_in_the_middle_of_a_turn_is_rung_after_it() -> None:
    async with running_toy() as toy:
        hub = await toy.hub()
        toy.satellite.trigger()
        await hub.until("audio-chunk")
        await hub.say(RUNS_OUT, Event("transcript", {"text": "how long is it?"}))
        await hub.reply()
        await hub.until("played")
        await toy.panel.until(State.IDENTIFYING)
        assert toy.panel.seen[-3:] == [State.SPEAKING, State.IDLE, State.IDENTIFYING]


@pytest.mark.parametrize(
    "event",
    [
        Detect(),
        Detection("okay_nabu", 120),
        Transcribe(language="en"),
        RunPipeline(PipelineStage.ASR, PipelineStage.TTS),
        Synthesize("Hello.", SynthesizeVoice(name="Bear", language="en")),
        TimerStarted(TIMER, 300, "pizza", 0, 5, 0),
        TimerUpdated(TIMER, is_active=False, total_seconds=240),
        TimerCancelled(TIMER),
        Event("what-comes-in-2030", {"text": "hello"}, b"\1\2"),
    ],
    ids=lambda event: event.type if isinstance(event, Event) else type(event).__name__,
)
async def test_what_a_toy_needs_not_know_disturbs_no_turn(event: Event | Eventable) -> None:
    async with running_toy() as toy:
        hub = await toy.hub()
        toy.satellite.trigger()
        await hub.until("audio-chunk")
        await hub.say(event if isinstance(event, Event) else event.event())
        await hub.say(Event("transcript", {"text": "hello"}))
        await hub.reply()
        await hub.until("played")
        await toy.panel.until(State.IDLE)


async def test_an_answer_that_is_begun_anew_in_its_middle_is_told_as_played_each_time() -> None:
    speaker = HeldSpeaker()
    async with running_toy(speaker=speaker) as toy:
        hub = await toy.hub()
        start, stop = AudioStart(22_050, 2, 1, timestamp=0), AudioStop(timestamp=20)
        sound = AudioChunk(22_050, 2, 1, b"\3\3" * 441, timestamp=0)
        await hub.say(*(it.event() for it in (start, sound, stop, start, sound, stop)))
        for _ in range(2):
            await hub.until("played")
        await toy.panel.until(State.IDLE)
        assert speaker.played == 2 * sound.audio
