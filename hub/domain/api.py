"""Who may use what the hub offers on the network, its API and its Wyoming server: a parent's choice."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """What a caller may do; a token is good for some of TOKEN_SCOPES."""

    STATE = "state"
    """To see the household and its toys, and how the hub is."""
    ALERTS = "alerts"
    """To see what parents should know of; never a child's words."""
    CONTROL = "control"
    """To stop, pause and quieten toys, and to set their volume and microphone."""
    SPEAK = "speak"
    """To let a toy say something, and to talk with it."""
    PEOPLE = "people"
    """To see who may sign in, and who did what."""
    OWNER = "owner"
    """Whatever the command line does, over the hub's own socket; no token has this."""


TOKEN_SCOPES: Final = frozenset(Scope) - {Scope.OWNER}


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What is kept of a token; itself it is shown once and never again."""

    id: str
    name: str
    """Whom it was made for, such as "Home Assistant"."""
    scopes: AbstractSet[Scope]
    created_at: datetime
    last_used_at: datetime | None = None
    made_by: str | None = None
    """The guardian who made it: it may never do more than they may. None: not known."""


@dataclass(frozen=True, slots=True)
class LanAccess:
    """Whether and where the API, or the pages, can be reached from other machines."""

    on: bool = False
    interfaces: tuple[str, ...] = ()
    """Names of this machine's network interfaces to listen on, such as "eth0"."""


@dataclass(frozen=True, slots=True)
class ToyUse:
    """How much a toy was talked with, grown-ups who tried it aside."""

    last_active: datetime | None = None
    minutes_today: float = 0.0
    """Of speech, by either side."""


@dataclass(frozen=True, slots=True)
class WyomingServerSettings:
    """Whether, where and to whom the hub offers its Wyoming services."""

    on: bool = False
    interfaces: tuple[str, ...] = ()
    """Names of this machine's network interfaces to listen on, such as "eth0"."""
    allowed: tuple[str, ...] = ()
    """Addresses or networks that may connect, such as "192.168.1.20"; this machine itself always may."""
