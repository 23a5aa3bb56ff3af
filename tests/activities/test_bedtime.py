"""What lulls a child: bedtime, sounds that code makes, breathing; all of it ends by itself, in silence."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import time
from pathlib import Path

import numpy as np
import pytest

from hub.activities.bedtime.activity import Lulling
from hub.activities.bedtime.good_night import GoodNight
from hub.activities.bedtime.grammar import BedtimeGrammar, Wish
from hub.activities.bedtime.sounds import LEVEL, chunks_of, round_of
from hub.domain.audio import PcmChunk
from hub.domain.lulling import MAX_SOUND_S, Bedtime, Played, Sound, SoundName
from hub.domain.play.limits import DayLimits, Pastime, PlayLimits, Switches, Whose, Window
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.talks.talk import PARENT, TurnState
from hub.domain.toys import Voice
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, Said, Sounds, TurnEvent
from hub.pipeline.pipeline import Pipeline
from hub.providers.base import VoiceSetting
from hub.safety.lines import HonestQuestion
from tests.clock import FakeClock
from tests.pipeline.scripted import House, ScriptedLlm, ScriptedTts, house
from tests.pipeline.turns import record, said
from tests.safety.shipped import PHRASES


class ToneTts(ScriptedTts):
    """Hums for 200 ms a clause, at a level of 0.25."""

    voice_settings = (VoiceSetting("speed", 0.5, 2, 1),)

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        async for _ in super().speak(text, voice, policy):
            tone = 8192 * np.sqrt(2) * np.sin(np.arange(1600) * 0.3)
            yield PcmChunk(tone.astype("<i2").tobytes())


GOOD_NIGHTS = (
    "Good night!",
    "nighty night Pommai",
    "i have to go to bed",
    "Gute Nacht",
    "ich geh jetzt ins Bett",
    "dors bien Pommai",
    "शुभ रात्रि",
    "buenas noches",
)
GOOD_NIGHT_LINES = PHRASES.honest(HonestQuestion.GOOD_NIGHT, "en")


async def test_a_good_night_in_the_evening_is_answered_and_begins_bedtime(tmp_path: Path) -> None:
    async with lulled(tmp_path) as home:
        clock, whose = home.clock, Whose(toy_id=home.toy.id)
        assert isinstance(clock, FakeClock)
        home.toy = await home.store.toys.save(replace(home.toy, bedtime=Bedtime(3, SoundName.SEA)))
        good_night = GoodNight(Lulling(clock), home.store, home.guard)
        home.pipeline = Pipeline(replace(home.services, activities=[good_night]))
        assert len(said(await home.say("good night"))) == 1  # at three in the afternoon
        await clock.advance(4 * 3600)
        for words in GOOD_NIGHTS:
            events = await home.say(words)
            assert said(events)[0] in GOOD_NIGHT_LINES
            assert [each.sound.name for each in events if isinstance(each, Sounds)][-1] == "sea"
            assert record(events).providers["activity"] == Pastime.BEDTIME
            assert len(said(await home.say("good night"))) == 1  # once is enough
            await clock.advance(1800)
        off = PlayLimits(switches=Switches(frozenset({Pastime.BEDTIME})))
        asleep = PlayLimits(weekday=DayLimits(bedtime=Window(time(19), time(7))))
        for limits in (off, asleep):
            await home.store.play.save(whose, limits)
            assert len(said(await home.say("good night"))) == 1


def lulled(folder: Path, tts: ScriptedTts | None = None) -> AbstractAsyncContextManager[House]:
    clock = FakeClock()
    return house(
        folder,
        llms=[ScriptedLlm("All right.")],
        ttses=[tts or ToneTts()],
        clock=clock,
        activities=[Lulling(clock)],
    )


def level(chunks: list[PcmChunk]) -> float:
    """The root mean square, full scale 1."""
    samples = np.frombuffer(b"".join(chunk.data for chunk in chunks), "<i2") / 32768
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


def heard(events: list[TurnEvent]) -> list[tuple[Said | Sounds, list[PcmChunk]]]:
    """Each line and sound, with what was heard of it."""
    parts: list[tuple[Said | Sounds, list[PcmChunk]]] = []
    for event in events:
        match event:
            case Said() | Sounds():
                parts.append((event, []))
            case Audio(chunk):
                parts[-1][1].append(chunk)
    return parts


async def test_bedtime_grows_softer_and_slower_and_ends_in_silence(tmp_path: Path) -> None:
    voice = ToneTts()
    async with lulled(tmp_path, voice) as home:
        await home.store.toys.save(replace(home.toy, bedtime=Bedtime(3, SoundName.SEA)))
        home.toy = (await home.store.toys.list())[0]
        events = await home.say("Please, it's bedtime!")
    parts = heard(events)
    spoken = [level(chunks) for event, chunks in parts if isinstance(event, Said)]
    assert len(spoken) > 10
    assert spoken == sorted(spoken, reverse=True)
    assert spoken[0] < 0.2
    assert spoken[-1] < spoken[0] / 3
    speeds = [each.settings["speed"] for each in voice.voices]
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[-1] < 0.8
    assert not any("?" in line or "!" in line for line in said(events))
    last, sound = parts[-1]
    assert isinstance(last, Sounds)
    assert last.sound.name is SoundName.SEA
    assert sum(chunk.duration_ms for chunk in sound) == pytest.approx(180_000)
    begins, ends = sound[20:120], sound[-10:]
    assert level(begins) > 0.02 > level(sound[-300:-200]) > level(ends)
    assert level(sound[-1:]) < 1e-4
    assert record(events).providers["activity"] == "bedtime"
    assert record(events).providers.get("llm") is None


async def test_a_parent_begins_it_and_a_refused_sentence_ends_it(tmp_path: Path) -> None:
    async with lulled(tmp_path) as home:
        toy = replace(home.toy, bedtime=Bedtime(3, None))
        part = Lulling(home.clock).bedtime(toy, "a seed")
        async with home.pipeline.turn(Ask(toy, PARENT, part=part)) as turn:
            events = [event async for event in turn]
        assert isinstance(events[0], Said)
        assert len(said(events)) > 10
        assert not any(
            isinstance(event, Sounds) and event.sound.name is not SoundName.PAUSE
            for event in events
        )
        assert (record(events).source, record(events).heard) == (PARENT, "")

        async def play() -> AsyncGenerator[Played]:
            yield "All is quiet."
            yield "I will kill you."
            yield Sound(SoundName.RAIN, 60)

        async with home.pipeline.turn(Ask(toy, PARENT, part=replace(part, play=play))) as turn:
            events = [event async for event in turn]
        assert record(events).state is TurnState.REFUSED
        assert record(events).refused == ["I will kill you."]
        assert not any(isinstance(event, Sounds) for event in events)


async def test_a_parents_pause_ends_a_sound_and_what_comes_after(tmp_path: Path) -> None:
    async with lulled(tmp_path) as home:
        sounded_ms = 0.0
        async with home.pipeline.turn(Ask(home.toy, "satellite", text="play the rain")) as turn:
            async for event in turn:
                if isinstance(event, Audio):
                    sounded_ms += event.chunk.duration_ms
                    if sounded_ms == 5000:
                        await home.store.toys.pause(home.toy.id, paused=True)
        assert 5000 <= sounded_ms < 12_000


async def test_what_a_parent_switched_off_is_not_played(tmp_path: Path) -> None:
    async with lulled(tmp_path) as home:
        off = Switches(frozenset({Pastime.BEDTIME, Pastime.SOUNDS}))
        await home.store.play.save(Whose(toy_id=home.toy.id), PlayLimits(switches=off))
        for words in ("it's bedtime", "play the rain"):
            events = await home.say(words)
            assert len(said(events)) == 1
            assert not any(isinstance(event, Sounds) for event in events)


async def test_a_sound_goes_on_for_no_longer_than_a_child_may_play(tmp_path: Path) -> None:
    async with lulled(tmp_path) as home:
        await home.store.play.save(
            Whose(toy_id=home.toy.id), PlayLimits(weekday=DayLimits(minutes=2))
        )
        [(_, _), (sounds, chunks)] = heard(await home.say("can I hear the sea"))[:2]
        assert isinstance(sounds, Sounds)
        assert sounds.sound.name is SoundName.SEA
        assert sum(chunk.duration_ms for chunk in chunks) <= 120_000


@pytest.mark.parametrize("name", [name for name in SoundName if name is not SoundName.PAUSE])
def test_each_sound_is_even_soft_and_joins_itself(name: SoundName) -> None:
    made = round_of(name)
    assert float(np.sqrt(np.mean(made**2))) == pytest.approx(LEVEL, rel=0.02)
    assert float(np.abs(made).max()) < 0.5
    steps = np.abs(np.diff(made))
    assert abs(made[0] - made[-1]) <= steps.max()
    chunks = list(chunks_of(Sound(name, 8, fades=True)))
    assert sum(chunk.samples for chunk in chunks) == 8 * 16_000
    assert level(chunks[:1]) < level(chunks[20:30]) > level(chunks[-1:])


def test_a_sound_is_of_bounded_length_and_of_the_closed_list() -> None:
    with pytest.raises(ValueError, match="at most"):
        Sound(SoundName.RAIN, MAX_SOUND_S + 1)
    with pytest.raises(ValueError, match="not a valid"):
        SoundName("the words of a model")


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("Tell me a bedtime story please", Wish.BEDTIME),
        ("Pommai, it is time for bed now", Wish.BEDTIME),
        ("okay let's go to bed now", Wish.BEDTIME),
        ("Sing me a lullaby", Wish.LULLABY),
        ("Can you play the sound of the ocean?", SoundName.SEA),
        ("white noise sounds", SoundName.NOISE),
        ("play twinkle twinkle little star", SoundName.TWINKLE),
        ("let's breathe together", Wish.BREATHE),
        ("rain", None),
        ("why does it rain", None),
        ("tell me a story", None),
        ("I hate bedtime", None),
        ("how long until bedtime", None),
    ],
)
def test_what_a_child_asks_for(words: str, wish: Wish | SoundName | None) -> None:
    assert BedtimeGrammar.load().read(words, "en-GB", "Pommai") == wish
    assert BedtimeGrammar.load().read(words, "xx", "Pommai") is None


async def test_every_line_passes_the_guard_and_breathing_leaves_time(tmp_path: Path) -> None:
    texts = BedtimeGrammar.load().texts("en")
    assert texts is not None
    async with lulled(tmp_path) as home:
        policy = home.guard.policy_for(home.toy)
        lines = [
            sentence.format(who=who)
            for story in texts.stories
            for sentence in story.sentences
            for who in texts.words["who"][:1]
        ]
        lines += [words for each in texts.breathing for words, _ in each.steps]
        lines += [line for each in texts.say.model_dump().values() for line in each]
        for line in lines:
            _, safe = await home.guard.check_toy(line, policy)
            assert safe is not None, line
        events = await home.say("take a deep breath")
    assert sum(event.sound.seconds for event in events if isinstance(event, Sounds)) > 15
    assert record(events).providers["activity"] == "breathing"


def test_a_german_toy_knows_what_lulls_and_what_is_something_else() -> None:
    grammar = BedtimeGrammar.load()
    asked = {
        "spiel mir bitte ein schlaflied": Wish.LULLABY,
        "mach den Regen an": SoundName.RAIN,
        "Erzähl mir eine Gutenachtgeschichte!": Wish.BEDTIME,
        "lass uns atmen": Wish.BREATHE,
        "Regen": None,
        "wir waren am Meer": None,
    }
    assert {words: grammar.read(words, "de-AT", "Bär") for words in asked} == asked
    german, english = grammar.texts("de"), grammar.texts("en")
    assert german is not None
    assert english is not None
    assert german.when.keys() == english.when.keys()
