"""What a program gives, as it comes through a pipe: 50 times a second, day and night.

asyncio's own streams wake the event loop three times for each piece and set a deadline for each; this wakes it twice,
and looks after the deadline now and then.
"""

import asyncio
import os
from typing import Final

from satellite.clock import Clock

MOST_BYTES: Final = 65_536
"""Held for who reads too slowly; the rest waits in the pipe."""


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
        self._more: asyncio.Future[None] | None = None
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
            self._more = self._loop.create_future()
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
            self._more.set_result(None)

    async def _watch_deadline(self) -> None:
        while True:
            now_s = self._clock.monotonic()
            waiting = self._more if self._more is not None and not self._more.done() else None
            left_s = (self._since_s if waiting else now_s) + self._most_s - now_s
            if waiting and left_s <= 0:
                waiting.set_exception(TimeoutError())
                return
            await self._clock.sleep(left_s)
