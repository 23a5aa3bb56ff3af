"""What was said, in figures: minutes, questions, subjects in the large, and how well the providers did their work."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import ceil
from statistics import median
from typing import Final

from hub.domain.clock import Clock
from hub.domain.household import Cost, Household
from hub.domain.insight import (
    CountedTurn,
    DayFigures,
    Insight,
    ProviderFigures,
    TopicFigures,
)
from hub.domain.talk import TurnState
from hub.domain.trace import Span, Work
from hub.knowledge.topics import topics_of
from hub.storage.store import Store

MAX_TURNS: Final = 10_000
"""Counted at a time: a month of 300 a day."""
MAX_TOPICS: Final = 8
MAX_DAYS: Final = 31
PROVIDERS: Final = (Work.STT, Work.LLM, Work.TTS)


class Figures:
    """Of the children's own turns; what a grown-up tried, or had a toy say, is in none of them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def last_days(self, days: int, last: date | None = None) -> Insight:
        """Of so many days, 1 to `MAX_DAYS`, by the household's clock; today is the last where none is named."""
        household = await self._store.household.get()
        last = last or household.local(self._clock.now()).date()
        before = min(max(days, 1), MAX_DAYS) - 1
        begins = household.midnight(last - timedelta(days=before))
        ends = household.midnight(last + timedelta(days=1))
        turns = await self._store.insight.turns_between(begins, ends, MAX_TURNS)
        costs = await self._store.ledger.costs_since(begins)
        dates = [last - timedelta(days=ago) for ago in range(before, -1, -1)]
        return await asyncio.to_thread(_counted, turns, costs, household, map(DayFigures, dates))


def _counted(
    turns: Sequence[CountedTurn],
    costs: Iterable[Cost],
    household: Household,
    days: Iterable[DayFigures],
) -> Insight:
    return Insight(
        days=_by_day(turns, household, days),
        topics=_topics(turns),
        providers=_providers(turns, costs),
        all_counted=len(turns) < MAX_TURNS,
    )


def _by_day(
    turns: Iterable[CountedTurn], household: Household, days: Iterable[DayFigures]
) -> Sequence[DayFigures]:
    by_date = {figures.day: figures for figures in days}
    for turn in turns:
        day = household.local(turn.started_at).date()
        if (figures := by_date.get(day)) is not None:
            by_date[day] = replace(
                figures,
                minutes=figures.minutes + (turn.audio_in_ms + turn.audio_out_ms) / 60_000,
                questions=figures.questions + 1,
                refused=figures.refused + (turn.state is TurnState.REFUSED),
                mistakes=figures.mistakes + (turn.state is TurnState.FAILED),
            )
    return list(by_date.values())


def _topics(turns: Iterable[CountedTurn]) -> Sequence[TopicFigures]:
    counted = Counter(topic for turn in turns for topic in topics_of(turn.heard))
    return [TopicFigures(topic, times) for topic, times in counted.most_common(MAX_TOPICS)]


def _providers(turns: Iterable[CountedTurn], costs: Iterable[Cost]) -> Sequence[ProviderFigures]:
    spans: dict[tuple[str, str], list[Span]] = {}
    for turn in turns:
        for span in turn.spans:
            if span.work in PROVIDERS and span.provider:
                spans.setdefault((span.work.value, span.provider), []).append(span)
    paid = {(cost.kind.value, cost.provider): cost.micro_usd for cost in costs}
    return [
        _provider(kind, name, spans[kind, name], paid.get((kind, name), 0))
        for kind, name in sorted(spans, key=lambda key: (_place(key[0]), key[1]))
    ]


def _provider(kind: str, name: str, spans: Sequence[Span], cost_micro_usd: int) -> ProviderFigures:
    waits = sorted(wait for span in spans if (wait := _wait_ms(span)) is not None)
    return ProviderFigures(
        kind=kind,
        name=name,
        times=len(spans),
        failed=sum(span.failed for span in spans),
        median_ms=median(waits) if waits else None,
        slow_ms=waits[ceil(0.95 * len(waits)) - 1] if waits else None,
        cost_micro_usd=cost_micro_usd,
    )


def _wait_ms(span: Span) -> float | None:
    """How long others waited for it; None where nothing came, or nobody waited."""
    if span.failed or span.discarded:
        return None
    if span.work is Work.STT:
        return None if span.end_ms is None else max(0.0, span.end_ms)
    return None if span.first_ms is None else max(0.0, span.first_ms - span.start_ms)


def _place(kind: str) -> int:
    return [work.value for work in PROVIDERS].index(kind)
