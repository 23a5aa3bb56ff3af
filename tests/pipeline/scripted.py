"""A household for pipeline tests: real guard, real database, providers that follow a script."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from hub.activities.activity import Activity
from hub.alerts.maker import AlertMaker
from hub.config import Config, TurnSection
from hub.domain.audio import PcmChunk, silence
from hub.domain.clock import Clock, SystemClock
from hub.domain.safety import CheckRequest, SafeText, SafetyCheck, SafetyPolicy, Verdict
from hub.domain.talks.talk import Transcript, Turn
from hub.domain.toys import Toy, Voice
from hub.egress.gate import EgressGate, GuessProviders
from hub.egress.spending import Prices, Spending
from hub.events import Bus
from hub.knowledge.documents.search import PassageSearch
from hub.knowledge.running_summary import RunningSummaries
from hub.knowledge.voice_hints import VoiceHints
from hub.pipeline.answer.breaks import Breaks
from hub.pipeline.context import Ask, TurnServices
from hub.pipeline.events import TurnEvent
from hub.pipeline.pipeline import Pipeline
from hub.providers.base import Llm, LlmDelta, LlmRequest, Stt, Tts
from hub.providers.listening.vad import Vad
from hub.providers.listening.voice_model import Embeds, VoiceModel
from hub.providers.pool import Providers
from hub.safety.guard import Guard
from hub.storage.store import Store
from tests.new_household import open_household
from tests.safety.shipped import PHRASES, RULES

NO_VOICES = VoiceModel(Path("/no such voice model"))
UNHURRIED = TurnSection(filler_s=100, give_up_s=200)
"""In real time, where a busy machine is no slow model."""


class LoudnessVad:
    """Any window that is not digital silence is speech."""

    def probabilities(self, sound: bytes) -> list[float]:
        windows = [sound[start : start + 1024] for start in range(0, len(sound), 1024)]
        return [0.9 if any(window) else 0.01 for window in windows]

    def reset(self) -> None:
        """Nothing is remembered."""

    @classmethod
    async def new(cls) -> Vad:
        return cls()


class Scripted:
    local = True

    def __init__(self, name: str) -> None:
        self.name = name

    async def warm_up(self) -> None:
        """Always ready."""

    async def aclose(self) -> None:
        """Nothing to free."""


class ScriptedStt(Scripted):
    """Hears `text`, or raises or hangs."""

    def __init__(
        self, text: str = "", *, error: Exception | None = None, hangs: bool = False
    ) -> None:
        super().__init__(f"stt-{text or 'broken'}")
        self._text = text
        self._error = error
        self._hangs = hangs
        self.heard_ms = 0.0

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        if self._error:
            raise self._error
        async for chunk in audio:
            self.heard_ms += chunk.duration_ms
        if self._hangs:
            await asyncio.Event().wait()
        yield Transcript(self._text, confidence=0.8)


class ScriptedLlm(Scripted):
    """Writes the pieces in turn; an Exception among them is raised, an Event waited for."""

    def __init__(self, *pieces: str | Exception | asyncio.Event, local: bool = True) -> None:
        super().__init__("scripted-llm")
        self.local = local
        self._pieces = pieces
        self.requests: list[LlmRequest] = []
        self.written = 0
        self.closed = False

    async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
        self.requests.append(request)
        try:
            for piece in self._pieces:
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, asyncio.Event):
                    await piece.wait()
                else:
                    self.written += 1
                    yield LlmDelta(piece)
            yield LlmDelta(tokens_in=10, tokens_out=len(self._pieces))
        finally:
            self.closed = True


class ScriptedTts(Scripted):
    """Gives 200 ms of sound a clause and keeps the words; or raises, before or amid the sound."""

    def __init__(
        self, name: str = "scripted-tts", *, error: Exception | None = None, amid: bool = False
    ) -> None:
        super().__init__(name)
        self._error = error
        self._amid = amid
        self.spoken: list[str] = []
        self.voices: list[Voice] = []

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        words = text.words_for(policy)
        if self._error and not self._amid:
            raise self._error
        self.spoken.append(words)
        self.voices.append(voice)
        for _ in range(2):
            yield silence(100, rate_hz=22_050)
            if self._error:
                raise self._error


class CheckThat:
    """A guard layer that answers with what `judge` returns or raises."""

    name = "scripted"
    version = "1"

    def __init__(self, judge: object) -> None:
        self._judge = judge

    async def check(self, request: CheckRequest) -> Verdict:
        if isinstance(self._judge, Exception):
            raise self._judge
        return cast(Verdict, self._judge)


@dataclass
class ScriptedProviders:
    stts: Sequence[Stt] = ()
    llms: Sequence[Llm] = ()
    ttses: Sequence[Tts] = ()
    ttses_away: Sequence[Tts] = ()
    """Before the others in the toy's list, and not to be asked now."""

    async def stt(self, toy: Toy) -> Sequence[Stt]:
        return self.stts

    async def llm(self, toy: Toy) -> Sequence[Llm]:
        return self.llms

    async def tts(self, toy: Toy) -> Sequence[Tts]:
        return self.ttses

    async def tts_names(self, toy: Toy) -> tuple[str, ...]:
        return tuple(tts.name for tts in (*self.ttses_away, *self.ttses))


@dataclass
class House:
    """`say` and `hear` run one turn and give its events."""

    store: Store
    guard: Guard
    pipeline: Pipeline
    providers: ScriptedProviders
    bus: Bus
    toy: Toy
    clock: Clock
    services: TurnServices
    tts: ScriptedTts = field(default_factory=ScriptedTts)

    async def say(self, text: str) -> list[TurnEvent]:
        async with self.pipeline.turn(Ask(self.toy, "say", text=text)) as turn:
            return [event async for event in turn]

    async def hear(self, *spans: tuple[str, float]) -> list[TurnEvent]:
        """`spans` of ("voice" | "silence", milliseconds)."""
        ask = Ask(self.toy, "satellite", audio=sound(*spans))
        async with self.pipeline.turn(ask) as turn:
            return [event async for event in turn]


async def sound(*spans: tuple[str, float]) -> AsyncIterator[PcmChunk]:
    for kind, duration_ms in spans:
        for _ in range(round(duration_ms / 20)):
            chunk = silence(20)
            yield chunk if kind == "silence" else PcmChunk(b"\x10\x20" * chunk.samples)
            await asyncio.sleep(0)


@asynccontextmanager
async def house(
    folder: Path,
    *,
    stts: Sequence[Stt] = (),
    llms: Sequence[Llm] = (),
    ttses: Sequence[Tts] | None = None,
    checks: Sequence[SafetyCheck] | None = None,
    clock: Clock | None = None,
    settings: TurnSection | None = None,
    on_end: Callable[[Turn], None] = lambda turn: None,
    drafts: GuessProviders | None = None,
    guesses_are_checked: bool = True,
    check_s: float = 1.0,
    activities: Sequence[Activity] = (),
    voices: Embeds = NO_VOICES,
) -> AsyncIterator[House]:
    if clock is None:
        clock, settings = SystemClock(), settings or UNHURRIED
    database = await open_household(folder, clock)
    try:
        bus = Bus()
        store = Store(database, bus, clock)
        guard = Guard(checks if checks is not None else [RULES], clock, check_s, PHRASES)
        tts = ScriptedTts()
        providers = ScriptedProviders(stts, llms, [tts] if ttses is None else ttses)
        alerts = AlertMaker(store, clock)
        spending = Spending(store, Prices.load(Config()), clock, alerts)
        pool, outgoing = cast(Providers, providers), EgressGate(store, clock, spending, drafts)
        services = TurnServices(
            guard=guard,
            providers=pool,
            store=store,
            outgoing=outgoing,
            bus=bus,
            clock=clock,
            settings=settings or TurnSection(),
            alerts=alerts,
            breaks=Breaks(store),
            passages=PassageSearch(store, clock),
            summaries=RunningSummaries(store, guard, pool, outgoing, bus, clock),
            voice_hints=VoiceHints(store, voices, "a network", clock),
            new_vad=LoudnessVad.new,
            guesses_are_checked=guesses_are_checked,
            on_end=on_end,
            activities=activities,
        )
        toy = (await store.toys.list())[0]
        yield House(store, guard, Pipeline(services), providers, bus, toy, clock, services, tts)
    finally:
        await database.aclose()


SPEECH = (("silence", 300.0), ("voice", 1000.0), ("silence", 2000.0))
