"""Home Assistant and other programs as a parent lets them in: tokens, and where the API can be reached."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, Self

from multidict import MultiMapping

from hub.domain.api import ApiToken, LanApi, Scope
from hub.errors import RefusedError

SCOPE_WORDS: Final[Mapping[Scope, str]] = {
    Scope.STATE: "See the toys, and how the hub is",
    Scope.ALERTS: "See alerts, without anybody’s words",
    Scope.CONTROL: "Stop, pause and quieten toys; set volume and microphone",
    Scope.SPEAK: "Let a toy say something, and talk with it",
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
    scopes: AbstractSet[Scope] = frozenset(Scope)

    @classmethod
    def read(cls, form: MultiMapping[object]) -> Self:
        """Raises RefusedError."""
        known = {scope.value: scope for scope in Scope}
        chosen = frozenset(known[str(s)] for s in form.getall("scope", []) if str(s) in known)
        if not chosen:
            raise RefusedError("choose at least one thing that the token is good for")
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
