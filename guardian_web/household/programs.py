"""Home Assistant and other programs as a parent lets them in: by tokens for the API, or by Wyoming services."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, Self

from multidict import MultiMapping

from hub.domain.api import TOKEN_SCOPES, ApiToken, LanApi, Scope, WyomingServerSettings
from hub.domain.limits import MAX_ALLOWED
from hub.errors import RefusedError

SCOPE_WORDS: Final[Mapping[Scope, str]] = {
    Scope.STATE: "See the toys, and how the hub is doing",
    Scope.ALERTS: "See alerts, without anybody’s words",
    Scope.CONTROL: "Stop, pause and quieten toys; set volume and microphone",
    Scope.SPEAK: "Have a toy say something, and talk with it",
}
SCOPE_NAMES: Final = {
    Scope.STATE: "state",
    Scope.ALERTS: "alerts",
    Scope.CONTROL: "control",
    Scope.SPEAK: "speech",
}


@dataclass(frozen=True, slots=True)
class TokenForm:
    name: str = "Home Assistant"
    scopes: AbstractSet[Scope] = TOKEN_SCOPES

    @classmethod
    def read(cls, form: MultiMapping[object]) -> Self:
        """Raises RefusedError."""
        known = {scope.value: scope for scope in TOKEN_SCOPES}
        chosen = frozenset(known[str(s)] for s in form.getall("scope", []) if str(s) in known)
        if not chosen:
            raise RefusedError("choose at least one thing that the token may be used for")
        return cls(str(form.get("name", "")).strip() or cls().name, chosen)


@dataclass(frozen=True, slots=True)
class TokenCard:
    token: ApiToken
    good_for: str

    @classmethod
    def of(cls, token: ApiToken) -> Self:
        return cls(token, ", ".join(SCOPE_NAMES[scope] for scope in Scope if scope in token.scopes))


@dataclass(frozen=True, slots=True)
class Programs:
    """Who may use the API, and from where, for the page."""

    tokens: Sequence[TokenCard]
    lan: LanApi
    networks: Sequence[tuple[str, str, bool]]
    """Each to choose: its name, its address, and whether it is chosen."""
    at: Sequence[str]
    fingerprint: str
    scope_words: Mapping[Scope, str] = field(default_factory=lambda: SCOPE_WORDS)


def read_lan(form: MultiMapping[object]) -> LanApi:
    """Not checked yet: who saves it does."""
    interfaces = tuple(str(name) for name in form.getall("interface", []))
    return LanApi("on" in form, interfaces)


def spaced(fingerprint: str) -> str:
    """So that two people's eyes can compare it; Home Assistant shows it so, too."""
    shown = fingerprint.upper()
    return ":".join(shown[at : at + 2] for at in range(0, len(shown), 2))


def addresses(settings: LanApi, there: dict[str, str], port: int) -> Sequence[str]:
    """Where the API can be reached from other machines now."""
    return [
        f"https://{at}:{port}"
        for name, at in there.items()
        if settings.on and name in settings.interfaces
    ]


MAX_ALLOWED_CHARS = MAX_ALLOWED * 45


@dataclass(frozen=True, slots=True)
class WyomingForm:
    on: bool
    interfaces: tuple[str, ...]
    allowed: str
    """An address a line."""

    @classmethod
    def of(cls, settings: WyomingServerSettings) -> Self:
        return cls(settings.on, settings.interfaces, "\n".join(settings.allowed))

    @classmethod
    def read(cls, form: MultiMapping[object]) -> Self:
        interfaces = tuple(str(name) for name in form.getall("interface", []))
        allowed = str(form.get("allowed", ""))[:MAX_ALLOWED_CHARS]
        return cls("on" in form, interfaces, allowed)

    def settings(self) -> WyomingServerSettings:
        """Not checked yet: who saves them does."""
        allowed = re.split(r"[\s,;]+", self.allowed.strip())
        return WyomingServerSettings(self.on, self.interfaces, tuple(filter(None, allowed)))

    def choices(self, there: Mapping[str, str]) -> list[tuple[str, str, bool]]:
        """Each network to choose: its name, its address, and whether it is chosen."""
        gone = dict.fromkeys(self.interfaces, "not there now")
        return [(name, at, name in self.interfaces) for name, at in (gone | dict(there)).items()]
