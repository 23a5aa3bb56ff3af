"""What goes over the API, as the OpenAPI document describes it."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from guardian_web.api.errors import Code
from hub.domain.api import Scope
from hub.domain.safety import AlertLevel, Category, SafetyLevel
from hub.domain.toys import SatelliteState

Percent = Annotated[int, Field(ge=0, le=100)]


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


class Hub(Answer):
    id: str
    name: Literal["Pommai"] = "Pommai"
    version: str
    api: Literal[1] = 1
    scopes: list[Scope]
    token_name: str


class GuardState(Answer):
    ok: bool
    impaired: list[str]


class Household(Answer):
    stopped: bool
    stopped_at: AwareDatetime | None
    stop_reason: str
    quiet: bool
    status: Literal["ok", "impaired"]
    guard: GuardState
    problems: list[str]


class Device(Answer):
    id: str
    name: str
    hardware: str
    firmware: str
    encrypted: bool
    volume: Percent | None
    volume_cap: Percent | None
    muted: bool | None


class Toy(Answer):
    id: str
    name: str
    language: str
    safety_level: SafetyLevel
    paused: bool
    state: SatelliteState | Literal["none"]
    state_detail: str
    last_active: AwareDatetime | None
    minutes_today: Annotated[float, Field(ge=0)]
    device: Device | None


class Toys(Answer):
    toys: list[Toy]


class Alert(Answer):
    id: str
    revision: int
    level: AlertLevel
    category: Category
    title: str
    at: AwareDatetime
    toy_id: str | None
    acknowledged_at: AwareDatetime | None
    count: int


class Alerts(Answer):
    alerts: list[Alert]
    revision: int


class Talk(Answer):
    text: str
    allowed: bool
    category: Category
    conversation_id: str
    turn_id: str


class StopAsk(Request):
    reason: Annotated[str, StringConstraints(max_length=200)] = ""


class QuietAsk(Request):
    on: bool


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
