"""How an answer is spoken: in order, once each, the next clause made while one is heard."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.config import TurnSection
from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.talks.trace import Work
from hub.domain.toys import Voice
from hub.pipeline.context import Ask, TurnContext
from hub.pipeline.events import Audio, Said, TurnEvent
from hub.pipeline.speak.output import SpeechOutput
from hub.providers.base import LlmDelta, LlmRequest
from tests.clock import FakeClock, settle
from tests.pipeline.scripted import House, Scripted, ScriptedTts, house
from tests.pipeline.turns import FILLERS, all_done, pass_until, until


class HeldOutput:
    """An output whose events are taken one by one."""

    def __init__(self, home: House, clock: Clock, *, cleared: asyncio.Event | None = None) -> None:
        self.home = home
        ask = Ask(home.toy, "say", text="hello")
        context = TurnContext.new(replace(home.services, clock=clock), ask, self._take)
        context.record.id, context.record.heard = "t1", "hello"
        self.turn, self.timings, self.policy = context.record, context.timings, context.policy
        self.said: list[str] = []
        self.chunks = 0
        self.may_take = asyncio.Semaphore(0)

        async def is_cleared() -> None:
            if cleared is not None:
                await cleared.wait()

        self.output = SpeechOutput(context, is_cleared)

    async def _take(self, event: TurnEvent) -> None:
        await self.may_take.acquire()
        if isinstance(event, Said):
            self.said.append(event.text.text)
        else:
            assert isinstance(event, Audio)
            self.chunks += 1

    async def line(self, text: str) -> SafeText:
        _, safe = await self.home.guard.check_toy(text, self.policy)
        assert safe is not None
        return safe

    async def put(self, *texts: str) -> None:
        for text in texts:
            await self.output.put(await self.line(text))
        await self.output.close()


@asynccontextmanager
async def speaking(
    home: House, *texts: str, cleared: asyncio.Event | None = None
) -> AsyncIterator[HeldOutput]:
    held = HeldOutput(home, home.clock, cleared=cleared)
    await home.store.turns.begin(held.turn)
    tasks = [asyncio.create_task(held.put(*texts)), asyncio.create_task(held.output.run())]
    try:
        yield held
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_the_next_clause_is_made_while_one_sounds_and_no_further_one(tmp_path: Path) -> None:
    async with house(tmp_path) as home, speaking(home, "One.", "Two.", "Three.", "Four.") as held:
        held.may_take.release()  # "One." begins to sound
        await until(lambda: held.said == ["One."])
        await until(lambda: home.tts.spoken == ["One.", "Two."])
        await settle()
        assert home.tts.spoken == ["One.", "Two."], "the third waits until the second sounds"
        for _ in range(5):
            held.may_take.release()
        await until(lambda: held.said == ["One.", "Two."])
        await until(lambda: len(home.tts.spoken) == 3)


async def test_a_clause_made_ahead_shows_so_in_the_waterfall(tmp_path: Path) -> None:
    clock = FakeClock()
    async with house(tmp_path, clock=clock) as home, speaking(home, "One.", "Two.") as held:
        held.may_take.release()
        await until(lambda: home.tts.spoken == ["One.", "Two."])
        await clock.advance(2)
        for _ in range(10):
            held.may_take.release()
        await until(lambda: held.said == ["One.", "Two."])
    made = [span for span in held.timings.spans if span.work is Work.TTS]
    assert [(span.clause, span.start_ms, span.end_ms) for span in made] == [(1, 0, 0), (2, 0, 0)]


async def test_sound_is_made_before_the_turn_is_decided_and_nothing_is_said_or_kept(
    tmp_path: Path,
) -> None:
    decided = asyncio.Event()
    async with house(tmp_path) as home, speaking(home, "One.", cleared=decided) as held:
        for _ in range(10):
            held.may_take.release()
        await until(lambda: home.tts.spoken == ["One."])
        await all_done(home)
        kept = await home.store.turns.get("t1")
        assert kept is not None
        assert (held.said, held.chunks, kept.said) == ([], 0, [])
        decided.set()
        await until(lambda: held.chunks >= 2)
        assert held.said == ["One."]


class EndlessTts(ScriptedTts):
    """Makes sound until it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        self.closed = 0

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        try:
            while True:
                self.made += 1
                yield PcmChunk(bytes(3200))
                await asyncio.sleep(0)
        finally:
            self.closed += 1


async def test_a_voice_that_never_ends_is_read_half_a_minute_ahead_and_closed_with_the_turn(
    tmp_path: Path,
) -> None:
    tts = EndlessTts()
    async with house(tmp_path, ttses=[tts]) as home:
        async with speaking(home, "One.", cleared=asyncio.Event()):
            await until(lambda: tts.made >= 300)
            await settle()
            assert tts.made <= 305
        assert tts.closed == 1


class NumberedTts(Scripted):
    """Says the n-th line that it is asked for in samples of value n, each piece after a while."""

    def __init__(self, clock: FakeClock, waits_s: Sequence[float]) -> None:
        super().__init__("numbered")
        self._clock = clock
        self._waits_s = waits_s
        self.spoken: list[str] = []

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        self.spoken.append(text.words_for(policy))
        number = len(self.spoken)
        for wait_s in (self._waits_s[number % len(self._waits_s)], 0.1):
            await self._clock.sleep(wait_s)
            yield PcmChunk(number.to_bytes(2, "little") * 1600)


class PacedLlm(Scripted):
    """Writes `text` in pieces, each after a while."""

    def __init__(self, clock: FakeClock, text: str, pieces: Sequence[tuple[int, float]]) -> None:
        super().__init__("paced")
        self._clock = clock
        self._text = text
        self._pieces = pieces

    async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
        rest = self._text
        for size, wait_s in self._pieces:
            await self._clock.sleep(wait_s)
            piece, rest = rest[:size], rest[size:]
            yield LlmDelta(piece)
        yield LlmDelta(rest)


SENTENCES = ["One bear.", "Two cats.", "Three dogs.", "Four owls.", "Five mice."]
WAITS = st.sampled_from([0.0, 0.05, 0.7, 2.5, 7.0])


@settings(max_examples=25)
@given(
    pieces=st.lists(st.tuples(st.integers(0, 20), WAITS), max_size=6),
    voice_s=st.lists(WAITS, min_size=1, max_size=3),
    listener_s=WAITS,
)
async def test_whatever_the_speeds_each_line_sounds_once_and_in_order(
    pieces: Sequence[tuple[int, float]], voice_s: Sequence[float], listener_s: float
) -> None:
    clock = FakeClock()
    tts = NumberedTts(clock, voice_s)
    llm = PacedLlm(clock, " ".join(SENTENCES), pieces)
    patient = TurnSection(llm_timeout_s=120, tts_timeout_s=60, give_up_s=300)
    events: list[TurnEvent] = []

    async def listen(home: House) -> None:
        async with home.pipeline.turn(Ask(home.toy, "say", text="count")) as turn:
            async for event in turn:
                events.append(event)
                if isinstance(event, Audio):
                    await clock.sleep(listener_s / 10)

    with TemporaryDirectory() as folder:
        async with house(
            Path(folder), llms=[llm], ttses=[tts], clock=clock, settings=patient
        ) as home:
            listening = asyncio.create_task(listen(home))
            await pass_until(clock, listening.done)
            await listening
            (turn,) = await home.store.turns.recent(5)
    said = [event.text.text for event in events if isinstance(event, Said)]
    assert [line for line in said if line not in FILLERS] == SENTENCES
    assert turn.said == said, "parents read what sounded, in its order"
    assert not set(said[2:]) & set(FILLERS), "two fillers at most, before the answer"
    heard: list[tuple[str, int]] = []
    for event in events:
        if isinstance(event, Said):
            now = event.text.text
        if isinstance(event, Audio):
            number = int.from_bytes(event.chunk.data[:2], "little")
            heard.append((now, number))
    spoken_as = {line: number for number, line in enumerate(tts.spoken, 1)}
    assert heard == [(line, spoken_as[line]) for line in said for _ in range(2)]
