from dataclasses import replace

import pytest

from hub.domain.household import Adult, Delivery, DeliveryState
from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.toys import Toy
from hub.errors import DataError, NotFoundError, RefusedError
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


async def test_it_is_known_who_acknowledged(store: Store, clock: FakeClock) -> None:
    await store.alerts.add(alert(clock))
    seen = await store.alerts.acknowledge("a1", "We talked.", by="  Mum ")

    assert seen.acknowledged_by == "Mum"
    assert await store.alerts.get("a1") == seen
    with pytest.raises(DataError, match="the name has 61 characters"):
        await store.alerts.acknowledge("a1", by="x" * 61)


async def test_the_first_note_on_an_alert_stays_and_the_second_is_one_clear_line(
    store: Store, clock: FakeClock
) -> None:
    await store.alerts.add(alert(clock))
    first = await store.alerts.acknowledge("a1", "We talked.", by="Mum")
    await clock.advance(60)

    assert await store.alerts.acknowledge("a1", "We talked.", by="Mum") == first
    with pytest.raises(RefusedError, match="Mum has acknowledged this alert already"):
        await store.alerts.acknowledge("a1", "All fine.", by="Dad")
    assert await store.alerts.get("a1") == first


async def add(
    store: Store, toy: Toy, clock: FakeClock, alert_id: str, level: AlertLevel = AlertLevel.WARNING
) -> Alert:
    """The same kind of thing with the same toy, in a turn of its own."""
    begun = await store.turns.begin(turn(toy.id, clock.now()))
    again = alert(clock, alert_id, toy_id=toy.id, turn_id=begun.id)
    return await store.alerts.add(replace(again, level=level))


async def test_what_repeats_within_ten_minutes_is_one_alert(
    store: Store, toy: Toy, clock: FakeClock, bus: Bus
) -> None:
    first = await add(store, toy, clock, "a1")
    await clock.advance(590)
    with bus.subscribe() as events:
        again = await add(store, toy, clock, "a2")
        assert AlertChanged("a1") in [await events.get(), await events.get()]

    assert (again.id, again.count, again.last_at) == ("a1", 2, clock.now())
    assert again.turn_id == first.turn_id
    assert again.last_turn_id not in (None, first.turn_id)
    assert await store.alerts.list(10) == [again]
    assert again.revision == await store.revision()
    await clock.advance(11)
    assert (await add(store, toy, clock, "a3")).id == "a3", "ten minutes count from the first"


@pytest.mark.parametrize(
    ("first", "then", "alerts"),
    [
        ("i swallowed a battery", "i swallowed a magnet", 2),
        ("there is fire in the kitchen", "i swallowed a battery", 2),
        ("I can't breathe!", "i can't breathe", 1),
        ("help i can't breathe", "i can't breathe", 1),
        ("i can't breathe", "he can't breathe", 2),
    ],
)
async def test_two_urgent_things_are_two_alerts_and_one_said_twice_is_one(
    store: Store, toy: Toy, clock: FakeClock, first: str, then: str, alerts: int
) -> None:
    for number, heard in enumerate([first, then, then]):
        begun = await store.turns.begin(turn(toy.id, clock.now(), heard))
        urgent = alert(clock, f"a{number}", toy_id=toy.id, turn_id=begun.id)
        await store.alerts.add(replace(urgent, level=AlertLevel.URGENT))
    kept = await store.alerts.list(10)
    assert [one.count for one in reversed(kept)] == ([1, 2] if alerts == 2 else [3])


async def test_an_urgent_alert_is_never_swallowed_by_a_lesser_one(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    await add(store, toy, clock, "a1", AlertLevel.INFO)
    urgent = await add(store, toy, clock, "a2", AlertLevel.URGENT)
    lesser = await add(store, toy, clock, "a3", AlertLevel.WARNING)

    assert urgent.id == "a2"
    assert (lesser.id, lesser.level) == ("a2", AlertLevel.URGENT)


async def test_what_a_grown_up_tries_swallows_nothing_of_the_child(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    tried = replace(alert(clock, "a1", toy_id=toy.id), level=AlertLevel.WARNING)
    tried.details["tried"] = "on the pages"
    await store.alerts.add(tried)
    assert (await add(store, toy, clock, "a2", AlertLevel.URGENT)).id == "a2"
    assert (await store.alerts.add(replace(tried, id="a3"))).id == "a1"


async def test_what_happens_after_a_parent_has_seen_it_is_a_new_alert(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    await add(store, toy, clock, "a1")
    await store.alerts.acknowledge("a1")

    assert (await add(store, toy, clock, "a2")).id == "a2"


async def test_another_toy_or_another_kind_is_another_alert(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    await add(store, toy, clock, "a1")
    await store.toys.save(Toy("other", "Mimi"))
    await store.alerts.add(alert(clock, "a2", toy_id="other"))
    await store.alerts.add(replace(alert(clock, "a3", toy_id=toy.id), category=Category.VIOLENCE))

    assert [kept.id for kept in await store.alerts.list(10)] == ["a3", "a2", "a1"]


async def test_an_alert_is_addressed_once_and_shows_how_far_it_is(
    store: Store, clock: FakeClock, bus: Bus
) -> None:
    await store.adults.save(Adult("m", "Mum"))
    added = await store.alerts.add(alert(clock))
    to_mum = Delivery("d1", "a1", "Mum", clock.now(), clock.now(), adult_id="m")
    assert await store.alerts.unaddressed() == [added]
    with bus.subscribe() as events:
        await store.deliveries.address("a1", [to_mum])
        assert await events.get() == AlertChanged("a1")
    await store.deliveries.address("a1", [replace(to_mum, id="d2")])

    assert await store.alerts.unaddressed() == []
    (waiting,) = await store.deliveries.pending()
    assert waiting == (to_mum, await store.alerts.get("a1"))
    before = await store.revision()
    done = replace(to_mum, state=DeliveryState.DELIVERED, attempts=2, ended_at=clock.now())
    await store.deliveries.save(done)
    assert await store.deliveries.pending() == []
    assert await store.deliveries.of("a1") == [done]
    assert (await store.alerts.get("a1")).revision == before + 1


async def test_what_was_sent_to_whom_stays_known_when_the_adult_is_removed(
    store: Store, clock: FakeClock
) -> None:
    await store.adults.save(Adult("m", "Mum"))
    await store.alerts.add(alert(clock))
    to_mum = Delivery("d1", "a1", "Mum", clock.now(), clock.now(), adult_id="m")
    await store.deliveries.address("a1", [to_mum])
    await store.adults.remove("m")

    assert await store.deliveries.of("a1") == [replace(to_mum, adult_id=None)]
