"""Fixed lines sound at once and without a network; nothing else is kept, and nothing for ever."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from hub.domain.household import LedgerKind
from hub.domain.persona import Persona
from hub.domain.safety import SafetyLevel, SafetyPolicy
from hub.domain.toys import Toy, Voice
from hub.errors import ProviderError, UnsafeSpeechError
from hub.knowledge.so_far import BY_ROTE
from hub.pipeline.context import Ask, TurnContext
from hub.pipeline.speak import sound_cache
from hub.pipeline.speak.fixed_lines import FixedLineSounds
from hub.pipeline.speak.sound_cache import SoundCache, SoundKey
from hub.pipeline.speak.voices import speak
from hub.providers.tts.espeak import Espeak
from hub.safety.lines import Line
from tests.clock import FakeClock, settle
from tests.pipeline.scripted import House, ScriptedTts, house
from tests.providers.setups import BARE
from tests.safety.shipped import PHRASES

PREPARED = [line for kind in BY_ROTE for line in PHRASES.lines(kind, "en", {})]


async def sound(home: House, toy: Toy | None = None, sounds: SoundCache | None = None) -> bytes:
    """Of one and the same fixed line, in the toy's voice."""
    toy = toy or home.toy
    policy = home.guard.policy_for(toy)
    (line, *_) = await home.guard.lines(Line.THINKING, policy, toy.language)
    services = replace(home.services, sounds=sounds or home.services.sounds)
    context = TurnContext.new(services, Ask(toy, "say"))
    chunks = [chunk async for chunk in speak(context, line)]
    assert context.record.providers["tts"]
    return b"".join(chunk.data for chunk in chunks)


async def test_a_fixed_line_is_made_into_sound_once(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        assert await sound(home) == await sound(home)
        assert len(home.tts.spoken) == 1


async def test_a_models_words_are_never_kept(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        policy = home.guard.policy_for(home.toy)
        _, free = await home.guard.check_toy("Bears like honey.", policy)
        assert free is not None
        key = SoundKey("scripted-tts", Voice(), "en", free)
        await home.services.sounds.keep(key, b"ab")
        assert await home.services.sounds.get(key, policy) is None


@pytest.mark.parametrize(
    "other",
    [
        {"voice": Voice("robin")},
        {"voice": Voice(settings={"speed": 0.9})},
        {"language": "de"},
        {"safety_level": SafetyLevel.RELAXED},
        {"blocked_topics": frozenset({"santa"})},
    ],
)
async def test_another_voice_or_policy_is_another_sound(
    tmp_path: Path, other: dict[str, object]
) -> None:
    async with house(tmp_path) as home:
        await sound(home)
        await sound(home, replace(home.toy, **other))  # type: ignore[arg-type] # by parameters
        assert len(home.tts.spoken) == 2


async def test_words_for_another_policy_are_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        policy = home.guard.policy_for(home.toy)
        (line, *_) = await home.guard.lines(Line.THINKING, policy, "en")
        key = SoundKey("scripted-tts", Voice(), "en", line)
        with pytest.raises(UnsafeSpeechError):
            await home.services.sounds.get(key, SafetyPolicy())


async def test_after_a_restart_a_line_sounds_in_a_voice_that_is_away(tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    async with house(tmp_path) as home:
        made = await sound(home, sounds=SoundCache(folder))
        home.providers.ttses = [ScriptedTts(error=ProviderError("away"))]
        assert await sound(home, sounds=SoundCache(folder)) == made
        with pytest.raises(ProviderError, match="away"):
            await sound(home, sounds=SoundCache(folder, settings="another default voice"))


async def test_a_line_sounds_in_a_voice_that_is_left_alone_for_now(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.toy = replace(home.toy, voice=Voice("rachel"))
        made = await sound(home)
        stand_in = ScriptedTts("stand-in")
        home.providers.ttses, home.providers.ttses_away = [stand_in], [home.tts]
        assert await sound(home) == made
        assert stand_in.spoken == []
        home.services = replace(home.services, sounds=SoundCache())
        await sound(home)
        assert stand_in.voices == [Voice()], "the toy's own voice is the other provider's"


async def test_a_line_that_broke_off_is_not_kept(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        cracked = ScriptedTts(error=ProviderError("lost"), amid=True)
        home.providers.ttses = [cracked]
        for _ in range(2):
            with pytest.raises(ProviderError, match="lost"):
                await sound(home)
        assert len(cracked.spoken) == 2


async def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    async with house(tmp_path) as home:
        made = await sound(home, sounds=SoundCache(folder))
        (file,) = folder.iterdir()
        file.write_bytes(file.read_bytes()[:-2])
        assert await sound(home, sounds=SoundCache(folder)) == made
        assert len(home.tts.spoken) == 2
        assert await sound(home, sounds=SoundCache(folder)) == made
        assert len(home.tts.spoken) == 2


async def test_a_toy_speaks_where_nothing_can_be_kept(tmp_path: Path) -> None:
    in_the_way = tmp_path / "sounds"
    in_the_way.write_text("no folder")
    async with house(tmp_path) as home:
        assert await sound(home, sounds=SoundCache(in_the_way))


async def test_what_was_used_longest_ago_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_cache, "MAX_MEMORY_BYTES", 250)
    monkeypatch.setattr(sound_cache, "MAX_FOLDER_BYTES", 3 * (100 + sound_cache.CHECKSUM_BYTES))
    folder = tmp_path / "sounds"
    async with house(tmp_path) as home:
        policy = home.guard.policy_for(home.toy)
        (line, *_) = await home.guard.lines(Line.THINKING, policy, "en")
        keys = [SoundKey(f"voice {number}", Voice(), "en", line) for number in range(4)]
        sounds = SoundCache(folder)
        for number, key in enumerate(keys[:3]):
            await sounds.keep(key, bytes([number]) * 100)
        assert await sounds.get(keys[0], policy) == bytes(100)
        await sounds.keep(keys[3], bytes([3]) * 100)
        fresh = SoundCache(folder)
        there = [await fresh.get(key, policy) is not None for key in keys]
        assert there == [True, False, True, True]
        assert len(list(folder.iterdir())) == 3
        in_memory = SoundCache()
        for number in (0, 1, 0, 2):
            if await in_memory.get(keys[number], policy) is None:
                await in_memory.keep(keys[number], bytes(100))
        there = [await in_memory.get(key, policy) is not None for key in keys]
        assert there == [True, False, True, False]


async def test_a_toys_lines_for_hard_times_are_made_beforehand_and_once(tmp_path: Path) -> None:
    async with house(tmp_path, clock=FakeClock()) as home:
        preparing = asyncio.create_task(FixedLineSounds(home.services).run())
        await prepare(home, len(PREPARED))
        assert sorted(home.tts.spoken) == sorted(PREPARED)
        await home.store.toys.save(replace(home.toy, persona=Persona("a bear")))
        await home.store.toys.save(replace(home.toy, voice=Voice("robin")))
        await prepare(home, 2 * len(PREPARED))
        assert {voice.name for voice in home.tts.voices} == {"", "robin"}
        preparing.cancel()
        await asyncio.wait([preparing])


async def test_what_is_rehearsed_outside_the_house_stands_in_the_ledger(tmp_path: Path) -> None:
    async with house(tmp_path, clock=FakeClock()) as home:
        home.tts.local = False
        preparing = asyncio.create_task(FixedLineSounds(home.services).prepare(home.toy))
        await prepare(home, len(PREPARED))
        await preparing
        rows = await home.store.ledger.recent(100)
    assert [row.kind for row in rows] == [LedgerKind.TTS] * len(PREPARED)
    assert not any(row.discarded for row in rows)


async def test_a_voice_that_is_away_is_tried_again_later(tmp_path: Path) -> None:
    async with house(tmp_path, clock=FakeClock()) as home:
        home.providers.ttses = [ScriptedTts(error=ProviderError("away"))]
        preparing = asyncio.create_task(FixedLineSounds(home.services).run())
        await settle()
        await asyncio.sleep(0.01)
        home.providers.ttses = [home.tts]
        await prepare(home, len(PREPARED), step_s=600)
        preparing.cancel()
        await asyncio.wait([preparing])


async def prepare(home: House, lines: int, step_s: float = 0.5) -> None:
    """Let time pass until so many lines were made."""
    clock = cast(FakeClock, home.clock)
    while len(home.tts.spoken) < lines:
        await clock.advance(step_s)
        await asyncio.sleep(0.001)
    await clock.advance(0.5)


async def test_a_real_voices_fixed_line_sounds_the_same_the_second_time(tmp_path: Path) -> None:
    voice = Espeak(BARE)
    try:
        async with house(tmp_path, ttses=[voice]) as home:
            made = await sound(home, sounds=SoundCache(tmp_path / "sounds"))
            kept = await sound(home, sounds=SoundCache(tmp_path / "sounds"))
    finally:
        await voice.aclose()
    assert kept == made
    assert len(made) > 16_000, "half a second at 16 kHz"
