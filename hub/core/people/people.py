"""The guardians of a household: who there is and what each may do, their passwords, and invitations.

Throttling and cookies are the pages' matter, in `guardian_web.sign_in`.
"""

import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from hub.core.people.passwords import Passwords, check_password
from hub.core.people.sign_ins import hashed
from hub.domain.clock import Clock
from hub.domain.family.people import Guardian, Invitation, Role
from hub.errors import NotFoundError, RefusedError
from hub.storage.store import Store
from hub.translation import gettext as _

FIRST_NAME: Final = "Guardian"
"""What the first owner is called until they say otherwise; browsers keep the password under it."""

INVITATION_LIFE: Final = timedelta(days=1)


class People:
    """Those of one household. `close` ends the thread that hashes passwords."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._guardians = store.guardians
        self._invitations = store.invitations
        self._passkeys = store.passkeys
        self._second_factors = store.second_factors
        self._clock = clock
        self._passwords = Passwords()

    def close(self) -> None:
        self._passwords.close()

    async def everybody(self) -> Sequence[Guardian]:
        """The one who came first stands first."""
        return await self._guardians.list()

    async def get(self, guardian_id: str) -> Guardian:
        """Raises NotFoundError."""
        return await self._guardians.get(guardian_id)

    async def named(self, name: str) -> Guardian | None:
        """In any case; no name is the only guardian's where there is only one. None where there is nobody."""
        if name.strip():
            return await self._guardians.by_name(name)
        everybody = await self._guardians.list()
        return everybody[0] if len(everybody) == 1 else None

    async def add_owner(self, password: str, name: str = FIRST_NAME) -> Guardian:
        """The household's first guardian. Raises RefusedError where there is somebody, or for a bad password."""
        check_password(password)
        owner = self._new(name, Role.OWNER)
        await self._guardians.add_owner(owner, await self._passwords.hash(password))
        return owner

    async def knows_password(self, guardian: Guardian | None, password: str) -> bool:
        """Takes as long for None, who is nobody."""
        stored = await self._guardians.password_hash(guardian.id) if guardian else None
        if not await self._passwords.fits(stored, password) or guardian is None or stored is None:
            return False
        if self._passwords.is_dated(stored):
            await self._guardians.rehash(guardian.id, await self._passwords.hash(password))
        return True

    async def password_mark(self, guardian: Guardian) -> bytes:
        """What changes with the password, as a key: nothing can be told from what is made with it."""
        return (await self._guardians.password_hash(guardian.id)).encode()

    async def set_password(self, guardian: Guardian, password: str) -> None:
        """Signs them out everywhere. Raises RefusedError, NotFoundError."""
        check_password(password)
        password_hash = await self._passwords.hash(password)
        await self._guardians.set_password_hash(guardian.id, password_hash)

    async def reset_password(self, name: str, password: str) -> Guardian:
        """For whoever owns the hub's computer: a new password for a guardian, or for the first owner there is.

        A second factor is off and passkeys are gone afterwards, as they may have lost the phone as well.

        Raises RefusedError where several have one and none is named, NotFoundError for a name that nobody has.
        """
        check_password(password)
        everybody = await self._guardians.list()
        if not everybody:
            return await self.add_owner(password, name.strip() or FIRST_NAME)
        names = ", ".join(guardian.name for guardian in everybody)
        guardian = await self.named(name)
        if guardian is None and not name.strip():
            raise RefusedError(_("say whose password: there are %(names)s", names=names))
        if guardian is None:
            raise NotFoundError(
                _(
                    "there is no guardian called %(name)s; there are %(names)s",
                    name=repr(name.strip()),
                    names=names,
                )
            )
        await self.set_password(guardian, password)
        await self._second_factors.turn_off(guardian.id)
        await self._passkeys.remove_all(guardian.id)
        return guardian

    async def rename(self, guardian_id: str, name: str) -> Guardian:
        """Raises NotFoundError, RefusedError where another one is called so, DataError for no name."""
        return await self._guardians.rename(guardian_id, name)

    async def set_role(self, guardian_id: str, role: Role) -> Guardian:
        """Signs them out. Raises NotFoundError, RefusedError for the last owner."""
        return await self._guardians.set_role(guardian_id, role)

    async def remove(self, guardian_id: str) -> Guardian:
        """With their sign-ins and the tokens that they made. Raises NotFoundError, RefusedError for the last owner."""
        return await self._guardians.remove(guardian_id)

    async def invite(self, name: str, role: Role, made_by: str) -> str:
        """Give the secret of the link, to be shown and forgotten. Raises DataError, RefusedError."""
        secret = secrets.token_urlsafe(32)
        ends = self._clock.now() + INVITATION_LIFE
        invitation = Invitation(uuid.uuid4().hex, name, role, made_by, ends)
        await self._invitations.add(invitation, hashed(secret))
        return secret

    async def invitations(self) -> Sequence[Invitation]:
        """Those that can still be used."""
        return await self._invitations.list()

    async def invitation(self, secret: str) -> Invitation | None:
        """None where it is none, was used, or its day is over."""
        return await self._invitations.by_hash(hashed(secret))

    async def revoke_invitation(self, invitation_id: str) -> Invitation:
        """Raises NotFoundError."""
        return await self._invitations.revoke(invitation_id)

    async def accept(self, secret: str, name: str, password: str) -> Guardian:
        """Raises NotFoundError where the invitation is no good any more, RefusedError, DataError."""
        check_password(password)
        if await self.invitation(secret) is None:
            raise NotFoundError(_("This invitation was used already, or its day is over."))
        guardian = self._new(name, Role.VIEWER)
        password_hash = await self._passwords.hash(password)
        return await self._invitations.accept(hashed(secret), guardian, password_hash)

    def _new(self, name: str, role: Role) -> Guardian:
        return Guardian(uuid.uuid4().hex, name, role, self._clock.now())
