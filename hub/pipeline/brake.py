"""The emergency stop of all turns: whoever is in one is interrupted wherever it waits, and none begins.

It interrupts as `asyncio.timeout` does: it cancels the task that entered the turn's block, and the
block turns that into StoppedError at its end.
"""

import asyncio

from hub.errors import StoppedError


class Brake:
    """One for all turns of a hub."""

    def __init__(self) -> None:
        self.on = False
        self._turns: set[BrakeOnTurn] = set()

    def check(self) -> None:
        if self.on:
            raise StoppedError(
                "the toys are stopped: lift it with `pommai-hub resume` or on the Guardian pages"
            )

    def pull(self) -> None:
        self.on = True
        for turn in self._turns:
            turn.interrupt()

    def release(self) -> None:
        self.on = False

    def on_turn(self) -> "BrakeOnTurn":
        return BrakeOnTurn(self, self._turns)


class BrakeOnTurn:
    """The brake's hold on the task that runs one turn's block."""

    def __init__(self, brake: Brake, turns: "set[BrakeOnTurn]") -> None:
        self._brake = brake
        self._turns = turns
        self.interrupted = False
        """The brake ends this turn."""

    def enter(self) -> None:
        """At the block's beginning. Raises StoppedError."""
        self._brake.check()
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelled_before = task.cancelling()
        self._turns.add(self)

    def interrupt(self) -> None:
        if not self.interrupted:
            self.interrupted = True
            self._task.cancel()

    async def leave(self, work: asyncio.Task[None], error: BaseException | None) -> None:
        """At the block's end, after `error`: wait for the turn's cancelled work.

        Raises StoppedError if the brake ended the block.
        """
        cancelled = False
        while (
            not work.done()
        ):  # a barge-in cancels twice, and nothing of the turn may be left behind
            try:
                await asyncio.wait((work,))
            except asyncio.CancelledError:
                cancelled = True
        self._turns.discard(self)
        if not self.interrupted:
            if cancelled:
                raise asyncio.CancelledError
            return
        if self._task.uncancel() > self._cancelled_before:
            raise asyncio.CancelledError  # somebody else wants the task to end, too
        if error is None or isinstance(error, asyncio.CancelledError):
            raise StoppedError("the toys were stopped in the middle of the turn")
