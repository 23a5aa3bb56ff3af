"""What the toy shows of itself: one state at a time, on whatever it has to show it with."""

import sys
from collections.abc import Callable, Sequence
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


class ConsolePanel:
    """One short line for each change."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr

    def show(self, state: State) -> None:
        self._out.write(f"* {state.value}\n")
        self._out.flush()


class Panels:
    """Several as one: a light, and a console beside it."""

    def __init__(self, panels: Sequence[Panel]) -> None:
        self._panels = tuple(panels)

    def show(self, state: State) -> None:
        for panel in self._panels:
            panel.show(state)


class MutedPanel:
    """Another one, on which a toy that is muted shows just that while its hub is away."""

    def __init__(self, panel: Panel, is_muted: Callable[[], bool]) -> None:
        self._panel = panel
        self._is_muted = is_muted

    def show(self, state: State) -> None:
        muted = state is State.HUB_AWAY and self._is_muted()
        self._panel.show(State.MUTED if muted else state)
