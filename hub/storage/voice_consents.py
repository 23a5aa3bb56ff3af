"""Who agreed that their voice is copied, and which voice it became; nothing is ever removed."""

from typing import Any

from sqlalchemy import Connection, insert, select, update

from hub.domain.consent import Consent, VoiceConsent
from hub.storage.database import Database
from hub.storage.rows import DESCRIPTION_MAX, DETAIL_MAX, Row, cut, entered_name
from hub.storage.schema import voice_consents


class VoiceConsentRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, kept: VoiceConsent) -> int:
        """Write before you send; gives its number. Raises DataError for a name that is none."""
        row = _to_row(kept)

        def work(connection: Connection) -> int:
            key = connection.execute(insert(voice_consents), row).inserted_primary_key
            assert key is not None
            return int(key[0])

        return await self._database.write(work)

    async def made(self, number: int, voice_id: str) -> None:
        """Which voice came of it."""
        change = (
            update(voice_consents)
            .where(voice_consents.c.number == number)
            .values(voice_id=cut(voice_id, DESCRIPTION_MAX))
        )
        await self._database.write(lambda connection: connection.execute(change).rowcount)

    async def list(self) -> list[VoiceConsent]:
        """The oldest first."""
        query = select(voice_consents).order_by(voice_consents.c.number)
        return await self._database.read(
            lambda connection: [_from_row(row) for row in connection.execute(query).mappings()]
        )


def _to_row(kept: VoiceConsent) -> dict[str, Any]:
    return {
        "at": kept.consent.when,
        "who": entered_name(kept.consent.who, "the name of whose voice it is"),
        "text": cut(kept.consent.text, DETAIL_MAX),
        "provider": kept.provider,
        "voice_name": entered_name(kept.voice_name, "the voice's name"),
        "recordings": kept.recordings,
        "voice_id": cut(kept.voice_id, DESCRIPTION_MAX),
    }


def _from_row(row: Row) -> VoiceConsent:
    return VoiceConsent(
        consent=Consent(row["who"], row["at"], row["text"]),
        provider=row["provider"],
        voice_name=row["voice_name"],
        recordings=row["recordings"],
        voice_id=row["voice_id"],
    )
