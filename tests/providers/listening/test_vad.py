"""Silero hears where somebody speaks."""

import asyncio
import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from faster_whisper.vad import get_vad_model

from hub.domain.audio import silence
from hub.errors import ProviderUnavailableError
from hub.providers.listening.vad import WINDOW_SAMPLES, Detector, SileroModel, SileroVad
from tests.providers.speech import RECORDINGS, read_wav

STEP = 2 * WINDOW_SAMPLES


@pytest.fixture(scope="module")
def model() -> SileroModel:
    return SileroModel.load()


def probabilities(vad: SileroVad, name: str) -> list[float]:
    pcm = read_wav(RECORDINGS / name)
    return [
        vad.probabilities(pcm[start : start + STEP])[0]
        for start in range(0, len(pcm) - STEP + 1, STEP)
    ]


def test_speech_is_told_from_the_silence_around_it(model: SileroModel) -> None:
    heard = probabilities(model.new_stream(), "spoken_moon.wav")
    assert max(heard[:14]) < 0.2  # 0.45 s of silence
    assert min(heard[20:50]) > 0.5  # speech
    assert max(heard[60:]) < 0.2  # silence again


def test_a_stream_hears_the_same_as_the_whole_recording_at_once(model: SileroModel) -> None:
    pcm = read_wav(RECORDINGS / "spoken_dog.wav")
    samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
    whole = get_vad_model()(samples[: len(samples) // WINDOW_SAMPLES * WINDOW_SAMPLES].copy())
    stream = probabilities(model.new_stream(), "spoken_dog.wav")
    assert stream == pytest.approx(whole.tolist(), abs=1e-3)


def test_noise_is_not_speech(model: SileroModel) -> None:
    assert max(probabilities(model.new_stream(), "noise_room.wav")) < 0.5


def test_after_a_reset_the_same_sound_is_heard_the_same(model: SileroModel) -> None:
    vad = model.new_stream()
    first = probabilities(vad, "spoken_dog.wav")
    vad.reset()
    assert probabilities(vad, "spoken_dog.wav") == first


def test_two_streams_do_not_disturb_each_other(model: SileroModel) -> None:
    pcm = read_wav(RECORDINGS / "spoken_dog.wav")
    alone = probabilities(model.new_stream(), "spoken_dog.wav")
    speaking, silent = model.new_stream(), model.new_stream()
    together = []
    for start in range(0, len(pcm) - STEP + 1, STEP):
        together.append(speaking.probabilities(pcm[start : start + STEP])[0])
        silent.probabilities(silence(32).data)
    assert together == alone


def test_a_window_of_another_size_is_refused(model: SileroModel) -> None:
    with pytest.raises(ValueError, match="512 samples, not 511"):
        model.new_stream().probabilities(bytes(2 * 511))


def test_a_missing_detector_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ProviderUnavailableError, match=r"pip install 'pommai\[hub\]'"):
        SileroModel.load()


def test_loading_it_does_not_load_whisper() -> None:
    check = (
        "import sys; from hub.providers.listening.vad import SileroModel; SileroModel.load(); "
        "sys.exit('faster_whisper' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_windows_at_once_are_heard_as_one_after_the_other(model: SileroModel) -> None:
    pcm = read_wav(RECORDINGS / "spoken_dog.wav")
    whole = pcm[: len(pcm) // (3 * STEP) * 3 * STEP]
    vad = model.new_stream()
    starts = range(0, len(whole), 3 * STEP)
    threes = [p for at in starts for p in vad.probabilities(whole[at : at + 3 * STEP])]
    alone = probabilities(model.new_stream(), "spoken_dog.wav")
    assert threes == pytest.approx(alone[: len(whole) // STEP], abs=1e-5)


async def test_the_detector_is_read_once_and_not_before_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, model: SileroModel
) -> None:
    read = []

    def load() -> SileroModel:
        read.append(1)
        return model

    monkeypatch.setattr(SileroModel, "load", load)
    detector = Detector()
    assert read == []
    first, second = await asyncio.gather(detector.new_stream(), detector.new_stream())
    assert read == [1]
    assert first is not second
