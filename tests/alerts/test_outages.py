"""Parents are told once of a provider that is out for long."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub.alerts.maker import AlertMaker
from hub.alerts.outages import LOOKED_EVERY_S, TOLD_AFTER_S, DiskNotices, OutageNotices
from hub.domain.safety import AlertLevel
from hub.domain.toys import ProviderKind
from hub.events import Bus
from hub.providers.pool import Outage
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.new_household import open_household

OUT = Outage(ProviderKind.TTS, "elevenlabs", TOLD_AFTER_S, "elevenlabs: the key is refused")
DAY_S = 86_400.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    database = await open_household(tmp_path, clock)
    yield Store(database, Bus(), clock)
    await database.aclose()


async def test_a_parent_is_told_what_is_out_and_why(store: Store, clock: FakeClock) -> None:
    await OutageNotices(lambda: [OUT], AlertMaker(store, clock), clock).look()
    [alert] = await store.alerts.list(9)
    assert alert.title == "The voice elevenlabs is not working"
    assert alert.level is AlertLevel.INFO
    assert alert.details["reason"].startswith("elevenlabs: the key is refused; meanwhile")


async def test_what_mends_itself_soon_is_not_told(store: Store, clock: FakeClock) -> None:
    short = replace(OUT, seconds=TOLD_AFTER_S - 1)
    await OutageNotices(lambda: [short], AlertMaker(store, clock), clock).look()
    assert await store.alerts.list(9) == []


async def test_it_is_not_told_again_until_it_was_read_and_a_day_has_passed(
    store: Store, clock: FakeClock
) -> None:
    notices = OutageNotices(lambda: [OUT], AlertMaker(store, clock), clock)
    await notices.look()
    await clock.advance(DAY_S)
    await notices.look()
    [alert] = await store.alerts.list(9)
    await store.alerts.acknowledge(alert.id)
    await OutageNotices(
        lambda: [OUT], AlertMaker(store, clock), clock
    ).look()  # a hub that was started anew
    assert len(await store.alerts.list(9)) == 2
    await store.alerts.acknowledge((await store.alerts.list(9))[0].id)
    await notices.look()
    assert len(await store.alerts.list(9)) == 2


async def test_it_looks_at_once_and_every_minute(store: Store, clock: FakeClock) -> None:
    looks = 0

    def outages() -> list[Outage]:
        nonlocal looks
        looks += 1
        return []

    looking = asyncio.create_task(OutageNotices(outages, AlertMaker(store, clock), clock).run())
    await clock.advance(3 * LOOKED_EVERY_S)
    assert looks == 1 + 3
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)


async def test_a_full_disk_is_told_once_until_there_was_room_again(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices = DiskNotices(store, AlertMaker(store, clock), clock)
    await notices.look()
    assert await store.alerts.list(9) == []
    for full in (True, True, False, True):

        async def look_at_disk(*, full: bool = full) -> bool:
            return full

        monkeypatch.setattr(store.database, "look_at_disk", look_at_disk)
        await notices.look()
        alerts = await store.alerts.list(9)
        assert [alert.title for alert in alerts] == ["The hub's disk is full"]
        await clock.advance(DAY_S / 24)
    await store.alerts.acknowledge(alerts[0].id)
    await DiskNotices(store, AlertMaker(store, clock), clock).look()
    assert len(await store.alerts.list(9)) == 2
