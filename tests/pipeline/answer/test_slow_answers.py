"""A slow or broken answer, as a child hears it: "let me think", and a kind end; nothing twice."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hub.config import TurnSection
from hub.domain.audio import PcmChunk
from hub.domain.safety import CheckRequest, Direction, SafeText, SafetyPolicy, Verdict
from hub.domain.talk import Message, Transcript, Turn, TurnState
from hub.domain.toys import Toy, Voice
from hub.domain.trace import Work
from hub.errors import DiskFullError, ProviderError, StoppedError
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, Finished, Heard, Said, SpeechEnded, TurnEvent
from hub.pipeline.speak.sound_cache import SoundKey
from hub.providers.base import Llm, Stt
from hub.safety.lines import Line, PhraseBook
from tests.clock import FakeClock
from tests.pipeline.scripted import (
    CheckThat,
    House,
    Scripted,
    ScriptedLlm,
    ScriptedStt,
    ScriptedTts,
    house,
    sound,
)
from tests.pipeline.turns import FILLERS, all_done, until

APOLOGIES = PhraseBook.load().lines(Line.PROVIDER_FAILED, "en", {})
PATIENT = TurnSection(llm_timeout_s=60, tts_timeout_s=60)
HURT = "my dad hits me with a belt"


@dataclass
class Talk:
    """A turn whose events are read as they come."""

    events: list[TurnEvent] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        return [event.text.text for event in self.events if isinstance(event, Said)]

    def has(self, kind: type[TurnEvent]) -> bool:
        return any(isinstance(event, kind) for event in self.events)


@asynccontextmanager
async def talking(
    home: House,
    text: str = "do you like bears",
    *,
    aloud: bool = False,
    from_event: type[TurnEvent] = Heard,
) -> AsyncIterator[Talk]:
    """A turn, typed or said `aloud`, that has come to `from_event`; leaving the block waits for its end."""
    talk = Talk()

    async def read() -> None:
        if aloud:
            ask = Ask(home.toy, "satellite", audio=sound(("voice", 800), ("silence", 3000)))
        else:
            ask = Ask(home.toy, "say", text=text)
        async with home.pipeline.turn(ask) as turn:
            async for event in turn:
                talk.events.append(event)

    reading = asyncio.create_task(read())
    try:
        await until(lambda: talk.has(from_event))
        yield talk
        await reading
    finally:
        reading.cancel()
        await asyncio.wait([reading])


async def let_pass(clock: FakeClock, seconds: float) -> None:
    """Time, once somebody waits for its end."""
    await until(lambda: clock.falls_due(seconds))
    await clock.advance(seconds)


async def kept(home: House) -> Turn:
    return (await home.store.turns.recent(1))[0]


class SlowTts(ScriptedTts):
    """Says a filler at once, anything else when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        if text.words_for(policy) not in FILLERS:
            await self.may.wait()
        async for chunk in super().speak(text, voice, policy):
            yield chunk


async def test_while_a_model_is_slow_the_toy_says_twice_that_it_thinks(tmp_path: Path) -> None:
    clock, ready = FakeClock(), asyncio.Event()
    llm = ScriptedLlm(ready, "I like ", "bears.")
    async with house(tmp_path, llms=[llm], clock=clock, settings=PATIENT) as home:
        async with talking(home) as talk:
            await clock.advance(1.4)
            assert talk.said == []
            await clock.advance(0.1)
            await until(lambda: len(talk.said) == 1)
            await clock.advance(4.5)
            await until(lambda: len(talk.said) == 2)
            await clock.advance(5)
            ready.set()
        turn = await kept(home)
    first, second, answer = talk.said
    assert {first, second} <= set(FILLERS)
    assert first != second
    assert answer == "I like bears."
    assert (turn.state, turn.said) == (TurnState.DONE, talk.said)
    assert (turn.timings_ms["filler"], turn.timings_ms["first_audio"]) == (1500, 11_000)


async def test_a_model_that_is_quick_enough_is_waited_for_in_silence(tmp_path: Path) -> None:
    clock, ready = FakeClock(), asyncio.Event()
    llm = ScriptedLlm(ready, "Yes.")
    async with house(tmp_path, llms=[llm], clock=clock) as home, talking(home) as talk:
        await clock.advance(1.4)
        ready.set()
    assert talk.said == ["Yes."]


async def test_a_slow_voice_is_waited_for_with_a_line_that_is_at_hand(tmp_path: Path) -> None:
    clock, tts, llm = FakeClock(), SlowTts(), ScriptedLlm("Yes.")
    async with (
        house(tmp_path, llms=[llm], ttses=[tts], clock=clock, settings=PATIENT) as home,
        talking(home) as talk,
    ):
        await clock.advance(1.5)
        await until(lambda: talk.said)
        tts.may.set()
        turn = await kept(home)
    assert talk.said[0] in FILLERS
    assert talk.said[1:] == ["Yes."]
    assert turn.said == talk.said, "in the order in which it sounded"


async def test_a_line_is_kept_while_its_sound_is_made_and_not_said_where_none_comes(
    tmp_path: Path,
) -> None:
    clock, tts, llm = FakeClock(), SlowTts(), ScriptedLlm("Yes.")
    async with house(tmp_path, llms=[llm], ttses=[tts], clock=clock) as home:
        async with talking(home) as talk:
            while (await kept(home)).said != ["Yes."]:
                await asyncio.sleep(0.001)
            assert talk.said == []
            await let_pass(clock, 1.5)
            await let_pass(clock, 4.5)
            await let_pass(clock, 6)  # it is given up
            tts.may.set()
        turn = await kept(home)
    assert "Yes." not in talk.said
    assert turn.said == talk.said
    assert turn.state is TurnState.FAILED


class SlowStt(Scripted):
    """Hears `text` when it may."""

    def __init__(self, text: str) -> None:
        super().__init__("slow-stt")
        self._text = text
        self.may = asyncio.Event()

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        async for _ in audio:
            continue
        await self.may.wait()
        yield Transcript(self._text)


@pytest.mark.parametrize("drafted", [True, False])
async def test_a_slow_recogniser_is_waited_for_with_a_let_me_think(
    tmp_path: Path, drafted: bool
) -> None:
    clock, stt = FakeClock(), SlowStt("do you like bears")
    stt.local = drafted
    llm = ScriptedLlm("I like bears.")
    async with house(tmp_path, stts=[stt], llms=[llm], clock=clock, settings=PATIENT) as home:
        async with talking(home, aloud=True, from_event=SpeechEnded) as talk:
            await until(lambda: clock.falls_due(1.5))
            await clock.advance(1.4)
            assert talk.said == []
            await clock.advance(0.1)
            await until(lambda: len(talk.said) == 1)
            await let_pass(clock, 4.5)
            await until(lambda: len(talk.said) == 2)
            assert not talk.has(Heard)
            stt.may.set()
        turn = await kept(home)
    first, second, answer = talk.said
    assert {first, second} <= set(FILLERS)
    assert first != second
    assert answer == "I like bears."
    assert (turn.heard, turn.said) == ("do you like bears", talk.said)
    assert turn.timings_ms["filler"] == turn.timings_ms["endpoint"] + 1500


async def test_one_let_me_think_of_the_recogniser_and_the_next_of_the_model(
    tmp_path: Path,
) -> None:
    clock, stt, ready = FakeClock(), SlowStt("do you like bears"), asyncio.Event()
    llm = ScriptedLlm(ready, "I like bears.")
    async with house(tmp_path, stts=[stt], llms=[llm], clock=clock, settings=PATIENT) as home:
        async with talking(home, aloud=True, from_event=SpeechEnded) as talk:
            await let_pass(clock, 1.5)
            await until(lambda: len(talk.said) == 1)
            stt.may.set()
            await until(lambda: llm.requests)
            await until(lambda: clock.falls_due(4.5))
            await clock.advance(4.4)
            assert len(talk.said) == 1
            await clock.advance(0.1)
            await until(lambda: len(talk.said) == 2)
            ready.set()
        turn = await kept(home)
    assert len(set(talk.said)) == 3
    assert turn.said == talk.said


async def test_a_recogniser_that_takes_for_ever_is_given_up_kindly(tmp_path: Path) -> None:
    clock, stt = FakeClock(), SlowStt("hello")
    patient = TurnSection(stt_timeout_s=60)
    async with house(tmp_path, stts=[stt], clock=clock, settings=patient) as home:
        async with talking(home, aloud=True, from_event=SpeechEnded) as talk:
            await let_pass(clock, 1.5)
            await until(lambda: len(talk.said) == 1)
            await let_pass(clock, 4.5)
            await until(lambda: len(talk.said) == 2)
            await let_pass(clock, 6)
        turn = await kept(home)
    assert talk.said[-1] in APOLOGIES
    assert (turn.state, turn.said) == (TurnState.FAILED, talk.said)
    assert turn.error == "slow-stt: too slow: 12 s passed without a sound"


async def test_where_nothing_was_said_after_all_no_turn_is_kept(tmp_path: Path) -> None:
    clock, stt = FakeClock(), SlowStt("")
    async with house(tmp_path, stts=[stt], clock=clock, settings=PATIENT) as home:
        async with talking(home, aloud=True, from_event=SpeechEnded) as talk:
            await let_pass(clock, 1.5)
            await until(lambda: len(talk.said) == 1)
            stt.may.set()
        assert await home.store.turns.recent(1) == []
    assert talk.events[-1] == Finished(None)


async def test_a_slow_recogniser_is_waited_for_in_silence_soon_after_something_serious(
    tmp_path: Path,
) -> None:
    clock, stt = FakeClock(), SlowStt("i am sad")
    llm = ScriptedLlm("I am here.")
    async with house(tmp_path, stts=[stt], llms=[llm], clock=clock, settings=PATIENT) as home:
        await home.say(HURT)
        async with talking(home, aloud=True, from_event=SpeechEnded) as talk:
            await until(lambda: clock.falls_due(1.5))
            await clock.advance(7)
            await all_done(home)
            assert talk.said == []
            stt.may.set()
    assert talk.said == ["I am here."]


class SlowCheck(CheckThat):
    """Of the child's words, it waits until it may tell."""

    def __init__(self) -> None:
        super().__init__(Verdict(allowed=True))
        self.asked = False
        self.may = asyncio.Event()

    async def check(self, request: CheckRequest) -> Verdict:
        if request.direction is Direction.CHILD:
            self.asked = True
            await self.may.wait()
        return await super().check(request)


async def test_a_slow_guard_is_waited_for_with_a_let_me_think(tmp_path: Path) -> None:
    clock, check = FakeClock(), SlowCheck()
    llm = ScriptedLlm("I like bears.")
    async with house(
        tmp_path, llms=[llm], checks=[check], clock=clock, settings=PATIENT, check_s=60
    ) as home:
        talk = Talk()

        async def read() -> None:
            async with home.pipeline.turn(Ask(home.toy, "say", text="do you like bears")) as turn:
                async for event in turn:
                    talk.events.append(event)

        reading = asyncio.create_task(read())
        await until(lambda: check.asked)
        await let_pass(clock, 1.5)
        await until(lambda: len(talk.said) == 1)
        assert not llm.requests
        check.may.set()
        await reading
        turn = await kept(home)
    assert talk.said[0] in FILLERS
    assert talk.said[1:] == ["I like bears."]
    assert turn.said == talk.said


async def test_fillers_are_no_part_of_what_a_model_remembers(tmp_path: Path) -> None:
    clock, ready = FakeClock(), asyncio.Event()
    llm = ScriptedLlm(ready, "I like bears.")
    async with house(tmp_path, llms=[llm], clock=clock) as home:
        async with talking(home) as talk:
            await clock.advance(1.5)
            await until(lambda: talk.said)
            ready.set()
        assert talk.said[0] in FILLERS
        await home.say("and cats")
    assert llm.requests[-1].messages[1:] == (
        Message("user", "do you like bears"),
        Message("assistant", "I like bears."),
        Message("user", "and cats"),
    )


async def test_an_answer_that_takes_for_ever_is_given_up_kindly(tmp_path: Path) -> None:
    clock = FakeClock()
    llm = ScriptedLlm(asyncio.Event())
    async with house(tmp_path, llms=[llm], clock=clock, settings=PATIENT) as home:
        async with talking(home) as talk:
            await clock.advance(1.5)
            await until(lambda: len(talk.said) == 1)
            await clock.advance(4.5)
            await until(lambda: len(talk.said) == 2)
            await clock.advance(6)
        turn = await kept(home)
    assert llm.closed
    assert talk.said[-1] in APOLOGIES
    assert (turn.state, turn.said) == (TurnState.FAILED, talk.said)
    assert turn.error == "scripted-llm: too slow: 12 s passed without a sound"
    assert [span.failed for span in turn.spans if span.work is Work.LLM] == [True]


async def test_before_that_the_next_model_is_asked(tmp_path: Path) -> None:
    clock = FakeClock()
    llms = [ScriptedLlm(asyncio.Event()), ScriptedLlm("Hello.")]
    async with house(tmp_path, llms=llms, clock=clock) as home:
        async with talking(home) as talk:
            await clock.advance(1.5)
            await until(lambda: len(talk.said) == 1)
            await clock.advance(4.5)
            await until(lambda: len(talk.said) == 2)
            await clock.advance(4)
        turn = await kept(home)
    assert talk.said[-1] == "Hello."
    assert turn.state is TurnState.DONE


async def test_an_answer_that_stops_in_the_middle_is_given_up_kindly(tmp_path: Path) -> None:
    clock = FakeClock()
    llms = [ScriptedLlm("Once there was a bear. ", asyncio.Event())]
    async with house(tmp_path, llms=llms, clock=clock, settings=PATIENT) as home:
        async with talking(home) as talk:
            await until(lambda: talk.said)
            while len(talk.said) < 2:
                await clock.advance(1)
                await asyncio.sleep(0.001)
        turn = await kept(home)
    assert talk.said[0] == "Once there was a bear."
    assert talk.said[1] in APOLOGIES
    assert turn.state is TurnState.FAILED


@pytest.mark.parametrize("words", [HURT, "are you real"])
async def test_no_let_me_think_before_a_redirect_or_the_truth(tmp_path: Path, words: str) -> None:
    clock, tts = FakeClock(), SlowTts()
    async with (
        house(tmp_path, ttses=[tts], clock=clock, settings=PATIENT) as home,
        talking(home, words) as talk,
    ):
        await clock.advance(7)
        await all_done(home)
        assert talk.said == []
        tts.may.set()
    assert len(talk.said) == 1
    assert talk.said[0] not in FILLERS


async def test_no_let_me_think_soon_after_something_serious(tmp_path: Path) -> None:
    clock, ready = FakeClock(), asyncio.Event()
    llm = ScriptedLlm(ready, "I am here.")
    async with house(tmp_path, llms=[llm], clock=clock, settings=PATIENT) as home:
        await home.say(HURT)
        async with talking(home, "i am sad") as talk:
            await clock.advance(7)
            await all_done(home)
            assert talk.said == []
            ready.set()
    assert talk.said == ["I am here."]


async def test_a_stopped_toy_does_not_say_that_it_thinks(tmp_path: Path) -> None:
    clock = FakeClock()
    async with house(tmp_path, llms=[ScriptedLlm(asyncio.Event())], clock=clock) as home:

        async def stop_amid() -> None:
            async with talking(home) as talk:
                await clock.advance(1)
                home.pipeline.emergency_stop.call()
                await clock.advance(20)
                assert talk.said == []

        with pytest.raises(StoppedError):
            await stop_amid()
        assert home.tts.spoken == []


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
    assert said[0] in PhraseBook.load().lines(Line.STORAGE_FAILED, "en", {})
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
            tasks.create_task(read())
            await until(lambda: asked)
            await let_pass(clock, 1.5)
            await until(lambda: len(talk.said) == 1)
            await let_pass(clock, 4.5)
            await until(lambda: len(talk.said) == 2)
            await let_pass(clock, 6)
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
