"""Home Assistant and other programs as a parent lets them in: by tokens for the API, or by Wyoming services."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, Self

from multidict import MultiMapping

from hub.domain.api import TOKEN_SCOPES, LanAccess, Scope, WyomingServerSettings
from hub.domain.limits import MAX_ALLOWED
from hub.errors import RefusedError
from hub.translation import gettext as _
from hub.translation import marked

SCOPE_WORDS: Final[Mapping[Scope, tuple[str, str]]] = {
    Scope.STATE: (marked("See the toys, and how the hub is doing"), marked("state")),
    Scope.ALERTS: (marked("See alerts, without anybody’s words"), marked("alerts")),
    Scope.CONTROL: (
        marked("Stop, pause and quieten toys; set volume and microphone"),
        marked("control"),
    ),
    Scope.SPEAK: (marked("Have a toy say something, and talk with it"), marked("speech")),
    Scope.PEOPLE: (marked("See who may sign in, and who did what"), marked("people")),
}
"""To choose from, and in short."""
MAX_ALLOWED_CHARS = MAX_ALLOWED * 45


def read_token(form: MultiMapping[object]) -> tuple[str, AbstractSet[Scope]]:
    """The name of a token, and what it may be used for. Raises RefusedError."""
    chosen = frozenset(scope for scope in TOKEN_SCOPES if scope in form.getall("scope", []))
    if not chosen:
        raise RefusedError(_("choose at least one thing that the token may be used for"))
    return str(form.get("name", "")).strip() or "Home Assistant", chosen


def read_lan(form: MultiMapping[object]) -> LanAccess:
    """Not checked yet: who saves it does."""
    return LanAccess("on" in form, tuple(map(str, form.getall("interface", []))))


def networks(chosen: Sequence[str], there: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """Each network to choose: its name, its address, and whether it is chosen."""
    gone = dict.fromkeys(chosen, _("not there now"))
    return [(name, at, name in chosen) for name, at in (gone | dict(there)).items()]


def addresses(settings: LanAccess, there: Mapping[str, str], port: int) -> Sequence[str]:
    """Where the API can be reached from other machines now."""
    return [
        f"https://{at}:{port}"
        for name, at in there.items()
        if settings.on and name in settings.interfaces
    ]


def spaced(fingerprint: str) -> str:
    """So that two people's eyes can compare it; Home Assistant shows it so, too."""
    shown = fingerprint.upper()
    return ":".join(shown[at : at + 2] for at in range(0, len(shown), 2))


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
        lan = read_lan(form)
        return cls(lan.on, lan.interfaces, str(form.get("allowed", ""))[:MAX_ALLOWED_CHARS])

    def settings(self) -> WyomingServerSettings:
        """Not checked yet: who saves them does."""
        allowed = re.split(r"[\s,;]+", self.allowed.strip())
        return WyomingServerSettings(self.on, self.interfaces, tuple(filter(None, allowed)))
