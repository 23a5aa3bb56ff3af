"""Quiet time and paused toys: who tries is told so kindly, and nobody is listened to."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub.domain.safety import SafetyLevel
from hub.domain.talks.talk import PARENT, TurnState
from hub.domain.toys import Toy
from hub.errors import ProviderError
from hub.pipeline.context import Ask
from hub.pipeline.events import (
    Audio,
    Finished,
    Heard,
    Refused,
    Said,
    SpeechEnded,
    SpeechStarted,
    TurnEvent,
)
from hub.safety.guard import Line
from tests.pipeline.scripted import House, ScriptedLlm, ScriptedStt, ScriptedTts, house, sound
from tests.safety.shipped import PHRASES

SPOKEN = (("voice", 600.0), ("silence", 2500.0))


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    stt, llm = ScriptedStt("tell me a story"), ScriptedLlm("Once there was a bear.")
    async with house(tmp_path, stts=[stt], llms=[llm]) as home:
        yield home


def listened_ms(home: House) -> float:
    (stt,) = home.providers.stts
    assert isinstance(stt, ScriptedStt)
    return stt.heard_ms


def thought(home: House) -> int:
    (llm,) = home.providers.llms
    assert isinstance(llm, ScriptedLlm)
    return len(llm.requests)


async def hear(home: House, *, streams: bool = False, spans: object = SPOKEN) -> list[TurnEvent]:
    """A satellite's turn with the toy as it is now."""
    toy = await home.store.toys.by_name(home.toy.name)
    assert isinstance(spans, tuple)
    ask = Ask(toy, "satellite", audio=sound(*spans), streams=streams)
    async with home.pipeline.turn(ask) as turn:
        return [event async for event in turn]


def kinds(events: list[TurnEvent]) -> list[type[TurnEvent]]:
    return list(dict.fromkeys(type(event) for event in events))


def is_quiet_line(home: House, toy: Toy, text: str) -> bool:
    return home.guard.is_line(Line.QUIET, text, toy.language)


async def test_a_press_is_met_with_a_kind_line_and_nobody_listens(home: House) -> None:
    await home.store.household.set_quiet(True)
    events = await hear(home)
    assert kinds(events) == [SpeechEnded, Heard, Said, Audio, Finished]
    heard = next(event for event in events if isinstance(event, Heard))
    assert heard.transcript.text == ""
    (said,) = (event.text for event in events if isinstance(event, Said))
    assert said.reviewed
    assert is_quiet_line(home, home.toy, said.text)
    assert (listened_ms(home), thought(home)) == (0.0, 0)
    (kept,) = await home.store.turns.recent(5)
    assert (kept.heard, kept.said, kept.state) == ("", [said.text], TurnState.DONE)


async def test_after_it_toys_answer_again_and_their_model_knows_nothing_of_it(home: House) -> None:
    await home.store.household.set_quiet(True)
    await hear(home)
    await home.store.household.set_quiet(False)
    await hear(home)
    assert thought(home) == 1
    (llm,) = home.providers.llms
    assert isinstance(llm, ScriptedLlm)
    texts = [message.text for message in llm.requests[0].messages]
    assert texts[-1] == "tell me a story"
    assert not any(is_quiet_line(home, home.toy, text) for text in texts)


async def test_a_paused_toy_is_quiet_and_another_is_not(home: House) -> None:
    await home.store.toys.save(replace(home.toy, id="other", name="Other"))
    await home.store.toys.pause("other", True)
    await hear(home)
    assert thought(home) == 1
    await home.store.toys.pause(home.toy.id, True)
    await hear(home)
    assert thought(home) == 1


async def test_an_archived_toy_rests_until_it_is_brought_back(home: House) -> None:
    await home.store.toys.archive(home.toy.id, True)
    await hear(home)
    assert thought(home) == 0
    await home.store.toys.archive(home.toy.id, False)
    await hear(home)
    assert thought(home) == 1


async def test_a_paused_toy_stays_so_when_its_settings_are_saved(home: House) -> None:
    await home.store.toys.pause(home.toy.id, True)
    saved = await home.store.toys.save(replace(home.toy, name="Another"))
    assert saved.paused
    kept = await home.store.toys.get(home.toy.id)
    assert kept == saved


async def test_quiet_time_stays_when_the_households_settings_are_saved(home: House) -> None:
    before = await home.store.household.get()
    await home.store.household.set_quiet(True)
    assert (await home.store.household.save(replace(before, country="IN"))).quiet


async def test_what_is_being_said_is_finished(home: House) -> None:
    events: list[TurnEvent] = []
    async with home.pipeline.turn(Ask(home.toy, "satellite", audio=sound(*SPOKEN))) as turn:
        async for event in turn:
            if isinstance(event, Said):
                await home.store.household.set_quiet(True)
                await home.store.toys.pause(home.toy.id, True)
            events.append(event)
    (kept,) = await home.store.turns.recent(5)
    assert (kept.said, kept.state) == (["Once there was a bear."], TurnState.DONE)


async def test_typed_words_are_checked_and_kept_and_answered_kindly(home: House) -> None:
    await home.store.household.set_quiet(True)
    await home.say("tell me a story")
    (kept,) = await home.store.turns.recent(5)
    assert kept.heard == "tell me a story"
    assert is_quiet_line(home, home.toy, kept.said[0])
    assert kept.verdicts[0].allowed
    assert thought(home) == 0


async def test_a_child_who_writes_of_being_hurt_is_heard_all_the_same(home: House) -> None:
    await home.store.household.set_quiet(True)
    events = await home.say("my uncle hits me")
    assert any(isinstance(event, Refused) for event in events)
    (kept,) = await home.store.turns.recent(5)
    assert not any(is_quiet_line(home, home.toy, line) for line in kept.said)
    assert await home.store.alerts.count_open() == 1


async def test_a_parents_own_words_still_sound(home: House) -> None:
    await home.store.household.set_quiet(True)
    line = await home.pipeline.checked(home.toy, "Dinner is ready!")
    async with home.pipeline.turn(Ask(home.toy, PARENT, line=line)) as turn:
        said = [event.text.text async for event in turn if isinstance(event, Said)]
    assert said == ["Dinner is ready!"]


async def test_a_microphone_that_is_always_on_waits_for_a_voice(home: House) -> None:
    await home.store.household.set_quiet(True)
    assert kinds(await hear(home, streams=True, spans=(("silence", 3000.0),))) == [Finished]
    assert await home.store.turns.recent(5) == []
    events = await hear(home, streams=True)
    assert kinds(events) == [SpeechStarted, SpeechEnded, Heard, Said, Audio, Finished]
    assert (listened_ms(home), thought(home)) == (0.0, 0)


async def test_a_voice_that_fails_makes_room_for_the_next(tmp_path: Path) -> None:
    broken, works = ScriptedTts("broken", error=ProviderError("gone")), ScriptedTts("works")
    async with house(tmp_path, ttses=[broken, works]) as home:
        await home.store.household.set_quiet(True)
        await hear(home)
        (kept,) = await home.store.turns.recent(5)
    assert (kept.state, kept.providers["tts"]) == (TurnState.DONE, "works")


@pytest.mark.parametrize("language", PHRASES.languages())
@pytest.mark.parametrize("level", list(SafetyLevel))
async def test_every_language_and_age_has_such_lines(
    home: House, language: str, level: SafetyLevel
) -> None:
    policy = home.guard.policy(level)
    lines = await home.guard.lines(Line.QUIET, policy, language)
    assert len({line.text for line in lines}) >= 2
    if language != "en":
        english = await home.guard.lines(Line.QUIET, policy, "en")
        assert {line.text for line in lines}.isdisjoint(line.text for line in english)
