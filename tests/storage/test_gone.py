"""What was erased or revoked after a backup stays so when it is restored; without the list no token counts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.alerts.maker import AlertMaker
from hub.config import BackupSection
from hub.core.access import ApiTokens
from hub.core.backups.backups import Backups
from hub.core.people.people import People
from hub.core.talks.removals import UNDO, Removals
from hub.domain.api import Scope
from hub.domain.family.children import Child
from hub.domain.family.people import Guardian, Passkey, Role
from hub.domain.family.voice_hints import VoiceHint
from hub.domain.household import Adult
from hub.domain.talks.kept import RemovalScope, TalkSearch
from hub.domain.talks.talk import TurnState
from hub.domain.toys import Satellite, Toy
from hub.errors import RefusedError
from hub.events import Bus
from hub.storage.backup import key_of
from hub.storage.restore import Restored, restore
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.new_household import open_household
from tests.storage.talk import turn


@dataclass
class Stick:
    """A backup of a household, of which something was erased and revoked since; and the list of that."""

    backup: Path
    list: Path
    key: str
    lost: str
    """A token that was revoked since."""
    kept: str
    """One that was not."""
    clock: FakeClock

    def restored(self) -> Restored:
        there = self.backup.parents[1] / "there"
        now = self.clock.now()
        return restore(self.backup, self.key, there, now, replace=False)[0]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Store]:
        database = await open_household(self.backup.parents[1] / "there", self.clock)
        yield Store(database, Bus(), self.clock)
        await database.aclose()


async def heard(store: Store, toy: Toy, words: str, clock: FakeClock) -> str:
    said = await store.turns.begin(turn(toy.id, clock.now(), words))
    said.state = TurnState.DONE
    return (await store.turns.save(said)).id


async def erase(store: Store, clock: FakeClock) -> None:
    await clock.advance(UNDO.total_seconds() + 1)
    for removal in await store.removals.unfinished():
        assert await Removals(store, Bus(), clock).erase(removal)


@pytest.fixture
async def stick(tmp_path: Path, store: Store, clock: FakeClock) -> Stick:
    folder = tmp_path / "stick"
    folder.mkdir()
    [toy] = await store.toys.list()
    tokens = ApiTokens(store.api_tokens, clock)
    await store.guardians.add_owner(Guardian("ada", "Ada", Role.OWNER, clock.now()), "x")
    lost, kept = [await tokens.make(name, {Scope.STATE}) for name in ("lost", "kept")]
    erased = await heard(store, toy, "my secret is a narwhal", clock)
    await heard(store, toy, "i like zebras", clock)
    for child in ("mia", "tom"):
        await store.children.save(Child(child, child.title()))
    for name in ("uncle", "aunt"):
        await store.adults.save(Adult(name, name, "json://127.0.0.1"))
    for one in ("phone", "laptop"):
        await store.passkeys.add(Passkey(one, "ada", "localhost", one, clock.now(), one, "a key"))
    for child, spoken in (("mia", b"her narwhal voice"), ("tom", b"his voice")):
        await store.voice_hints.agree(
            VoiceHint(f"{child}'s", child, clock.now(), "yes", "m", spoken)
        )
    for key in ("id:1", "id:2"):
        await store.satellites.save(Satellite(key, key, adopted=True))
    backups = Backups(store, BackupSection(folder=folder), AlertMaker(store, clock), clock)
    await backups.look()

    removals = Removals(store, Bus(), clock)
    await removals.ask(RemovalScope.TURN, erased)
    await removals.remove_child("tom")
    await erase(store, clock)
    [token] = [one for one in await tokens.list() if one.name == "lost"]
    await tokens.revoke(token.id)
    await store.adults.remove("uncle")
    await store.passkeys.remove("ada", "phone")
    await store.satellites.forget("id:1")
    await store.voice_hints.erase("mia")
    here = [path for path in store.database.folder.glob("pommai.db*") if path.is_file()]
    assert [path for path in here if b"narwhal" in path.read_bytes()] == [], (
        "gone from the disk, too"
    )
    await backups.look()
    [file], [gone_list] = folder.glob("*.age"), folder.glob("*.list")
    return Stick(file, gone_list, key_of(store.database.folder), lost, kept, clock)


async def test_what_is_gone_does_not_come_back(stick: Stick) -> None:
    done = stick.restored()
    assert (done.has_list, done.erased_turns) == (True, 1)
    async with stick.opened() as store:
        assert [one.heard for one in await store.turns.recent(9)] == ["i like zebras"]
        assert await store.talks.search(TalkSearch("narwhal"), 9) == []
        assert await store.talks.search(TalkSearch("zebras"), 9)
        assert [child.id for child in await store.children.list()] == ["mia"]
        assert [adult.id for adult in await store.adults.list()] == ["aunt"]
        assert [one.id for one in await store.passkeys.of("ada")] == ["laptop"]
        assert await store.voice_hints.list() == []
        assert [one.key for one in await store.satellites.list()] == ["id:2"]
        tokens = ApiTokens(store.api_tokens, stick.clock)
        assert await tokens.known(stick.kept)
        assert not await tokens.known(stick.lost)
    raw = (stick.backup.parents[1] / "there" / "pommai.db").read_bytes()
    assert b"narwhal" not in raw
    assert b"zebras" in raw


async def test_without_the_list_no_token_or_passkey_counts_and_a_grown_up_is_told(
    stick: Stick,
) -> None:
    stick.list.unlink()
    assert not stick.restored().has_list
    async with stick.opened() as store:
        assert await ApiTokens(store.api_tokens, stick.clock).list() == []
        assert await store.passkeys.of("ada") == []
        assert len(await store.turns.recent(9)) == 2
        backups = Backups(store, BackupSection(), AlertMaker(store, stick.clock), stick.clock)
        for _ in range(2):
            await backups.tell_that_it_came_back()
        [alert] = await store.alerts.list(9)
        assert "came back from a backup" in alert.title
        assert "token was revoked" in alert.details["reason"]


async def test_a_list_from_before_the_backup_counts_for_none(stick: Stick, store: Store) -> None:
    before = stick.list.read_bytes()
    await stick.clock.advance(3600)
    folder = BackupSection(folder=stick.list.parent)
    backups = Backups(store, folder, AlertMaker(store, stick.clock), stick.clock)
    await backups.ask()
    await backups.look()
    stick.backup = max(stick.backup.parent.glob("*.age"))
    stick.list.write_bytes(before)
    assert not stick.restored().has_list


@pytest.mark.parametrize("changed", [(b"token", b"nokot"), (b"}", b""), (b"\n", b"")])
async def test_a_list_that_somebody_changed_is_refused_and_nothing_restored(
    stick: Stick, changed: tuple[bytes, bytes]
) -> None:
    stick.list.write_bytes(stick.list.read_bytes().replace(*changed))
    with pytest.raises(RefusedError, match="was damaged, or is not of this household"):
        stick.restored()
    assert [path.name for path in (stick.backup.parents[1] / "there").iterdir()] == ["hub.lock"]


async def test_where_no_owner_is_left_it_begins_with_a_first_password(
    stick: Stick, store: Store
) -> None:
    """Ada was the only owner when the backup was made, and was removed since."""
    people = People(store, stick.clock)
    secret = await people.invite("Ben", Role.OWNER, "Ada")
    await people.accept(secret, "Ben", "a long password")
    await people.remove("ada")
    people.close()
    folder = BackupSection(folder=stick.list.parent)
    await Backups(store, folder, AlertMaker(store, stick.clock), stick.clock).look()
    stick.restored()
    async with stick.opened() as there:
        assert await there.guardians.list() == []
