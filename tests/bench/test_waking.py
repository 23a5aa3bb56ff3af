"""The computed rooms in which wake words are measured, and what counts as heard there."""

from dataclasses import replace

import numpy as np
import pytest

from bench.turns.recordings import Voice
from bench.waking.own_name import NameDetector
from bench.waking.replay import MakeWaker, in_quiet
from bench.waking.rooms import LOUD, Room, Sound
from bench.waking.takes import Scene, Take, dice_of, scene
from satellite.audio.echo import Echo
from satellite.audio.pcm import CHUNK_MS, RATE_HZ
from satellite.wake.turn_start import WakeMode, Waker
from tests.programs import needs
from tests.satellite.sounds import chunks_of

ROOM = replace(Room.drawn(dice_of("a room")), late_ms=100.0, drift_ppm=0.0)


def click_at(second: float) -> Sound:
    sound = np.zeros(4 * RATE_HZ)
    sound[int(second * RATE_HZ)] = 10_000.0
    return sound


def loudest_at(sound: Sound) -> int:
    return int(np.abs(sound).argmax())


def amplitude(sound: Sound) -> float:
    return float(np.sqrt((sound**2).mean()))


def test_an_echo_is_as_late_as_its_speaker() -> None:
    late = loudest_at(ROOM.echo_of(click_at(1.0))) - RATE_HZ
    assert 1000 * late / RATE_HZ == pytest.approx(100, abs=2)


def test_a_speaker_with_a_quick_clock_is_early_in_the_end() -> None:
    quick = replace(ROOM, drift_ppm=1000.0)
    assert loudest_at(ROOM.echo_of(click_at(3.0))) - loudest_at(
        quick.echo_of(click_at(3.0))
    ) == pytest.approx(0.003 * RATE_HZ, abs=2)


def test_toy_and_child_are_equally_loud_to_the_microphone() -> None:
    noise = np.random.default_rng(1).standard_normal(RATE_HZ) * 100
    for sound in (ROOM.echo_of(noise), ROOM.voice_of(noise)):
        assert amplitude(sound[RATE_HZ // 2 : RATE_HZ]) == pytest.approx(LOUD, rel=0.2)


def test_a_sound_falls_away_in_the_time_of_its_room() -> None:
    heard = ROOM.voice_of(click_at(0.0))
    after = int(ROOM.rings_s / 2 * RATE_HZ)
    lost_db = 20 * np.log10(amplitude(heard[:800]) / amplitude(heard[after : after + 800]))
    assert 15 < lost_db < 45


class WokenAt(Waker):
    def __init__(self, *seconds: float) -> None:
        super().__init__(WakeMode.MANUAL)
        self._at = [round(second * 1000 / CHUNK_MS) for second in seconds]
        self._number = 0

    def hear(self, chunk: bytes, *, follows_up: bool = False) -> list[bytes]:
        self._number += 1
        return [chunk] if self._number - 1 in self._at else []


@pytest.mark.parametrize(
    ("woken_s", "heard", "others"),
    [((), False, 0), ((2.5,), True, 0), ((3.5, 3.9), True, 0), ((1.0, 2.5, 6.0), True, 2)],
)
def test_a_word_is_heard_from_its_beginning_to_shortly_after_its_end(
    woken_s: tuple[float, ...], heard: bool, others: int
) -> None:
    silence = np.zeros(8 * RATE_HZ)
    said = Scene(silence, silence, silence, silence, begins_s=2.0, ends_s=3.0)

    def make(echo: Echo | None) -> Waker:
        return WokenAt(*woken_s)

    waker: MakeWaker = make
    outcome = in_quiet(said, waker)
    assert (outcome.heard, outcome.others) == (heard, others)


@needs("sox", "flite")
def test_a_take_sounds_the_same_each_time() -> None:
    take = Take("hey jarvis", Voice("espeak", "en-us+f5"), 1)
    first, second = scene(take), scene(take)
    assert np.array_equal(
        first.echo + first.said + first.noise, second.echo + second.said + second.noise
    )
    other = scene(replace(take, number=2))
    assert not np.array_equal(first.echo, other.echo)


def test_words_of_the_dictionary_are_heard_without_training() -> None:
    detector = NameDetector("a story", 1e-20)
    assert not any(map(detector.hears, chunks_of("noise_room.wav")))
    assert sum(map(detector.hears, chunks_of("spoken_story.wav"))) == 1


def test_a_name_that_is_in_no_dictionary_is_said_so() -> None:
    with pytest.raises(KeyError, match="xyzzy"):
        NameDetector("hey xyzzy", 1e-20)
