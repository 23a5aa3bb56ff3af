"""The household's own settings, and its emergency stop."""

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, select

from hub.domain.household import MINUTES_A_DAY, Household
from hub.domain.limits import MAX_CAP_CENTS, MAX_REASON_CHARS
from hub.errors import DataError
from hub.events import HouseholdChanged
from hub.storage.database import Repository
from hub.storage.rows import entered, from_row, to_row, upsert
from hub.storage.schema import household
from hub.translation import gettext as _

ONLY_ROW = 1


class HouseholdRepository(Repository):
    async def get(self) -> Household:
        return await self._database.read(read_household)

    async def save(self, settings: Household) -> Household:
        """Keep the settings; the emergency stop and quiet time stay as they are. Raises DataError."""
        _check(settings)
        return await self._change(
            lambda now: replace(
                settings,
                emergency_stopped_at=now.emergency_stopped_at,
                stop_reason=now.stop_reason,
                quiet=now.quiet,
            )
        )

    async def keep_stop(self, reason: str = "") -> Household:
        """Keep that no toy may talk: the first of several stops. `hub.core.emergency_stop` is who stops them."""
        reason = entered(reason, _("the reason"), MAX_REASON_CHARS)
        at = self._clock.now()
        return await self._change(
            lambda now: (
                now
                if now.emergency_stopped_at
                else replace(now, emergency_stopped_at=at, stop_reason=reason)
            ),
            urgent=True,
        )

    async def forget_stop(self) -> Household:
        """Keep that the toys may talk again; `hub.core.emergency_stop` lets them."""
        return await self._change(
            lambda now: replace(now, emergency_stopped_at=None, stop_reason=""), urgent=True
        )

    async def set_quiet(self, quiet: bool) -> Household:
        """Begin quiet time, or end it."""
        return await self._change(lambda now: replace(now, quiet=quiet))

    async def _change(
        self, change: Callable[[Household], Household], *, urgent: bool = False
    ) -> Household:
        """`urgent` as in `Database.write`."""

        def work(connection: Connection) -> Household:
            changed = change(read_household(connection))
            upsert(connection, household.c.id, to_row(changed, household, id=ONLY_ROW))
            return changed

        return await self._write(work, HouseholdChanged(), urgent=urgent)


def read_household(connection: Connection) -> Household:
    query = select(household).where(household.c.id == ONLY_ROW)
    row = connection.execute(query).mappings().first()
    return Household() if row is None else from_row(Household, row)


def _check(settings: Household) -> None:
    country = settings.country
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        raise DataError(
            _(
                "%(country)s is no country code: use two capital letters, such as IN",
                country=repr(country),
            )
        )
    if (settings.quiet_from is None) != (settings.quiet_until is None):
        raise DataError(_("quiet hours need both a beginning and an end"))
    if not 0 <= settings.break_after_minutes <= MINUTES_A_DAY:
        raise DataError(_("the break reminder must come after 0 to 1440 minutes"))
    if not 0 <= settings.monthly_cap_cents <= MAX_CAP_CENTS:
        raise DataError(
            _(
                "the month's budget must be 0 (nothing) to %(most)s US dollars",
                most=MAX_CAP_CENTS // 100,
            )
        )
    try:
        ZoneInfo(settings.time_zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DataError(
            _(
                "%(time_zone)s is no time zone: use a name such as Asia/Kolkata",
                time_zone=repr(settings.time_zone),
            )
        ) from error
