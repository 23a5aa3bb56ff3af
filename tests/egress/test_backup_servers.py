"""Backups go to WebDAV and S3 whole or not at all; outside the home only agreed to, written down, and not with all
clouds off."""

import io
import os
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.alerts.maker import AlertMaker
from hub.config import BackupSection
from hub.core.backups.backups import Backups
from hub.domain.backups import BackupServer, ServerKind
from hub.domain.household import ContentKind, LedgerKind
from hub.egress.backup_servers.folder import folder_on
from hub.egress.backup_servers.sending import BackupServers
from hub.errors import CloudsOffError, DataError, NotFoundError, PommaiError, RefusedError
from hub.events import Bus
from hub.providers.clouds import CloudSwitch
from hub.storage.backup import PIECE_BYTES
from hub.storage.restore import restore
from hub.storage.store import Store
from tests.backup_servers import SECRET, s3_server, webdav_server
from tests.clock import FakeClock
from tests.new_household import open_household

NAME = "pommai-2026-05-04T020000Z.age"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    database = await open_household(tmp_path / "home", clock)
    yield Store(database, Bus(), clock)
    await database.aclose()


@pytest.fixture(scope="module")
def all_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, BackupServer]]:
    with webdav_server(tmp_path_factory.mktemp("dav")) as dav, s3_server() as s3:
        yield {"webdav": dav, "s3": s3}


@pytest.fixture(params=list(ServerKind))
def server(all_servers: dict[str, BackupServer], request: pytest.FixtureRequest) -> BackupServer:
    found = all_servers[request.param]
    folder = folder_on(found)
    for name in folder.sizes():
        folder.delete(name)
    return found


def test_a_file_goes_in_pieces_and_comes_back_the_same(server: BackupServer) -> None:
    folder, content = folder_on(server), os.urandom(3 * PIECE_BYTES + 1)
    sent: list[int] = []
    folder.put(NAME, io.BytesIO(content), sent.append)
    assert (len(sent), sum(sent)) == (4, len(content))
    assert folder.sizes() == {NAME: len(content)}
    back = io.BytesIO()
    folder.get(NAME, back, lambda _: None)
    assert back.getvalue() == content
    folder.delete(NAME)
    assert folder.sizes() == {}
    with pytest.raises(NotFoundError):
        folder.get(NAME, back, lambda _: None)


def test_what_is_cut_short_never_counts(server: BackupServer) -> None:
    folder = folder_on(server)

    def cut(_more: int) -> None:
        raise PommaiError("the network went away")

    with pytest.raises(PommaiError, match="went away"):
        folder.put(NAME, io.BytesIO(os.urandom(3 * PIECE_BYTES)), cut)
    assert folder.sizes() == {}


async def test_a_household_is_kept_on_a_server_and_comes_back_from_it(
    server: BackupServer, store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    backups = Backups(store, BackupSection(keep=2), AlertMaker(store, clock), clock)
    await backups.choose_server(server, agreed=False)
    for _night in range(3):
        await backups.look()
        await clock.advance(24 * 3600)
    kept = await backups.kept()
    assert [one.made_at for one in kept] == [
        (clock.now() - timedelta(days=days)).replace(microsecond=0) for days in (1, 2)
    ]
    assert await backups.try_one(kept[0].name) == kept[0]
    on_server = folder_on(server).sizes()
    assert {one.name: one.size_bytes for one in kept}.items() <= on_server.items()
    assert [
        name.partition("-")[2][:5] for name in on_server.keys() - {one.name for one in kept}
    ] == ["gone-"]
    assert await store.ledger.recent(9) == [], "it is at home"
    raw = b"".join(path.read_bytes() for path in store.database.folder.glob("pommai.db*"))
    assert SECRET.encode() not in raw
    assert b"ada" in raw, "what is not secret is found"

    stick = tmp_path / "stick"
    stick.mkdir()
    clouds = CloudSwitch(off=False)
    newest = await BackupServers(store, clouds, clock).get_newest(
        server, await backups.key(), stick
    )
    done, _ = restore(newest, await backups.key(), tmp_path / "there", clock.now(), replace=False)
    assert done.has_list
    await backups.choose("")
    assert (await backups.place()).server is None
    assert not list(store.database.folder.glob("restore.*"))


async def test_a_wrong_password_and_a_server_that_vanished_are_told(
    server: BackupServer, store: Store, clock: FakeClock
) -> None:
    backups = Backups(store, BackupSection(), AlertMaker(store, clock), clock)
    if server.kind is ServerKind.WEBDAV:  # moto lets everybody in
        with pytest.raises(RefusedError, match="check the name and the password") as refused:
            await backups.choose_server(replace(server, secret="wrong"), agreed=False)
        assert "wrong" not in str(refused.value)
    await backups.choose_server(server, agreed=False)
    assert SECRET not in repr((await backups.place()).server)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    away = replace(server, address=f"http://127.0.0.1:{port}/pommai")
    await store.backup_server.save(away)
    with pytest.raises(DataError, match="can't be reached"):
        await backups.look()
    [alert] = await store.alerts.list(9)
    assert "can't be reached" in alert.details["reason"]
    with pytest.raises(DataError, match="can't be reached"):
        await backups.choose_server(away, agreed=False)


async def test_a_full_server_is_told_and_nothing_stays(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    backups = Backups(store, BackupSection(), AlertMaker(store, clock), clock)
    with webdav_server(tmp_path, is_full=True) as server:
        with pytest.raises(DataError, match="is full"):
            await backups.choose_server(server, agreed=False)
        await store.backup_server.save(server)
        with pytest.raises(DataError, match="is full"):
            await backups.look()
        assert folder_on(server).sizes() == {}
    assert not list(store.database.folder.glob("restore.*"))


OUTSIDE = BackupServer(ServerKind.WEBDAV, "https://93.184.215.14/pommai", "ada", SECRET)
"""Nobody connects to it: each of these ends before."""


async def test_outside_the_home_nothing_goes_unless_it_was_agreed_to(
    store: Store, clock: FakeClock
) -> None:
    backups = Backups(
        store, BackupSection(), AlertMaker(store, clock), clock, CloudSwitch(off=False)
    )
    with pytest.raises(RefusedError, match="first agree"):
        await backups.choose_server(OUTSIDE, agreed=False)
    plain = replace(OUTSIDE, address=OUTSIDE.address.replace("https", "http"))
    with pytest.raises(RefusedError, match="begin with https://"):
        await backups.choose_server(plain, agreed=True)
    assert (await backups.place()).server is None


async def test_with_all_clouds_off_nothing_goes(store: Store, clock: FakeClock) -> None:
    backups = Backups(store, BackupSection(), AlertMaker(store, clock), clock, CloudSwitch())
    await store.backup_server.save(replace(OUTSIDE, agreed_at=clock.now()))
    with pytest.raises(CloudsOffError):
        await backups.look()
    assert await store.ledger.recent(9) == []


async def test_what_leaves_the_home_stands_in_the_ledger(
    all_servers: dict[str, BackupServer],
    store: Store,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hub.egress.backup_servers.sending.is_public", lambda ip: True)
    servers = BackupServers(store, CloudSwitch(off=False), clock)
    server = replace(all_servers["webdav"], agreed_at=clock.now())
    await servers.put(server, NAME, io.BytesIO(b"locked"))
    [entry] = await store.ledger.recent(9)
    assert (entry.kind, entry.what, entry.amount) == (LedgerKind.BACKUP, ContentKind.FILE, 6)
    assert (entry.provider, entry.discarded) == ("127.0.0.1", False)
    with pytest.raises(RefusedError, match="too large"):
        await servers.get(server, NAME, store.database.folder / "x", max_bytes=5)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"address": "cloud.example.org"}, "no server’s address"),
        ({"address": "https://ada:pw@cloud.example.org"}, "no server’s address"),
        ({"address": "https://" + "x" * 400}, "no server’s address"),
        ({"address": "https://cloud.example.org:99999/"}, "no server’s address"),
        ({"user": ""}, "name and the password"),
        ({"secret": "x" * 400}, "too long"),
        ({"kind": ServerKind.S3, "bucket": "Not One!"}, "no bucket’s name"),
        ({"region": "../x"}, "no region’s name"),
    ],
)
async def test_what_can_be_no_server_is_told(
    store: Store, clock: FakeClock, changed: dict[str, Any], why: str
) -> None:
    servers = BackupServers(store, CloudSwitch(off=False), clock)
    with pytest.raises(RefusedError, match=why):
        await servers.check(replace(OUTSIDE, **changed))
