"""An answer that breaks, in its voice, its model or its keeping, ends in a kind line."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from hub.domain.audio import PcmChunk
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.talks.trace import Work
from hub.domain.toys import Toy, Voice
from hub.errors import DiskFullError, ProviderError
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, Said
from hub.pipeline.speak.sound_cache import SoundKey
from hub.providers.base import Llm, Stt
from hub.safety.lines import Line
from tests.clock import FakeClock
from tests.pipeline.answer.slow import APOLOGIES, Talk, kept, let_pass, talking
from tests.pipeline.scripted import (
    ScriptedLlm,
    ScriptedStt,
    ScriptedTts,
    house,
    sound,
)
from tests.pipeline.turns import FILLERS, pass_until, until
from tests.safety.shipped import PHRASES


async def test_a_clause_that_breaks_off_is_not_begun_again_by_another_voice(tmp_path: Path) -> None:
    cracked = ScriptedTts("cracked", error=ProviderError("cracked: lost"), amid=True)
    whole = ScriptedTts("whole")
    llm = ScriptedLlm("Once there was a bear. ", "It ate honey. ", asyncio.Event())
    async with house(tmp_path, llms=[llm], ttses=[cracked, whole]) as home:
        async with talking(home) as talk:
            pass
        turn = await kept(home)
    assert llm.closed
    assert cracked.spoken == ["Once there was a bear."]
    assert whole.spoken == talk.said[1:]
    assert talk.said[1] in APOLOGIES
    assert len(talk.said) == 2
    assert (turn.state, turn.error) == (TurnState.FAILED, "cracked: lost")
    assert turn.said == talk.said


async def test_after_a_voice_broke_its_own_sound_of_the_kind_line_serves(tmp_path: Path) -> None:
    cracked = ScriptedTts("cracked", error=ProviderError("cracked: lost"), amid=True)
    whole = ScriptedTts("whole")
    async with house(tmp_path, llms=[ScriptedLlm("Hello.")], ttses=[cracked, whole]) as home:
        policy = home.guard.policy_for(home.toy)
        for line in await home.guard.lines(Line.PROVIDER_FAILED, policy, "en"):
            key = SoundKey("cracked", Voice(), "en", line)
            await home.services.sounds.keep(key, bytes(3200))
        async with talking(home) as talk:
            pass
    assert talk.said[1] in APOLOGIES
    assert (cracked.spoken, whole.spoken) == (["Hello."], [])


async def test_what_breaks_ahead_is_told_only_after_what_was_whole(tmp_path: Path) -> None:
    class LosesTheSecond(ScriptedTts):
        async def speak(
            self, text: SafeText, voice: Voice, policy: SafetyPolicy
        ) -> AsyncGenerator[PcmChunk]:
            async for chunk in super().speak(text, voice, policy):
                yield chunk
                if text.text == "Two.":
                    raise ProviderError("lost")

    tts = LosesTheSecond()
    async with house(tmp_path, llms=[ScriptedLlm("One. Two. Three.")], ttses=[tts]) as home:
        async with talking(home) as talk:
            pass
        turn = await kept(home)
    assert talk.said[:2] == ["One.", "Two."]
    assert talk.said[2] in APOLOGIES
    assert "Three." not in tts.spoken
    assert turn.state is TurnState.FAILED


async def test_a_voice_that_failed_is_not_waited_for_again_in_the_same_turn(tmp_path: Path) -> None:
    down, up = ScriptedTts("down", error=ProviderError("no")), ScriptedTts("up")
    async with house(tmp_path, llms=[ScriptedLlm("One. Two. Three.")], ttses=[down, up]) as home:
        await home.say("count")
        turn = await kept(home)
    asked = [span.provider for span in turn.spans if span.work is Work.TTS]
    assert asked == ["down", "up", "up", "up"]


async def test_when_nothing_may_leave_the_house_the_voice_at_home_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, here = ScriptedTts("away"), ScriptedTts("here")
    away.local = False

    async def full(entry: object) -> int:
        raise DiskFullError("the disk is full")

    async with house(tmp_path, llms=[ScriptedLlm("Hello.")], ttses=[away, here]) as home:
        monkeypatch.setattr(home.store.ledger, "open", full)
        await home.say("hi")
        turn = await kept(home)
    assert (away.spoken, here.spoken) == ([], ["Hello."])
    assert turn.state is TurnState.DONE


@pytest.mark.parametrize("broken", ["begin", "save"])
async def test_where_nothing_can_be_kept_the_toy_says_that_it_needs_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    async def full(turn: Turn) -> Turn:
        raise DiskFullError("the disk is full")

    async with house(tmp_path, llms=[ScriptedLlm("Hello.")]) as home:
        monkeypatch.setattr(home.store.turns, broken, full)
        events = await home.say("hi")
    said = [event.text.text for event in events if isinstance(event, Said)]
    assert len(said) == 1
    assert said[0] in PHRASES.lines(Line.STORAGE_FAILED, "en", {})
    assert isinstance(events[-2], Audio)


@pytest.mark.parametrize("aloud", [True, False])
async def test_a_model_that_is_still_being_made_ready_is_waited_for_no_longer(
    tmp_path: Path, aloud: bool
) -> None:
    clock, asked = FakeClock(), list[Toy]()
    stts = [ScriptedStt("do you like bears")]

    async def never(toy: Toy) -> Sequence[Llm]:
        asked.append(toy)
        await asyncio.Event().wait()
        return []

    async with house(tmp_path, stts=stts, clock=clock) as home:
        home.providers.llm = never  # type: ignore[method-assign]  # for ever
        talk = Talk()

        async def read() -> None:
            ask = Ask(home.toy, "say", text="do you like bears")
            if aloud:
                ask = Ask(home.toy, "toy", audio=sound(("voice", 800), ("silence", 3000)))
            async with home.pipeline.turn(ask) as turn:
                async for event in turn:
                    talk.events.append(event)

        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(read())
            await until(lambda: asked)
            await pass_until(clock, reading.done)
        turn = await kept(home)
    assert set(talk.said[:2]) <= set(FILLERS)
    assert talk.said[2:] == [turn.said[-1]]
    assert talk.said[2] in APOLOGIES
    assert (turn.state, turn.heard) == (TurnState.FAILED, "do you like bears")


async def test_recognisers_that_are_still_being_made_ready_are_waited_for_no_longer(
    tmp_path: Path,
) -> None:
    clock, asked = FakeClock(), list[Toy]()

    async def never(toy: Toy) -> Sequence[Stt]:
        asked.append(toy)
        await asyncio.Event().wait()
        return []

    async with house(tmp_path, clock=clock) as home:
        home.providers.stt = never  # type: ignore[method-assign]  # for ever
        hearing = asyncio.create_task(home.hear(("voice", 800), ("silence", 3000)))
        await until(lambda: asked)
        await let_pass(clock, 12)
        async with asyncio.timeout(60):
            events = await hearing
    assert next(e.text.text for e in events if isinstance(e, Said)) in APOLOGIES
