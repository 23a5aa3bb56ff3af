"""What is particular to Piper: voices on disk, speed, and a package that may be missing."""

import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.config import Config
from hub.domain.toys import Voice
from hub.errors import ProviderUnavailableError
from hub.providers.base import ProviderSetup
from hub.providers.models.models import piper_voice
from hub.providers.tts.piper import Piper
from tests.providers.speech import POLICY, safe
from tests.providers.tiny_piper import make_tiny_piper

VOICE = "en_US-amy-low"


@pytest.fixture
def given(tmp_path: Path) -> ProviderSetup:
    return ProviderSetup(Config.model_validate({"hub": {"data": tmp_path}}))


@pytest.fixture
async def piper(given: ProviderSetup, tmp_path: Path) -> AsyncIterator[Piper]:
    make_tiny_piper(piper_voice(tmp_path, VOICE))
    provider = Piper(given)
    yield provider
    await provider.aclose()


async def seconds(piper: Piper, words: str, **settings: float) -> float:
    speech = piper.speak(safe(words), Voice(settings=settings), POLICY)
    return sum([chunk.duration_ms async for chunk in speech]) / 1000


async def test_speed_is_heard(piper: Piper) -> None:
    normal = await seconds(piper, "hello")
    assert await seconds(piper, "hello", speed=0.5) == pytest.approx(2 * normal, rel=0.01)
    assert await seconds(piper, "hello", speed=2.0) == pytest.approx(normal / 2, rel=0.01)


async def test_raw_phonemes_in_the_words_are_not_obeyed(piper: Piper) -> None:
    assert await seconds(piper, "[[hello]]") == await seconds(piper, "hello")
    assert await seconds(piper, "[[[hello]]]") == await seconds(piper, "hello")


async def test_numbers_are_spoken_as_people_say_them(piper: Piper) -> None:
    assert await seconds(piper, "It costs £2.50") == await seconds(piper, "It costs 2 pounds 50")


async def test_a_missing_package_says_which_extra_and_licence(
    given: ProviderSetup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tiny_piper(piper_voice(tmp_path, VOICE))
    monkeypatch.setitem(sys.modules, "piper", None)
    piper = Piper(given)
    with pytest.raises(ProviderUnavailableError, match=r"GPL-3\.0.*pip install 'pommai\[piper\]'"):
        await piper.warm_up()
    await piper.aclose()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert "pommai[piper]" in piper.problem()


async def test_a_voice_that_is_not_there_says_how_to_get_it(given: ProviderSetup) -> None:
    piper = Piper(given)
    assert piper.problem()
    with pytest.raises(ProviderUnavailableError, match=f"pommai-hub models get {VOICE}"):
        await piper.warm_up()
    await piper.aclose()


async def test_a_damaged_voice_is_one_clear_line(piper: Piper, tmp_path: Path) -> None:
    piper_voice(tmp_path, VOICE).write_bytes(b"not a model")
    with pytest.raises(ProviderUnavailableError, match="is damaged") as caught:
        await piper.warm_up()
    assert "\n" not in str(caught.value)


async def test_a_voice_that_would_download_its_phonemes_is_refused(
    piper: Piper, tmp_path: Path
) -> None:
    config_file = piper_voice(tmp_path, f"{VOICE}").with_name(f"{VOICE}.onnx.json")
    text = config_file.read_text("utf-8")
    config_file.write_text(text.replace('{"audio"', '{"phoneme_type": "pinyin", "audio"'), "utf-8")
    with pytest.raises(ProviderUnavailableError, match="needs pinyin phonemes"):
        await piper.warm_up()
