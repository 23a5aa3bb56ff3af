"""The emergency stop of all turns: whoever is in one is interrupted wherever it waits, and none begins.

It interrupts as `asyncio.timeout` does: it cancels the task that entered the turn's block, and the
block turns that into StoppedError at its end.
"""

import asyncio

from hub.errors import StoppedError
from hub.translation import gettext as _


class EmergencyStop:
    """One for all turns of a hub."""

    def __init__(self) -> None:
        self.on = False
        self._turns: set[StopOfTurn] = set()

    def check(self) -> None:
        if self.on:
            raise StoppedError(
                _("the toys are stopped: lift it with `pommai-hub resume` or on the Guardian pages")
            )

    def call(self) -> None:
        self.on = True
        for turn in self._turns:
            turn.interrupt()

    def lift(self) -> None:
        self.on = False

    def of_turn(self) -> "StopOfTurn":
        return StopOfTurn(self, self._turns)


class StopOfTurn:
    """What the stop interrupts: the task that runs one turn's block."""

    def __init__(self, stop: EmergencyStop, turns: "set[StopOfTurn]") -> None:
        self._stop = stop
        self._turns = turns
        self.interrupted = False
        """The stop ends this turn."""

    def enter(self) -> None:
        """At the block's beginning. Raises StoppedError."""
        self._stop.check()
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelled_before = task.cancelling()
        self._turns.add(self)

    def interrupt(self) -> None:
        if not self.interrupted:
            self.interrupted = True
            self._task.cancel()

    def leave(self, error: BaseException | None, *, cancelled: bool) -> None:
        """At the block's end, after `error`; `cancelled` where somebody wanted the task to end meanwhile.

        Raises StoppedError if the stop ended the block.
        """
        self._turns.discard(self)
        if not self.interrupted:
            if cancelled:
                raise asyncio.CancelledError
            return
        if self._task.uncancel() > self._cancelled_before:
            raise asyncio.CancelledError  # somebody else wants the task to end, too
        if error is None or isinstance(error, asyncio.CancelledError):
            raise StoppedError(_("the toys were stopped in the middle of the turn"))
