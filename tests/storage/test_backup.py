"""A household comes back whole from one encrypted file, on another computer; what is no such file changes nothing."""

import hashlib
import io
import json
import resource
import tarfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.app import App
from hub.config import loading
from hub.devices.pairing.credentials import Credentials
from hub.domain.family.children import Child
from hub.domain.household import Adult
from hub.domain.toys import Satellite
from hub.errors import AlreadyRunningError, DataError, NotFoundError, RefusedError
from hub.storage.backup import MANIFEST, SCRATCH, key_of, make
from hub.storage.folder import household_lock
from hub.storage.restore import restore, settle
from tests.guardian.trial import EMBEDDED

NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
ADDRESS = "mailto://ada:a-secret@example.com"


async def lived_in(folder: Path) -> None:
    """A household with a paired toy, a child and a secret."""
    config = loading.load(None, EMBEDDED | {"POMMAI_DATA": str(folder)})
    async with App(config, {}) as app:
        store = app.hub.privacy.store
        [toy] = await store.toys.list()
        await store.children.save(Child("mia", "Mia"))
        await store.toys.save(replace(toy, name="Bear", child_ids=frozenset({"mia"})))
        await store.adults.save(Adult("ada", "Ada", ADDRESS))
        await store.satellites.save(
            Satellite("id:1", "Bear", adopted=True, toy_id=toy.id, certificate=b"its certificate")
        )


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    await lived_in(folder)
    return folder


@pytest.fixture
def kept(home: Path, tmp_path: Path) -> Path:
    make(home, tmp_path / "kept.age", NOW)
    return tmp_path / "kept.age"


def everything(folder: Path) -> dict[str, str]:
    """Each file by its hash, but for the lock, which says who looks."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "hub.lock"
    }


async def test_the_whole_household_comes_back_on_another_computer(
    home: Path, kept: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    done, aside = restore(kept, key_of(home), there, NOW, replace=False)
    assert (done.made_at, done.has_list, aside) == (NOW, False, None)
    before, after = Credentials.load(home), Credentials.load(there)
    assert after.fingerprint == before.fingerprint, "its toys know it again"
    config = loading.load(None, EMBEDDED | {"POMMAI_DATA": str(there)})
    async with App(config, {}) as app:
        store = app.hub.privacy.store
        assert (await store.toys.by_name("Bear")).child_ids == {"mia"}
        assert [adult.url for adult in await store.adults.list()] == [ADDRESS]
        [satellite] = await store.satellites.list()
        assert (satellite.adopted, satellite.certificate) == (True, b"its certificate")
    assert not [path for path in there.rglob("*") if path.stat().st_mode & 0o077]


def test_nothing_of_the_family_can_be_read_in_the_file(kept: Path) -> None:
    content = kept.read_bytes()
    assert content.startswith(b"age-encryption.org/v1")
    for word in (b"a-secret", b"pommai.db", b"SQLite format"):
        assert word not in content
    assert not kept.stat().st_mode & 0o077


async def test_a_household_that_is_in_use_is_kept_as_it_was_last_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    config = loading.load(None, EMBEDDED | {"POMMAI_DATA": str(home)})
    async with App(config, {}) as app:
        await app.hub.children.save(Child("tom", "Tom"))
        make(home, tmp_path / "kept.age", NOW)
        with pytest.raises(AlreadyRunningError, match="another hub"):
            restore(tmp_path / "kept.age", key_of(home), home, NOW, replace=True)
        assert [child.name for child in await app.hub.children.list()] == ["Tom"]
    restore(tmp_path / "kept.age", key_of(home), tmp_path / "there", NOW, replace=False)
    config = loading.load(None, EMBEDDED | {"POMMAI_DATA": str(tmp_path / "there")})
    async with App(config, {}) as app:
        assert [child.name for child in await app.hub.children.list()] == ["Tom"]


async def test_a_household_that_is_there_is_put_aside_and_only_when_asked_for(
    home: Path, kept: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    await lived_in(there)
    was = everything(there)
    with pytest.raises(RefusedError, match="holds a household already"):
        restore(kept, key_of(home), there, NOW, replace=False)
    assert everything(there) == was
    _, aside = restore(kept, key_of(home), there, NOW, replace=True)
    assert aside
    assert aside == there / "backups" / "before-restore-20260504T020000Z"
    assert everything(aside)["pommai.db"] == was["pommai.db"]
    (aside / "pommai.db-wal").write_bytes(b"words")
    config = loading.load(None, EMBEDDED | {"POMMAI_DATA": str(there)})
    async with App(config, {}) as app:
        assert app.hub.removals.copies() == [aside / "pommai.db"]
        await app.hub.removals.delete_copies()
    assert not list(aside.glob("pommai*")), "its words can be deleted with the others"
    assert Credentials.load(there).fingerprint == Credentials.load(home).fingerprint


def test_where_there_is_no_household_or_a_file_already_nothing_is_written(
    home: Path, kept: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError, match="no household"):
        make(tmp_path / "nowhere", tmp_path / "x.age", NOW)
    was = kept.read_bytes()
    with pytest.raises(RefusedError, match="there already"):
        make(home, kept, NOW)
    assert kept.read_bytes() == was
    with pytest.raises(NotFoundError, match="no such file"):
        restore(tmp_path / "none.age", key_of(home), tmp_path / "there", NOW, replace=False)


def test_a_place_that_can_not_be_written_leaves_nothing_behind(home: Path, tmp_path: Path) -> None:
    was = everything(home)
    with pytest.raises(DataError, match="can't be written"):
        make(home, tmp_path / "no" / "kept.age", NOW)
    del (after := everything(home))["certs/backup.key"]
    assert after == was


def test_a_full_disk_leaves_nothing_behind(home: Path, tmp_path: Path) -> None:
    """Of the kernel's: its own device that is always full stands for the disk."""
    full = tmp_path / "full.age.part"
    full.symlink_to("/dev/full")
    with pytest.raises(DataError, match="can't be written"):
        make(home, tmp_path / "full.age", NOW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]
    assert not list(home.glob("restore.*"))


@pytest.mark.parametrize("fits", ["nothing", "the copy of the database"])
def test_a_disk_that_fills_up_meanwhile_harms_nothing(
    home: Path, tmp_path: Path, fits: str
) -> None:
    key_of(home)
    was = everything(home)
    most = 50_000 if fits == "nothing" else (home / "pommai.db").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))  # the kernel refuses what is beyond
    try:
        with pytest.raises(DataError):
            make(home, tmp_path / "kept.age", NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert everything(home) == was
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    make(home, tmp_path / "kept.age", NOW)


@pytest.mark.parametrize("key", ["", "AGE-SECRET-KEY-1", "hello", "x" * 10_000])
def test_what_is_no_key_is_told(kept: Path, tmp_path: Path, key: str) -> None:
    with pytest.raises(RefusedError, match="no key of a backup"):
        restore(kept, key, tmp_path / "there", NOW, replace=False)


def test_another_household_s_key_opens_nothing(kept: Path, tmp_path: Path) -> None:
    other = str(pyrage.x25519.Identity.generate())
    with pytest.raises(RefusedError, match="has another key"):
        restore(kept, other, tmp_path / "there", NOW, replace=False)
    assert not (tmp_path / "there" / "pommai.db").exists()


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_a_flipped_byte_is_refused_and_changes_nothing(
    home: Path, kept: Path, data: st.DataObject
) -> None:
    content = bytearray(kept.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    damaged, there = kept.with_name("damaged.age"), kept.with_name("there")
    damaged.write_bytes(content)
    with pytest.raises(RefusedError, match="can't be opened"):
        restore(damaged, key_of(home), there, NOW, replace=False)
    assert [path.name for path in there.iterdir()] == ["hub.lock"]


@pytest.mark.parametrize("left", [0, 1, 100, 0.5, -1])
def test_a_file_that_was_cut_is_refused(home: Path, kept: Path, left: float) -> None:
    content = kept.read_bytes()
    most = int(len(content) * left) if 0 < left < 1 else int(left)
    cut = kept.with_name("cut.age")
    cut.write_bytes(content[:most])
    with pytest.raises(RefusedError, match="can't be opened"):
        restore(cut, key_of(home), kept.with_name("there"), NOW, replace=False)


Entries = list[tuple[tarfile.TarInfo, bytes]]


def plain(name: str, text: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(text)
    return info, text


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def manifest(**changed: object) -> tuple[tarfile.TarInfo, bytes]:
    said = {"made_at": NOW.isoformat(), "made_by": "1", "sha256": {}} | changed
    return plain(MANIFEST, json.dumps(said).encode())


HOSTILE: dict[str, tuple[Callable[[], Entries], str]] = {
    "nothing": (list, "no manifest"),
    "no manifest": (lambda: [plain("pommai.db", b"")], "no manifest"),
    "a manifest that is a link": (
        lambda: [special(MANIFEST, tarfile.SYMTYPE, "/etc/passwd")],
        "no manifest",
    ),
    "a later version": (lambda: [manifest(version=2)], "update the hub"),
    "a manifest that says more": (lambda: [manifest(more=1)], "update the hub"),
    "no database": (lambda: [manifest()], "does not hold what it says"),
    "a path upwards": (lambda: [manifest(), plain("../pommai.db", b"x")], "no part of a household"),
    "a path from the root": (
        lambda: [manifest(), plain("/etc/cron.d/x", b"x")],
        "no part of a household",
    ),
    "a path within": (lambda: [manifest(), plain("certs/../../x", b"x")], "no part of a household"),
    "a hidden name": (lambda: [manifest(), plain("certs/.x", b"x")], "no part of a household"),
    "a folder": (lambda: [manifest(), special("certs", tarfile.DIRTYPE)], "no part of a household"),
    "a link": (
        lambda: [manifest(), special("certs/x", tarfile.SYMTYPE, "/etc")],
        "no part of a household",
    ),
    "a hard link": (
        lambda: [manifest(), special("certs/x", tarfile.LNKTYPE, "/etc/passwd")],
        "no part of a household",
    ),
    "a device": (
        lambda: [manifest(), special("certs/x", tarfile.CHRTYPE)],
        "no part of a household",
    ),
    "a pipe": (
        lambda: [manifest(), special("certs/x", tarfile.FIFOTYPE)],
        "no part of a household",
    ),
    "a model": (lambda: [manifest(), plain("models/x.onnx", b"x")], "no part of a household"),
    "a wrong hash": (
        lambda: [manifest(sha256={"pommai.db": "0" * 64}), plain("pommai.db", b"x")],
        "does not hold what it says",
    ),
    "no database of ours": (
        lambda: [
            manifest(sha256={"pommai.db": hashlib.sha256(b"x" * 5000).hexdigest()}),
            plain("pommai.db", b"x" * 5000),
        ],
        "not a Pommai database",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_somebody_made_with_the_right_key_is_looked_through(
    name: str, tmp_path: Path
) -> None:
    entries, why = HOSTILE[name]
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for info, text in entries():
            archive.addfile(info, io.BytesIO(text))
    identity = pyrage.x25519.Identity.generate()
    source, there = tmp_path / "made.age", tmp_path / "there"
    source.write_bytes(pyrage.encrypt(tar.getvalue(), [identity.to_public()]))
    with pytest.raises((RefusedError, DataError), match=why):
        restore(source, str(identity), there, NOW, replace=False)
    assert [path.name for path in there.iterdir()] == ["hub.lock"]


def test_no_two_use_the_folder_at_a_time(home: Path, kept: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    with household_lock(there), pytest.raises(AlreadyRunningError):
        restore(kept, key_of(home), there, NOW, replace=False)


def test_what_was_on_its_way_when_the_power_went_goes_at_the_next_start(tmp_path: Path) -> None:
    left = tmp_path / f"{SCRATCH}abcd"
    left.mkdir()
    (left / "uploaded.age").write_bytes(b"half of it")
    assert settle(tmp_path, NOW) is None
    assert not left.exists()


def test_the_key_stays_the_same_and_is_this_user_s_alone(home: Path) -> None:
    first = key_of(home)
    assert key_of(home) == first
    assert (home / "certs" / "backup.key").stat().st_mode & 0o777 == 0o600
