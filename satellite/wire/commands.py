"""What a hub tells its own toy beside turns, and what the toy tells of itself: each message, read within bounds.

    hub → toy  pommai-settings  the whole set, which holds for good
    hub → toy  pommai-command   something to do at once
    hub → toy  pommai-stop      whether it is to be silent, also without this hub
    toy → hub  pommai-done      the answer to each of them, by its id
    toy → hub  pommai-report    how the link and the machine are, each minute

They are spoken over a paired link alone.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Self

from wyoming.event import Event

from satellite.wire.extensions import EVENT
from satellite.wire.stream import WireError

SETTINGS: Final = "pommai-settings"
COMMAND: Final = "pommai-command"
STOP: Final = "pommai-stop"
DONE: Final = "pommai-done"
REPORT: Final = "pommai-report"
UPDATE: Final = "pommai-update"
"""The beginning of the types of `satellite.wire.update`'s messages."""

EMERGENCY: Final = "emergency"
"""A `pommai-event`: somebody asks at the toy itself that all toys be stopped."""
NEXT_CHILD: Final = "next-child"
"""Another one: somebody chose at the button that the next of the toy's children speaks."""

IDENTIFY: Final = "identify"
RESTART: Final = "restart"
LISTEN: Final = "listen"
STOP_LISTENING: Final = "stop-listening"
BE_QUIET: Final = "be-quiet"
COMMANDS: Final = (IDENTIFY, RESTART, LISTEN, STOP_LISTENING, BE_QUIET)

WAKES: Final = ("", "button", "voice", "word")
"""What begins a turn; "" is what the toy was started with."""
WAKE_WORDS: Final = ("okay_nabu", "hey_jarvis", "hey_mycroft", "alexa")
"""Wake words that a toy of ours knows, the one with the fewest false alarms first."""
MAX_FOLLOW_UP_S: Final = 30
MAX_ID_CHARS: Final = 40
MAX_DETAIL_CHARS: Final = 200
MAX_WARNINGS: Final = 10
"""In one report."""
MAX_PIECE_BYTES: Final = 32_768
"""Of what is sent in pieces: an update, or a pack of lines."""
_MAX_BYTES: Final = 1 << 32
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def _percent(value: object) -> bool:
    return type(value) is int and 0 <= value <= 100  # a bool is an int, too


_FITS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "volume": (_percent, "a whole number from 0 to 100"),
    "volume_cap": (_percent, "a whole number from 0 to 100"),
    "led": (_percent, "a whole number from 0 to 100"),
    "mute": (lambda value: isinstance(value, bool), "true or false"),
    "wake": (lambda value: isinstance(value, str) and value in WAKES, "button, voice or word"),
    "word": (
        lambda value: isinstance(value, str) and value in WAKE_WORDS,
        "one of " + ", ".join(WAKE_WORDS),
    ),
    "follow_up_s": (
        lambda value: type(value) is int and 0 <= value <= MAX_FOLLOW_UP_S,
        f"a whole number of seconds from 0 to {MAX_FOLLOW_UP_S}",
    ),
    "silent_offline": (lambda value: isinstance(value, bool), "true or false"),
    "next_child": (lambda value: isinstance(value, bool), "true or false"),
}


class SettingsMessage(NamedTuple):
    volume: int = 100
    """In percent, as loud as it sounds."""
    volume_cap: int = 100
    """In percent; the toy is never louder than this."""
    led: int = 100
    mute: bool = False
    """No sound of the microphone leaves the toy."""
    wake: str = ""
    word: str = WAKE_WORDS[0]
    follow_up_s: int = 6
    """For how long a voice begins the next turn after a reply; with `wake` "" not at a toy with a button."""
    silent_offline: bool = False
    """It says none of the lines that it carries."""
    next_child: bool = False
    """Its button, tapped twice, asks for the next of the toy's children."""

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        """What is left out has its default, what is unknown is from a newer hub. Raises WireError."""
        for name, (fits, must_be) in _FITS.items():
            if name in data and not fits(data[name]):
                raise WireError(f"{SETTINGS}: {name} must be {must_be}")
        return cls.of_file(data)

    @classmethod
    def of_file(cls, kept: Mapping[str, object]) -> Self:
        """As `from_data`, but what is damaged has its default, too: a toy must start."""
        sound = {n: v for n, v in kept.items() if n in _FITS and _FITS[n][0](v)}
        return cls(**sound)  # type: ignore[arg-type]  # each was just looked at

    def event(self, number: str) -> Event:
        return Event(SETTINGS, {"id": number, **self._asdict()})

    @property
    def loudness(self) -> int:
        """In percent, within the cap."""
        return min(self.volume, self.volume_cap)


class Command(NamedTuple):
    id: str
    do: str

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises WireError. What it is told to do may be unknown to it."""
        do = event.data.get("do")
        if not isinstance(do, str) or len(do) > MAX_ID_CHARS:
            raise WireError(f"{COMMAND}: do is missing or too long")
        return cls(id_of(event), do)

    def event(self) -> Event:
        return Event(COMMAND, {"id": self.id, "do": self.do})


class StopMessage(NamedTuple):
    """The emergency stop of the household, as it is now."""

    id: str
    on: bool

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises WireError."""
        return cls(id_of(event), flag_of(event, "on"))

    def event(self) -> Event:
        return Event(STOP, self._asdict())


class EmergencyMessage(NamedTuple):
    """Somebody calls the stop at the toy itself; told until the hub answers that it is on its disk."""

    id: str = "emergency"
    late: bool = False
    """The hub was away then."""

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Whatever else is wrong with it, it is heard."""
        try:
            number = id_of(event)
        except WireError:
            number = cls().id
        return cls(number, event.data.get("late") is True)

    def event(self) -> Event:
        return Event(EVENT, {"kind": EMERGENCY, **self._asdict()})


class Done(NamedTuple):
    id: str
    ok: bool
    detail: str = ""
    """One line, above all where it isn't ok."""
    at: int | None = None
    """Of an update alone: how many of its bytes the toy has."""

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises WireError."""
        detail = event.data.get("detail", "")
        if not isinstance(detail, str):
            raise WireError(f"{DONE}: detail must be a text")
        at = None if event.data.get("at") is None else number_of(event, "at", 0, _MAX_BYTES)
        return cls(id_of(event), flag_of(event, "ok"), line(detail), at)

    def event(self) -> Event:
        return Event(
            DONE, {name: value for name, value in self._asdict().items() if value is not None}
        )


_MAX_NUMBER: Final = 1e12
REPORT_NUMBERS: Final = (
    *("uptime_s", "links", "lost", "late", "round_trip_ms"),
    *("signal_dbm", "cpu_celsius", "memory_kb", "free_kb"),
)
"""Those fields of a report."""


class StatusReport(NamedTuple):
    """None is what the toy can't know."""

    uptime_s: float | None = None
    """Of the program."""
    links: float | None = None
    """How often a hub took charge since the program began."""
    lost: float | None = None
    """Packets of the hub's sound that never came."""
    late: float | None = None
    """Packets of the hub's sound that came too late to be played."""
    round_trip_ms: float | None = None
    signal_dbm: float | None = None
    cpu_celsius: float | None = None
    memory_kb: float | None = None
    """What the program holds."""
    free_kb: float | None = None
    """What the machine has left."""
    pack: str | None = None
    """The version of the lines that it carries for when its hub is away; None where it carries none ever."""
    software: str | None = None
    """The SHA-256 of the wheel that it runs, "" for what was installed; None where it takes no updates."""
    failed: str | None = None
    """The SHA-256 of the last update that did not come up, "" for none."""
    stopped: bool | None = None
    """Whether it is silent for the emergency stop."""
    warnings: tuple[str, ...] = ()
    """What it logged since the last report; no words of anybody."""

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        """What doesn't fit is left out."""
        known: dict[str, Any] = {
            name: float(value)
            for name in REPORT_NUMBERS
            if isinstance(value := data.get(name), int | float)
            and not isinstance(value, bool)
            and abs(value) < _MAX_NUMBER
        }
        known |= {
            name: line(value)
            for name in ("pack", "software", "failed")
            if isinstance(value := data.get(name), str)
        }
        if isinstance(stopped := data.get("stopped"), bool):
            known["stopped"] = stopped
        said = data.get("warnings")
        texts = [text for text in said if isinstance(text, str)] if isinstance(said, list) else []
        return cls(**known, warnings=tuple(map(line, texts[:MAX_WARNINGS])))

    def event(self) -> Event:
        known = {name: value for name, value in self._asdict().items() if value is not None}
        return Event(REPORT, known)


def id_of(event: Event) -> str:
    """Raises WireError."""
    number = event.data.get("id")
    if not isinstance(number, str) or not 0 < len(number) <= MAX_ID_CHARS:
        raise WireError(f"{event.type}: id is missing or too long")
    return number


def flag_of(event: Event, name: str) -> bool:
    """Raises WireError."""
    value = event.data.get(name)
    if not isinstance(value, bool):
        raise WireError(f"{event.type}: {name} must be true or false")
    return value


def number_of(event: Event, name: str, least: int, most: int) -> int:
    """Raises WireError."""
    value = event.data.get(name)
    if type(value) is not int or not least <= value <= most:  # a bool is an int, too
        raise WireError(f"{event.type}: {name} must be a whole number from {least} to {most}")
    return value


def sha256_in(event: Event) -> str:
    """In hexadecimal digits. Raises WireError."""
    sha256 = event.data.get("sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise WireError(f"{event.type}: sha256 is missing or odd")
    return sha256


def piece_in(event: Event, most: int) -> bytes:
    """A part of a whole of which `most` bytes are to come. Raises WireError."""
    data = event.payload or b""
    if not 0 < len(data) <= min(MAX_PIECE_BYTES, most):
        raise WireError(f"{event.type}: a piece has 1 to {MAX_PIECE_BYTES} bytes within the whole")
    return data


def line(text: str) -> str:
    """Bounded, printable and in one line."""
    return "".join(c if c.isprintable() else " " for c in text[:MAX_DETAIL_CHARS]).strip()
