"""What strangers may cost: how quickly they are served, and how often they are logged.

Whatever anybody may ask for, such as a connection or an answer without a sign-in, waits for `Pace.turn`. One after
the other they get a share of the processor's time, however fast the machine is: who asks once waits for nothing, who
asks at full speed is slowed down, and between two of them the event loop is free for a toy's talk.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Final

REST: Final = 5.0
"""For each second that the program has worked, so many go by for strangers: at full speed they get a fifth of it."""
CREDIT_S: Final = 0.1
"""Rest that is owed until somebody has to wait: a browser asks for several things at once."""
MIN_WAIT_S: Final = 0.0001
"""What is less stays owed."""
MAX_WAIT_S: Final = 0.05
"""However busy the program is with other things, so often a stranger has its turn."""

TOLD_EVERY_S: Final = 60.0


class Seldom:
    """For what strangers can bring about as often as they like: it is counted, and told once a minute at most."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._told_s = -math.inf
        self._count = 0

    def due(self) -> int:
        """Counts one; gives how many there were since the last time that it gave any, 0 while that is not long ago."""
        self._count += 1
        if self._now() - self._told_s < TOLD_EVERY_S:
            return 0
        self._told_s, count, self._count = self._now(), self._count, 0
        return count


class Pace:
    def __init__(
        self,
        *,
        now: Callable[[], float] = time.monotonic,
        worked: Callable[[], float] = time.process_time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`now` and `worked` are seconds: of the clock, and of the processor for this program.

        It is the machine's own time, and not an injected clock's, as that knows nothing of the processor.
        """
        self._now = now
        self._worked = worked
        self._sleep = sleep
        self._waiting = asyncio.Lock()
        self._owed_s = 0.0
        self._seen_s, self._seen_work_s = now(), worked()

    async def turn(self) -> None:
        """Returns when the next stranger may be served; they come in the order in which they asked."""
        async with self._waiting:
            waited_s = 0.0
            while (wait_s := min(self._owed() - CREDIT_S, MAX_WAIT_S - waited_s)) > MIN_WAIT_S:
                await self._sleep(wait_s)
                waited_s += wait_s

    def _owed(self) -> float:
        """Seconds of rest, for what was worked since it was last asked less what has gone by."""
        now_s, work_s = self._now(), self._worked()
        self._owed_s += REST * (work_s - self._seen_work_s) - (now_s - self._seen_s)
        self._owed_s = min(max(self._owed_s, 0.0), CREDIT_S + MAX_WAIT_S)
        self._seen_s, self._seen_work_s = now_s, work_s
        return self._owed_s
