"""What runs beside a satellite's link, in the fleet's task group."""

import asyncio
from collections.abc import Coroutine

import structlog

log = structlog.get_logger()

Work = Coroutine[None, None, None]


class BackgroundTasks:
    """Of one device. A fault in one is logged: it would end the group, and with it the links to all other toys."""

    def __init__(self, key: str) -> None:
        self.group: asyncio.TaskGroup | None = None
        """None until the fleet runs: nothing is begun before."""
        self._key = key
        self._running: set[str] = set()

    def spawn(self, work: Work, name: str, *, once: bool = False) -> None:
        """With `once` not while another of that name runs."""
        if self.group is None or (once and name in self._running):
            work.close()
            return
        guarded = self._guarded(work, name)
        try:
            task = self.group.create_task(guarded, name=f"{name} of {self._key}")
        except RuntimeError:  # the fleet is ending, and its group takes no more
            guarded.close()
            work.close()
            return
        self._running.add(name)
        task.add_done_callback(lambda _: work.close())  # cancelled before it began
        task.add_done_callback(lambda _: self._running.discard(name))

    async def _guarded(self, work: Work, name: str) -> None:
        try:
            await work
        except Exception:  # whatever it is, the links to all other toys go on
            log.exception("something for a toy broke", satellite=self._key, what=name)
