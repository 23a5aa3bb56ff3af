import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.talks.talk import TurnState
from hub.domain.toys import Toy
from hub.errors import DataError, DiskFullError
from hub.events import Bus
from hub.storage import upgrade
from hub.storage.database import Database
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.plain_user import permissions_hold
from tests.storage.migrations import HEAD
from tests.storage.talk import turn


async def refusal(folder: Path, clock: FakeClock) -> str:
    """The one line with which a start in `folder` ends."""
    with pytest.raises(DataError) as refused:
        await (await Database.open(folder, clock, busy_ms=50)).aclose()
    line = str(refused.value)
    assert "\n" not in line
    return line


async def test_a_file_in_the_folders_place_is_said_so(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "file").touch()

    line = f"{tmp_path}/file is a file, not a folder"
    assert line in await refusal(tmp_path / "file", clock)
    assert line in await refusal(tmp_path / "file" / "below", clock)


async def test_a_folder_in_the_databases_place_is_said_so(folder: Path, clock: FakeClock) -> None:
    (folder / "pommai.db").mkdir(parents=True)

    assert "pommai.db is a folder" in await refusal(folder, clock)


@pytest.mark.parametrize("name", [".", "new"])
async def test_a_closed_folder_is_said_so(folder: Path, clock: FakeClock, name: str) -> None:
    """As a folder that exists but is another user's, or as one that can't be made."""
    folder.mkdir()
    folder.chmod(0o500)
    with permissions_hold():
        assert "let this user" in await refusal(folder / name, clock)


async def test_a_closed_database_is_said_so(folder: Path, clock: FakeClock) -> None:
    await (await Database.open(folder, clock)).aclose()
    (folder / "pommai.db").chmod(0o400)
    with permissions_hold():
        assert "let this user" in await refusal(folder, clock)


async def talk_on(store: Store, toy: Toy, clock: FakeClock) -> None:
    """More than a nearly full disk can hold."""
    for _ in range(50):
        await store.turns.begin(turn(toy.id, clock.now(), "long " * 700))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("mounting a small disk takes root")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", mounted], capture_output=True, text=True
    )
    if made.returncode != 0:
        pytest.skip(f"no small disk here: {made.stderr.strip()}")
    yield mounted
    subprocess.run(["umount", "--lazy", mounted], check=True)


async def test_a_read_only_disk_is_said_so(small_disk: Path, clock: FakeClock) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)

    assert "Read-only file system: let this user" in await refusal(small_disk / "data", clock)


async def test_something_else_in_the_databases_place_is_said_so(
    folder: Path, clock: FakeClock
) -> None:
    folder.mkdir()
    (folder / "pommai.db").write_text("Dear diary, " * 1000)

    assert "pommai.db is not a Pommai database: move it away" in await refusal(folder, clock)
    assert (folder / "pommai.db").read_text().startswith("Dear diary")


async def test_a_damaged_database_is_said_so_with_what_to_put_in_its_place(
    folder: Path, clock: FakeClock
) -> None:
    await (await Database.open(folder, clock)).aclose()
    with (folder / "pommai.db").open("r+b") as file:
        file.seek(3 * 4096)
        file.write(os.urandom(20 * 4096))

    assert "put a backup of yours in its place" in await refusal(folder, clock)
    copy = folder / "backups" / f"pommai-{HEAD}-20260504T150000Z.db"
    copy.parent.mkdir()
    copy.touch()
    line = await refusal(folder, clock)
    assert "pommai.db is damaged (" in line
    assert f"stop the hub and copy {copy} over it" in line


async def test_a_lock_held_by_another_program_fails_one_write_and_not_the_next(
    folder: Path, store: Store, toy: Toy, clock: FakeClock
) -> None:
    with closing(sqlite3.connect(folder / "pommai.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DataError, match="another program keeps the database locked"):
            await store.turns.begin(turn(toy.id, clock.now()))
        assert "keeps the database locked" in await refusal(folder, clock)
        assert await store.toys.list() == [toy], "reading goes on"
        other.rollback()

    begun = await store.turns.begin(turn(toy.id, clock.now()))
    assert begun.revision == 1


async def test_a_database_that_may_not_grow_fails_one_write_and_not_the_next(
    database: Database, store: Store, toy: Toy, clock: FakeClock
) -> None:
    pages = await database.write(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
    await database.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages}").all())
    kept = await store.turns.begin(turn(toy.id, clock.now(), "short"))
    with pytest.raises(
        DiskFullError, match="is full: free some space; nothing new is kept until then"
    ):
        await talk_on(store, toy, clock)
    written = len(await store.turns.recent(50))

    await database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 100000").all())
    begun = await store.turns.begin(turn(toy.id, clock.now(), "long " * 700))
    assert len(await store.turns.recent(50)) == written + 1
    assert begun.revision == written + 1, "the failed write gave its number back"
    assert await store.turns.get(kept.id) == kept


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


async def test_a_full_disk_is_said_so_and_work_goes_on_when_there_is_space(
    small_disk: Path, clock: FakeClock
) -> None:
    database = await Database.open(small_disk / "data", clock)
    store = Store(database, Bus(), clock)
    toy = await store.toys.by_name("Pommai")
    kept = await store.turns.begin(turn(toy.id, clock.now(), "before"))
    fill(small_disk / "ballast")

    line = f"the disk that holds {small_disk}/data is full: free some space; nothing new is kept until then"
    for _ in range(2):
        with pytest.raises(DiskFullError) as refused:
            await talk_on(store, toy, clock)
        assert str(refused.value) == line
    assert kept in await store.turns.recent(500)
    (small_disk / "ballast").unlink()
    after = await store.turns.begin(turn(toy.id, clock.now(), "after"))
    assert await store.turns.get(after.id) == after
    await database.aclose()


async def test_a_full_disk_takes_alerts_and_the_ends_of_turns_into_its_reserve(
    small_disk: Path, clock: FakeClock
) -> None:
    database = await Database.open(small_disk / "data", clock)
    store = Store(database, Bus(), clock)
    toy = await store.toys.by_name("Pommai")
    begun = await store.turns.begin(
        turn(toy.id, clock.now(), "long " * 700, state=TurnState.THINKING)
    )
    assert not database.disk_is_full
    fill(small_disk / "ballast")
    assert await database.look_at_disk(), "nothing has to fail first"
    with pytest.raises(DiskFullError):
        await talk_on(store, toy, clock)
    lost = turn(toy.id, clock.now())
    for number in range(60):
        title = f"{number} {'long ' * 90}"
        await store.alerts.add(
            Alert(
                f"a{number}",
                AlertLevel.URGENT,
                Category.CHILD_DISCLOSURE,
                title,
                clock.now(),
                toy_id=toy.id,
                turn_id=lost.id,
            )
        )
    begun.state = TurnState.FAILED
    await store.turns.save(begun)
    assert len(await store.alerts.list(100)) == 60
    with pytest.raises(DiskFullError):
        await store.turns.begin(lost)
    assert not (small_disk / "data" / "reserve").exists()

    (small_disk / "ballast").unlink()
    assert not await database.look_at_disk()
    assert (small_disk / "data" / "reserve").stat().st_size == 2**20
    await store.turns.begin(lost)
    await database.aclose()


async def test_a_start_on_a_full_disk_is_said_so(small_disk: Path, clock: FakeClock) -> None:
    fill(small_disk / "ballast")
    assert "is full: free some space" in await refusal(small_disk / "data", clock)

    (small_disk / "ballast").unlink()
    await (await Database.open(small_disk / "data", clock)).aclose()


async def test_a_copy_that_does_not_fit_stops_the_migration_before_it_starts(
    small_disk: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = small_disk / "data"
    await (await Database.open(data, clock)).aclose()
    with closing(sqlite3.connect(data / "pommai.db")) as older, older:
        older.execute("CREATE TABLE ballast (x)")
        older.execute("INSERT INTO ballast VALUES (zeroblob(1500000))")
    before = (data / "pommai.db").read_bytes()
    with monkeypatch.context() as newer:
        newer.setattr(upgrade, "MIGRATIONS", _with_one_step_more(small_disk.parent))
        assert "is full: free some space" in await refusal(data, clock)

    assert (data / "pommai.db").read_bytes() == before
    assert list((data / "backups").iterdir()) == []


def _with_one_step_more(folder: Path) -> Path:
    migrations = folder / "migrations"
    shutil.copytree(Path(upgrade.__file__).with_name("migrations"), migrations)
    (migrations / "versions" / "v9001.py").write_text(
        f"revision, down_revision = '9001', {HEAD!r}\ndef upgrade():\n    pass\n"
    )
    return migrations


async def test_a_fault_in_one_write_does_not_hold_up_the_others(
    database: Database, store: Store, toy: Toy, clock: FakeClock
) -> None:
    results = await asyncio.gather(
        store.turns.begin(turn(toy.id, clock.now())),
        store.turns.begin(turn("nobody", clock.now())),
        store.turns.begin(turn(toy.id, clock.now())),
        return_exceptions=True,
    )

    assert [type(result).__name__ for result in results] == ["Turn", "DataError", "Turn"]
    assert len(await store.turns.recent(5)) == 2
