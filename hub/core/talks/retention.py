"""How long the family keeps what was said: each night, what is older is deleted, and it is written down how much.

A family that has older talks when this first looks is told, and nothing is erased for two weeks, so that it can
choose. What a parent bookmarked is kept, and what an alert that nobody has acknowledged is about.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

import structlog

from hub.alerts.maker import AlertMaker
from hub.domain.clock import Clock
from hub.domain.household import Household
from hub.domain.safety import AlertLevel
from hub.domain.talks.kept import MAX_KEEP_DAYS, RemovalScope
from hub.domain.talks.kept import Retention as Choice
from hub.domain.words import day_words
from hub.errors import DataError, NotFoundError
from hub.storage.store import Store
from hub.translation import gettext as _
from hub.translation import marked, marked_number

NIGHT: Final = time(3, 30)
"""By the household's clock."""
TIME_TO_CHOOSE: Final = timedelta(days=14)
AWAY: Final = timedelta(days=7)
"""A hub that did not look for so long was put away, or its clock is wrong: it waits before it deletes anything."""
WAIT_AFTER_AWAY: Final = timedelta(days=2)
LOOK_EVERY_S: Final = 600.0
"""The household's clock and zone may be set meanwhile, so it is looked at now and then."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Keeping:
    """What holds now."""

    days: int
    """0: for ever."""
    chosen: bool
    """A parent chose it; else the configuration says so."""
    begins_at: datetime | None
    """Nothing is erased before; None: nothing waits for that."""
    before: date | None
    """What began before this day, by the household's clock, is too old now; None: nothing ever is."""
    too_old: int
    """So many turns began before that day; some of them are kept, as a parent needs them."""


class Retention:
    def __init__(self, store: Store, alerts: AlertMaker, default_days: int, clock: Clock) -> None:
        self._store = store
        self._alerts = alerts
        self._default_days = default_days
        self._clock = clock

    async def get(self) -> Keeping:
        choice = await self._store.retention.get()
        household = await self._store.household.get()
        days = self._days(choice)
        waits = (
            choice.begins_at
            if (choice.begins_at or self._clock.now()) > self._clock.now()
            else None
        )
        if not days:
            return Keeping(0, choice.days is not None, None, None, 0)
        before = self._before(household, days)
        too_old = await self._store.talks.count((None, household.midnight(before)))
        return Keeping(days, choice.days is not None, waits, before, too_old)

    async def choose(self, days: int) -> Keeping:
        """Keep what was said so many days, 0 for ever; from the coming night on. Raises DataError."""
        if not 0 <= days <= MAX_KEEP_DAYS:
            raise DataError(
                _("choose 1 to %(most)s days, or 0 to keep everything", most=MAX_KEEP_DAYS)
            )
        now = self._clock.now()
        await self._store.retention.save(Choice(days, begins_at=now, ran_at=now))
        return await self.get()

    async def run(self) -> None:
        """Delete what is too old, each night, until cancelled."""
        while True:
            try:
                await self.look()
            except DataError as error:
                log.warning("what is too old is not deleted yet", error=str(error))
            await self._clock.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Delete what is too old, unless that was done since the last night. Raises DataError."""
        choice, now = await self._store.retention.get(), self._clock.now()
        household = await self._store.household.get()
        if choice.ran_at is not None and not timedelta() <= now - choice.ran_at <= AWAY:
            choice = replace(choice, begins_at=now + WAIT_AFTER_AWAY)
        elif choice.ran_at is not None and now < _night_after(household, choice.ran_at):
            return
        days = self._days(choice)
        if days:
            choice = await self._delete_older(choice, household, self._before(household, days))
        await self._store.retention.save(replace(choice, ran_at=now))

    async def _delete_older(self, choice: Choice, household: Household, before: date) -> Choice:
        now, until = self._clock.now(), household.midnight(before)
        if choice.begins_at is None:
            begins_at = now
            if await self._store.talks.count((None, until)):
                begins_at = now + TIME_TO_CHOOSE
                await self._tell(household.local(begins_at).date(), self._days(choice))
            choice = replace(choice, begins_at=begins_at)
        if choice.begins_at is None or now < choice.begins_at:
            return choice
        try:
            older = RemovalScope.OLDER
            await self._store.removals.hide(older, before.isoformat(), now, (None, until))
        except NotFoundError:
            log.debug("nothing that was said is too old")
        return choice

    async def _tell(self, begins: date, days: int) -> None:
        await self._alerts.tell(
            AlertLevel.INFO,
            marked("Old talks will be erased from %(day)s on", day=day_words(begins)),
            {
                "reason": marked_number(
                    "From then on, what was said more than %(num)s day ago is erased each night. Until then "
                    "nothing is. Under Talks, Keep and delete, you can choose another time or keep everything, "
                    "and save a copy first.",
                    "From then on, what was said more than %(num)s days ago is erased each night. Until then "
                    "nothing is. Under Talks, Keep and delete, you can choose another time or keep everything, "
                    "and save a copy first.",
                    days,
                )
            },
        )

    def _days(self, choice: Choice) -> int:
        return self._default_days if choice.days is None else choice.days

    def _before(self, household: Household, days: int) -> date:
        return household.local(self._clock.now()).date() - timedelta(days=days)


def _night_after(household: Household, moment: datetime) -> datetime:
    day = household.local(moment).date()
    tonight = household.midnight(day) + timedelta(hours=NIGHT.hour, minutes=NIGHT.minute)
    if moment < tonight:
        return tonight
    return household.midnight(day + timedelta(days=1)) + timedelta(
        hours=NIGHT.hour, minutes=NIGHT.minute
    )
