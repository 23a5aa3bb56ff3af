"""What was said, in figures: minutes, questions, subjects and feelings in the large, and how providers did their work.

A day is counted once, and again only when one of its turns came, changed or went.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil
from statistics import median
from typing import Final

from hub.domain.clock import Clock
from hub.domain.household import Cost
from hub.domain.talks.insight import (
    CountedTurn,
    DayFigures,
    FeelingFigures,
    Insight,
    ProviderFigures,
    TopicFigures,
)
from hub.domain.talks.talk import TurnState
from hub.domain.talks.trace import Span, Work
from hub.knowledge.topics import feelings_of, topics_of
from hub.storage.repositories.insight import Mark
from hub.storage.repositories.ledger import Period
from hub.storage.store import Store

MAX_TURNS_A_DAY: Final = 1_000
"""A turn a minute for sixteen hours."""
MAX_TOPICS: Final = 8
MAX_DAYS: Final = 31
PROVIDERS: Final = (Work.STT, Work.LLM, Work.TTS)


@dataclass(slots=True)
class _Service:
    """What one provider did in a day."""

    times: int = 0
    failed: int = 0
    waits_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Day:
    mark: Mark
    figures: DayFigures
    topics: Mapping[str, int]
    feelings: Mapping[str, int]
    services: Mapping[tuple[str, str], _Service]
    """By kind and name."""


class Figures:
    """Of the children's own turns; what a grown-up tried, or had a toy say, is in none of them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._days: dict[Period, _Day] = {}
        """`MAX_DAYS` at most."""

    async def last_days(self, days: int, last: date | None = None) -> Insight:
        """Of so many days, 1 to `MAX_DAYS`, by the household's clock; today is the last where none is named."""
        household = await self._store.household.get()
        last = last or household.local(self._clock.now()).date()
        before = min(max(days, 1), MAX_DAYS) - 1
        dates = [last - timedelta(days=ago) for ago in range(before, -1, -1)]
        periods = [
            (household.midnight(day), household.midnight(day + timedelta(days=1))) for day in dates
        ]
        costs = await self._store.ledger.costs_since(periods[0][0])
        marks = await self._store.insight.marks(periods)
        counted = [await self._day(*each) for each in zip(dates, periods, marks, strict=True)]
        if len(self._days) > MAX_DAYS:
            self._days = dict(zip(periods, counted, strict=True))
        return await asyncio.to_thread(_together, counted, costs)

    async def _day(self, day: date, period: Period, mark: Mark) -> _Day:
        known = self._days.get(period)
        if known is None or known.mark != mark:
            turns = await self._store.insight.turns_within(period, MAX_TURNS_A_DAY)
            known = self._days[period] = await asyncio.to_thread(_counted, day, mark, turns)
        return known


def _counted(day: date, mark: Mark, turns: Sequence[CountedTurn]) -> _Day:
    states = Counter(turn.state for turn in turns)
    services: dict[tuple[str, str], _Service] = {}
    for span in (span for turn in turns for span in turn.spans if span.provider):
        service = services.setdefault((span.work.value, span.provider), _Service())
        service.times += 1
        service.failed += span.failed
        if (wait := _wait_ms(span)) is not None:
            service.waits_ms.append(wait)
    return _Day(
        mark,
        DayFigures(
            day,
            minutes=sum(turn.audio_in_ms + turn.audio_out_ms for turn in turns) / 60_000,
            questions=len(turns),
            refused=states[TurnState.REFUSED],
            mistakes=states[TurnState.FAILED],
        ),
        Counter(topic for turn in turns for topic in topics_of(turn.heard)),
        Counter(feeling for turn in turns for feeling in feelings_of(turn.heard)),
        services,
    )


def _wait_ms(span: Span) -> float | None:
    """How long others waited for it; None where nothing came, or nobody waited."""
    if span.failed or span.discarded:
        return None
    if span.work is Work.STT:
        return None if span.end_ms is None else max(0.0, span.end_ms)
    return None if span.first_ms is None else max(0.0, span.first_ms - span.start_ms)


def _together(days: Sequence[_Day], costs: Iterable[Cost]) -> Insight:
    topics = sum((Counter(day.topics) for day in days), Counter[str]())
    feelings = sum((Counter(day.feelings) for day in days), Counter[str]())
    return Insight(
        days=[day.figures for day in days],
        topics=[TopicFigures(topic, times) for topic, times in topics.most_common(MAX_TOPICS)],
        feelings=[FeelingFigures(feeling, times) for feeling, times in feelings.most_common()],
        providers=_providers(days, costs),
        all_counted=all(day.mark[0] <= MAX_TURNS_A_DAY for day in days),
    )


def _providers(days: Sequence[_Day], costs: Iterable[Cost]) -> Sequence[ProviderFigures]:
    paid = {(cost.kind.value, cost.provider): cost.micro_usd for cost in costs}
    names = {name for day in days for name in day.services}
    return [
        _provider(*name, [day.services[name] for day in days if name in day.services], paid)
        for name in sorted(names, key=lambda name: (_place(name[0]), name[1]))
    ]


def _provider(
    kind: str, name: str, services: Sequence[_Service], paid: Mapping[tuple[str, str], int]
) -> ProviderFigures:
    waits = sorted(wait for service in services for wait in service.waits_ms)
    return ProviderFigures(
        kind=kind,
        name=name,
        times=sum(service.times for service in services),
        failed=sum(service.failed for service in services),
        median_ms=median(waits) if waits else None,
        slow_ms=waits[ceil(0.95 * len(waits)) - 1] if waits else None,
        cost_micro_usd=paid.get((kind, name), 0),
    )


def _place(kind: str) -> int:
    return [work.value for work in PROVIDERS].index(kind)
