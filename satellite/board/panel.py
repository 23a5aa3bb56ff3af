"""What the toy shows of itself: one state at a time, on its console and on its light.

On the light each state has a rhythm of its own, so that nobody needs to tell colours apart, and none flashes more
than three times a second. Listening alone is a steady light.
"""

import asyncio
import logging
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple, Protocol, TextIO

from satellite.clock import Clock, happens


class State(StrEnum):
    STARTING = "starting"
    IDLE = "idle"
    LISTENING = "listening"
    """The microphone's sound leaves the toy, now."""
    LISTENING_ON = "listening on"
    """After a reply: it leaves it as soon as somebody speaks."""
    THINKING = "thinking"
    SPEAKING = "speaking"
    HUB_AWAY = "hub away"
    PAIRING = "pairing"
    IDENTIFYING = "here I am"
    """Somebody wants to know which toy it is."""
    MUTED = "muted"
    ERROR = "error"


READY: Final = (State.IDLE, State.LISTENING_ON)
"""The next turn may begin."""
ANSWERED: Final = (State.LISTENING, State.THINKING, State.LISTENING_ON)
"""What is said now answers somebody."""
QUIET: Final = (*READY, State.MUTED, State.ERROR)
"""Nothing goes on that should not be disturbed."""


class Panel(Protocol):
    def show(self, state: State) -> None:
        """Show `state`; called at each change, and must not block."""
        ...

    def dim(self, dimmed: bool) -> None:
        """A child is put to bed: be dark but for what must be seen, until told otherwise."""
        ...


class ToyPanel:
    """The toy's own: a line on the console for each change, and its light, where it has one.

    A toy that is muted shows just that while its hub is away.
    """

    def __init__(
        self, light: Panel | None, is_muted: Callable[[], bool], out: TextIO | None = None
    ) -> None:
        self._light = light
        self._is_muted = is_muted
        self._out = out or sys.stderr

    def show(self, state: State) -> None:
        if state is State.HUB_AWAY and self._is_muted():
            state = State.MUTED
        self._out.write(f"* {state.value}\n")
        self._out.flush()
        if self._light is not None:
            self._light.show(state)

    def dim(self, dimmed: bool) -> None:
        if self._light is not None:
            self._light.dim(dimmed)


Colour = tuple[float, float, float]
"""Red, green and blue, each from 0 to 1 as bright as it looks."""

FRAME_S: Final = 0.05
"""While a colour fades."""
MIN_BRIGHTNESS: Final = 0.2
"""However dark a parent wants it: when the microphone's sound leaves the toy its light says so, and one that is looked
for is found."""
DIMMED: Final = 0.15
"""Of its brightness, while a child is put to bed and until somebody talks to the toy again."""
NEVER_DARK: Final = (State.LISTENING, State.LISTENING_ON, State.IDENTIFYING)

_DARK: Final = (0.0, 0.0, 0.0)
_WHITE: Final = (0.9, 0.9, 0.9)
_BLUE: Final = (0.0, 0.5, 1.0)
_VIOLET: Final = (0.6, 0.1, 1.0)
_GREEN: Final = (0.1, 1.0, 0.2)
_AMBER: Final = (1.0, 0.5, 0.0)
_RED: Final = (1.0, 0.0, 0.0)

_log = logging.getLogger(__name__)


class Step(NamedTuple):
    """`seconds` of one colour, or of fading into it from the step before."""

    seconds: float
    colour: Colour
    fades: bool = False


Pattern = tuple[Step, ...]
"""Shown again and again; the first step fades from the last one's colour."""

PATTERNS: Final[dict[State, Pattern]] = {
    State.STARTING: (Step(0.8, _WHITE, fades=True), Step(0.1, _DARK)),
    State.IDLE: (
        Step(1.5, (0.05, 0.35, 0.15), fades=True),
        Step(1.5, _DARK, fades=True),
        Step(3.0, _DARK),
    ),
    State.LISTENING: (Step(1.0, _BLUE),),
    State.LISTENING_ON: (Step(0.8, _BLUE), Step(0.2, (0.0, 0.3, 0.6))),
    State.THINKING: (Step(0.25, _VIOLET, fades=True), Step(0.25, (0.1, 0.0, 0.2), fades=True)),
    State.SPEAKING: (Step(1.0, _GREEN, fades=True), Step(1.0, (0.05, 0.5, 0.1), fades=True)),
    State.HUB_AWAY: (Step(0.15, _AMBER), Step(4.85, _DARK)),
    State.PAIRING: (Step(0.5, _BLUE), Step(0.5, _DARK)),
    State.IDENTIFYING: (Step(0.2, _WHITE), Step(0.2, _BLUE)),
    State.MUTED: (Step(0.2, _RED), Step(0.2, _DARK), Step(0.2, _RED), Step(3.4, _DARK)),
    State.ERROR: (*(Step(0.25, _RED), Step(0.25, _DARK)) * 3, Step(1.0, _DARK)),
}


class Lamp(Protocol):
    """Something with a colour."""

    def show(self, red: float, green: float, blue: float) -> None:
        """Each from 0 to 1 of its power. Must not block; raises OSError when it can't."""
        ...

    def close(self) -> None:
        """Go dark."""
        ...


class LightPanel:
    """Shows the toy's state on a lamp; `run` moves the patterns on."""

    def __init__(self, lamp: Lamp, clock: Clock) -> None:
        self._lamp = lamp
        self._clock = clock
        self._state = State.STARTING
        self._brightness = 1.0
        self._dimmed = False
        self._began_s = clock.monotonic()
        self._changed = asyncio.Event()
        self._broken = False
        self._closed = False

    def show(self, state: State) -> None:
        """The pattern begins before this returns."""
        self._state = state
        self._began_s = self._clock.monotonic()
        self._changed.set()
        self._frame()

    def set_brightness(self, percent: int) -> None:
        """0 to 100; at 0 only NEVER_DARK is shown, faintly."""
        self._brightness = min(max(percent, 0), 100) / 100
        self._frame()

    def dim(self, dimmed: bool) -> None:
        self._dimmed = dimmed
        self._frame()

    async def run(self) -> None:
        """Until cancelled; then it is dark."""
        try:
            while True:
                self._changed.clear()
                await happens(self._changed, self._clock, self._frame())
        finally:
            self._closed = True
            self._lamp.close()

    def _frame(self) -> float | None:
        """Show what is due now; returns after how many seconds something else is."""
        if self._closed:  # a toy that ends has its last states
            return None
        colour, for_s = frame(PATTERNS[self._state], self._clock.monotonic() - self._began_s)
        least = MIN_BRIGHTNESS if self._state in NEVER_DARK else 0.0
        brightness = max(self._brightness * (DIMMED if self._dimmed else 1.0), least)
        # Eyes see a quarter of the power as half as bright.
        red, green, blue = ((part * brightness) ** 2 for part in colour)
        try:
            self._lamp.show(red, green, blue)
        except OSError as error:
            if not self._broken:
                _log.error("the light does not work: %s", error)
            self._broken = True
        return for_s


def frame(pattern: Pattern, at_s: float) -> tuple[Colour, float | None]:
    """The colour `at_s` into the pattern, and for how long it holds; None is for ever."""
    at_s %= sum(step.seconds for step in pattern)
    before = pattern[-1].colour
    for step in pattern:
        if at_s < step.seconds:
            break
        at_s -= step.seconds
        before = step.colour
    left_s = max(step.seconds - at_s, 0.001)
    if not step.fades:
        return step.colour, None if len(pattern) == 1 else left_s
    done = min(at_s / step.seconds, 1.0)
    red, green, blue = (a + (b - a) * done for a, b in zip(before, step.colour, strict=True))
    return (red, green, blue), min(FRAME_S, left_s)
