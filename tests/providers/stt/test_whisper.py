"""What is particular to Whisper: it never downloads, and doesn't make words of silence."""

from pathlib import Path

import pytest

from hub.config import Config
from hub.domain.talks.talk import Transcript
from hub.errors import ProviderUnavailableError
from hub.providers.base import ProviderSetup
from hub.providers.models.models import whisper_folder
from hub.providers.stt.utterance import confidence
from hub.providers.stt.whisper import Whisper
from tests.providers.speech import RECORDINGS, as_spoken, read_wav
from tests.providers.tiny_whisper import make_tiny_whisper


async def hear(data: Path, language: str = "en") -> list[Transcript]:
    whisper = Whisper(
        ProviderSetup(
            Config.model_validate({"hub": {"data": data}, "stt": {"whisper": {"model": "tiny.en"}}})
        )
    )
    audio = as_spoken(read_wav(RECORDINGS / "noise_room.wav"))
    try:
        return [transcript async for transcript in whisper.transcribe(audio, language=language)]
    finally:
        await whisper.aclose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return whisper_folder(tmp_path, "tiny.en")


async def test_words_made_up_for_silence_are_not_heard(tmp_path: Path, folder: Path) -> None:
    make_tiny_whisper(folder, "thank you for watching", silence=True)
    assert await hear(tmp_path) == [Transcript("")]


async def test_a_model_that_repeats_itself_is_not_heard(tmp_path: Path, folder: Path) -> None:
    make_tiny_whisper(folder, "la " * 60)
    assert await hear(tmp_path) == [Transcript("")]


async def test_a_model_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    whisper = Whisper(ProviderSetup(Config.model_validate({"hub": {"data": tmp_path}})))
    assert "pommai-hub models get base.en" in whisper.problem()
    with pytest.raises(ProviderUnavailableError, match=r"pommai-hub models get base\.en"):
        await whisper.warm_up()
    await whisper.aclose()


async def test_a_model_without_its_tokenizer_is_not_completed_from_the_network(
    tmp_path: Path, folder: Path
) -> None:
    make_tiny_whisper(folder, "hello")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ProviderUnavailableError, match="isn't on this machine"):
        await hear(tmp_path)


async def test_a_damaged_model_is_one_clear_line(tmp_path: Path, folder: Path) -> None:
    make_tiny_whisper(folder, "hello")
    (folder / "model.bin").write_bytes(b"not a model")
    with pytest.raises(ProviderUnavailableError, match="models remove"):
        await hear(tmp_path)


async def test_an_english_model_refuses_another_language(tmp_path: Path, folder: Path) -> None:
    make_tiny_whisper(folder, "hello")
    with pytest.raises(ProviderUnavailableError, match="doesn't hear 'de'"):
        await hear(tmp_path, "de")


def test_confidence_is_the_mean_probability_of_a_token() -> None:
    assert confidence([0.0, 0.0]) == 1.0
    assert confidence([-1.0]) == pytest.approx(0.368, abs=0.001)
