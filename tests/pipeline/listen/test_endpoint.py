"""Where a child's utterance begins and ends."""

import wave
from pathlib import Path

import pytest

from hub.domain.audio import PcmChunk, silence
from hub.pipeline.listen.endpoint import Endpointer, EndpointSettings, SpeechMark
from hub.providers.listening.vad import SileroModel
from tests.pipeline.scripted import LoudnessVad

DATA = Path(__file__).parents[2] / "data" / "audio"
VOICE = PcmChunk(b"\x10\x20" * 320)


def run(endpointer: Endpointer, chunks: list[PcmChunk]) -> list[SpeechMark | PcmChunk]:
    return [item for chunk in chunks for item in endpointer.push(chunk)]


def speech_ms(items: list[SpeechMark | PcmChunk]) -> float:
    return sum(item.duration_ms for item in items if isinstance(item, PcmChunk))


def test_speech_begins_before_its_first_voiced_window() -> None:
    items = run(Endpointer(LoudnessVad(), EndpointSettings()), [silence(2000)] + [VOICE] * 10)
    assert items[0] is SpeechMark.START
    assert speech_ms(items) > 10 * VOICE.duration_ms + 200


def test_a_click_is_no_speech() -> None:
    chunks = [silence(500), VOICE, silence(500)] * 5
    assert run(Endpointer(LoudnessVad(), EndpointSettings()), chunks) == []


def test_a_pause_shorter_than_the_silence_does_not_end_the_turn() -> None:
    endpointer = Endpointer(LoudnessVad(), EndpointSettings(silence_ms=1200))
    items = run(endpointer, [VOICE] * 20 + [silence(1100)] + [VOICE] * 20)
    assert SpeechMark.END not in items
    assert SpeechMark.END in run(endpointer, [silence(1300)])


def silence_until_the_end(endpointer: Endpointer, step_ms: float) -> float:
    """Milliseconds of silence pushed, `step_ms` at a time, until the utterance was over."""
    run(endpointer, [VOICE] * 32)  # 20 windows to the sample
    for steps in range(1, 5000):
        if SpeechMark.END in run(endpointer, [silence(step_ms)]):
            return steps * step_ms
    raise AssertionError("it never ended")


@pytest.mark.parametrize("wait_ms", [200, 300, 450])
def test_the_wait_is_over_to_the_millisecond(wait_ms: float) -> None:
    """Its windows are of 32 ms, and none ends then."""
    endpointer = Endpointer(LoudnessVad(), EndpointSettings(silence_ms=wait_ms))
    assert silence_until_the_end(endpointer, 1) == wait_ms
    assert endpointer.silence_ms == wait_ms


def test_a_wait_that_is_cut_short_is_over_at_the_next_sound() -> None:
    endpointer = Endpointer(LoudnessVad(), EndpointSettings(silence_ms=2000))
    run(endpointer, [VOICE] * 32 + [silence(500)])
    endpointer.wait_ms = 300
    assert run(endpointer, [silence(20)])[-1] is SpeechMark.END
    assert endpointer.silence_ms == 500


def test_after_the_end_nothing_more_comes() -> None:
    items = run(Endpointer(LoudnessVad(), EndpointSettings()), [VOICE] * 20 + [silence(2100)] * 3)
    assert items[-1] is SpeechMark.END


def test_an_endless_voice_is_cut_at_the_longest_utterance() -> None:
    endpointer = Endpointer(LoudnessVad(), EndpointSettings(max_ms=1000))
    assert SpeechMark.END in run(endpointer, [VOICE] * 60)


@pytest.mark.parametrize("bytes_a_chunk", [2, 642, 1024, 40_000])
def test_chunk_sizes_do_not_matter(bytes_a_chunk: int) -> None:
    data = (silence(400).data + VOICE.data * 20 + silence(1500).data)[: 16_000 * 4]
    chunks = [PcmChunk(data[i : i + bytes_a_chunk]) for i in range(0, len(data), bytes_a_chunk)]
    whole = run(Endpointer(LoudnessVad(), EndpointSettings()), [PcmChunk(data)])
    assert run(Endpointer(LoudnessVad(), EndpointSettings()), chunks) == whole


def recording(name: str) -> list[PcmChunk]:
    with wave.open(str(DATA / name), "rb") as file:
        return [PcmChunk(file.readframes(file.getnframes())), silence(3000)]


def test_silero_finds_no_speech_in_a_noisy_room() -> None:
    vad = SileroModel.load().new_stream()
    assert run(Endpointer(vad, EndpointSettings()), recording("noise_room.wav")) == []


def test_a_child_that_stops_to_think_for_a_second_is_one_turn() -> None:
    vad = SileroModel.load().new_stream()
    items = run(Endpointer(vad, EndpointSettings()), recording("spoken_pause.wav"))
    marks = [item for item in items if isinstance(item, SpeechMark)]
    assert (marks[0], marks[-2:]) == (SpeechMark.START, [SpeechMark.PAUSE, SpeechMark.END])
    assert set(marks[1:-2]) == {SpeechMark.PAUSE, SpeechMark.RESUME}
    assert speech_ms(items[: items.index(SpeechMark.END)]) > 4500, "both halves are in it"
