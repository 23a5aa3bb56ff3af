"""A session: turns asked for by a satellite's events, answered in its own language."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from structlog.testing import capture_logs
from wyoming.event import Event

from hub.domain.audio import silence
from hub.domain.toys import SatelliteState
from hub.errors import DataError
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, Finished, SpeechEnded, SpeechStarted, TurnEvent
from hub.pipeline.streams import AHEAD_S, MAX_HELD_MS, MAX_PLAYED_WAIT_S, MicrophoneStream
from tests.clock import FakeClock
from tests.devices.satellite_end import SatelliteEnd, satellite_end
from tests.devices.scripted import (
    ScriptedTurns,
    answers,
    heard,
    hears_nothing,
    mic,
    never_ends,
    run_pipeline,
)


async def test_a_turn_is_told_in_the_satellites_language() -> None:
    clock, turns = FakeClock(), ScriptedTurns(answers("a cow", after_ms=200, audio_ms=200))
    async with satellite_end(turns, clock) as it:
        await it.receive(run_pipeline(), mic(), mic())
        assert it.types == [
            "voice-started",
            "voice-stopped",
            "transcript",
            "audio-start",
            "audio-chunk",
            "audio-stop",
        ]
        assert it.sent[2].data["text"] == "a cow"
        assert it.sent[3].data["rate"] == 16_000
        assert it.states == [
            SatelliteState.LISTENING,
            SatelliteState.THINKING,
            *[SatelliteState.SPEAKING] * 2,
        ]
        await it.receive(Event("played"))
        assert it.states[-1] is SatelliteState.ONLINE
    assert (turns.asks[0].source, turns.asks[0].satellite_key) == ("satellite", "id:1")


async def test_a_session_that_ended_amid_a_talk_is_quiet() -> None:
    for begun in ([run_pipeline()], [run_pipeline(), mic(), Event("audio-stop")]):
        async with satellite_end(ScriptedTurns(never_ends), FakeClock()) as it:
            await it.receive(*begun)
            assert not it.session.is_quiet
        assert it.session.is_quiet


async def test_sound_is_sent_little_ahead_of_its_playing() -> None:
    clock = FakeClock()
    async with satellite_end(ScriptedTurns(answers(audio_ms=5000)), clock) as it:
        await it.receive(run_pipeline(), mic(200))
        for played_s in (0.0, 0.1, 1.0, 3.0):
            await clock.advance(played_s)
            now = clock.monotonic() - 1000
            assert now * 1000 <= it.sound_ms <= (now + AHEAD_S) * 1000
        await clock.advance(5)
        assert it.sound_ms == 5000


async def test_the_next_turn_comes_after_played_or_a_deadline() -> None:
    clock, turns = FakeClock(), ScriptedTurns(answers(audio_ms=200))
    async with satellite_end(turns, clock) as it:
        await it.receive(run_pipeline("wake"), mic(200))
        assert it.sent[-1].type == "audio-stop"
        await it.receive(mic(200))
        await clock.advance(0.2 + MAX_PLAYED_WAIT_S - 0.01)
        assert it.state is SatelliteState.SPEAKING
        await clock.advance(0.02)
        assert it.states[-1] is SatelliteState.ONLINE


async def test_a_late_played_does_not_shorten_the_next_turn() -> None:
    clock = FakeClock()
    async with satellite_end(ScriptedTurns(answers(audio_ms=1000)), clock) as it:
        await it.receive(run_pipeline(), mic(200))
        await it.receive(Event("played"))
        await clock.advance(1.0)
        assert it.sent[-1].type == "audio-stop"
        assert it.state is SatelliteState.SPEAKING


async def test_a_turn_without_words_still_stops_the_streaming() -> None:
    async with satellite_end(ScriptedTurns(hears_nothing), FakeClock()) as it:
        await it.receive(run_pipeline())
        assert [(e.type, e.data.get("text")) for e in it.sent] == [("transcript", "")]
        assert it.state is SatelliteState.ONLINE


async def test_a_toy_that_only_apologised_still_stops_streaming() -> None:
    async def apologises(ask: Ask) -> AsyncGenerator[TurnEvent]:
        yield SpeechStarted()
        yield SpeechEnded()
        yield Audio(silence(100))
        yield Finished(None)

    async with satellite_end(ScriptedTurns(apologises), FakeClock()) as it:
        await it.receive(run_pipeline(), Event("played"))
        assert [e.data.get("text") for e in it.sent if e.type == "transcript"] == [""]


async def test_sound_that_comes_while_the_toy_speaks_is_dropped() -> None:
    clock, turns = FakeClock(), ScriptedTurns(answers(audio_ms=2000), never_ends)
    async with satellite_end(turns, clock) as it:
        await it.receive(run_pipeline("wake"), mic(200), *[mic()] * 5)
        await clock.advance(4)
        assert len(turns.asks) == 1
        await it.receive(mic())
        assert len(turns.asks) == 2
        stream = turns.asks[1].audio
        assert isinstance(stream, MicrophoneStream)
        assert [stream.held_ms] == [100]


async def test_a_satellite_that_streams_for_ever_gets_turn_after_turn() -> None:
    clock, turns = FakeClock(), ScriptedTurns(hears_nothing, answers(audio_ms=100))
    async with satellite_end(turns, clock) as it:
        await it.receive(run_pipeline("wake"))
        assert it.types == []  # an empty transcript would sound its "done" chime again and again
        for _ in range(3):
            await it.receive(mic(200))
            await it.receive(Event("played"))
        assert turns.ended == ["whole"] * 4
        assert it.types[-1] == "audio-stop"


async def test_sound_that_nobody_asked_for_begins_no_turn() -> None:
    turns = ScriptedTurns(never_ends)
    async with satellite_end(turns, FakeClock()) as it:
        await it.receive(mic(), Event("audio-stop"), Event("played"), Event("what-is-this"))
        assert not turns.asks


async def test_speaking_over_the_answer_cuts_it_and_begins_anew() -> None:
    clock, turns = FakeClock(), ScriptedTurns(answers(audio_ms=5000), answers("second"))
    async with satellite_end(turns, clock) as it:
        await it.receive(run_pipeline(), mic(200))
        await clock.advance(1)
        before = it.sound_ms
        await it.receive(run_pipeline())
        assert turns.ended == ["cut"]
        assert it.sent[-1].type == "audio-stop"
        assert "" not in [e.data.get("text") for e in it.sent if e.type == "transcript"]
        await clock.advance(3)
        assert it.sound_ms == before
        await it.receive(mic(200))
        assert [e.data["text"] for e in it.sent if e.type == "transcript"] == ["hello", "second"]


async def test_the_end_of_the_sound_ends_the_utterance() -> None:
    turns = ScriptedTurns(answers("short", after_ms=10_000))
    async with satellite_end(turns, FakeClock()) as it:
        await it.receive(run_pipeline(), mic(), Event("audio-stop"))
        assert "transcript" in it.types


async def test_while_a_button_is_held_no_silence_ends_the_utterance() -> None:
    turns = ScriptedTurns(answers())
    async with satellite_end(turns, FakeClock()) as it:
        for held in (True, False, "yes"):
            await it.receive(Event("run-pipeline", {"start_stage": "asr", "held": held}))
    assert [ask.held for ask in turns.asks] == [True, False, False]


async def test_a_toy_that_cannot_hear_is_shown_until_it_hears_again() -> None:
    clock = FakeClock()
    async with satellite_end(ScriptedTurns(answers("hello")), clock) as it:
        await it.receive(run_pipeline(), mic(200))
        lost = {"code": "microphone", "text": "no USB\nmicrophone" + "!" * 900}
        await it.receive(Event("error", lost))
        await clock.advance(5)
        assert it.shows(SatelliteState.ERROR)
        assert it.detail.startswith("it can't hear: no USB?microphone")
        assert len(it.detail) < 200
        await it.receive(run_pipeline(), mic(200))
        await clock.advance(5)
        assert it.shows(SatelliteState.ONLINE)
        await it.receive(Event("error", {"code": "microphone", "text": 3}))
        assert it.detail == "it can't hear: its microphone does not work"
        await it.receive(Event("error", {"code": "busy", "text": "other"}))
        assert it.detail == "it can't hear: its microphone does not work"
        await it.receive(Event("pommai-event", {"kind": "mic-back"}))
        assert it.shows(SatelliteState.ONLINE)
        assert it.detail == ""


async def test_a_toy_that_cannot_be_heard_is_shown_until_it_has_played() -> None:
    clock = FakeClock()
    broken = Event("error", {"code": "speaker", "text": "there is no speaker x"})
    with capture_logs() as logs:
        async with satellite_end(ScriptedTurns(answers("hello")), clock) as it:
            await it.receive(broken, broken, broken)
            assert it.detail == "it can't be heard: there is no speaker x"
            await it.receive(Event("pommai-event", {"kind": "mic-back"}), Event("pommai-event"))
            assert it.shows(SatelliteState.ERROR)
            await it.receive(run_pipeline(), mic(200))
            await clock.advance(5)
            assert it.shows(SatelliteState.ERROR)
            await it.receive(Event("played"))
            assert it.shows(SatelliteState.ONLINE)
    assert len(logs) == 1


@pytest.mark.parametrize(
    "chunk",
    [
        mic(rate=44_100),
        Event("audio-chunk", {"rate": 16_000, "width": 4, "channels": 1}, b"1234"),
        Event("audio-chunk", {"rate": 16_000, "width": 2, "channels": 2}, b"1234"),
        Event("audio-chunk", {"rate": 16_000, "width": 2, "channels": 1}, b"odd"),
        Event("audio-chunk", {"rate": [16_000], "width": {}, "channels": None}, b"12"),
        Event("audio-chunk", {}, b"12"),
        Event("audio-chunk", {"rate": 10**4000, "width": "x" * 60_000, "channels": 1}, b"12"),
    ],
)
async def test_sound_of_another_format_is_refused_once(chunk: Event) -> None:
    clock, turns = FakeClock(), ScriptedTurns(answers())
    with capture_logs() as logs:
        async with satellite_end(turns, clock) as it:
            await it.receive(run_pipeline(), chunk, chunk, chunk)
            assert [e.type for e in it.sent].count("error") == 1
            assert "transcript" in it.types  # or a stock satellite streams for ever
            await clock.advance(5)
            assert it.state is SatelliteState.ERROR
            assert "(16000, 2, 1)" in it.detail
            assert len(it.detail) < 200
    assert len(logs) == 1


async def test_asking_ending_and_asking_again_at_once_is_one_turn() -> None:
    turns = ScriptedTurns(answers())
    async with satellite_end(turns, FakeClock()) as it:
        await it.receive(run_pipeline("wake"), Event("audio-stop"), mic(), run_pipeline(), mic(200))
        assert len(turns.asks) == 1
        assert "transcript" in it.types


async def test_no_satellite_may_have_words_spoken() -> None:
    turns = ScriptedTurns(never_ends)
    async with satellite_end(turns, FakeClock()) as it:
        asked = {"start_stage": "tts", "end_stage": "tts", "announce_text": "bad words"}
        await it.receive(Event("run-pipeline", asked), Event("run-pipeline", {}))
        assert not turns.asks
        assert it.types == ["error"]


async def test_a_turn_that_fails_is_told_and_the_next_one_works() -> None:
    async def fails(ask: Ask) -> AsyncGenerator[TurnEvent]:
        yield SpeechStarted()
        raise DataError("the disk is full")

    async with satellite_end(ScriptedTurns(fails, answers("again")), FakeClock()) as it:
        await it.receive(run_pipeline())
        assert [e.type for e in it.sent][-2:] == ["error", "transcript"]
        assert it.state is SatelliteState.ERROR
        assert it.detail == "the disk is full"
        await it.receive(run_pipeline(), mic(200))
        assert it.sent[-1].type != "error"


async def test_a_lost_link_cuts_the_turn() -> None:
    clock, turns = FakeClock(), ScriptedTurns(answers(audio_ms=5000))
    it = SatelliteEnd(turns, clock)
    running = asyncio.create_task(it.session.run())
    await it.receive(run_pipeline(), mic(200))
    it.gone = True
    await clock.advance(1)
    assert turns.ended == ["cut"]
    with pytest.raises(ExceptionGroup):
        await running


async def test_a_microphone_that_nobody_reads_drops_the_oldest_sound() -> None:
    microphone = MicrophoneStream()
    with capture_logs() as logs:
        for _ in range(150):
            microphone.put(silence(100))
    assert len(logs) == 1
    microphone.close()
    assert sum([chunk.duration_ms async for chunk in microphone]) == MAX_HELD_MS


async def test_a_pause_in_the_answer_does_not_let_later_sound_run_ahead() -> None:
    clock = FakeClock()

    async def pauses(ask: Ask) -> AsyncGenerator[TurnEvent]:
        yield SpeechEnded()
        yield heard("x")
        yield Audio(silence(100))
        await clock.sleep(10)
        for _ in range(20):
            yield Audio(silence(100))
        yield Finished(None)

    async with satellite_end(ScriptedTurns(pauses), clock) as it:
        await it.receive(run_pipeline())
        await clock.advance(10)
        assert it.sound_ms == pytest.approx(100 + AHEAD_S * 1000, abs=100)
