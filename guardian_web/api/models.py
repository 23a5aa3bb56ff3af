"""What goes over the API, as the OpenAPI document describes it, and how the hub's own values are put so."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from guardian_web.api.errors import Code
from hub.core.hub import Hub
from hub.domain.api import Scope, ToyUse
from hub.domain.limits import MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, MAX_NOTE_CHARS
from hub.domain.safety import Alert, AlertLevel, AlertState, Category, SafetyLevel
from hub.domain.toys import (
    Pairing,
    Satellite,
    SatelliteSettings,
    SatelliteState,
    SatelliteVitals,
    SoftwareUpdate,
    Toy,
)

Percent = Annotated[int, Field(ge=0, le=100)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS)]
Description = Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION_CHARS)]


class Answer(BaseModel):
    """Something that the hub says."""

    model_config = ConfigDict(frozen=True)


class Request(BaseModel):
    """Something that the hub is asked for; what it doesn't know is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Fault(Answer):
    code: Code
    message: str
    """One line: what, where, what to do."""


class Error(Answer):
    error: Fault


class HubAnswer(Answer):
    id: str
    name: Literal["Pommai"] = "Pommai"
    version: str
    api: Literal[1] = 1
    scopes: list[Scope]
    token_name: str


class GuardState(Answer):
    ok: bool
    impaired: list[str]


class HouseholdAnswer(Answer):
    stopped: bool
    stopped_at: AwareDatetime | None
    stop_reason: str
    quiet: bool
    status: Literal["ok", "impaired"]
    guard: GuardState
    problems: list[str]


class ToyDevice(Answer):
    id: str
    name: str
    hardware: str
    firmware: str
    encrypted: bool
    volume: Percent | None
    volume_cap: Percent | None
    muted: bool | None


class ToyAnswer(Answer):
    id: str
    name: str
    language: str
    safety_level: SafetyLevel
    paused: bool
    state: SatelliteState | Literal["none"]
    state_detail: str
    last_active: AwareDatetime | None
    minutes_today: Annotated[float, Field(ge=0)]
    device: ToyDevice | None


class ToysAnswer(Answer):
    toys: list[ToyAnswer]


class AlertAnswer(Answer):
    id: str
    revision: int
    level: AlertLevel
    category: Category
    title: str
    at: AwareDatetime
    toy_id: str | None
    state: AlertState
    acknowledged_at: AwareDatetime | None
    acknowledged_by: str
    done_at: AwareDatetime | None
    done_by: str
    count: int


class AlertsAnswer(Answer):
    alerts: list[AlertAnswer]
    revision: int


class TalkAnswer(Answer):
    text: str
    allowed: bool
    category: Category
    conversation_id: str
    turn_id: str


class StopAsk(Request):
    reason: Annotated[str, StringConstraints(max_length=200)] = ""


class QuietAsk(Request):
    on: bool


class PasswordAsk(Request):
    password: str
    name: Annotated[str, StringConstraints(max_length=MAX_NAME_CHARS)] = ""
    """Of the guardian; "" where there is only one."""


class ToyAsk(Request):
    """What is left out stays as it is."""

    paused: bool | None = None
    volume: Percent | None = None
    muted: bool | None = None


class SayAsk(Request):
    text: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class ConverseAsk(Request):
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    conversation_id: Annotated[str, StringConstraints(max_length=200)] | None = None
    """Taken and not used: a toy has one talk at a time, which goes on for ten minutes."""


class AcknowledgeAsk(Request):
    pass


class DoneAsk(Request):
    note: Annotated[str, StringConstraints(max_length=MAX_NOTE_CHARS)] = ""
    """What was done about it."""


class TokenAnswer(Answer):
    id: str
    name: str
    """Whom it was made for."""
    scopes: list[Scope]
    created_at: AwareDatetime
    last_used_at: AwareDatetime | None


class TokensAnswer(Answer):
    tokens: list[TokenAnswer]


class GuardReport(GuardState):
    rules_version: str


class ProvidersReport(Answer):
    problems: dict[str, str]
    """What fails, by provider."""
    circuits: dict[str, str]
    """Of each provider that was used: "closed", "half-open" or "open"."""


class DevicesReport(Answer):
    adopted: int
    found: int


class DiskReport(Answer):
    full: bool
    """Nothing but alerts can be kept."""


class HealthAnswer(Answer):
    status: Literal["ok", "impaired"]
    version: str
    stopped: bool
    disk: DiskReport
    guard: GuardReport
    providers: ProvidersReport
    satellites: DevicesReport


class DeviceAnswer(Answer):
    """One satellite, as its owner knows it."""

    key: str
    name: str
    state: SatelliteState
    state_detail: str
    adopted: bool
    pairing: Pairing
    toy: str | None
    """The name of the toy that lives in it."""
    addresses: list[str]
    hardware: str
    firmware: str
    settings: SatelliteSettings
    room_heard_by: str
    callable_toys: list[str]
    """The names of the toys that a child may call into it."""
    vitals: SatelliteVitals | None
    software: str | None
    """The SHA-256 of the update that it runs: "" for what was installed, None for one that is away or takes none."""
    update: SoftwareUpdate | None
    interruptible: bool | None

    @classmethod
    def of(cls, satellite: Satellite, toys: Sequence[Toy]) -> Self:
        names = {toy.id: toy.name for toy in toys}
        own = {
            "toy": names.get(satellite.toy_id or ""),
            "addresses": [f"{host}:{port}" for host, port in satellite.addresses],
            "callable_toys": [names[each] for each in satellite.callable_toys if each in names],
        }
        same = {name: getattr(satellite, name) for name in cls.model_fields.keys() - own.keys()}
        return cls(**same, **own)


class DevicesAnswer(Answer):
    devices: list[DeviceAnswer]


GONE = {SatelliteState.AWAY, SatelliteState.CONNECTING, SatelliteState.ERROR}


async def household_of(hub: Hub) -> HouseholdAnswer:
    settings = await hub.household.get()
    health = hub.health.report()
    guard = hub.health.guard
    problems = [f"{name}: {why}" for name, why in health["providers"]["problems"].items()]
    if hub.health.disk_is_full:
        problems.append("the disk is full: free some space")
    return HouseholdAnswer(
        stopped=settings.emergency_stopped_at is not None,
        stopped_at=settings.emergency_stopped_at,
        stop_reason=settings.stop_reason,
        quiet=settings.quiet,
        status=health["status"],
        guard=GuardState(ok=guard.ok, impaired=sorted(layer.layer for layer in guard.impaired)),
        problems=problems,
    )


class ArchivedToyAnswer(Answer):
    id: str
    name: str
    archived: bool

    @classmethod
    def of(cls, toy: Toy) -> Self:
        return cls(id=toy.id, name=toy.name, archived=toy.archived)


class ArchivedToysAnswer(Answer):
    toys: list[ArchivedToyAnswer]


class ArchivedAsk(Request):
    archived: bool


async def toys_of(hub: Hub) -> ToysAnswer:
    satellites = hub.devices.list()
    used = await hub.talks.use_today()
    return ToysAnswer(toys=[_toy_of(toy, satellites, used) for toy in await hub.toys.list()])


def home_of(toy: Toy, satellites: Sequence[Satellite]) -> Satellite | None:
    """The device that a toy lives in; of several, one that is there."""
    homes = [s for s in satellites if s.adopted and s.toy_id == toy.id]
    return min(homes, key=lambda home: home.state in GONE, default=None)


def _toy_of(toy: Toy, satellites: Sequence[Satellite], used: Mapping[str, ToyUse]) -> ToyAnswer:
    home = home_of(toy, satellites)
    use = used.get(toy.id, ToyUse())
    return ToyAnswer(
        id=toy.id,
        name=toy.name,
        language=toy.language,
        safety_level=toy.safety_level,
        paused=toy.paused,
        state=home.state if home else "none",
        state_detail=home.state_detail if home else "",
        last_active=use.last_active,
        minutes_today=round(use.minutes_today, 2),
        device=_device_of(home) if home else None,
    )


def _device_of(satellite: Satellite) -> ToyDevice:
    ours = bool(satellite.certificate)
    settings = satellite.settings
    return ToyDevice(
        id=satellite.key,
        name=satellite.name,
        hardware=satellite.hardware,
        firmware=satellite.firmware,
        encrypted=satellite.pairing is Pairing.PAIRED,
        volume=settings.volume if ours else None,
        volume_cap=settings.volume_cap if ours else None,
        muted=settings.mute if ours else None,
    )


def alert_of(alert: Alert) -> AlertAnswer:
    """Without what the guard stopped, and without what a parent noted."""
    return AlertAnswer.model_validate(alert, from_attributes=True)
