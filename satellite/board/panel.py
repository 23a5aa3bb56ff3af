"""What the toy shows of itself: one state at a time, on whatever it has to show it with."""

import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Final, Protocol, TextIO


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
