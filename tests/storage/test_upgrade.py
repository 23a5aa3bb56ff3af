import asyncio
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import DataError
from hub.events import Bus
from hub.storage import upgrade
from hub.storage.database import Database, make_engine
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.migrations import HEAD, MIGRATIONS, STEPS, differences
from tests.storage.talk import turn

AddStep = Callable[[str], None]


@pytest.fixture
def next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AddStep:
    """Pretend that a newer Pommai has one more migration, with the given body."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    known = [HEAD]

    def add(body: str) -> None:
        monkeypatch.setattr(upgrade, "MIGRATIONS", folder)
        revision = f"9{len(known):03}"
        (folder / "versions" / f"v{revision}.py").write_text(
            f"from alembic import op\nimport sqlalchemy as sa\n"
            f"revision, down_revision = {revision!r}, {known[-1]!r}\n"
            f"def upgrade():\n    {body}\n"
        )
        known.append(revision)

    return add


async def reopen(folder: Path, clock: FakeClock) -> None:
    await (await Database.open(folder, clock, busy_ms=200)).aclose()


def test_the_newest_form_is_known_without_alembic() -> None:
    assert upgrade.revisions()[-1] == HEAD


async def test_a_new_database_has_the_tables_that_the_code_expects(database: Database) -> None:
    assert await database.read(differences) == []


@pytest.mark.parametrize("revision", [step.revision for step in STEPS])
async def test_a_database_of_each_older_form_becomes_the_newest(
    folder: Path, clock: FakeClock, revision: str
) -> None:
    folder.mkdir()
    path = folder / "pommai.db"
    engine = make_engine(path, begin="BEGIN IMMEDIATE", busy_ms=200, foreign_keys="OFF")
    with engine.begin() as connection:
        upgrade.migrate(connection, revision)
    engine.dispose()

    database = await Database.open(folder, clock)
    assert await database.read(differences) == []
    await database.aclose()
    copied = [copy.name for copy in folder.glob("backups/*")]
    assert copied == ([] if revision == HEAD else [f"pommai-{revision}-20260504T150000Z.db"])


async def test_a_start_with_nothing_to_migrate_makes_no_copy(
    folder: Path, clock: FakeClock
) -> None:
    await reopen(folder, clock)
    await reopen(folder, clock)

    assert not (folder / "backups").exists()


async def test_a_copy_is_kept_before_a_migration(
    folder: Path, clock: FakeClock, next_step: AddStep
) -> None:
    database = await Database.open(folder, clock)
    store = Store(database, Bus(), clock)
    toy = await store.toys.by_name("Pommai")
    said = await store.turns.begin(turn(toy.id, clock.now(), "keep me"))
    await database.aclose()
    next_step('op.execute("DELETE FROM turns")')
    await reopen(folder, clock)

    copy = folder / "backups" / f"pommai-{HEAD}-20260504T150000Z.db"
    assert [kept.name for kept in copy.parent.iterdir()] == [copy.name]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT id, heard FROM turns").fetchall() == [
            (said.id, "keep me")
        ]
    connection.close()


async def test_the_last_five_copies_are_kept(
    folder: Path, clock: FakeClock, next_step: AddStep
) -> None:
    """By their age: a copy of a newer form may be old, where an older one was restored since."""
    (folder / "backups").mkdir(parents=True)
    (folder / "backups" / "pommai-9999-20250101T000000Z.db").touch()
    for step in range(8):
        await reopen(folder, clock)
        await clock.advance(60)
        next_step(f'op.create_table("step{step}", sa.Column("id", sa.Integer))')

    kept = sorted(copy.name for copy in (folder / "backups").iterdir())
    assert [name.split("-")[1] for name in kept] == ["9002", "9003", "9004", "9005", "9006"]


async def test_a_migration_that_fails_changes_nothing(
    folder: Path, clock: FakeClock, next_step: AddStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reopen(folder, clock)
    with monkeypatch.context() as newer:
        next_step('op.drop_column("toys", "language"); op.execute("SELECT nonsense")')
        with pytest.raises(DataError, match="no such column: nonsense"):
            await reopen(folder, clock)
        newer.undo()
    monkeypatch.setattr(upgrade, "MIGRATIONS", MIGRATIONS)

    database = await Database.open(folder, clock)
    assert await database.read(differences) == []
    assert (await Store(database, Bus(), clock).toys.by_name("Pommai")).language
    await database.aclose()


async def test_tables_are_rebuilt_without_losing_the_rows_that_refer_to_them(
    folder: Path, clock: FakeClock, next_step: AddStep
) -> None:
    database = await Database.open(folder, clock)
    store = Store(database, Bus(), clock)
    toy = await store.toys.by_name("Pommai")
    await store.turns.begin(turn(toy.id, clock.now()))
    await database.aclose()
    next_step('with op.batch_alter_table("toys") as t: t.alter_column("language", nullable=True)')
    await reopen(folder, clock)

    with sqlite3.connect(folder / "pommai.db") as connection:
        assert connection.execute("SELECT toy_id FROM turns").fetchall() == [(toy.id,)]
    connection.close()


async def test_a_database_of_a_newer_pommai_is_left_alone(
    folder: Path, clock: FakeClock, next_step: AddStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_step('op.create_table("new", sa.Column("id", sa.Integer))')
    await reopen(folder, clock)
    monkeypatch.setattr(upgrade, "MIGRATIONS", MIGRATIONS)

    with pytest.raises(DataError, match=r"written by a newer Pommai \(database 9001\): update"):
        await reopen(folder, clock)


async def test_a_database_of_another_program_is_left_alone(folder: Path, clock: FakeClock) -> None:
    folder.mkdir()
    with sqlite3.connect(folder / "pommai.db") as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()

    with pytest.raises(DataError, match="is not a Pommai database"):
        await reopen(folder, clock)


async def test_two_starts_at_once_migrate_once(folder: Path, clock: FakeClock) -> None:
    async with asyncio.TaskGroup() as tasks:
        opened = [tasks.create_task(Database.open(folder, clock, busy_ms=20_000)) for _ in range(3)]
    for task in opened:
        database = task.result()
        assert len(await Store(database, Bus(), clock).toys.list()) == 1
        await database.aclose()


async def test_what_the_first_hub_kept_is_read_as_it_was_and_sent_to_nobody(
    folder: Path, clock: FakeClock
) -> None:
    folder.mkdir()
    path = folder / "pommai.db"
    engine = make_engine(path, begin="BEGIN IMMEDIATE", busy_ms=200, foreign_keys="OFF")
    with engine.begin() as connection:
        upgrade.migrate(connection, "0001")
        connection.exec_driver_sql(
            "INSERT INTO toys VALUES ('t', 'Bear', 'bear', '', 'en', '', '{}', '{}', '', 0.7, 200, "
            "'strict', '[]', NULL)"
        )
        connection.exec_driver_sql(
            "INSERT INTO alerts VALUES (1, 'a', 1, 'urgent', 'self_harm', 'Look', "
            "'2026-05-04 14:00:00.000000', 't', NULL, NULL, '', '{}')"
        )
    engine.dispose()

    database = await Database.open(folder, clock)
    store = Store(database, Bus(), clock)
    assert (await store.toys.by_name("Bear")).thresholds == {}
    (kept,) = await store.alerts.list(10)
    assert (kept.id, kept.count, kept.last_at, kept.acknowledged_by) == ("a", 1, None, "")
    assert await store.alerts.unaddressed() == []
    await database.aclose()
