"""What is older than a family keeps goes at night, after it was told and had time to choose."""

from datetime import timedelta

import pytest

from hub.alerts.maker import AlertMaker
from hub.core.talks.removals import Removals
from hub.core.talks.retention import TIME_TO_CHOOSE, Retention
from hub.domain.household import Household
from hub.domain.talks.kept import DEFAULT_KEEP_DAYS, RemovalScope
from hub.errors import DataError
from hub.events import Bus
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.talks.conftest import Talked

DAY_S = 24 * 3600
DAY_MINUTES = 24 * 60


@pytest.fixture
def retention(store: Store, clock: FakeClock) -> Retention:
    return Retention(store, AlertMaker(store, clock), DEFAULT_KEEP_DAYS, clock)


async def heard(store: Store) -> set[str]:
    return {one.heard for one in await store.turns.recent(100)}


async def nights(retention: Retention, clock: FakeClock, count: int) -> None:
    """Look once in each of the next nights."""
    for _ in range(count):
        await clock.advance(DAY_S)
        await retention.look()


async def test_a_new_family_has_nothing_told_and_loses_what_is_too_old(
    store: Store, talked: Talked, retention: Retention, clock: FakeClock
) -> None:
    await retention.look()
    await talked("the first day")
    await nights(retention, clock, 10)
    await talked("the tenth day")
    await nights(retention, clock, DEFAULT_KEEP_DAYS - 10)
    assert await heard(store) == {"the first day", "the tenth day"}
    await nights(retention, clock, 1)
    assert await heard(store) == {"the tenth day"}
    assert await store.alerts.list(10) == []
    (removal,) = await store.removals.list()
    assert (removal.scope, removal.which, removal.turns) == (RemovalScope.OLDER, "2026-05-05", 1)
    assert removal.due_at == clock.now(), "it is erased at once"


async def test_a_family_with_old_talks_is_told_and_has_time_to_choose(
    store: Store, talked: Talked, retention: Retention, clock: FakeClock
) -> None:
    await talked("long ago", minutes=-100 * DAY_MINUTES)
    await retention.look()
    (alert,) = await store.alerts.list(10)
    assert alert.title == "Old talks will be erased from 18 May 2026 on"
    assert alert.acknowledged_at is None
    keeping = await retention.get()
    assert (keeping.days, keeping.chosen, keeping.too_old) == (DEFAULT_KEEP_DAYS, False, 1)
    assert keeping.begins_at == clock.now() + TIME_TO_CHOOSE

    await nights(retention, clock, TIME_TO_CHOOSE.days - 1)
    assert await heard(store) == {"long ago"}
    await nights(retention, clock, 2)
    assert await heard(store) == set()
    assert len(await store.alerts.list(10)) == 1, "it is told once"


async def test_who_chose_to_keep_everything_keeps_it(
    store: Store, talked: Talked, retention: Retention, clock: FakeClock
) -> None:
    await talked("long ago", minutes=-100 * DAY_MINUTES)
    assert (await retention.choose(0)).days == 0
    await nights(retention, clock, 40)
    assert await heard(store) == {"long ago"}
    assert await store.alerts.list(10) == []


async def test_a_choice_counts_from_the_coming_night_on_by_the_familys_clock(
    store: Store, talked: Talked, retention: Retention, clock: FakeClock
) -> None:
    await store.household.save(Household(time_zone="Asia/Kolkata"))  # 20:30 there
    await talked("ten days ago", minutes=-10 * DAY_MINUTES)
    assert (await retention.choose(7)).too_old == 1
    await clock.advance(6 * 3600 + 50 * 60)  # 3:20
    await retention.look()
    assert await heard(store) == {"ten days ago"}
    await clock.advance(20 * 60)
    await retention.look()
    assert await heard(store) == set()


async def test_nothing_is_erased_at_once_where_the_clock_jumped_or_the_hub_was_away(
    store: Store, talked: Talked, retention: Retention, clock: FakeClock
) -> None:
    await talked("before")
    await retention.choose(30)
    await clock.advance(100 * DAY_S)
    await retention.look()
    assert await heard(store) == {"before"}
    await nights(retention, clock, 3)
    assert await heard(store) == set()


async def test_a_wrong_choice_is_refused(retention: Retention) -> None:
    for days in (-1, 4000):
        with pytest.raises(DataError, match="choose 1 to 3650 days"):
            await retention.choose(days)


async def test_it_runs_by_itself(
    store: Store, talked: Talked, retention: Retention, bus: Bus, clock: FakeClock
) -> None:
    await talked("old", minutes=-40 * DAY_MINUTES)
    await retention.choose(30)
    await clock.advance(timedelta(days=1).total_seconds())
    await retention.look()
    for removal in await store.removals.unfinished():
        assert await Removals(store, bus, clock).erase(removal)
    assert await store.talks.list(10) == []
