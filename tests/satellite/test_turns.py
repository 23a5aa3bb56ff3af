"""Turns as the toy takes part in them: what it shows, sends and plays, in which order."""

import asyncio

import pytest
from wyoming.audio import AudioChunk, AudioStart
from wyoming.event import Event

from satellite.board.panel import State
from satellite.session import ERROR_SHOWN_S, MAX_STREAM_S, MAX_THINKING_S
from satellite.wake.turn_start import WakeMode
from tests.clock import FakeClock, settle
from tests.satellite.toy import HeldSpeaker, Peer, TalkingMicrophone, chunk, running_toy


async def test_a_turn_from_trigger_to_played() -> None:
    speaker = HeldSpeaker()
    async with running_toy(speaker=speaker) as toy:
        hub = await toy.hub()
        assert await hub.hears_nothing()
        toy.satellite.trigger()
        first = [await hub.read() for _ in range(3)]
        assert [event.type for event in first if event] == [
            "run-pipeline",
            "audio-start",
            "audio-chunk",
        ]
        assert first[0] is not None
        assert first[0].data["start_stage"] == "asr"
        assert first[0].data["end_stage"] == "tts"
        await hub.say(Event("transcript", {"text": "hello"}))
        await hub.reply(b"\1\2" * 800)
        await hub.until("played")
        await toy.panel.until(State.IDLE)
        assert speaker.played == b"\1\2" * 800
        assert speaker.finished == 1
        assert await hub.hears_nothing()
        assert toy.panel.seen == [
            State.HUB_AWAY,
            State.IDLE,
            State.LISTENING,
            State.THINKING,
            State.SPEAKING,
            State.IDLE,
        ]


async def test_no_chunk_of_the_microphone_is_lost_or_doubled_while_streaming() -> None:
    async with running_toy(WakeMode.STREAM) as toy:
        hub = await toy.hub()
        heard = [AudioChunk.from_event(await hub.until("audio-chunk")) for _ in range(50)]
        first = heard[0].audio[0]
        assert [c.audio for c in heard] == [chunk(first + n) for n in range(50)]
        assert {(c.rate, c.width, c.channels) for c in heard} == {(16_000, 2, 1)}


@pytest.mark.parametrize(
    ("said", "then"),
    [
        (Event("transcript", {"text": "hello"}), State.THINKING),
        (Event("transcript", {"text": "  "}), State.IDLE),
        (Event("transcript", {}), State.IDLE),
        (Event("transcript", {"text": 3}), State.IDLE),
        (Event("voice-stopped"), State.THINKING),
        (Event("error", {"text": "no"}), State.ERROR),
        (Event("pause-satellite"), State.MUTED),
        (Event("run-satellite"), State.IDLE),
        (AudioStart(16_000, 2, 1).event(), State.SPEAKING),
    ],
)
async def test_what_ends_the_stream(said: Event, then: State) -> None:
    async with running_toy() as toy:
        hub = await toy.hub()
        toy.satellite.trigger()
        await hub.until("audio-chunk")
        await hub.say(said, Event("ping"))
        await hub.until("pong")
        assert toy.panel.shown() is then
        assert await hub.hears_nothing()


async def test_a_stream_that_nobody_ends_is_ended_and_said_to_be() -> None:
    clock = FakeClock()
    async with running_toy(clock=clock) as toy:
        hub = await toy.hub()
        toy.satellite.trigger()
        await hub.until("audio-chunk")
        await clock.advance(MAX_STREAM_S + 0.1)
        await hub.until("audio-stop")
        assert toy.panel.shown() is State.THINKING
        assert await hub.hears_nothing()
        await clock.advance(MAX_THINKING_S + 0.1)
        assert toy.panel.shown() is State.IDLE


async def test_an_error_is_shown_for_a_moment() -> None:
    clock = FakeClock()
    async with running_toy(clock=clock) as toy:
        hub = await toy.hub()
        await hub.say(Event("error", {"text": "no"}))
        await toy.panel.until(State.ERROR)
        await clock.advance(ERROR_SHOWN_S + 0.1)
        assert toy.panel.shown() is State.IDLE


async def test_a_paused_toy_neither_hears_nor_streams_until_it_is_run_again() -> None:
    microphone = TalkingMicrophone()
    async with running_toy(WakeMode.STREAM, microphone) as toy:
        hub = await toy.hub()
        await hub.until("audio-chunk")
        await hub.say(Event("pause-satellite"), Event("ping"))
        await hub.until("pong")
        await asyncio.sleep(0.02)
        assert not microphone.is_open
        assert await hub.hears_nothing()
        await hub.reply()
        await hub.until("played")
        assert await hub.hears_nothing()
        await hub.say(Event("run-satellite"))
        await hub.until("run-pipeline")


async def test_a_streaming_toy_begins_anew_only_when_the_reply_was_played() -> None:
    speaker = HeldSpeaker()
    async with running_toy(WakeMode.STREAM, speaker=speaker) as toy:
        hub = await toy.hub()
        for _ in range(2):
            await hub.until("run-pipeline")
            await hub.until("audio-chunk")
            await hub.say(Event("transcript", {"text": "hello"}), Event("ping"))
            await hub.until("pong")
            await hub.say(AudioStart(16_000, 2, 1).event())
            assert await hub.hears_nothing()
            await hub.say(Event("audio-stop"))
            await hub.until("played")


async def test_an_announcement_is_played_outside_a_turn() -> None:
    speaker = HeldSpeaker()
    async with running_toy(speaker=speaker) as toy:
        hub = await toy.hub()
        await hub.reply(b"\5\5" * 2205, 22_050)
        await hub.until("played")
        assert speaker.rates == [22_050]
        assert toy.panel.seen[1:] == [State.IDLE, State.SPEAKING, State.IDLE]


async def test_a_trigger_without_a_hub_starts_nothing_later() -> None:
    async with running_toy() as toy:
        toy.satellite.trigger()
        hub = await toy.hub()
        assert await hub.hears_nothing()


async def test_a_trigger_for_one_hub_starts_nothing_for_the_next() -> None:
    microphone = TalkingMicrophone()
    microphone.sounding.clear()
    async with running_toy(microphone=microphone) as toy:
        first = await toy.hub()
        toy.satellite.trigger()
        await first.hang_up()
        await toy.panel.until(State.HUB_AWAY)
        second = await toy.hub()
        microphone.sounding.set()
        assert await second.hears_nothing()


async def test_a_trigger_in_the_middle_of_a_turn_starts_nothing_after_it() -> None:
    async with running_toy() as toy:
        hub = await toy.hub()
        await hub.say(AudioStart(16_000, 2, 1).event())
        await toy.panel.until(State.SPEAKING)
        toy.satellite.trigger()
        await hub.say(Event("audio-stop"))
        await hub.until("played")
        assert await hub.hears_nothing()


async def test_a_reply_stops_when_its_hub_goes() -> None:
    speaker = HeldSpeaker()
    async with running_toy(speaker=speaker) as toy:
        hub = await toy.hub()
        await hub.reply(bytes(60_000))
        await toy.panel.until(State.SPEAKING)
        await hub.hang_up()
        await toy.panel.until(State.HUB_AWAY)
        assert speaker.silenced
        assert len(speaker.played) < 60_000
        assert speaker.finished == 0


async def test_a_broken_microphone_shows_and_mends() -> None:
    clock = FakeClock()
    microphone = TalkingMicrophone()
    async with running_toy(WakeMode.STREAM, microphone, clock=clock) as toy:
        hub = await toy.hub()
        await hub.until("audio-chunk")
        microphone.broken = True
        await hub.until("audio-stop")
        assert toy.panel.shown() is State.ERROR
        await hub.reply()
        await clock.advance(0.5)
        await hub.until("played")
        assert toy.panel.shown() is State.ERROR
        microphone.broken = False
        await clock.advance(1.0)
        await hub.until("run-pipeline")
        assert toy.panel.shown() is State.LISTENING


async def test_a_microphone_that_stays_broken_is_told_once() -> None:
    clock, microphone = FakeClock(), TalkingMicrophone()
    microphone.broken = True
    async with running_toy(microphone=microphone, clock=clock) as toy:
        hub = await Peer.connect(toy.port)
        await hub.say(Event("run-satellite"))
        await hub.until("error")
        for _ in range(20):
            await clock.advance(5)
            await asyncio.sleep(0.005)
        assert await hub.hears_nothing()
        assert toy.panel.seen == [State.HUB_AWAY, State.IDLE, State.ERROR]


async def test_a_broken_speaker_shows_and_the_next_turn_goes_on() -> None:
    clock = FakeClock()
    speaker = HeldSpeaker()
    async with running_toy(speaker=speaker, clock=clock) as toy:
        hub = await toy.hub()
        speaker.broken = True
        await hub.reply()
        error = await hub.until("error")
        assert error.data["code"] == "speaker"
        await settle()
        assert toy.panel.shown() is State.ERROR
        speaker.broken = False
        await hub.reply(b"\1\1" * 160)
        await settle()
        await clock.advance(1)
        await hub.until("played")
        assert speaker.played == b"\1\1" * 160


@pytest.mark.parametrize(
    ("hello", "told"),
    [
        (Event("pommai-hello", {"protocol": 1}), True),
        (Event("pommai-hello", {"protocol": 2}), False),
        (Event("pommai-hello", {}), False),
        (None, False),
    ],
)
async def test_only_a_hub_of_ours_is_told_what_wyoming_has_no_word_for(
    hello: Event | None, told: bool
) -> None:
    clock, microphone = FakeClock(), TalkingMicrophone()
    microphone.broken = True
    async with running_toy(WakeMode.MANUAL, microphone, clock=clock) as toy:
        hub = await Peer.connect(toy.port)
        if hello is not None:
            await hub.say(hello)
        await hub.say(Event("run-satellite"))
        error = await hub.read()
        assert error is not None
        assert error.data == {"code": "microphone", "text": "the cable is out"}
        microphone.broken = False
        await clock.advance(1.1)
        await toy.panel.until(State.IDLE)
        if told:
            back = await hub.read()
            assert back is not None
            assert (back.type, back.data) == ("pommai-event", {"kind": "mic-back"})
        assert await hub.hears_nothing()
