"""A household's toys, and the hardware inside."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from hub.domain.family.visits import Visit
from hub.domain.lulling import Bedtime
from hub.domain.persona import DEFAULT_PERSONA, Persona
from hub.domain.safety import Category, SafetyLevel
from hub.domain.talks.talk import WITHOUT_CHILD


class HomeAssistantTask(StrEnum):
    LIGHTS = "lights"
    """Turn them on and off, dim and brighten them."""
    TEMPERATURE = "temperature"
    """Say how warm it is."""
    MUSIC = "music"
    """Let it go on, and pause it."""


@dataclass(frozen=True, slots=True)
class HomeAssistantRights:
    tasks: frozenset[HomeAssistantTask] = frozenset()
    rooms: tuple[str, ...] = ()
    """Names of Home Assistant's areas, for lights and temperature."""
    players: tuple[str, ...] = ()
    """Names of its media players, for music."""


class ProviderKind(StrEnum):
    STT = "stt"
    LLM = "llm"
    TTS = "tts"
    SAFETY = "safety"
    EMBEDDING = "embedding"
    HOME_ASSISTANT = "house"
    """Home Assistant, which acts."""


AUTO = "auto"
"""In place of a provider's name: whatever is at hand on this machine, see `hub.providers.auto`."""


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """Names in order of preference, each approved by a parent; `()` means the household's list."""

    stt: tuple[str, ...] = ()
    llm: tuple[str, ...] = ()
    tts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """How a toy sounds. `name` is the provider's own voice id; "" means its default."""

    name: str = ""
    settings: dict[str, float] = field(default_factory=dict)
    """Provider settings by name, e.g. {"speed": 0.9, "stability": 0.5}."""
    provider: str = ""
    """Whose voice it is: others of the toy's list speak with their default. "": that of the first."""
    format: str = ""
    """How its sound is sent, of those that its provider offers, e.g. "mp3_44100_128"; "": as set for the household."""


def main_language(language: str) -> str:
    """The language without its region: "en" of "en-gb" and "en_US"."""
    return language.replace("_", "-").partition("-")[0].lower()


class Patience(StrEnum):
    """How long a toy waits for more when a child stops speaking."""

    QUICK = "quick"
    NORMAL = "normal"
    PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Toy:
    """A character that a child talks to; it may live in a satellite, or wait for one."""

    id: str
    name: str
    persona: Persona = DEFAULT_PERSONA
    persona_version: int = field(default=0, compare=False)
    """Which of its personas that is, as the store counted; 0 before it was saved."""
    language: str = "en"
    voice: Voice = field(default_factory=Voice)
    providers: ProviderChoice = field(default_factory=ProviderChoice)
    model: str = ""
    """The language model's name; "" means the provider's default."""
    temperature: float = 0.7
    max_tokens: int = 200
    safety_level: SafetyLevel = SafetyLevel.STRICT
    blocked_topics: frozenset[str] = frozenset()
    thresholds: dict[Category, int] = field(default_factory=dict)
    """The most severity that a parent allows; it counts where it is tighter than the level's floor."""
    patience: Patience = Patience.NORMAL
    home_assistant_rights: HomeAssistantRights = field(default_factory=HomeAssistantRights)
    """What it may ask of the house."""
    bedtime: Bedtime = field(default_factory=Bedtime)
    child_ids: frozenset[str] = frozenset()
    """Whose toy it is: the children who talk to it, none of them archived."""
    child_levels: dict[str, SafetyLevel] = field(default_factory=dict)
    """The level of its children's own, by the child's id, where a parent set one."""
    paused: bool = False
    """It answers nobody until a parent lets it; it says so kindly."""
    archived: bool = False
    """A parent put it aside: it is in no list or figure, and rests as a paused one does. What was said stays."""
    held_by: str | None = None
    """The id of the child who has it now, as a parent says; it counts for the talk that goes on, or begins next …"""
    held_since: datetime | None = None
    """… where that is within some minutes."""
    visit: Visit | None = None
    """A friend plays with it, too, and may be who speaks."""
    tells_of_reading: bool = False
    """At its next talk with a child it says that grown-ups at home can read along."""

    @property
    def child_id(self) -> str | None:
        """The child who speaks to it, where it can be no other; None where it has several, none, or a friend visits."""
        return next(iter(self.child_ids)) if len(self.child_ids) == 1 and not self.visit else None

    @property
    def is_shared(self) -> bool:
        """Several children of the household talk with it, and no friend visits now."""
        return len(self.child_ids) > 1 and not self.visit

    @property
    def level_now(self) -> SafetyLevel:
        """The strictest of its own, the visitor's and its children's."""
        levels = {self.safety_level, *self.child_levels.values()}
        if self.visit:
            levels.add(self.visit.level)
        return next(level for level in SafetyLevel if level in levels)

    def spoken_to_by(self, child_id: str | None) -> "Toy":
        """As it is while this child is known to speak: of its children's levels this one's counts. None: nobody is."""
        if child_id is None:
            return self
        own = {key: level for key, level in self.child_levels.items() if key == child_id}
        return replace(self, child_levels=own)

    def visit_of(self, source: str) -> str:
        """The id of the visit that a turn from `source` is part of; "" where it is none's."""
        return self.visit.id if self.visit and source not in WITHOUT_CHILD else ""


class SatelliteState(StrEnum):
    FOUND = "found"
    """Seen on the network, not ours."""
    CONNECTING = "connecting"
    ONLINE = "online"
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"
    STOPPED = "stopped"
    """Reachable, and silent: the household's emergency stop is on."""
    AWAY = "away"
    """Adopted, but can't be reached now."""
    ERROR = "error"


class Pairing(StrEnum):
    """Whether a satellite and this hub know each other by their certificates."""

    NONE = "none"
    """A plain Wyoming satellite: nothing is encrypted, and nobody is proven."""
    CLOSED = "closed"
    """It has no hub, and lets nobody pair until its button is held."""
    OPEN = "open"
    """It speaks a code, and waits for it."""
    ELSEWHERE = "elsewhere"
    """It says that it is paired, and not by us."""
    PAIRED = "paired"


class Wake(StrEnum):
    """What begins a turn at a satellite."""

    OWN = ""
    """As it was started."""
    BUTTON = "button"
    VOICE = "voice"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class SatelliteSettings:
    """What a parent sets for good on a paired satellite."""

    volume: int = 100
    """In percent, as loud as it sounds …"""
    volume_cap: int = 70
    """… and never louder than this, whoever asks: for small ears, unless a parent chooses otherwise."""
    led: int = 100
    """Brightness of its light in percent."""
    mute: bool = False
    """No sound of its microphone leaves it."""
    wake: Wake = Wake.OWN
    word: str = "okay_nabu"
    """Its wake word."""
    follow_up_s: int = 6
    """For how long it listens on after a reply."""
    silent_offline: bool = False
    """Without its hub it says none of the lines that it carries."""
    next_child: bool = False
    """Its button, pressed twice quickly, goes to the next of its toy's children."""


@dataclass(frozen=True, slots=True)
class SatelliteVitals:
    """How a paired satellite and its link are, as it said within the last minute; None where it can't know."""

    uptime_s: float | None = None
    links: float | None = None
    """How often a hub took charge since it started."""
    lost: float | None = None
    late: float | None = None
    """Packets of the hub's sound that never came, or too late to be played."""
    round_trip_ms: float | None = None
    signal_dbm: float | None = None
    cpu_celsius: float | None = None
    memory_kb: float | None = None
    """What its program holds …"""
    free_kb: float | None = None
    """… and what its machine has left."""


class UpdateStep(StrEnum):
    """How far a satellite is with its hub's own version of its software."""

    OFFERED = "offered"
    """It has another one, and a parent may begin."""
    SENDING = "sending"
    WAITING = "waiting"
    """It went; it gets the rest when it is back."""
    INSTALLING = "installing"
    STARTING = "starting"
    FAILED = "failed"
    """It has its old one, for the reason in `detail`; a parent may begin again."""


@dataclass(frozen=True, slots=True)
class SoftwareUpdate:
    """What the hub has for a satellite that runs something else."""

    version: str
    sha256: str
    """Of the wheel, in hexadecimal."""
    step: UpdateStep = UpdateStep.OFFERED
    percent: int = 0
    """Of it that the satellite has."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    """A satellite could not reach this hub, and said lines that it carries."""

    began_at: datetime
    """When it said the first …"""
    ended_at: datetime
    """… and the last."""
    lines: int
    """How many."""
    number: str = ""
    """The satellite's own for it; told again, it is the same absence."""


ANY_VOICE = "voice"
"""See `Satellite.room_heard_by`."""
MAX_CALLABLE = 50
"""Toys that a child may call into one device."""


@dataclass(frozen=True, slots=True)
class Satellite:
    """The thing with the microphone and the speaker.

    `key` identifies it for good: `id:<device id>` from our satellite's TXT record,
    `name:<zeroconf instance>` for a stock one, `host:<host>:<port>` for one adopted by address.
    """

    key: str
    name: str
    addresses: tuple[tuple[str, int], ...] = ()
    """(host, port), the most recently seen first; all are dialled."""
    hardware: str = ""
    firmware: str = ""
    boot_id: str = ""
    state: SatelliteState = SatelliteState.FOUND
    state_detail: str = ""
    """One line for the parent when something is wrong."""
    adopted: bool = False
    toy_id: str | None = None
    last_seen: datetime | None = None
    pairing: Pairing = Pairing.NONE
    certificate: bytes = field(default=b"", repr=False)
    """In DER, once it is paired: its link is encrypted, and made to nobody else."""
    settings: SatelliteSettings = field(default_factory=SatelliteSettings)
    absences: tuple[Absence, ...] = ()
    """The last few, the newest first."""
    room_heard_by: str = ""
    """Of one that sends the sound of its room all the time: what begins a turn, as a parent chose. ANY_VOICE,
    from the adoption on; or the name of an approved wake word service; "": nothing does."""
    callable_toys: tuple[str, ...] = ()
    """The ids of the toys that a child may call into it, as a parent chose; with them that which lived there then."""
    vitals: SatelliteVitals | None = None
    """Of one that is linked now."""
    software: str | None = None
    """Of one that is linked and takes updates: the SHA-256 of the wheel that it runs, "" for what was installed."""
    update: SoftwareUpdate | None = None
    interruptible: bool | None = None
    """Of one that is linked now: whether a child can cut its answers short, and it says where. For others
    what was heard is reckoned from the pace of playing."""
