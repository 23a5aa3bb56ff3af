"""What begins a turn, on recorded voices and a recorded empty room."""

import pytest

from satellite.audio.pcm import CHUNK_MS, SILENCE
from satellite.wake.turn_start import PRE_ROLL_MS, WakeMode, Waker
from satellite.wire.commands import SettingsMessage
from tests.satellite.sounds import chunks_of, heard_by


def loudness(chunk: bytes) -> int:
    return max(abs(sample) for sample in memoryview(chunk).cast("h"))


@pytest.mark.parametrize(
    "name", ["spoken_cow.wav", "spoken_stop.wav", "spoken_sad.wav", "child_cow.wav"]
)
def test_a_voice_wakes_and_its_first_word_is_not_lost(name: str) -> None:
    chunks = chunks_of(name)
    woken, begin = heard_by(Waker(WakeMode.VOICE), chunks)
    first_loud = next(at for at, chunk in enumerate(chunks) if loudness(chunk) > 1000)
    assert first_loud <= woken < len(chunks)
    assert begin == chunks[woken + 1 - len(begin) : woken + 1]
    assert woken - len(begin) < first_loud, "the first word is cut"
    assert len(begin) <= PRE_ROLL_MS // CHUNK_MS


def test_an_empty_room_does_not_wake() -> None:
    assert heard_by(Waker(WakeMode.VOICE), chunks_of("noise_room.wav"))[1] == []


def test_a_voice_from_before_a_reply_does_not_wake_after_it() -> None:
    waker = Waker(WakeMode.VOICE)
    heard_by(waker, chunks_of("spoken_cow.wav"))
    for _ in range(1000 // CHUNK_MS):
        waker.ignore()
    woken, begin = heard_by(waker, chunks_of("noise_room.wav"))
    assert begin == [], f"woke after {woken * CHUNK_MS} ms"


def test_manual_waits_for_a_trigger_and_takes_one_turn() -> None:
    waker = Waker(WakeMode.MANUAL)
    assert waker.hear(SILENCE) == []
    waker.trigger()
    assert waker.hear(b"now") == [b"now"]
    assert waker.hear(SILENCE) == []


def test_settings_that_arrive_just_after_a_trigger_do_not_take_it_back() -> None:
    waker = Waker(WakeMode.MANUAL)
    waker.trigger()
    waker.choose(SettingsMessage(wake="word"))
    assert waker.hear(SILENCE) == [SILENCE]


def test_stream_begins_at_once() -> None:
    assert Waker(WakeMode.STREAM).hear(SILENCE) == [SILENCE]


def test_a_trigger_works_beside_voice_detection() -> None:
    waker = Waker(WakeMode.VOICE)
    waker.trigger()
    assert waker.hear(SILENCE) == [SILENCE]
