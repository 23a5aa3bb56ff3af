"""Tells paired satellites of the emergency stop, so that what they say without this hub stops, too.

Each is told when it obeys, before all else, and at every change; what its reports say is compared with what holds.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable

import structlog

from hub.errors import LinkError, PommaiError
from hub.voice.session import Session
from hub.voice.updates import Spawn
from satellite.wire_home import Report, Stop

log = structlog.get_logger()


class Silence:
    def __init__(
        self, stopped: Callable[[], bool], sessions: dict[str, Session], spawn: Spawn
    ) -> None:
        """`stopped` says whether the stop is on, `sessions` has those of linked satellites by key."""
        self._stopped = stopped
        self._sessions = sessions
        self._spawn = spawn
        self._telling: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: set[str] = set()
        self._silent: dict[str, bool] = {}
        """By key: what each said last, be it linked or away."""

    def may_talk(self, key: str) -> bool:
        """Whether a paired satellite that is away may say lines that it carries, although all are stopped."""
        return self._stopped() and not self._silent.get(key, False)

    def tell_all(self) -> None:
        for key in self._sessions:
            self.tell(key)

    def tell(self, key: str) -> None:
        self._spawn(self._tell(key), f"stop of {key}")

    def note(self, key: str, report: Report) -> None:
        """What it says of itself, each minute."""
        if report.stopped is not None:
            self._silent[key] = report.stopped
            if report.stopped is not self._stopped():
                self.tell(key)

    async def _tell(self, key: str) -> None:
        """As things are once it has answered what it was told before."""
        if key in self._waiting:
            return
        self._waiting.add(key)
        try:
            await self._telling[key].acquire()
        finally:
            self._waiting.discard(key)
        try:
            session, on = self._sessions.get(key), self._stopped()
            if session is not None and session.desk is not None:
                await session.desk.ask(lambda number: Stop(number, on).event())
                self._silent[key] = on
        except LinkError as error:
            log.info("a toy went before it heard of the stop", satellite=key, error=str(error))
        except PommaiError as error:
            log.warning("a toy does not take the stop", satellite=key, error=str(error))
        finally:
            self._telling[key].release()
