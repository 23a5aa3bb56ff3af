"""What left the home in the last days, added up: by service, by day and by what it was for."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from hub.domain.clock import Clock
from hub.domain.household import ContentKind, LedgerKind, LedgerTotal
from hub.domain.toys import ProviderKind
from hub.egress.places import UNKNOWN, Place, place_of, place_of_provider
from hub.providers.base import ProviderSetup
from hub.storage.repositories.ledger import Period
from hub.storage.store import Store

DAYS: Final = 30
"""As many are shown: what a family can still remember, and a month's bill."""

SETTLED_AFTER: Final = timedelta(hours=12)
"""What a request sent and cost is known long before."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Sums over some requests."""

    requests: int = 0
    sound_bytes: int = 0
    characters: int = 0
    micro_usd: int = 0
    file_bytes: int = 0

    @classmethod
    def of(cls, totals: Iterable[LedgerTotal]) -> "Amounts":
        rows = list(totals)
        return cls(
            sum(row.requests for row in rows),
            sum(row.amount for row in rows if row.what is ContentKind.AUDIO),
            sum(row.amount for row in rows if row.what is ContentKind.TEXT),
            sum(row.micro_usd for row in rows),
            sum(row.amount for row in rows if row.what is ContentKind.FILE),
        )


@dataclass(frozen=True, slots=True)
class ServiceTotal:
    """What one service got for one purpose."""

    kind: LedgerKind
    provider: str
    place: Place | None
    """None of an alert by another way than a browser: it went to whomever the grown-up chose."""
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class DayTotal:
    day: date
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class LeftHome:
    """The last DAYS days, today included."""

    since: date
    all: Amounts
    services: Sequence[ServiceTotal]
    """The one that was asked most often first."""
    kinds: Sequence[tuple[LedgerKind, Amounts]]
    days: Sequence[DayTotal]
    """Those on which anything left, the newest first."""


def known_place(host: str) -> Place | None:
    """Who is at that address; None where we don't know."""
    place = place_of(host)
    return None if place.country == UNKNOWN else place


class LedgerTotals:
    """Of one household."""

    def __init__(self, store: Store, setup: ProviderSetup, clock: Clock) -> None:
        self._store = store
        self._setup = setup
        self._clock = clock
        self._settled: dict[Period, Sequence[LedgerTotal]] = {}
        """Sums of days on which nothing changes any more."""

    async def recent(self) -> LeftHome:
        """By the household's clock. Raises DataError."""
        household = await self._store.household.get()
        now = self._clock.now()
        today = household.local(now).date()
        days = [today - timedelta(days=back) for back in range(DAYS)]
        tomorrow = household.midnight(today + timedelta(days=1))
        moments = [*(household.midnight(day) for day in reversed(days)), tomorrow]
        by_day = await self._by_day(list(reversed([*pairwise(moments)])), now - SETTLED_AFTER)
        rows = [row for totals in by_day for row in totals]
        found: dict[tuple[LedgerKind, str], list[LedgerTotal]] = {}
        for row in rows:
            found.setdefault((row.kind, row.provider), []).append(row)
        services = [
            ServiceTotal(kind, provider, await self._place(kind, provider), Amounts.of(totals))
            for (kind, provider), totals in found.items()
        ]
        return LeftHome(
            since=days[-1],
            all=Amounts.of(rows),
            services=sorted(services, key=lambda total: -total.amounts.requests),
            kinds=[
                (kind, Amounts.of(row for row in rows if row.kind is kind))
                for kind in LedgerKind
                if any(row.kind is kind for row in rows)
            ],
            days=[
                DayTotal(day, Amounts.of(totals))
                for day, totals in zip(days, by_day, strict=True)
                if totals
            ],
        )

    async def _by_day(
        self, days: Sequence[Period], settled_before: datetime
    ) -> list[Sequence[LedgerTotal]]:
        """Sums of each day; those that are settled are read once, as a month's can take a tenth of a second."""
        counts = dict(zip(days, await self._store.ledger.counts(days), strict=True))
        unknown = [
            day
            for day in days
            if day not in self._settled
            or sum(row.requests for row in self._settled[day]) != counts[day]
        ]
        fresh = dict(zip(unknown, await self._store.ledger.totals(unknown), strict=True))
        known = self._settled | fresh
        self._settled = {day: known[day] for day in days if day[1] <= settled_before}
        return [known[day] for day in days]

    async def _place(self, kind: LedgerKind, provider: str) -> Place | None:
        if kind is LedgerKind.ALERT:
            return known_place(provider)
        if kind in (LedgerKind.FETCH, LedgerKind.BACKUP):
            return place_of(provider)
        of = ProviderKind.TTS if kind is LedgerKind.CLONING else ProviderKind(kind.value)
        found = await asyncio.to_thread(place_of_provider, of, provider, self._setup)
        return found or Place("", provider, UNKNOWN)
