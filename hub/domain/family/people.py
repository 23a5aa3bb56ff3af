"""Who may use the pages: the guardians, what each may do, where they are signed in, and who did what."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from hub.domain.api import TOKEN_SCOPES, Scope


class Role(StrEnum):
    """What somebody may do; each may do all that those below it may."""

    OWNER = "owner"
    """Also people, the tokens of programs, and deleting everything."""
    GUARDIAN = "guardian"
    """Everything that concerns toys and children."""
    VIEWER = "viewer"
    """To see all of it and to stop all toys, and nothing else."""

    def may(self, least: "Role") -> bool:
        """Whether somebody with this role may do what needs `least`."""
        return _RANK[self] >= _RANK[least]


_RANK: Final[Mapping[Role, int]] = {Role.VIEWER: 0, Role.GUARDIAN: 1, Role.OWNER: 2}

SCOPES: Final[Mapping[Role, AbstractSet[Scope]]] = {
    Role.OWNER: TOKEN_SCOPES,
    Role.GUARDIAN: TOKEN_SCOPES,
    Role.VIEWER: frozenset({Scope.STATE, Scope.ALERTS}),
}
"""What a token may be good for at most, by the role that its maker has now."""


@dataclass(frozen=True, slots=True)
class Guardian:
    """Somebody who may sign in to the pages."""

    id: str
    name: str
    role: Role
    created_at: datetime
    second_factor: bool = False
    """Whether they also type a code from an app when they sign in."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A browser in which a guardian is signed in."""

    id: str
    guardian_id: str
    created_at: datetime
    seen_at: datetime
    """When it last loaded a page, to about ten minutes."""
    expires_at: datetime
    """It is over then, unless it is used before."""
    ends_at: datetime
    """It is over then in any case."""
    device: str
    """In words, such as "Firefox on Linux"."""
    place: str
    """In words: where it came from when it signed in, such as "your home network"."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key pair in somebody's phone, computer or security key that signs them in; the hub knows its public half."""

    id: str
    guardian_id: str
    host: str
    """The name in the address of the pages that it works at, such as "pommai.local"."""
    name: str
    created_at: datetime
    credential_id: str
    """What its keeper calls it: base64url."""
    public_key: str
    """COSE_Key (RFC 9052) in base64url."""
    sign_count: int = 0
    """How often it was used, as its keeper counts; 0 where it doesn't."""
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """Lets one more person in, once; the link itself is shown once and never again."""

    id: str
    name: str
    role: Role
    made_by: str
    """The name of who made it."""
    expires_at: datetime


class Actor(StrEnum):
    """What kind of one did something."""

    GUARDIAN = "guardian"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    COMMAND_LINE = "command_line"
    HUB = "hub"


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the audit log: who did what, and when."""

    number: int
    at: datetime
    actor: Actor
    name: str
    """Of the guardian or of the token; "" for the others."""
    what: str
    """In words that follow the name, such as "changed the settings of Bear"; nothing that a child said."""
