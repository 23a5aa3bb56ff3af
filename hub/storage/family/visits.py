"""Friends who visit: which toys they play with now, and whose talks are still to be erased."""

from functools import partial

from sqlalchemy import Connection, delete, exists, insert, select, update

from hub.domain.family.visits import Visit
from hub.errors import RefusedError
from hub.events import ToysChanged
from hub.storage.database import Repository
from hub.storage.repositories.toys import NOBODY
from hub.storage.rows import entered_name, from_row, to_row
from hub.storage.schema import toys, turns, visits
from hub.translation import gettext as _

_GOES_ON = visits.c.ended_at.is_(None)


class VisitRepository(Repository):
    async def list(self) -> list[Visit]:
        """Those that go on, and those that are over and whose talks are not gone yet."""
        return await self._database.rows(select(visits).order_by(visits.c.began_at), _visit)

    async def begin(self, visit: Visit) -> Visit:
        """Nobody is known to have the toy from now on.

        Raises DataError for a name that is none, and RefusedError where a friend visits that toy already.
        """
        row = to_row(visit, visits, name=entered_name(visit.name, _("a visitor's name")))
        same = select(visits.c.id).where(visits.c.toy_id == visit.toy_id, _GOES_ON)

        def work(connection: Connection) -> None:
            if connection.scalar(same) is not None:
                raise RefusedError(_("somebody visits already: end that first"))
            connection.execute(insert(visits), row)
            connection.execute(update(toys).where(toys.c.id == visit.toy_id).values(NOBODY))

        await self._write(work, ToysChanged())
        return visit

    async def end(self, visit_id: str) -> None:
        """Now. From then on no turn is part of it."""
        change = update(visits).where(visits.c.id == visit_id, _GOES_ON)
        ended = change.values(ended_at=self._clock.now())
        await self._write(lambda connection: connection.execute(ended), ToysChanged())

    async def forget(self, visit: Visit) -> None:
        """Who it was, unless talks of it are still to be erased."""
        gone = delete(visits).where(visits.c.id == visit.id)
        if not visit.keeps_talks:
            gone = gone.where(~exists().where(turns.c.visit_id == visits.c.id))
        await self._write(lambda connection: connection.execute(gone), ToysChanged())


_visit = partial(from_row, Visit)
