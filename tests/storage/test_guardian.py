"""The guardians, their sign-ins, invitations and the audit log, as the database keeps them."""

from datetime import timedelta

import pytest

from hub.core.people.people import INVITATION_LIFE, People
from hub.core.people.sign_ins import IDLE_LIFE, LONGEST_LIFE, SignIns
from hub.domain.family.people import Actor, Guardian, Role
from hub.domain.limits import MAX_GUARDIANS, MAX_SIGN_INS
from hub.errors import DataError, NotFoundError, RefusedError
from hub.storage.people.audit import KEPT
from hub.storage.store import Store
from tests.clock import FakeClock


def guardian(clock: FakeClock, name: str, role: Role = Role.GUARDIAN) -> Guardian:
    return Guardian(f"id of {name}", name, role, clock.now())


async def owner_of(store: Store, clock: FakeClock) -> Guardian:
    owner = guardian(clock, "Anna", Role.OWNER)
    await store.guardians.add_owner(owner, "hash")
    return owner


async def another(store: Store, clock: FakeClock, name: str, role: Role) -> Guardian:
    secret = await People(store, clock).invite(name, role, "Anna")
    [invitation] = await store.invitations.list()
    assert invitation.name == name
    return await People(store, clock).accept(secret, name, "a long password")


async def test_there_is_one_first_owner(store: Store, clock: FakeClock) -> None:
    owner = await owner_of(store, clock)
    assert await store.guardians.list() == [owner]
    assert await store.guardians.by_name("  ANNA ") == owner
    assert await store.guardians.password_hash(owner.id) == "hash"
    with pytest.raises(RefusedError, match="a password already"):
        await store.guardians.add_owner(guardian(clock, "Ben"), "other")


async def test_no_two_have_one_name(store: Store, clock: FakeClock) -> None:
    owner = await owner_of(store, clock)
    ben = await another(store, clock, "Ben", Role.VIEWER)
    assert ben.role is Role.VIEWER
    with pytest.raises(RefusedError, match="called aNNa already"):
        await store.guardians.rename(ben.id, " aNNa ")
    with pytest.raises(RefusedError, match="called anna already"):
        await People(store, clock).invite("anna", Role.GUARDIAN, "Anna")
    with pytest.raises(DataError, match="empty"):
        await store.guardians.rename(ben.id, " ")
    assert (await store.guardians.rename(owner.id, "ANNA")).name == "ANNA"


async def test_the_last_owner_stays(store: Store, clock: FakeClock) -> None:
    owner = await owner_of(store, clock)
    ben = await another(store, clock, "Ben", Role.GUARDIAN)
    for change in (
        store.guardians.remove(owner.id),
        store.guardians.set_role(owner.id, Role.VIEWER),
    ):
        with pytest.raises(RefusedError, match="the only owner"):
            await change
    await store.guardians.set_role(ben.id, Role.OWNER)
    await store.guardians.remove(owner.id)
    assert [one.name for one in await store.guardians.list()] == ["Ben"]
    with pytest.raises(NotFoundError):
        await store.guardians.get(owner.id)


async def test_an_invitation_is_good_once_and_for_a_day(store: Store, clock: FakeClock) -> None:
    await owner_of(store, clock)
    people = People(store, clock)
    secret = await people.invite("Ben", Role.GUARDIAN, "Anna")
    await people.accept(secret, "Benjamin", "a long password")
    with pytest.raises(NotFoundError, match="used already"):
        await people.accept(secret, "Carl", "a long password")
    late = await people.invite("Dora", Role.VIEWER, "Anna")
    await clock.advance(INVITATION_LIFE.total_seconds())
    assert await people.invitation(late) is None
    with pytest.raises(NotFoundError, match="its day is over"):
        await people.accept(late, "Dora", "a long password")
    assert [one.name for one in await people.everybody()] == ["Anna", "Benjamin"]


async def test_there_are_never_too_many(store: Store, clock: FakeClock) -> None:
    await owner_of(store, clock)
    for number in range(MAX_GUARDIANS - 1):
        await People(store, clock).invite(f"Guest {number}", Role.VIEWER, "Anna")
    with pytest.raises(RefusedError, match="remove one first"):
        await People(store, clock).invite("One more", Role.VIEWER, "Anna")


async def test_a_sign_in_counts_until_its_end(store: Store, clock: FakeClock) -> None:
    owner, sign_ins = await owner_of(store, clock), SignIns(store, clock)
    token = await sign_ins.begin(owner, "Firefox on Linux", "your home network")
    known = await sign_ins.known(token)
    assert known
    assert known.guardian == owner
    assert known.sign_in.device == "Firefox on Linux"
    assert await sign_ins.known(token + "x") is None
    assert await sign_ins.known("") is None
    await clock.advance(IDLE_LIFE.total_seconds())
    assert await sign_ins.known(token) is None
    assert await sign_ins.of(owner.id) == []


async def test_use_moves_its_end_and_never_past_half_a_year(store: Store, clock: FakeClock) -> None:
    owner, sign_ins = await owner_of(store, clock), SignIns(store, clock)
    token = await sign_ins.begin(owner, "", "")
    assert not await sign_ins.seen(token), "nothing to renew on the first day"
    begun = clock.now()
    while clock.now() < begun + LONGEST_LIFE - timedelta(days=9):
        await clock.advance(timedelta(days=9).total_seconds())
        assert await sign_ins.known(token)
        await sign_ins.seen(token)
    [sign_in] = await sign_ins.of(owner.id)
    assert sign_in.expires_at == sign_in.ends_at == begun + LONGEST_LIFE
    await clock.advance(timedelta(days=9).total_seconds())
    assert await sign_ins.known(token) is None


async def test_the_least_used_of_too_many_makes_room(store: Store, clock: FakeClock) -> None:
    owner, sign_ins = await owner_of(store, clock), SignIns(store, clock)
    tokens = []
    for _ in range(MAX_SIGN_INS + 1):
        tokens.append(await sign_ins.begin(owner, "", ""))
        await clock.advance(1)
    assert await sign_ins.known(tokens[0]) is None
    assert all([await sign_ins.known(token) for token in tokens[1:]])


@pytest.mark.parametrize("change", ["password", "role", "remove"])
async def test_what_changes_a_guardians_rights_signs_them_out_and_nobody_else(
    store: Store, clock: FakeClock, change: str
) -> None:
    owner, sign_ins = await owner_of(store, clock), SignIns(store, clock)
    ben = await another(store, clock, "Ben", Role.GUARDIAN)
    hers, his = await sign_ins.begin(owner, "", ""), await sign_ins.begin(ben, "", "")
    if change == "password":
        await store.guardians.set_password_hash(ben.id, "new")
    elif change == "role":
        await store.guardians.set_role(ben.id, Role.VIEWER)
    else:
        await store.guardians.remove(ben.id)
    assert await sign_ins.known(his) is None
    assert await sign_ins.known(hers)


async def test_one_or_all_others_are_signed_out(store: Store, clock: FakeClock) -> None:
    owner, sign_ins = await owner_of(store, clock), SignIns(store, clock)
    ben = await another(store, clock, "Ben", Role.GUARDIAN)
    tokens = [await sign_ins.begin(owner, str(number), "") for number in range(3)]
    first = next(one for one in await sign_ins.of(owner.id) if one.device == "0")
    with pytest.raises(NotFoundError):
        await sign_ins.end_one(ben.id, first.id)
    await sign_ins.end_one(owner.id, first.id)
    assert [bool(await sign_ins.known(token)) for token in tokens] == [False, True, True]
    await sign_ins.end_all(owner.id, but_for=tokens[2])
    assert [bool(await sign_ins.known(token)) for token in tokens] == [False, False, True]


async def test_the_log_is_kept_for_a_year_and_read_page_by_page(
    store: Store, clock: FakeClock
) -> None:
    await store.audit.add(Actor.HUB, "", "did something long ago")
    await clock.advance(KEPT.total_seconds() + 1)
    for number in range(5):
        await store.audit.add(Actor.GUARDIAN, "Anna", f"did thing\n {number} {'x' * 400}")
    newest = await store.audit.list(3)
    assert [deed.what[:12] for deed in newest] == ["did thing 4 ", "did thing 3 ", "did thing 2 "]
    assert len(newest[0].what) == 300
    rest = await store.audit.list(10, before=newest[-1].number)
    assert [deed.what[:12] for deed in rest] == ["did thing 1 ", "did thing 0 "]
