"""Friends who visit for a day or some: they begin when a parent says so, and end by themselves.

While one lasts, the stricter of the toy's and the visitor's age holds, and nothing is remembered. What was said is
erased at its end, unless a parent keeps it. When it ends stands in the database, so a restart changes nothing of it.
"""

import uuid
from datetime import timedelta
from typing import Final

import structlog

from hub.domain.clock import Clock
from hub.domain.family.visits import MAX_DAYS, OLDEST, Visit
from hub.domain.talks.kept import RemovalScope
from hub.domain.toys import Toy
from hub.errors import DataError, NotFoundError
from hub.storage.store import Store
from hub.translation import gettext as _

LOOK_EVERY_S: Final = 60.0
"""The household's clock may be set meanwhile."""

log = structlog.get_logger()


class Visits:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def begin(
        self, toy: Toy, name: str, age: int, *, days: int = 1, keeps_talks: bool = False
    ) -> Visit:
        """Until the end of today, or of one of the next days. Raises DataError, RefusedError."""
        if not 1 <= age <= OLDEST:
            raise DataError(_("please give an age from 1 to %(oldest)s", oldest=OLDEST))
        if not 1 <= days <= MAX_DAYS:
            raise DataError(_("a visit lasts from 1 to %(most)s days", most=MAX_DAYS))
        household, now = await self._store.household.get(), self._clock.now()
        ends_at = household.midnight(household.local(now).date() + timedelta(days=days))
        visit = Visit(uuid.uuid4().hex, toy.id, name, age, now, ends_at, keeps_talks)
        return await self._store.visits.begin(visit)

    async def end(self, toy: Toy) -> None:
        """Before its time. Raises NotFoundError where nobody visits."""
        if toy.visit is None:
            raise NotFoundError(_("nobody visits %(name)s now", name=toy.name))
        await self._store.visits.end(toy.visit.id)
        await self.look()

    async def run(self) -> None:
        """End each in its time, until cancelled."""
        while True:
            try:
                await self.look()
            except DataError as error:
                log.warning("what was said in a visit is not erased yet", error=str(error))
            await self._clock.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """End what is over, and have what was said in it erased. Raises DataError."""
        now = self._clock.now()
        for visit in await self._store.visits.list():
            if visit.is_on(now):
                continue
            await self._store.visits.end(visit.id)
            if not visit.keeps_talks:
                await self._erase(visit)
            await self._store.visits.forget(visit)

    async def _erase(self, visit: Visit) -> None:
        try:
            now = self._clock.now()
            await self._store.removals.hide(RemovalScope.VISIT, visit.id, now)
        except NotFoundError:
            log.debug("nothing more of a visit can be erased now")
