"""What a program gives, as it comes through a pipe: 50 times a second, day and night.

asyncio's own streams take three rounds of the event loop for each piece and set a deadline for each; this takes one,
calls who wants it from there, and looks after the deadline now and then.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from satellite.clock import Clock

MOST_BYTES: Final = 4096
"""Taken at once; the rest waits in the pipe."""

Take = Callable[[bytes], None]


class Pipe:
    def __init__(self, clock: Clock, most_s: float) -> None:
        """`pour` fails when nothing comes for `most_s`. Raises OSError."""
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._most_s = most_s
        self._end, self.write_end = os.pipe()
        """The other end, for a program; `hand_over` when it has it."""
        os.set_blocking(self._end, False)
        self._held = b""
        """What is yet to be taken: the begin of a piece, as a rule."""
        self._came_s = 0.0
        self._problem: Exception | None = None
        """What who takes has raised."""

    def hand_over(self) -> None:
        """The program has its end: what it closes is closed."""
        os.close(self.write_end)

    async def pour(self, size: int, take: Take) -> None:
        """`take` gets each `size` bytes as soon as they are there, until the program has closed its end.

        Raises TimeoutError, and what `take` raises.
        """
        ended = asyncio.Event()
        self._problem = None
        self._came_s = self._clock.monotonic()
        self._loop.add_reader(self._end, self._receive, size, take, ended)
        try:
            while not ended.is_set():
                left_s = self._came_s + self._most_s - self._clock.monotonic()
                if left_s <= 0:
                    raise TimeoutError
                with suppress(TimeoutError):
                    async with self._clock.timeout(left_s):
                        await ended.wait()
        finally:
            self._loop.remove_reader(self._end)
        if self._problem is not None:
            raise self._problem

    def close(self) -> None:
        """Once, while nothing pours."""
        os.close(self._end)

    def _receive(self, size: int, take: Take, ended: asyncio.Event) -> None:
        """Called by the event loop itself; no task is woken for it."""
        try:
            received = os.read(self._end, MOST_BYTES)
        except BlockingIOError:
            return
        self._came_s = self._clock.monotonic()
        sound, at = self._held + received, 0
        try:
            while len(sound) - at >= size:
                at += size
                take(sound[at - size : at])
        except Exception as error:  # noqa: BLE001  # whoever awaits `pour` gets it
            self._problem = error
        self._held = sound[at:]
        if not received or self._problem is not None:
            self._loop.remove_reader(self._end)
            ended.set()
