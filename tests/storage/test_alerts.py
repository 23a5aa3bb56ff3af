import pytest

from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.toys import Toy
from hub.errors import DataError, NotFoundError
from hub.events import AlertChanged, Bus
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.talk import turn


def alert(clock: FakeClock, alert_id: str = "a1", **fields: str) -> Alert:
    return Alert(
        alert_id,
        AlertLevel.URGENT,
        Category.SELF_HARM,
        "Something to talk about",
        clock.now(),
        details={"layer": "rules"},
        **fields,  # type: ignore[arg-type]  # ids only
    )


async def test_an_alert_is_kept_and_told_of(
    store: Store, toy: Toy, clock: FakeClock, bus: Bus
) -> None:
    begun = await store.turns.begin(turn(toy.id, clock.now()))
    with bus.subscribe() as events:
        added = await store.alerts.add(alert(clock, toy_id=toy.id, turn_id=begun.id))
        assert await events.get() == AlertChanged("a1")

    assert await store.alerts.list(10) == [added]
    assert added.turn_id == begun.id


async def test_alerts_and_turns_count_their_changes_together(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    assert await store.revision() == 0
    begun = await store.turns.begin(turn(toy.id, clock.now()))
    added = await store.alerts.add(alert(clock))
    await store.turns.save(begun)
    seen = await store.alerts.acknowledge("a1")

    assert await store.revision() == 4
    assert (added.revision, begun.revision, seen.revision) == (2, 3, 4)


async def test_acknowledging_keeps_when_and_what_the_parent_noted(
    store: Store, clock: FakeClock
) -> None:
    added = await store.alerts.add(alert(clock))
    later = await store.alerts.add(alert(clock, "a2"))
    await clock.advance(60)
    seen = await store.alerts.acknowledge("a1", "We talked.")

    assert (seen.acknowledged_at, seen.note) == (clock.now(), "We talked.")
    assert await store.alerts.since(added.revision, 10) == [later, seen]
    assert await store.alerts.list(10) == [later, seen]


async def test_an_unknown_alert_or_an_endless_note_is_one_clear_line(
    store: Store, clock: FakeClock
) -> None:
    with pytest.raises(NotFoundError, match="no alert with the id a9"):
        await store.alerts.acknowledge("a9")
    with pytest.raises(DataError, match="the note has 2001 characters"):
        await store.alerts.acknowledge("a9", "x" * 2001)
