"""The toy's one button: held, it makes the toy listen; held for long without a word, it pairs it anew.

Pressed EMERGENCY_PRESSES times in a few seconds, it stops every toy of the household. Tapped twice and no more, it
asks for the next of the toy's children.
"""

import asyncio
from collections import deque
from typing import Final, Protocol

from satellite.clock import Clock

PAIR_S: Final = 8.0
"""Held for so long while nobody speaks, it asks for pairing."""
PAIR_ANYWAY_S: Final = 20.0
"""Held for so long it asks for pairing even if somebody speaks: a child may hold it through a long story."""


EMERGENCY_PRESSES: Final = 5
EMERGENCY_S: Final = 3.0
"""From the first of them to the last."""
TAP_S: Final = 0.4
"""What is held for longer is no tap."""
APART_S: Final = 0.5
"""At most between two taps; so long after the second no other comes."""


class Pressable(Protocol):
    """What the button acts on; a `HubControl`."""

    @property
    def hears_a_voice(self) -> bool: ...

    def press(self) -> None: ...

    def release(self) -> None: ...

    def pair(self) -> None: ...

    def emergency(self) -> None: ...

    def next_child(self) -> bool:
        """Whether two taps are for that."""
        ...


class Button:
    """`down` and `up` are called by whatever feels the finger, in the event loop's thread."""

    def __init__(self, toy: Pressable, clock: Clock) -> None:
        self._toy = toy
        self._clock = clock
        self._is_down = False
        self._changed = asyncio.Event()
        self._pressed_s: deque[float] = deque(maxlen=EMERGENCY_PRESSES)
        self._let_go_s = -APART_S
        self._taps = 0
        """In a row, up to now."""

    def down(self) -> None:
        if not self._is_down:
            self._is_down = True
            self._changed.set()
            now_s = self._clock.monotonic()
            if now_s - self._let_go_s > APART_S:
                self._taps = 0
            self._pressed_s.append(now_s)
            if self._is_emergency():
                self._pressed_s.clear()
                self._toy.emergency()
            else:
                self._toy.press()

    def up(self) -> None:
        if self._is_down:
            self._is_down = False
            self._let_go_s = self._clock.monotonic()
            is_tap = bool(self._pressed_s) and self._let_go_s - self._pressed_s[-1] <= TAP_S
            self._taps = self._taps + 1 if is_tap else 0
            self._changed.set()
            self._toy.release()

    def _is_emergency(self) -> bool:
        first, last = self._pressed_s[0], self._pressed_s[-1]
        return len(self._pressed_s) == EMERGENCY_PRESSES and last - first <= EMERGENCY_S

    async def run(self) -> None:
        """Watches for long holds and for two taps, until cancelled."""
        while True:
            await self._becomes(down=True)
            if not await self._comes_up_in_time():
                self._toy.pair()
                await self._becomes(down=False)
            elif await self._was_tapped_twice() and self._toy.next_child():
                self._pressed_s.clear()  # who goes on from child to child calls no emergency

    async def _was_tapped_twice(self) -> bool:
        return self._taps == 2 and not await self._becomes(down=True, within_s=APART_S)

    async def _comes_up_in_time(self) -> bool:
        if await self._becomes(down=False, within_s=PAIR_S):
            return True
        more_s = PAIR_ANYWAY_S - PAIR_S
        return self._toy.hears_a_voice and await self._becomes(down=False, within_s=more_s)

    async def _becomes(self, *, down: bool, within_s: float | None = None) -> bool:
        """Wait for it; False when it did not happen in time."""
        try:
            async with self._clock.timeout(within_s):
                while self._is_down is not down:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True
