"""What a turn is asked, and the services that every turn of a hub shares."""

from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from hub.config import TurnSection
from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock
from hub.domain.safety import SafeText
from hub.domain.talk import Turn
from hub.domain.toys import Toy
from hub.events import Bus
from hub.pipeline.activities import Activity
from hub.pipeline.kept_sounds import KeptSounds
from hub.providers.pool import Providers
from hub.providers.smart_turn import TurnModel
from hub.providers.vad import Vad
from hub.safety.guard import Guard
from hub.safety.outgoing import Outgoing
from hub.storage.store import Store


@dataclass(frozen=True, slots=True)
class Ask:
    """What a turn begins with: sound, text that was typed, or a line to say. `source` is as in `Turn`."""

    toy: Toy
    source: str
    audio: AsyncIterable[PcmChunk] | None = None
    text: str | None = None
    line: SafeText | None = None
    """Nobody speaks: the toy says this."""
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
    outgoing: Outgoing
    bus: Bus
    clock: Clock
    settings: TurnSection
    new_vad: Callable[[], Awaitable[Vad]]
    turn_model: TurnModel | None = None
    """A second opinion on whether a child has finished."""
    guesses_are_checked: bool = True
    """Whether the guard may be asked about words that are a guess still."""
    sounds: KeptSounds = field(default_factory=KeptSounds)
    activities: Sequence[Activity] = ()
    """What may answer in a model's place."""
    on_end: Callable[[Turn], None] = lambda turn: None
    """Told of each turn when it is over, whether it was stored (its `revision` is not 0) or not."""
