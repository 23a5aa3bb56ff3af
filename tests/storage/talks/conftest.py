"""The store's fixtures, and turns that are over."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import Toy
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.conftest import bus, clock, database, folder, store, toy
from tests.storage.talk import turn

__all__ = ["bus", "clock", "database", "folder", "store", "toy"]

Talked = Callable[..., Awaitable[Turn]]


@pytest.fixture
def talked(store: Store, toy: Toy, clock: FakeClock) -> Talked:
    """Keeps a turn that is over, so many minutes after now."""

    async def keep(heard: str, said: str = "", *, minutes: float = 0, **fields: object) -> Turn:
        fields.setdefault("state", TurnState.DONE)
        at = clock.now() + timedelta(minutes=minutes)
        own = turn(str(fields.pop("toy_id", toy.id)), at, heard, said=[said], **fields)
        return await store.turns.begin(own)

    return keep
