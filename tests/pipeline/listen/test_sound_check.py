"""The check of a microphone's sound, on recordings and on sound that is spoilt as microphones spoil it."""

import wave
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from hub.domain.audio import PcmChunk, silence
from hub.domain.talks.trace import SoundCheck
from hub.pipeline.listen.sound_check import Measured
from tests.clock import FakeClock
from tests.recordings import ours

Samples = NDArray[np.float64]
CHUNK_S = 0.02
MUSIC_HZ = 440


def recording(name: str) -> Samples:
    with wave.open(str(ours(name))) as sound:
        pcm = sound.readframes(sound.getnframes())
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def noise(like: Samples, dbfs: float) -> Samples:
    return np.random.default_rng(1).normal(0, 32768 * 10 ** (dbfs / 20), len(like))


async def check(
    samples: Samples, pauses: Sequence[tuple[int, float]] = (), lost: Sequence[int] = ()
) -> SoundCheck:
    """As a microphone sends it: `pauses` of (before which chunk, seconds), `lost` chunks."""
    clock = FakeClock()
    pcm = np.clip(samples, -32768, 32767).astype("<i2").tobytes()
    size = int(CHUNK_S * 32_000)

    async def sent() -> AsyncIterator[PcmChunk]:
        debt_s = 0.0
        for number, start in enumerate(range(0, len(pcm), size)):
            pause_s = sum(seconds for before, seconds in pauses if before == number)
            debt_s += pause_s
            caught_up_s = 0.0 if pause_s else min(debt_s, CHUNK_S)
            debt_s -= caught_up_s
            await clock.advance(pause_s + CHUNK_S - caught_up_s)
            if number not in lost:
                yield PcmChunk(pcm[start : start + size])

    measured = Measured(sent(), clock)
    heard = b"".join([chunk.data async for chunk in measured])
    assert len(heard) == len(pcm) - len(lost) * size, "what passes is what came"
    found = measured.check()
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["spoken_moon.wav", "child_cow.wav", "spoken_pause.wav"])
async def test_a_good_recording_needs_no_hint(name: str) -> None:
    found = await check(recording(name))
    assert -25 < found.level_dbfs < -5
    assert (found.gaps, found.missing_ms, found.hint) == (0, 0, "")


async def test_a_tone_s_level_is_its_rms() -> None:
    tone = np.sin(2 * np.pi * MUSIC_HZ * np.arange(16_000) / 16_000)
    for peak, dbfs in ((32_767.0, -3), (3276.7, -23), (32.767, -63)):
        assert (await check(peak * tone)).level_dbfs == dbfs


async def test_long_waiting_does_not_make_a_short_word_quiet() -> None:
    word = recording("spoken_moon.wav")
    waiting = np.zeros(8 * 16_000)
    alone, late = await check(word), await check(np.concatenate([waiting, word[:16_000]]))
    assert late.level_dbfs == pytest.approx(alone.level_dbfs, abs=4)


@pytest.mark.parametrize(
    ("gain", "noise_dbfs", "hint"),
    [
        (0.02, -90, "very quiet"),
        (30.0, -90, "too loud"),
        (0.3, -25, "much noise"),
        (0.05, -40, "much noise"),
        (0.0, -120, "sends silence"),
    ],
)
async def test_what_is_wrong_is_said_plainly(gain: float, noise_dbfs: float, hint: str) -> None:
    speech = recording("spoken_moon.wav")
    found = await check(gain * speech + noise(speech, noise_dbfs))
    assert hint in found.hint


async def test_the_noise_floor_is_what_stays_between_the_words() -> None:
    speech = recording("spoken_pause.wav")
    assert (await check(speech + noise(speech, -50))).noise_dbfs == pytest.approx(-50, abs=1)


async def test_sound_that_comes_late_and_catches_up_is_a_gap_and_nothing_is_missing() -> None:
    pauses = [(10, 0.2), (40, 0.5), (90, 0.3)]
    found = await check(recording("spoken_moon.wav"), pauses)
    assert (found.gaps, found.missing_ms) == (3, 0)
    assert "gaps" in found.hint


async def test_sound_that_never_comes_is_missing() -> None:
    found = await check(recording("spoken_moon.wav"), lost=range(30, 50))
    assert found.gaps == 1
    assert found.missing_ms == pytest.approx(400, abs=20)
    assert "gaps" in found.hint


async def test_a_file_that_is_read_at_once_is_not_early_nor_late() -> None:
    async def sent() -> AsyncIterator[PcmChunk]:
        for _ in range(100):
            yield silence(20)

    measured = Measured(sent(), FakeClock())
    async for _ in measured:
        pass
    found = measured.check()
    assert found is not None
    assert (found.gaps, found.missing_ms) == (0, 0)


async def test_of_no_sound_nothing_is_said() -> None:
    async def sent() -> AsyncIterator[PcmChunk]:
        yield PcmChunk(b"\x00\x01")

    measured = Measured(sent(), FakeClock())
    assert [chunk async for chunk in measured] == [PcmChunk(b"\x00\x01")]
    assert measured.check() is None
