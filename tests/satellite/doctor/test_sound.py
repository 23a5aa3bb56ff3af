"""The doctor's judgement of microphones and speakers."""

import asyncio
import math
import random
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from satellite.audio.pcm import CHUNK_BYTES, CHUNK_MS
from satellite.audio.wav import read_speech
from satellite.doctor.finding import CheckResult, CheckStatus
from satellite.doctor.sound import (
    LISTEN_S,
    SILENCE_DB,
    Levels,
    chirp,
    examine_microphone,
    examine_speaker,
    hears_chirp,
    level_db,
)
from satellite.errors import DeviceError
from tests.clock import FakeClock
from tests.satellite.toy import GivenMicrophone, HeldSpeaker

AUDIO = Path(__file__).parents[2] / "data" / "audio"


def noise(level: float, chunks: int = 1, seed: int = 1) -> bytes:
    source = random.Random(seed)
    samples = (round(source.gauss(0, level)) for _ in range(chunks * CHUNK_BYTES // 2))
    return array("h", [max(-32768, min(32767, sample)) for sample in samples]).tobytes()


def sine(amplitude: float) -> bytes:
    turn = 2 * math.pi * 440 / 16_000
    return array("h", [round(amplitude * math.sin(turn * n)) for n in range(16_000)]).tobytes()


class FedMicrophone(GivenMicrophone):
    """Gives what `feed` makes, chunk by chunk, as time goes by."""

    def __init__(self, feed: Callable[[int], bytes], clock: FakeClock | None = None) -> None:
        self._feed = feed
        self._clock = clock
        self.read_chunks = 0

    async def read(self) -> bytes:
        await (self._clock.sleep(CHUNK_MS / 1000) if self._clock else asyncio.sleep(0))
        self.is_open = True
        self.read_chunks += 1
        return self._feed(self.read_chunks)


def test_levels_are_in_db_of_full_scale() -> None:
    assert level_db(array("h", sine(32_767))) == pytest.approx(-3.01, abs=0.01)
    assert level_db(array("h", sine(3_276.7))) == pytest.approx(-23.01, abs=0.01)
    assert level_db(array("h", bytes(640))) == SILENCE_DB


def test_the_floor_is_the_room_and_not_the_voice() -> None:
    levels = Levels.of(noise(30, 50) + noise(3_000, 50))
    assert levels.floor_db == pytest.approx(-61, abs=1)
    assert levels.loudest_db == pytest.approx(-21, abs=1)
    assert levels.clipped == 0


async def judged(feed: Callable[[int], bytes]) -> CheckResult:
    microphone, levels = FedMicrophone(feed), list[float]()
    finding, hears = await examine_microphone(microphone, levels.append)
    assert hears
    assert len(levels) == 1000 * LISTEN_S / CHUNK_MS
    assert not microphone.is_open
    return finding


@pytest.mark.parametrize(
    ("feed", "verdict", "text"),
    [
        (lambda n: noise(3_000 if 50 < n < 100 else 30, seed=n), CheckStatus.OK, "nothing clipped"),
        (lambda n: bytes(CHUNK_BYTES), CheckStatus.FAIL, "nothing but silence"),
        (lambda n: b"\1\1" * (CHUNK_BYTES // 2), CheckStatus.FAIL, "nothing but silence"),
        (lambda n: noise(40_000 if n > 100 else 30, seed=n), CheckStatus.WARN, "% clipped"),
        (lambda n: noise(1_500, seed=n), CheckStatus.WARN, "noisy"),
        (lambda n: noise(3, seed=n), CheckStatus.WARN, "very quiet"),
    ],
)
async def test_a_microphone_is_judged_by_what_it_gives(
    feed: Callable[[int], bytes], verdict: CheckStatus, text: str
) -> None:
    finding = await judged(feed)
    assert finding.verdict is verdict
    assert text in finding.text
    assert bool(finding.advice) is (verdict is not CheckStatus.OK)


async def test_a_microphone_that_is_not_there_fails_with_its_own_words() -> None:
    def feed(number: int) -> bytes:
        raise DeviceError("microphone x is in use by another program")

    finding, hears = await examine_microphone(FedMicrophone(feed), lambda level: None)
    assert not hears
    assert finding.verdict is CheckStatus.FAIL
    assert finding.text == "microphone x is in use by another program"
    assert "systemctl stop pommai-satellite" in finding.advice


@pytest.mark.parametrize(("gain", "heard"), [(1.0, True), (0.1, True), (0.0, False)])
def test_the_chirp_is_found_in_a_noisy_room_and_only_if_it_is_there(
    gain: float, heard: bool
) -> None:
    played = array("h", bytes(7_000) + chirp() + bytes(9_000))
    room = array("h", noise(150, len(played) * 2 // CHUNK_BYTES + 1))
    recorded = [round(gain * sample) + other for sample, other in zip(played, room, strict=False)]
    assert hears_chirp(array("h", recorded).tobytes()) is heard


def test_speech_backwards_chirps_and_silence_are_no_chirp() -> None:
    for path in AUDIO.glob("*.wav"):
        assert not hears_chirp(read_speech(path)), path.name
    backwards = array("h", chirp())
    backwards.reverse()
    assert not hears_chirp(backwards.tobytes())
    assert not hears_chirp(bytes(32_000))
    assert not hears_chirp(b"")


async def examined(
    speaker: HeldSpeaker, feed: Callable[[int], bytes] | None
) -> tuple[CheckResult, FedMicrophone | None]:
    clock = FakeClock()
    microphone = FedMicrophone(feed, clock) if feed else None
    examining = asyncio.create_task(examine_speaker(speaker, microphone, clock))
    while not examining.done():
        await clock.advance(CHUNK_MS / 1000)
    return examining.result(), microphone


async def test_a_speaker_that_the_microphone_hears_is_well() -> None:
    speaker, hidden = HeldSpeaker(), list[int]()

    def room(number: int) -> bytes:
        """The speaker's sound, fainter, and some noise."""
        if not speaker.played:
            hidden.append(number)
        at = CHUNK_BYTES * (number - len(hidden) - 1)
        sound = array("h", speaker.played[at : at + CHUNK_BYTES].ljust(CHUNK_BYTES, b"\0"))
        both = zip(sound, array("h", noise(20, seed=number)), strict=True)
        return array("h", [played // 4 + other for played, other in both]).tobytes()

    finding, _ = await examined(speaker, room)
    assert speaker.played == chirp()
    assert speaker.finished == 1
    assert finding.text == "played a chirp, and the microphone heard it"


async def test_a_speaker_that_nobody_hears_is_asked_about() -> None:
    finding, _ = await examined(HeldSpeaker(), lambda number: noise(30, seed=number))
    assert finding.verdict is CheckStatus.WARN
    assert "microphone didn't hear" in finding.text
    finding, _ = await examined(HeldSpeaker(), None)
    assert "listen yourself" in finding.advice


async def test_a_broken_speaker_fails_with_its_own_words() -> None:
    speaker = HeldSpeaker()
    speaker.broken = True
    finding, microphone = await examined(speaker, lambda number: noise(30, seed=number))
    assert (finding.verdict, finding.text) == (CheckStatus.FAIL, "the cable is out")
    assert microphone is not None
    assert not microphone.is_open
