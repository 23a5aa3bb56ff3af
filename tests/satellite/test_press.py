"""The button as the session knows it: listening while it is held, silence at once when it is pressed."""

import asyncio

import pytest
from wyoming.audio import AudioChunk, AudioStart
from wyoming.event import Event

from satellite.board.panel import State
from satellite.wake.turn_start import WakeMode, Waker
from satellite.wire.extensions import INTERRUPT, hello
from tests.clock import FakeClock, settle
from tests.satellite.toy import HeldSpeaker, Peer, TalkingMicrophone, chunk, running_toy


async def test_the_toy_listens_while_the_button_is_held_and_says_when_it_is_let_go() -> None:
    async with running_toy() as toy:
        hub = await toy.hub()
        toy.satellite.press()
        run = await hub.until("run-pipeline")
        assert run.data["held"] is True
        for _ in range(3):
            await hub.until("audio-chunk")
        assert toy.panel.shown() is State.LISTENING
        toy.satellite.release()
        await hub.until("audio-stop")
        assert toy.panel.shown() is State.THINKING
        assert await hub.hears_nothing()


async def test_a_turn_that_something_else_began_is_not_ended_by_the_button() -> None:
    async with running_toy(WakeMode.STREAM) as toy:
        hub = await toy.hub()
        run = await hub.until("run-pipeline")
        assert "held" not in run.data
        await hub.until("audio-chunk")
        toy.satellite.press()
        toy.satellite.release()
        heard = [await hub.read() for _ in range(5)]
        assert {event.type for event in heard if event} <= {"audio-start", "audio-chunk"}


async def test_a_button_held_past_its_turn_ends_nothing_later() -> None:
    async with running_toy() as toy:
        hub = await toy.hub()
        toy.satellite.press()
        await hub.until("audio-chunk")
        await hub.say(Event("transcript", {"text": ""}))
        await toy.panel.until(State.IDLE)
        toy.satellite.trigger()
        assert "held" not in (await hub.until("run-pipeline")).data
        toy.satellite.release()
        await hub.until("audio-start")
        heard = [await hub.read() for _ in range(5)]
        assert {event.type for event in heard if event} == {"audio-chunk"}


async def test_a_press_silences_the_reply_at_once_and_listens() -> None:
    clock, speaker = FakeClock(), HeldSpeaker()
    async with running_toy(speaker=speaker, clock=clock) as toy:
        hub = await toy.hub()
        long = AudioChunk(16_000, 2, 1, b"\1\1" * 16_000).event()
        await hub.say(AudioStart(16_000, 2, 1).event(), long, long)
        await toy.panel.until(State.SPEAKING)
        await clock.advance(0.5)
        played = len(speaker.played)
        assert 0 < played < 64_000
        toy.satellite.press()
        await hub.until("run-pipeline")
        assert speaker.silenced == 1
        await hub.say(long, Event("audio-stop"), Event("ping"))
        await hub.until("pong")
        await clock.advance(5)
        assert len(speaker.played) == played
        assert speaker.finished == 0
        toy.satellite.release()
        await hub.until("audio-stop")
        await hub.say(Event("transcript", {"text": "no, a cow"}))
        await hub.reply(b"\2\2" * 160)
        await toy.panel.until(State.SPEAKING)
        await clock.advance(1)
        await hub.until("played")
        assert speaker.played[played:] == b"\2\2" * 160


async def test_an_interrupted_reply_is_never_said_to_be_played() -> None:
    clock = FakeClock()
    async with running_toy(clock=clock) as toy:
        hub = await toy.hub()
        await hub.reply(bytes(64_000))
        await toy.panel.until(State.SPEAKING)
        toy.satellite.press()
        toy.satellite.release()
        await clock.advance(10)
        seen: list[str] = []
        while "audio-stop" not in seen:  # of the turn that the press began
            event = await hub.read()
            assert event is not None
            seen.append(event.type)
        await hub.say(Event("transcript", {"text": ""}), Event("ping"))
        while seen[-1] != "pong":
            event = await hub.read()
            assert event is not None
            seen.append(event.type)
        assert "played" not in seen
        assert toy.panel.shown() is State.IDLE


async def test_a_press_while_the_toy_thinks_begins_anew() -> None:
    async with running_toy() as toy:
        hub = await toy.hub()
        toy.satellite.press()
        await hub.until("audio-chunk")
        toy.satellite.release()
        await hub.until("audio-stop")
        toy.satellite.press()
        await hub.until("run-pipeline")
        assert toy.panel.shown() is State.LISTENING


async def test_words_of_the_turn_before_that_cross_a_press_do_not_end_its_listening() -> None:
    async with running_toy() as toy:
        hub = await Peer.connect(toy.port)
        await hub.say(hello())
        await hub.take()
        toy.satellite.press()
        toy.satellite.release()
        await hub.until("audio-stop")
        toy.satellite.press()
        await hub.until("run-pipeline")
        await hub.say(Event("voice-stopped"), Event("transcript", {"text": "a cow"}), Event("ping"))
        await hub.until("pong")
        await hub.until("audio-chunk")
        assert toy.panel.shown() is State.LISTENING
        toy.satellite.release()
        await hub.until("audio-stop")
        assert toy.panel.shown() is State.THINKING
        toy.satellite.press()
        await hub.until("run-pipeline")
        await hub.say(Event("transcript", {"text": ""}))  # there is no turn now
        await toy.panel.until(State.IDLE)


async def test_an_answer_that_crosses_a_press_does_not_end_its_listening() -> None:
    speaker = HeldSpeaker()
    async with running_toy(speaker=speaker) as toy:
        hub = await Peer.connect(toy.port)
        await hub.say(hello())
        await hub.take()
        toy.satellite.press()
        toy.satellite.release()
        await hub.until("audio-stop")
        toy.satellite.press()
        await hub.until("run-pipeline")
        await hub.reply()  # of the turn before, and cut by the press
        await hub.say(Event("ping"))
        await hub.until("pong")
        await hub.until("audio-chunk")
        assert toy.panel.shown() is State.LISTENING
        await hub.say(Event("voice-started"), Event("voice-stopped"))  # longer than a hub listens
        await hub.reply()
        await hub.until("played")
        assert len(speaker.rates) == 1


async def test_a_press_need_not_wait_until_an_error_was_shown() -> None:
    async with running_toy(clock=FakeClock()) as toy:
        hub = await toy.hub()
        await hub.say(Event("error", {"text": "no"}))
        await toy.panel.until(State.ERROR)
        toy.satellite.press()
        await hub.until("run-pipeline")


async def test_a_press_does_nothing_while_the_hub_has_paused_the_toy() -> None:
    microphone = TalkingMicrophone()
    async with running_toy(microphone=microphone) as toy:
        hub = await toy.hub()
        await hub.say(Event("pause-satellite"), Event("ping"))
        await hub.until("pong")
        toy.satellite.press()
        await hub.say(Event("run-satellite"))
        assert await hub.hears_nothing()


async def test_the_toy_knows_whether_somebody_speaks_while_the_button_is_held() -> None:
    async with running_toy() as toy:
        assert not toy.satellite.hears_a_voice
        hub = await toy.hub()
        toy.satellite.press()
        await hub.until("audio-chunk")
        assert not toy.satellite.hears_a_voice
        await hub.say(Event("voice-started"), Event("ping"))
        await hub.until("pong")
        assert toy.satellite.hears_a_voice
        await hub.say(Event("transcript", {"text": ""}))
        await toy.panel.until(State.IDLE)
        assert not toy.satellite.hears_a_voice
        toy.satellite.press()
        await hub.until("audio-chunk")
        await settle()
        await asyncio.sleep(0)
        assert not toy.satellite.hears_a_voice


async def test_a_hub_of_ours_is_told_how_much_was_heard_and_by_what_it_was_cut() -> None:
    clock, speaker = FakeClock(), HeldSpeaker()
    async with running_toy(speaker=speaker, clock=clock) as toy:
        hub = await Peer.connect(toy.port)
        await hub.say(hello())
        await hub.take()
        long = AudioChunk(16_000, 2, 1, b"\1\1" * 16_000).event()
        await hub.say(AudioStart(16_000, 2, 1).event(), long, long)
        await toy.panel.until(State.SPEAKING)
        await clock.advance(0.5)
        toy.satellite.press()
        written = len(speaker.played)
        told, run = await hub.read(), await hub.read()
        assert told is not None
        assert run is not None
        assert (told.type, run.type) == (INTERRUPT, "run-pipeline"), "in this order"
        assert told.data["by"] == "tap"
        assert abs(told.data["played_samples"] - 8_000) <= 320
        await clock.advance(0.1)
        assert len(speaker.played) == written


async def test_a_plain_hub_is_told_nothing_of_that() -> None:
    clock = FakeClock()
    async with running_toy(clock=clock) as toy:
        hub = await toy.hub()
        await hub.say(AudioStart(16_000, 2, 1).event())
        await toy.panel.until(State.SPEAKING)
        toy.satellite.press()
        event = await hub.read()
        assert event is not None
        assert event.type == "run-pipeline"


class Hears(Waker):
    """Notices a child over the toy's voice at its third chunk."""

    def __init__(self, by: str) -> None:
        super().__init__(WakeMode.MANUAL)
        self._by = by
        self._over: list[bytes] = []

    def hear_over(self, heard: bytes) -> tuple[str, list[bytes]]:
        self._over.append(heard)
        return (self._by, self._over) if len(self._over) == 3 else ("", [])


@pytest.mark.parametrize("by", ["voice", "word"])
async def test_words_over_the_toys_voice_cut_it_and_begin_the_next_turn(by: str) -> None:
    clock, speaker, microphone = FakeClock(), HeldSpeaker(), TalkingMicrophone()
    microphone.sounding.clear()
    async with running_toy(
        speaker=speaker, clock=clock, microphone=microphone, waker=Hears(by)
    ) as toy:
        hub = await Peer.connect(toy.port)
        await hub.say(hello())
        await hub.take()
        long = AudioChunk(16_000, 2, 1, b"\1\1" * 16_000).event()
        await hub.say(AudioStart(16_000, 2, 1).event(), long)
        await toy.panel.until(State.SPEAKING)
        await clock.advance(0.3)
        written = len(speaker.played)
        microphone.sounding.set()
        assert (await hub.until(INTERRUPT)).data["by"] == by
        await hub.until("run-pipeline")
        heard = [await hub.until("audio-chunk") for _ in range(4)]
        assert [sound.payload for sound in heard] == [chunk(number) for number in (1, 2, 3, 4)]
        assert len(speaker.played) == written
        assert speaker.silenced == 1
