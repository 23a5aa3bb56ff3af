"""What a program gives, as it comes through a pipe: 50 times a second, day and night.

asyncio's own streams take three rounds of the event loop for each piece and set a deadline for each; this takes one,
and looks after the deadline now and then.
"""

import asyncio
import os
from collections.abc import Callable
from contextvars import Context
from typing import Any, Final

from satellite.clock import Clock

MOST_BYTES: Final = 65_536
"""Held for who reads too slowly; the rest waits in the pipe."""


class _Arrival(asyncio.Future[None]):
    """Who awaits it goes on within `happen`, not in the event loop's next round."""

    def add_done_callback(
        self, fn: Callable[[Any], object], /, *, context: Context | None = None
    ) -> None:
        self._go_on = fn
        self._context = context
        super().add_done_callback(fn, context=context)  # for a cancellation and an error

    def happen(self) -> None:
        """To be called by the loop itself, not by a task."""
        assert self._context is not None
        self.remove_done_callback(self._go_on)
        self.set_result(None)
        self._context.run(self._go_on, self)


class Pipe:
    def __init__(self, clock: Clock, most_s: float) -> None:
        """The first read that waits for `most_s` fails. Raises OSError."""
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._most_s = most_s
        self._end, self.write_end = os.pipe()
        """The other end, for a program; `hand_over` when it has it."""
        os.set_blocking(self._end, False)
        self._held = bytearray()
        self._ended = False
        self._full = False
        self._more: _Arrival | None = None
        """Somebody waits …"""
        self._since_s = 0.0
        """… since then."""
        self._loop.add_reader(self._end, self._receive)
        self._watch = asyncio.create_task(self._watch_deadline(), name="pipe")

    def hand_over(self) -> None:
        """The program has its end: what it closes is closed."""
        os.close(self.write_end)

    async def read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer where the program has closed its end. Raises TimeoutError."""
        if len(self._held) < size:
            self._since_s = self._clock.monotonic()
        while len(self._held) < size and not self._ended:
            self._go_on()
            self._more = _Arrival(loop=self._loop)
            try:
                await self._more
            finally:
                self._more = None
        piece = bytes(self._held[:size])
        del self._held[:size]
        self._go_on()
        return piece

    def close(self) -> None:
        """Once, and nothing is read afterwards."""
        self._watch.cancel()
        self._loop.remove_reader(self._end)
        os.close(self._end)

    def _go_on(self) -> None:
        if self._full and not self._ended:
            self._full = False
            self._loop.add_reader(self._end, self._receive)

    def _receive(self) -> None:
        try:
            received = os.read(self._end, MOST_BYTES)
        except BlockingIOError:
            return
        self._held += received
        self._ended = not received
        self._full = len(self._held) >= MOST_BYTES
        if self._ended or self._full:
            self._loop.remove_reader(self._end)
        if self._more is not None and not self._more.done():
            self._more.happen()

    async def _watch_deadline(self) -> None:
        while True:
            now_s = self._clock.monotonic()
            waiting = self._more if self._more is not None and not self._more.done() else None
            left_s = (self._since_s if waiting else now_s) + self._most_s - now_s
            if waiting and left_s <= 0:
                waiting.set_exception(TimeoutError())
                return
            await self._clock.sleep(left_s)
