from datetime import timedelta

import pytest

from hub.errors import DataError
from hub.storage.store import Store
from tests.clock import FakeClock


async def test_there_is_no_password_before_the_set_up(store: Store) -> None:
    assert await store.guardian.password_hash() is None
    await store.guardian.set_password_hash("$argon2id$one")
    await store.guardian.set_password_hash("$argon2id$two")
    assert await store.guardian.password_hash() == "$argon2id$two"


async def test_a_session_counts_until_its_end(store: Store, clock: FakeClock) -> None:
    ends = clock.now() + timedelta(hours=1)
    await store.guardian.sessions.create("t1", ends)

    assert await store.guardian.sessions.get("t1") == ends
    await clock.advance(3600)
    assert await store.guardian.sessions.get("t1") is None


async def test_a_session_can_be_prolonged_and_ended(store: Store, clock: FakeClock) -> None:
    sessions = store.guardian.sessions
    await sessions.create("t1", clock.now() + timedelta(hours=1))
    await sessions.create("t1", clock.now() + timedelta(hours=2))
    assert await sessions.get("t1") == clock.now() + timedelta(hours=2)
    await sessions.delete("t1")
    assert await sessions.get("t1") is None


async def test_a_new_password_ends_every_session(store: Store, clock: FakeClock) -> None:
    await store.guardian.sessions.create("t1", clock.now() + timedelta(hours=1))
    await store.guardian.set_password_hash("$argon2id$new")

    assert await store.guardian.sessions.get("t1") is None


async def test_signing_out_everywhere_leaves_no_session(store: Store, clock: FakeClock) -> None:
    for token in ("t1", "t2"):
        await store.guardian.sessions.create(token, clock.now() + timedelta(hours=1))
    await store.guardian.sessions.delete_all()

    assert [await store.guardian.sessions.get(token) for token in ("t1", "t2")] == [None, None]


async def test_small_facts_are_kept_by_key(store: Store) -> None:
    assert await store.meta.get("hub_id") is None
    await store.meta.set("hub_id", "1")
    await store.meta.set("hub_id", "2")
    assert await store.meta.get("hub_id") == "2"
    with pytest.raises(DataError, match="hub_id has 10001 characters"):
        await store.meta.set("hub_id", "x" * 10_001)
