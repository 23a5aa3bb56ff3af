"""What a turn is asked, the services that every turn of a hub shares, and what the steps of one turn share."""

import uuid
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from hub.activities.activity import Activity, Part
from hub.alerts.maker import AlertMaker
from hub.config import TurnSection
from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock
from hub.domain.safety import SafeText, SafetyPolicy, Verdict
from hub.domain.talks.talk import BUTTON, Turn
from hub.domain.toys import Toy
from hub.egress.gate import EgressGate
from hub.events import Bus, TurnStep
from hub.knowledge.documents.search import PassageSearch
from hub.knowledge.running_summary import RunningSummaries
from hub.knowledge.voice_hints import VoiceHints
from hub.pipeline.answer.breaks import Breaks
from hub.pipeline.events import TurnEvent
from hub.pipeline.listen.utterance import Utterance
from hub.pipeline.speak.sound_cache import SoundCache
from hub.pipeline.timings import DraftTimings, Timings
from hub.providers.listening.smart_turn import TurnModel
from hub.providers.listening.vad import Vad
from hub.providers.pool import Providers
from hub.safety.guard import Guard, Line
from hub.storage.store import Store


@dataclass(frozen=True, slots=True)
class Ask:
    """What a turn begins with: sound, text that was typed, a line to say, or an activity. `source` is as in `Turn`."""

    toy: Toy
    source: str
    audio: AsyncIterable[PcmChunk] | None = None
    text: str | None = None
    line: SafeText | None = None
    """Nobody speaks: the toy says this."""
    part: Part | None = None
    """Nor here: a parent began this activity."""
    aloud: bool = True
    """False: the answer is for reading, so no voice is asked and nothing fills a silence."""
    held: bool = False
    """A button is held while somebody speaks: the end of `audio` ends the utterance, no silence does."""
    streams: bool = False
    """The microphone is always on: nobody pressed or called anything for this turn to begin."""
    satellite_key: str | None = None
    played_ms: Callable[[], float] | None = None
    """How much of the answer's sound was heard up to now; without it all that was handed on counts."""


@dataclass(frozen=True, slots=True)
class TurnServices:
    guard: Guard
    providers: Providers
    store: Store
    outgoing: EgressGate
    bus: Bus
    clock: Clock
    settings: TurnSection
    alerts: AlertMaker
    breaks: Breaks
    passages: PassageSearch
    """Over what the family gave its toys to know."""
    summaries: RunningSummaries
    """Of the talks so far."""
    voice_hints: VoiceHints
    """Guesses by the voice, with which a toy asks who speaks."""
    new_vad: Callable[[], Awaitable[Vad]]
    turn_model: TurnModel | None = None
    """A second opinion on whether a child has finished."""
    guesses_are_checked: bool = True
    """Whether the guard may be asked about words that are a guess still."""
    sounds: SoundCache = field(default_factory=SoundCache)
    activities: Sequence[Activity] = ()
    """What may answer in a model's place."""
    on_end: Callable[[Turn], None] = lambda turn: None
    """Told of each turn when it is over, whether it was stored (its `revision` is not 0) or not."""


async def _no_event(event: TurnEvent) -> None:
    """For work outside a turn, which nobody follows."""


@dataclass(slots=True)
class TurnContext:
    """What the steps of one turn share. A draft of its answer has a context of its own, made by `draft`."""

    services: TurnServices
    ask: Ask
    record: Turn
    """What is stored of it."""
    policy: SafetyPolicy
    """The strictest that may be needed, until `spoken_by`."""
    timings: Timings
    emit: Callable[[TurnEvent], Awaitable[None]]
    """Hands an event to whoever reads the turn; waits while too many wait there already."""
    words: str = ""
    """What is to be answered: what was heard, or, where the child just told the toy its name, what it said before."""
    utterance: Utterance = field(default_factory=Utterance)
    """The sound of it, where it was spoken; all drafts have the same."""

    @classmethod
    def new(
        cls,
        services: TurnServices,
        ask: Ask,
        emit: Callable[[TurnEvent], Awaitable[None]] = _no_event,
    ) -> Self:
        """Each step that is marked in its timings is told on the bus."""
        toy, turn_id = ask.toy, uuid.uuid4().hex

        def publish(step: str, at_ms: float) -> None:
            services.bus.publish(TurnStep(turn_id, toy.id, step, at_ms))

        timings = Timings(services.clock, publish)
        record = Turn(
            id=turn_id,
            toy_id=toy.id,
            source=ask.source,
            started_at=services.clock.now(),
            child_id=toy.held_by if ask.source == BUTTON else toy.child_id,
            persona_version=toy.persona_version,
            visit_id=toy.visit_of(ask.source),
            satellite_key=ask.satellite_key,
            timings_ms=timings.marks_ms,
            spans=timings.spans,
        )
        return cls(services, ask, record, services.guard.policy_for(toy), timings, emit)

    @property
    def may_be_visitor(self) -> bool:
        """A friend visits, and no child of the household said that it is they who speak."""
        return self.ask.toy.visit is not None and self.record.child_id is None

    def spoken_by(self, child_id: str | None) -> None:
        """It is known now who speaks, or that nobody knows: from here on the toy is as careful as that asks for."""
        self.record.child_id = child_id
        self.ask = replace(self.ask, toy=self.ask.toy.spoken_to_by(child_id))
        self.policy = self.services.guard.policy_for(self.ask.toy)

    def draft(self, timings: DraftTimings) -> Self:
        """For an answer that may come to nothing: nothing in its record is shared but what was measured."""
        record = replace(
            self.record,
            said=[],
            refused=[],
            verdicts=[],
            passages=[],
            providers={},
            timings_ms=timings.marks_ms,
            spans=timings.spans,
        )
        return replace(self, record=record, timings=timings)

    async def line(self, kind: Line) -> SafeText:
        """One of the reviewed lines of a kind, in the toy's language."""
        return await self.services.guard.line(
            kind, self.policy, self.ask.toy.language, seed=self.record.id
        )

    async def tell_parents(self, verdict: Verdict) -> None:
        """As `AlertMaker.tell_of`, of this turn."""
        await self.services.alerts.tell_of(verdict, self.record, self.services.guard)
