import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from hub.domain.household import Adult, ContentKind, Household, LedgerEntry, LedgerKind
from hub.domain.safety import AlertLevel
from hub.errors import DataError, NotFoundError, RefusedError
from hub.events import Bus, HouseholdChanged
from hub.storage.database import Database
from hub.storage.store import Store
from tests.clock import FakeClock

URL = "mailtos://mum:hunter2@example.org"
MUM = Adult("m", "Mum", URL, AlertLevel.INFO)


async def test_a_household_has_settings_from_the_start(store: Store) -> None:
    assert await store.household.get() == Household()


async def test_settings_are_kept_and_told_of(store: Store, bus: Bus) -> None:
    settings = Household("IN", "Asia/Kolkata", time(21, 30), time(6, 45), break_after_minutes=20)
    with bus.subscribe() as events:
        assert await store.household.save(settings) == settings
        assert await events.get() == HouseholdChanged()

    assert await store.household.get() == settings


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (Household(country="India"), "'India' is no country code: use two capital letters"),
        (Household(country="in"), "'in' is no country code"),
        (Household(time_zone="Asia/Nowhere"), "'Asia/Nowhere' is no time zone: use a name"),
        (Household(time_zone="../../etc/passwd"), "is no time zone"),
        (Household(quiet_from=time(21)), "quiet hours need both a beginning and an end"),
        (Household(break_after_minutes=-1), "0 to 1440 minutes"),
    ],
)
async def test_an_odd_setting_is_refused_by_name(
    store: Store, settings: Household, complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint):
        await store.household.save(settings)
    assert await store.household.get() == Household()


async def test_the_emergency_stop_outlives_the_hub_and_a_form_sent_late(
    store: Store, database: Database, folder: Path, clock: FakeClock
) -> None:
    before = await store.household.get()
    stopped = await store.household.keep_stop("dinner")
    await clock.advance(60)
    await store.household.keep_stop("again")
    await store.household.save(replace(before, country="IN"))
    await database.aclose()

    again = await Database.open(folder, clock)
    found = await Store(again, Bus(), clock).household.get()
    assert found == replace(stopped, country="IN")
    assert (found.stop_reason, found.emergency_stopped_at) == (
        "dinner",
        datetime(2026, 5, 4, 15, 0, tzinfo=UTC),
    )
    lifted = await Store(again, Bus(), clock).household.forget_stop()
    assert (lifted.emergency_stopped_at, lifted.stop_reason) == (None, "")
    await again.aclose()


@pytest.mark.parametrize(
    ("zone", "quiet", "moment", "ends"),
    [
        ("Asia/Kolkata", "21:30-06:45", "2026-05-04 16:00", "2026-05-05 01:15"),  # 21:30 there
        ("Asia/Kolkata", "21:30-06:45", "2026-05-05 01:14", "2026-05-05 01:15"),
        ("Asia/Kolkata", "21:30-06:45", "2026-05-05 01:15", None),
        ("Asia/Kolkata", "21:30-06:45", "2026-05-04 15:59", None),
        ("UTC", "13:00-15:00", "2026-05-04 13:00", "2026-05-04 15:00"),
        ("UTC", "13:00-15:00", "2026-05-04 15:00", None),
        ("UTC", "13:00-13:00", "2026-05-04 13:00", None),
        # The night in which the clocks go forward is an hour shorter.
        ("Europe/Berlin", "22:00-06:00", "2026-03-28 21:30", "2026-03-29 04:00"),
    ],
)
def test_quiet_hours_end_by_the_households_clock(
    zone: str, quiet: str, moment: str, ends: str | None
) -> None:
    start, end = (time.fromisoformat(clock) for clock in quiet.split("-"))
    household = Household(time_zone=zone, quiet_from=start, quiet_until=end)
    expected = None if ends is None else datetime.fromisoformat(f"{ends}+00:00")

    assert household.quiet_ends(datetime.fromisoformat(f"{moment}+00:00")) == expected


async def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert Household().quiet_ends(datetime.now(UTC)) is None


async def test_an_adult_comes_back_and_the_address_is_nowhere_in_the_clear(
    store: Store, folder: Path, bus: Bus
) -> None:
    with bus.subscribe() as events:
        await store.adults.save(MUM)
        assert await events.get() == HouseholdChanged()
    aunt = Adult("a", "Aunt", "ntfys://topic", None, gets_disclosures=True)
    await store.adults.save(aunt)

    assert await store.adults.list() == [aunt, MUM]
    assert await store.adults.get("m") == MUM
    assert "hunter2" not in repr(MUM)
    assert MUM.service == "mailtos"
    with closing(sqlite3.connect(folder / "pommai.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in folder.rglob("*"):
        assert file.is_dir() or b"hunter2" not in file.read_bytes(), file
    key = folder / "certs" / "secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


async def test_an_adult_is_changed_without_giving_the_address_again(store: Store) -> None:
    await store.adults.save(MUM)
    await store.adults.save(replace(MUM, name="Mama", url="", gets_disclosures=False))

    assert await store.adults.list() == [replace(MUM, name="Mama", gets_disclosures=False)]


async def test_a_removed_adult_is_gone(store: Store) -> None:
    await store.adults.save(MUM)
    await store.adults.remove("m")

    assert await store.adults.list() == []
    with pytest.raises(NotFoundError, match="no adult with the id m"):
        await store.adults.remove("m")
    with pytest.raises(NotFoundError, match="no adult with the id m"):
        await store.adults.get("m")


@pytest.mark.parametrize("key", [None, b"", b"x" * 44, b"A" * 43 + b"="])
async def test_without_the_key_an_adult_is_listed_without_an_address(
    store: Store, folder: Path, key: bytes | None
) -> None:
    await store.adults.save(MUM)
    path = folder / "certs" / "secret.key"
    path.unlink() if key is None else path.write_bytes(key)

    assert await store.adults.list() == [replace(MUM, url="")]


async def test_a_key_that_is_lost_is_made_anew_with_the_next_address(
    store: Store, folder: Path
) -> None:
    await store.adults.save(MUM)
    (folder / "certs" / "secret.key").unlink()
    await store.adults.save(MUM)

    assert await store.adults.list() == [MUM]


async def test_too_many_adults_and_names_too_long_are_refused(store: Store) -> None:
    with pytest.raises(DataError, match="an adult's name has 61 characters"):
        await store.adults.save(replace(MUM, name="x" * 61))
    for number in range(20):
        await store.adults.save(Adult(f"a{number}", f"Adult {number}"))
    with pytest.raises(RefusedError, match="there are 20 adults already: remove one first"):
        await store.adults.save(MUM)
    await store.adults.save(Adult("a3", "Somebody else"))


async def test_what_left_the_house_is_listed_newest_first(store: Store, clock: FakeClock) -> None:
    heard = LedgerEntry(clock.now(), LedgerKind.STT, "deepgram", ContentKind.AUDIO, 64_000, "t1")
    guess = replace(heard, kind=LedgerKind.LLM, what=ContentKind.TEXT, amount=40, discarded=True)
    told = LedgerEntry(clock.now(), LedgerKind.ALERT, "mailtos", ContentKind.TEXT, 200)
    await store.ledger.add(heard, guess)
    await store.ledger.add(told)
    await store.ledger.add()

    assert await store.ledger.recent(2) == [told, guess]
    assert await store.ledger.recent(9) == [told, guess, heard]
