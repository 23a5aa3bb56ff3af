from dataclasses import replace

import pytest

from hub.domain.family.children import Child
from hub.domain.toys import Toy
from hub.errors import DataError, NotFoundError, RefusedError
from hub.events import Bus, ToysChanged
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.talk import turn

ANU = Child("c1", "Anu", 2020, 2, 29, "she/her")
TOM = Child("c2", "Tom")


async def test_children_are_kept_and_told_of(store: Store, bus: Bus) -> None:
    with bus.subscribe() as events:
        assert await store.children.save(ANU) == ANU
        assert await events.get() == ToysChanged()
    await store.children.save(renamed := Child("c1", "Anu Priya"))

    assert await store.children.list() == [renamed]
    assert await store.children.get("c1") == renamed
    assert await store.children.get("c2") is None
    with pytest.raises(DataError, match="a child's name has 61 characters"):
        await store.children.save(Child("c2", "x" * 61))


async def test_two_children_never_share_a_name(store: Store) -> None:
    await store.children.save(ANU)
    with pytest.raises(RefusedError, match="there is a child called ANU already"):
        await store.children.save(Child("c2", " ANU "))
    await store.children.save(replace(ANU, name="ANU"))


async def test_there_is_room_for_thirty(store: Store) -> None:
    for number in range(30):
        await store.children.save(Child(f"c{number}", f"Child {number}"))
    with pytest.raises(RefusedError, match="there are 30 children already"):
        await store.children.save(Child("more", "One more"))
    await store.children.save(Child("c0", "Another name"))


async def test_a_toy_has_the_children_that_it_was_given(store: Store, toy: Toy) -> None:
    await store.children.save(ANU)
    await store.children.save(TOM)
    await store.toys.save(Toy("other", "Bear", child_ids=frozenset({"c2"})))
    both = await store.toys.give(toy.id, ["c1", "c2"])
    assert both == replace(toy, child_ids=frozenset({"c1", "c2"}))
    assert await store.toys.get(toy.id) == both
    assert both.child_id is None
    assert {each.name: each.child_id for each in await store.toys.list()} == {
        "Bear": "c2",
        "Pommai": None,
    }
    with pytest.raises(DataError, match="names a toy, child or turn that isn't there"):
        await store.toys.give(toy.id, ["c1", "nobody"])
    assert await store.toys.get(toy.id) == both
    with pytest.raises(NotFoundError):
        await store.toys.give("nowhere", ["c1"])


async def test_an_archived_child_has_no_toy_and_keeps_what_was_said(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    await store.children.save(ANU)
    await store.toys.give(toy.id, ["c1"])
    await store.turns.begin(turn(toy.id, clock.now(), child_id="c1"))
    assert await store.children.archive("c1", True) == replace(ANU, archived=True)
    await store.children.save(ANU)  # as an open form has it
    assert await store.children.list() == []
    assert await store.children.list(archived=True) == [replace(ANU, archived=True)]
    assert await store.toys.get(toy.id) == toy
    assert await store.children.turn_counts() == {"c1": 1}
    assert await store.children.archive("c1", False) == ANU
    with pytest.raises(NotFoundError):
        await store.children.archive("c2", True)
