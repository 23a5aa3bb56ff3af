"""The household's own settings, and its emergency stop."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, select

from hub.domain.clock import Clock
from hub.domain.household import MINUTES_A_DAY, Household
from hub.domain.limits import MAX_CAP_CENTS, MAX_REASON_CHARS
from hub.errors import DataError
from hub.events import Bus, HouseholdChanged
from hub.storage.database import Database
from hub.storage.entries import Row, entered, upsert
from hub.storage.schema import household

ONLY_ROW = 1


class HouseholdRepository:
    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    async def get(self) -> Household:
        return await self._database.read(_read)

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
        reason = entered(reason, "the reason", MAX_REASON_CHARS)
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
            changed = change(_read(connection))
            upsert(connection, household.c.id, _to_row(changed))
            return changed

        return await self._database.write(
            work, lambda _: self._bus.publish(HouseholdChanged()), urgent=urgent
        )


def _read(connection: Connection) -> Household:
    query = select(household).where(household.c.id == ONLY_ROW)
    row = connection.execute(query).mappings().first()
    return Household() if row is None else _from_row(row)


def _check(settings: Household) -> None:
    country = settings.country
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        raise DataError(f"{country!r} is no country code: use two capital letters, such as IN")
    if (settings.quiet_from is None) != (settings.quiet_until is None):
        raise DataError("quiet hours need both a beginning and an end")
    if not 0 <= settings.break_after_minutes <= MINUTES_A_DAY:
        raise DataError("the break reminder must come after 0 (never) to 1440 minutes")
    if not 0 <= settings.monthly_cap_cents <= MAX_CAP_CENTS:
        raise DataError(
            f"the month's budget must be 0 (nothing) to {MAX_CAP_CENTS // 100} US dollars"
        )
    try:
        ZoneInfo(settings.time_zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DataError(
            f"{settings.time_zone!r} is no time zone: use a name such as Asia/Kolkata"
        ) from error


def _to_row(settings: Household) -> dict[str, Any]:
    return {
        "id": ONLY_ROW,
        "country": settings.country,
        "time_zone": settings.time_zone,
        "quiet_from": settings.quiet_from,
        "quiet_until": settings.quiet_until,
        "break_after_minutes": settings.break_after_minutes,
        "monthly_cap_cents": settings.monthly_cap_cents,
        "emergency_stopped_at": settings.emergency_stopped_at,
        "stop_reason": settings.stop_reason,
        "quiet": settings.quiet,
    }


def _from_row(row: Row) -> Household:
    return Household(
        country=row["country"],
        time_zone=row["time_zone"],
        quiet_from=row["quiet_from"],
        quiet_until=row["quiet_until"],
        break_after_minutes=row["break_after_minutes"],
        monthly_cap_cents=row["monthly_cap_cents"],
        emergency_stopped_at=row["emergency_stopped_at"],
        stop_reason=row["stop_reason"],
        quiet=row["quiet"],
    )
