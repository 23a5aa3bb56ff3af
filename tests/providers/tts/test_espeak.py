"""What is particular to espeak-ng: its settings, and one library for the whole process."""

import asyncio
import os
import resource
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from hub.domain.toys import Voice
from hub.errors import ProviderError
from hub.providers.tts.espeak import Espeak
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import POLICY, safe


@pytest.fixture
async def espeak() -> AsyncIterator[Espeak]:
    provider = Espeak(BARE)
    yield provider
    await provider.aclose()


async def speak(espeak: Espeak, words: str = "Hello little one", **settings: float) -> bytes:
    speech = espeak.speak(safe(words), Voice(settings=settings), POLICY)
    return b"".join([chunk.data async for chunk in speech])


async def test_speed_and_pitch_are_heard(espeak: Espeak) -> None:
    normal = await speak(espeak)
    assert len(await speak(espeak, speed=0.7)) > 1.2 * len(normal)
    assert len(await speak(espeak, speed=1.5)) < 0.8 * len(normal)
    assert await speak(espeak, pitch=10) != normal
    assert len(await speak(espeak)) == pytest.approx(len(normal), rel=0.05)  # nothing of it stays


async def test_settings_out_of_range_still_speak(espeak: Espeak) -> None:
    assert await speak(espeak, speed=1e6, pitch=-1e6)


async def test_a_language_is_a_voice_too(espeak: Espeak) -> None:
    german = espeak.speak(safe("Hello little one"), Voice("de"), POLICY)
    assert b"".join([chunk.data async for chunk in german]) != await speak(espeak)


async def test_english_signs_are_spoken_as_people_say_them(espeak: Espeak) -> None:
    """And in another language left as they are: "pounds" is no German word."""
    written, said = "It is 7:05 and costs £2.50", "It is 7 oh 5 and costs 2 pounds 50"
    assert len(await speak(espeak, written)) == pytest.approx(
        len(await speak(espeak, said)), rel=0.01
    )
    in_german = []
    for words in (written, said):
        speech = espeak.speak(safe(words), Voice("de"), POLICY)
        in_german.append(b"".join([chunk.data async for chunk in speech]))
    assert len(in_german[0]) != pytest.approx(len(in_german[1]), rel=0.01)


async def test_markup_in_the_words_is_read_not_obeyed(espeak: Espeak) -> None:
    assert await speak(espeak, "<b>hi</b> [[h@'l@U]] \0 there")


async def test_two_instances_speak_side_by_side(espeak: Espeak) -> None:
    other = Espeak(BARE)
    both = await asyncio.gather(speak(espeak), speak(other))
    await other.aclose()
    assert len(both[0]) == pytest.approx(len(both[1]), rel=0.05)
    assert both[0]


async def test_a_misspelt_voice_in_the_settings_is_one_clear_line() -> None:
    espeak = Espeak(provider_setup("tts.espeak", voice="english-uk"))
    with pytest.raises(ProviderError, match="no voice 'english-uk'"):
        await speak(espeak)
    await espeak.aclose()


async def test_closing_ends_speech_that_nobody_finished_and_its_thread() -> None:
    before = threading.enumerate()
    espeak = Espeak(BARE)
    speech = espeak.speak(safe("a long story " * 5000), Voice(), POLICY)
    async with aclosing(speech):
        await anext(speech)
        await espeak.aclose()
    left = set(threading.enumerate()) - set(before)
    assert not [thread for thread in left if thread.name.startswith("espeak")]


async def test_the_voice_in_use_speaks_on_where_no_file_can_be_opened(espeak: Espeak) -> None:
    before = await speak(espeak, "Good morning")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
    try:
        after = await speak(espeak, "Good morning")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert len(after) == pytest.approx(len(before), rel=0.05)
