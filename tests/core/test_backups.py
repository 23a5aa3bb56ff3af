"""Each night at two, by the household's clock, a backup is made; the newest stay, and a failure is told once a day."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.alerts.maker import AlertMaker
from hub.config import BackupSection
from hub.core.backups.backups import Backups
from hub.domain.household import Household
from hub.errors import DataError
from hub.events import Bus
from hub.storage.backup import kept_in, key_of
from hub.storage.restore import restore
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.new_household import open_household


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    database = await open_household(tmp_path / "home", clock)
    store = Store(database, Bus(), clock)
    await store.household.save(Household(time_zone="Asia/Kolkata"))
    yield store
    await database.aclose()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def nightly(store: Store, clock: FakeClock, folder: Path, keep: int = 3) -> Backups:
    settings = BackupSection(folder=folder, keep=keep)
    return Backups(store, settings, AlertMaker(store, clock), clock)


async def test_one_is_made_each_night_and_the_newest_stay(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    backups = nightly(store, clock, stick)
    await backups.look()
    [first] = stick.glob("*.age")
    await backups.look()
    assert list(stick.glob("*.age")) == [first], "one is enough until the next night"
    at_two = datetime(2026, 5, 4, 20, 30, tzinfo=UTC)  # in Kolkata, of the next day
    while at_two <= clock.now():
        at_two += timedelta(days=1)
    await clock.advance((at_two - clock.now()).total_seconds() - 1)
    await backups.look()
    assert list(stick.glob("*.age")) == [first]
    for _ in range(4):
        await clock.advance(2)
        await backups.look()
        assert kept_in(stick)[0].made_at == clock.now().replace(microsecond=0)
        await clock.advance(24 * 3600 - 2)
    kept = sorted(stick.glob("*.age"))
    assert len(kept) == 3
    assert first not in kept
    home = store.database.folder
    restore(kept[-1], key_of(home), tmp_path / "there", clock.now(), replace=False)


async def test_a_failure_is_told_once_a_day_and_mended_when_it_can_be(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    backups = nightly(store, clock, stick)
    for _ in range(3):
        with pytest.raises(DataError, match="can't be written"):
            await backups.look()
    [alert] = await store.alerts.list(9)
    assert alert.title == "No backup could be made"
    assert str(stick) in alert.details["reason"]
    stick.mkdir()
    await backups.look()
    assert kept_in(stick)


async def test_without_a_folder_nothing_is_made(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    await Backups(store, BackupSection(), AlertMaker(store, clock), clock).look()
    assert sorted(tmp_path.rglob("*")) == before
