"""Deleting everything: what a family said and chose is gone from the disk, and the hub starts as new."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hub.app import App, Ready
from hub.config import Config
from hub.core.privacy.erase import MARK, PHRASE, RELEASE_S, finish_erasing
from hub.devices.pairing.credentials import Credentials
from hub.domain.family.people import Guardian, Role
from hub.domain.household import Adult, ContentKind, LedgerEntry, LedgerKind
from hub.domain.toys import Satellite
from hub.errors import RefusedError
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.devices.scripted import until
from tests.storage.talk import turn

PLANTED = [f"planted-{number:04}-zebra" for number in range(1000)]


def settings(folder: Path) -> Config:
    loopback = {"data": folder, "interfaces": ["127.0.0.1"]}
    return Config.model_validate({"hub": loopback, "guardian": {"port": 0}})


async def plant(folder: Path) -> None:
    """Strings in the database, its log, copies of it, sounds and report cards."""
    clock = FakeClock()
    database = await Database.open(folder, clock)
    store = Store(database, Bus(), clock)
    toy = (await store.toys.list())[0]
    for words in PLANTED[:900]:
        await store.turns.begin(turn(toy.id, clock.now(), words))
    await store.adults.save(Adult("a", PLANTED[900], "json://127.0.0.1"))
    await store.ledger.add(LedgerEntry(clock.now(), LedgerKind.TTS, "rime", ContentKind.TEXT, 9))
    owner = Guardian("o", "Anna", Role.OWNER, clock.now())
    await store.guardians.add_owner(owner, PLANTED[901])
    await database.aclose()
    for place, text in zip(("backups", "sounds", "ratings", "a/b"), PLANTED[902:906], strict=True):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / "file.bin").write_text(text)
    (folder / "notes.txt").write_text(PLANTED[906])
    (folder / "models").mkdir()
    (folder / "models" / "model.bin").write_text("a model")


def found(folder: Path) -> set[str]:
    """Planted strings that are anywhere in the folder's files."""
    raw = b"\n".join(path.read_bytes() for path in files(folder))
    return {words for words in PLANTED if words.encode() in raw}


def files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


async def test_nothing_is_found_and_the_hub_starts_as_new(tmp_path: Path) -> None:
    await plant(tmp_path)
    before = (tmp_path / "certs").exists()
    assert len(found(tmp_path)) == 907
    async with App(settings(tmp_path), {}) as app:
        ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(app.serve(ready.set_result, lambda _: None))
        assert not (await ready).setup_code, "there was a password"
        elsewhere = await app.hub.privacy.eraser.elsewhere()
        await app.hub.privacy.eraser.erase("Delete  everything")
        await asyncio.wait_for(serving, 30)
        hub_id = await app.hub.hub_id()
    assert elsewhere.adults == [PLANTED[900]]
    async with App(settings(tmp_path), {}) as app:
        assert found(tmp_path) == set()
        assert await app.hub.people.everybody() == []
        assert await app.hub.turns.recent(9) == []
        assert await app.hub.hub_id() != hub_id
        assert not (tmp_path / MARK).exists()
    assert before
    assert (tmp_path / "models" / "model.bin").read_text() == "a model"


@asynccontextmanager
async def silent_toys(folder: Path, names: Iterable[str]) -> AsyncIterator[None]:
    """Paired ones that take a connection, and never say a word."""
    taken: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: taken.append(writer), "127.0.0.1")
    certificate = Credentials.load(folder / "toys").certificate
    clock = FakeClock()
    database = await Database.open(folder, clock)
    store = Store(database, Bus(), clock)
    [toy] = await store.toys.list()
    for name in names:
        at = (server.sockets[0].getsockname(),)
        found = Satellite(f"id:{name}", name, at, adopted=True, toy_id=toy.id)
        await store.satellites.save(replace(found, certificate=certificate))
    await database.aclose()
    yield
    for writer in taken:
        writer.close()
    server.close()


async def test_toys_that_never_answer_hold_it_up_for_ten_seconds_together(tmp_path: Path) -> None:
    clock = FakeClock()
    async with (
        silent_toys(tmp_path, ["Bear", "Fox", "Owl", "Hare"]),
        App(settings(tmp_path), {}, clock) as app,
    ):
        running = asyncio.create_task(app.fleet.run())
        await until(lambda: len(app.hub.devices.list()) == 4)
        erasing = asyncio.create_task(app.hub.privacy.eraser.erase(PHRASE))
        await until(lambda: clock.falls_due(RELEASE_S))
        await clock.advance(RELEASE_S - 1)
        assert not erasing.done()
        await clock.advance(1)
        await erasing
        await app.hub.privacy.eraser.wait()
        assert app.hub.devices.list(), "they would have been let go of one after the other"
        running.cancel()
        await asyncio.wait([running])


async def test_a_slip_deletes_nothing(tmp_path: Path) -> None:
    async with App(settings(tmp_path), {}) as app:
        with pytest.raises(RefusedError, match="nothing was deleted: type"):
            await app.hub.privacy.eraser.erase("delete")
        assert not (tmp_path / MARK).exists()
    assert not finish_erasing(tmp_path)
    assert (tmp_path / "pommai.db").exists()


async def test_a_hub_that_died_in_between_goes_on_when_it_starts_again(tmp_path: Path) -> None:
    await plant(tmp_path)
    (tmp_path / MARK).touch()
    (tmp_path / "pommai.db").unlink()  # so far it came
    assert finish_erasing(tmp_path)
    assert found(tmp_path) == set()
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


async def test_what_lies_behind_a_link_is_left_alone(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "photos"
    for place in (folder, elsewhere):
        place.mkdir()
    (elsewhere / "cat.jpg").write_text("a cat")
    (folder / "link").symlink_to(elsewhere)
    (folder / "cat.jpg").hardlink_to(elsewhere / "cat.jpg")
    (folder / MARK).touch()
    assert finish_erasing(folder)
    assert (elsewhere / "cat.jpg").read_text() == "a cat"
    assert list(folder.iterdir()) == []


def test_the_phrase_is_what_the_page_asks_for() -> None:
    assert PHRASE == "delete everything"
