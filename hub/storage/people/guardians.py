"""The guardians, their passwords, and the invitations that make more of them."""

from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from hub.domain.family.people import Guardian, Invitation, Role
from hub.domain.limits import MAX_GUARDIANS
from hub.errors import NotFoundError, RefusedError
from hub.storage.database import Repository
from hub.storage.repositories.access import revoke
from hub.storage.repositories.toy_rows import name_key
from hub.storage.rows import Gone, Row, entered_name, from_row, note_gone, to_row
from hub.storage.schema import api_tokens, guardian_sessions, guardians, invitations
from hub.translation import gettext as _

T = TypeVar("T")

NOBODY = "There is nobody of that name; they may have been removed already."


class GuardianRepository(Repository):
    """There is an owner from the first set-up on, and never none again."""

    async def list(self) -> list[Guardian]:
        """The one who came first stands first."""
        query = select(guardians).order_by(guardians.c.created_at, guardians.c.name_key)
        return await self._database.rows(query, guardian_from_row)

    async def get(self, guardian_id: str) -> Guardian:
        """Raises NotFoundError."""
        return _known(await self._database.row(_by_id(guardian_id), guardian_from_row))

    async def by_name(self, name: str) -> Guardian | None:
        """In any case; None where there is none."""
        query = select(guardians).where(guardians.c.name_key == name_key(" ".join(name.split())))
        return await self._database.row(query, guardian_from_row)

    async def password_hash(self, guardian_id: str) -> str:
        """Raises NotFoundError."""
        query = select(guardians.c.password_hash).where(guardians.c.id == guardian_id)
        found: str | None = await self._database.read(lambda connection: connection.scalar(query))
        return _known(found)

    async def add_owner(self, owner: Guardian, password_hash: str) -> None:
        """The first of all. Raises RefusedError where there is somebody already."""
        row = _row(owner, password_hash)

        def work(connection: Connection) -> None:
            if connection.scalar(select(func.count()).select_from(guardians)):
                raise RefusedError(_("There is a password already. Please sign in with it."))
            connection.execute(insert(guardians).values(row))

        await self._database.write(work)

    async def set_password_hash(self, guardian_id: str, password_hash: str) -> None:
        """A new password, which signs them out everywhere. Raises NotFoundError."""
        change = _change(guardian_id, password_hash=password_hash)

        def work(connection: Connection) -> None:
            _one(connection.execute(change).rowcount)
            connection.execute(_sessions_of(guardian_id))

        await self._database.write(work)

    async def rehash(self, guardian_id: str, password_hash: str) -> None:
        """The same password, kept by newer rules."""
        change = _change(guardian_id, password_hash=password_hash)
        await self._database.write(lambda connection: connection.execute(change).rowcount)

    async def rename(self, guardian_id: str, name: str) -> Guardian:
        """Raises NotFoundError, RefusedError where another one is called so, DataError for no name."""
        name = entered_name(name, _("the name"))

        def work(connection: Connection) -> Guardian:
            _check_name(connection, name, guardian_id)
            change = _change(guardian_id, name=name, name_key=name_key(name))
            _one(connection.execute(change).rowcount)
            return guardian_from_row(connection.execute(_by_id(guardian_id)).mappings().one())

        return await self._database.write(work)

    async def set_role(self, guardian_id: str, role: Role) -> Guardian:
        """Signs them out, so that no open page keeps the rights of before.

        Raises NotFoundError, RefusedError for the last owner.
        """

        def work(connection: Connection) -> Guardian:
            before = _known(connection.execute(_by_id(guardian_id)).mappings().first())
            if before["role"] == role:
                return guardian_from_row(before)
            _check_owner_stays(connection, before)
            connection.execute(_change(guardian_id, role=role.value))
            connection.execute(_sessions_of(guardian_id))
            return guardian_from_row(connection.execute(_by_id(guardian_id)).mappings().one())

        return await self._database.write(work)

    async def remove(self, guardian_id: str) -> Guardian:
        """Their sign-ins end, and the tokens that they made work no more.

        Raises NotFoundError, RefusedError for the last owner.
        """
        now = self._clock.now()

        def work(connection: Connection) -> Guardian:
            gone = _known(connection.execute(_by_id(guardian_id)).mappings().first())
            _check_owner_stays(connection, gone)
            revoke(connection, api_tokens.c.made_by == guardian_id, now)
            connection.execute(delete(guardians).where(guardians.c.id == guardian_id))
            note_gone(connection, Gone.PERSON, [guardian_id], now)
            return guardian_from_row(gone)

        return await self._database.write(work)


class InvitationRepository(Repository):
    async def add(self, invitation: Invitation, token_hash: str) -> Invitation:
        """Raises DataError for a name that is none, RefusedError where there are too many people."""
        name = entered_name(invitation.name, _("the name"))
        row = to_row(invitation, invitations, name=name, token_hash=token_hash)
        over = delete(invitations).where(invitations.c.expires_at <= self._clock.now())

        def work(connection: Connection) -> Invitation:
            connection.execute(over)
            _check_name(connection, name)
            _check_room(connection)
            made = insert(invitations).values(row).returning(invitations)
            return _invitation(connection.execute(made).mappings().one())

        return await self._database.write(work)

    async def list(self) -> list[Invitation]:
        """Those that can still be used, the next to end first."""
        query = self._open().order_by(invitations.c.expires_at, invitations.c.id)
        return await self._database.rows(query, _invitation)

    async def by_hash(self, token_hash: str) -> Invitation | None:
        """None where there is none, it was used, or its day is over."""
        query = self._open().where(invitations.c.token_hash == token_hash)
        return await self._database.row(query, _invitation)

    async def revoke(self, invitation_id: str) -> Invitation:
        """Raises NotFoundError."""
        gone = delete(invitations).where(invitations.c.id == invitation_id).returning(invitations)
        now = self._clock.now()

        def work(connection: Connection) -> Invitation:
            row = connection.execute(gone).mappings().first()
            if row is None:
                raise NotFoundError(
                    _("There is no such invitation; it may have been used already.")
                )
            note_gone(connection, Gone.INVITATION, [invitation_id], now)
            return _invitation(row)

        return await self._database.write(work)

    async def accept(self, token_hash: str, guardian: Guardian, password_hash: str) -> Guardian:
        """Use the invitation up and add the guardian with the role that it says.

        Raises NotFoundError where it can't be used any more, RefusedError for a name that is taken.
        """
        used = self._open().where(invitations.c.token_hash == token_hash)
        gone = delete(invitations).where(invitations.c.token_hash == token_hash)
        now = self._clock.now()

        def work(connection: Connection) -> Guardian:
            invitation = connection.execute(used).mappings().first()
            if invitation is None:
                raise NotFoundError(_("This invitation was used already, or its day is over."))
            connection.execute(gone)
            note_gone(connection, Gone.INVITATION, [invitation["id"]], now)
            row = _row(guardian, password_hash) | {"role": invitation["role"]}
            _check_name(connection, row["name"])
            made = insert(guardians).values(row).returning(guardians)
            return guardian_from_row(connection.execute(made).mappings().one())

        return await self._database.write(work)

    def _open(self) -> Select[Any]:
        return select(invitations).where(invitations.c.expires_at > self._clock.now())


def _row(guardian: Guardian, password_hash: str) -> dict[str, Any]:
    name = entered_name(guardian.name, _("the name"))
    return to_row(
        guardian, guardians, name=name, name_key=name_key(name), password_hash=password_hash
    )


def guardian_from_row(row: Row) -> Guardian:
    return from_row(Guardian, row, second_factor=bool(row["sealed_totp"]))


_invitation = partial(from_row, Invitation)


def _by_id(guardian_id: str) -> Select[Any]:
    return select(guardians).where(guardians.c.id == guardian_id)


def _change(guardian_id: str, **values: str) -> Any:  # noqa: ANN401 - SQLAlchemy's own type names a row's
    return update(guardians).where(guardians.c.id == guardian_id).values(values)


def _sessions_of(guardian_id: str) -> Any:  # noqa: ANN401 - as above
    return delete(guardian_sessions).where(guardian_sessions.c.guardian_id == guardian_id)


def _known(found: T | None) -> T:
    if found is None:
        raise NotFoundError(NOBODY)
    return found


def _one(changed: int) -> None:
    if not changed:
        raise NotFoundError(NOBODY)


def _check_name(connection: Connection, name: str, but_for: str = "") -> None:
    same = select(guardians.c.id).where(
        guardians.c.name_key == name_key(name), guardians.c.id != but_for
    )
    if connection.scalar(same) is not None:
        raise RefusedError(
            _("Somebody is called %(name)s already. Please choose another name.", name=name)
        )


def _check_room(connection: Connection) -> None:
    there = connection.scalar(select(func.count()).select_from(guardians)) or 0
    invited = connection.scalar(select(func.count()).select_from(invitations)) or 0
    if there + invited >= MAX_GUARDIANS:
        raise RefusedError(
            _("There are %(most)s people already. Please remove one first.", most=MAX_GUARDIANS)
        )


def _check_owner_stays(connection: Connection, changed: Row) -> None:
    others = select(func.count()).where(
        guardians.c.role == Role.OWNER.value, guardians.c.id != changed["id"]
    )
    if changed["role"] == Role.OWNER.value and not connection.scalar(others):
        raise RefusedError(
            _(
                "%(name)s is the only owner. Please make somebody else an owner first.",
                name=changed["name"],
            )
        )
