"""A child heard over the toy's own voice, in a room that is computed: real voices, real libspeexdsp."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from wyoming.event import Event

from satellite.audio.echo import Echo, EchoingMicrophone, EchoingSpeaker
from satellite.audio.pcm import CHUNK_BYTES, CHUNK_MS, RATE_HZ
from satellite.audio.speaker import NoSpeaker
from satellite.audio.speex import EchoCanceller
from satellite.board.panel import State
from satellite.errors import SetupError
from satellite.wake.turn_start import WakeMode, Waker
from satellite.wire.commands import SettingsMessage
from satellite.wire.extensions import HELLO, INTERRUPT, PROTOCOL
from tests.clock import FakeClock
from tests.programs import missing
from tests.satellite.sounds import WORD, ScriptedMicrophone, chunks_of
from tests.satellite.toy import first_of, running_toy

Sound = NDArray[np.floating[Any]]
LOUD = 3000.0
LEAD_CHUNKS = 10
"""How far ahead of its sound a speaker is written to."""
TOLD = ("spoken_story.wav", "spoken_moon.wav", "spoken_dinosaurs.wav", "spoken_song.wav")


@pytest.fixture
def canceller() -> Iterator[EchoCanceller]:
    try:
        canceller = EchoCanceller()
    except SetupError as error:
        missing(str(error))
    yield canceller
    canceller.close()


def sound_of(*names: str) -> Sound:
    """Equally loud while they sound."""
    told = np.frombuffer(b"".join(b"".join(chunks_of(name)) for name in names), np.int16)
    power = (told.astype(float).reshape(-1, CHUNK_BYTES // 2) ** 2).mean(axis=1)
    factor = LOUD / np.sqrt(power[power > power.max() / 100].mean())
    return told * float(factor)


def echo_of(told: Sound, delay_ms: int) -> Sound:
    """What comes back of it: late, and with a room around it."""
    chance = np.random.default_rng(5)
    room = chance.standard_normal(RATE_HZ // 8) * np.exp(-np.arange(RATE_HZ // 8) / 400) * 0.05
    room[0] = 1.0
    late = np.zeros(delay_ms * RATE_HZ // 1000)
    return np.concatenate([late, np.convolve(told, room)])[: len(told)]


def chunks(sound: Sound) -> list[bytes]:
    pcm = np.clip(sound, -32768, 32767).astype(np.int16).tobytes()
    return [pcm[at : at + CHUNK_BYTES] for at in range(0, len(pcm) - CHUNK_BYTES, CHUNK_BYTES)]


def power(chunks: list[bytes]) -> float:
    return float((np.frombuffer(b"".join(chunks), np.int16).astype(float) ** 2).mean())


class Ears:
    """A toy's, with its mouth beside them."""

    def __init__(self, canceller: EchoCanceller) -> None:
        self.clock = FakeClock()
        self.echo = Echo(canceller, self.clock)
        self._microphone = EchoingMicrophone(ScriptedMicrophone(), self.echo)
        self.speaker = EchoingSpeaker(NoSpeaker(), self.echo)

    async def hear(self, told: Sound, heard: Sound) -> AsyncIterator[bytes]:
        """The chunks that the microphone gives while the toy tells what is `told`."""
        waiting = chunks(told)
        await self.speaker.start(RATE_HZ)
        for chunk in waiting[:LEAD_CHUNKS]:
            await self.speaker.write(chunk)
        del waiting[:LEAD_CHUNKS]
        for chunk in chunks(heard):
            await self.clock.advance(CHUNK_MS / 1000)
            if waiting:
                await self.speaker.write(waiting.pop(0))
            await first_of(self._microphone)
            yield chunk


@pytest.mark.parametrize("delay_ms", [0, 60, 170, 380])
async def test_the_toys_own_voice_is_taken_out_however_late_it_comes(
    canceller: EchoCanceller, delay_ms: int
) -> None:
    ears, told = Ears(canceller), sound_of(*TOLD)
    heard, clean = [], []
    async for chunk in ears.hear(told, echo_of(told, delay_ms)):
        heard.append(chunk)
        clean.append(ears.echo.clean(chunk))
    last_3_s = 3000 // CHUNK_MS
    assert power(clean[-last_3_s:]) < 0.002 * power(heard[-last_3_s:])


async def test_a_quiet_toy_hears_its_room_as_it_is(canceller: EchoCanceller) -> None:
    ears = Ears(canceller)
    async for chunk in ears.hear(np.zeros(0), sound_of("spoken_cow.wav")):
        assert ears.echo.clean(chunk) is chunk


async def test_what_was_cut_off_is_not_waited_for(canceller: EchoCanceller) -> None:
    ears = Ears(canceller)
    await ears.speaker.start(RATE_HZ)
    for chunk in chunks(sound_of("spoken_cow.wav")):
        await ears.speaker.write(chunk)
    await ears.speaker.stop()
    await ears.clock.advance(1.0)
    async for chunk in ears.hear(np.zeros(0), sound_of("spoken_stop.wav")):
        assert ears.echo.clean(chunk) is chunk


async def interruptions(
    canceller: EchoCanceller, wake: SettingsMessage, over: str | None, wait_s: float
) -> list[tuple[str, int]]:
    """By what, and how many ms after it began, while somebody says `over` as loudly as the toy speaks."""
    ears, told = Ears(canceller), sound_of(*TOLD, *TOLD)
    waker = Waker(WakeMode.MANUAL, echo=ears.echo)
    waker.choose(wake)
    heard, begins = echo_of(told, 90), int(wait_s * RATE_HZ)
    if over is not None:
        said = sound_of(over)[: len(heard) - begins]
        heard[begins : begins + len(said)] += said
    found = []
    at_ms = -int(wait_s * 1000)
    async for chunk in ears.hear(told, heard):
        by, begin = waker.hear_over(chunk)
        if by:
            assert begin
            found.append((by, at_ms))
        at_ms += CHUNK_MS
    return found


async def test_the_word_is_heard_over_the_toys_own_voice(canceller: EchoCanceller) -> None:
    found = await interruptions(canceller, SettingsMessage(wake="word"), WORD, 5.0)
    assert [by for by, _ in found] == ["word"]
    assert 400 < found[0][1] < 2000


async def test_a_child_is_heard_over_the_toys_own_voice(canceller: EchoCanceller) -> None:
    found = await interruptions(canceller, SettingsMessage(wake="voice"), "child_song.wav", 9.0)
    assert found
    assert all(by == "voice" and ms > 0 for by, ms in found)


@pytest.mark.parametrize("wake", ["word", "voice"])
async def test_the_toy_does_not_interrupt_itself(canceller: EchoCanceller, wake: str) -> None:
    assert await interruptions(canceller, SettingsMessage(wake=wake), None, 0.0) == []


async def test_without_echo_cancellation_nothing_but_a_tap_interrupts() -> None:
    waker = Waker(WakeMode.WORD)
    assert [waker.hear_over(chunk) for chunk in chunks_of(WORD)] == [("", [])] * len(
        chunks_of(WORD)
    )


async def test_its_own_last_words_do_not_follow_up_on_it() -> None:
    waker = Waker(WakeMode.VOICE)
    last_words = chunks_of("spoken_stop.wav")[20:30]
    for chunk in last_words:
        waker.hear_over(chunk)
    assert [waker.hear(chunk, follows_up=True) for chunk in last_words] == [[]] * len(last_words)


async def test_the_word_ends_a_reply_and_begins_a_turn(canceller: EchoCanceller) -> None:
    microphone, clock = ScriptedMicrophone(), FakeClock()
    waker = Waker(WakeMode.WORD, echo=Echo(canceller, clock))
    async with running_toy(microphone=microphone, clock=clock, waker=waker) as toy:
        hub = await toy.hub()
        await hub.say(Event(HELLO, {"protocol": PROTOCOL}))
        await hub.reply(bytes(60_000))
        await toy.panel.until(State.SPEAKING)
        await microphone.give(WORD)
        assert (await hub.until(INTERRUPT)).data["by"] == "word"
        await hub.until("run-pipeline")
        assert toy.panel.shown() is State.LISTENING
