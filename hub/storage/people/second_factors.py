"""The guardians' second factors: encrypted secrets, and recovery codes as hashes."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select, update

from hub.domain.clock import Clock
from hub.errors import NotFoundError
from hub.events import Bus
from hub.storage.database import Database, Repository
from hub.storage.schema import guardians, recovery_codes
from hub.storage.secrets import SecretBox
from hub.translation import gettext as _


class SecondFactorRepository(Repository):
    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        super().__init__(database, bus, clock)
        self._secrets = SecretBox(database.folder)

    async def secret(self, guardian_id: str) -> str:
        """Raises NotFoundError where it is off, DataError where it can't be read any more."""
        query = select(guardians.c.sealed_totp).where(guardians.c.id == guardian_id)

        def work(connection: Connection) -> str:
            sealed = connection.scalar(query)
            if not sealed:
                raise NotFoundError(_("They have no second factor any more. Please sign in again."))
            return self._secrets.open(sealed)

        return await self._database.read(work)

    async def turn_on(
        self, guardian_id: str, secret: str, step: int, code_hashes: Sequence[str]
    ) -> None:
        """`step`: that of the code that was typed to turn it on."""

        def work(connection: Connection) -> None:
            sealed = self._secrets.seal(secret)
            connection.execute(
                update(guardians)
                .where(guardians.c.id == guardian_id)
                .values(sealed_totp=sealed, totp_step=step)
            )
            _put_codes(connection, guardian_id, code_hashes)

        await self._database.write(work)

    async def turn_off(self, guardian_id: str) -> None:
        def work(connection: Connection) -> None:
            connection.execute(
                update(guardians)
                .where(guardians.c.id == guardian_id)
                .values(sealed_totp="", totp_step=0)
            )
            _put_codes(connection, guardian_id, ())

        await self._database.write(work)

    async def replace_codes(self, guardian_id: str, code_hashes: Sequence[str]) -> None:
        await self._database.write(
            lambda connection: _put_codes(connection, guardian_id, code_hashes)
        )

    async def codes_left(self, guardian_id: str) -> int:
        query = (
            select(func.count())
            .select_from(recovery_codes)
            .where(recovery_codes.c.guardian_id == guardian_id)
        )
        return await self._database.read(lambda connection: connection.scalar(query)) or 0

    async def use_step(self, guardian_id: str, step: int) -> bool:
        """Whether no code of this step or a later one was used before; now it is."""
        used = (
            update(guardians)
            .where(guardians.c.id == guardian_id, guardians.c.totp_step < step)
            .values(totp_step=step)
        )
        return bool(
            await self._database.write(lambda connection: connection.execute(used).rowcount)
        )

    async def use_code(self, guardian_id: str, code_hash: str) -> bool:
        """Whether there was such a recovery code; now there is none."""
        used = delete(recovery_codes).where(
            recovery_codes.c.guardian_id == guardian_id, recovery_codes.c.code_hash == code_hash
        )
        return bool(
            await self._database.write(lambda connection: connection.execute(used).rowcount)
        )


def _put_codes(connection: Connection, guardian_id: str, code_hashes: Sequence[str]) -> None:
    connection.execute(delete(recovery_codes).where(recovery_codes.c.guardian_id == guardian_id))
    for code_hash in code_hashes:
        row = {"code_hash": code_hash, "guardian_id": guardian_id}
        connection.execute(insert(recovery_codes).values(row))
