"""What is written down for good: what left the house (when, to whom, what kind, how much and at what cost; never the
words themselves), and who agreed that their voice is copied."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, literal, select, update

from hub.domain.consent import Consent, VoiceConsent
from hub.domain.household import ContentKind, Cost, LedgerEntry, LedgerKind
from hub.domain.limits import MAX_DESCRIPTION_CHARS
from hub.storage.database import Database
from hub.storage.entries import MAX_DETAIL_CHARS, Row, cut, entered_name
from hub.storage.schema import ledger, voice_consents


class LedgerRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, *entries: LedgerEntry, urgent: bool = False) -> None:
        """Write before you send: what may have left is in the ledger, whatever happens next.

        `urgent` as in `Database.write`.
        """
        rows = [_entry_to_row(entry) for entry in entries]
        if rows:
            await self._database.write(
                lambda connection: connection.execute(insert(ledger), rows).rowcount,
                urgent=urgent,
            )

    async def open(self, entry: LedgerEntry) -> int:
        """One entry that is not settled yet; gives its number."""
        row = _entry_to_row(entry)

        def work(connection: Connection) -> int:
            key = connection.execute(insert(ledger), row).inserted_primary_key
            assert key is not None
            return int(key[0])

        return await self._database.write(work)

    async def settle(
        self, number: int, amount: int, cost_micro_usd: int, *, discarded: bool
    ) -> None:
        """What became of an entry: how much went out, its cost, and whether what came back was of use."""
        change = (
            update(ledger)
            .where(ledger.c.number == number)
            .values(amount=amount, cost_micro_usd=cost_micro_usd, discarded=discarded)
        )
        await self._database.write(lambda connection: connection.execute(change).rowcount)

    async def costs_since(self, moment: datetime) -> list[Cost]:
        """By provider, the dearest first."""
        return [cost for _, cost in await self._costs(literal(""), ledger.c.at >= moment)]

    async def costs_of(self, turn_ids: Collection[str]) -> dict[str, list[Cost]]:
        """Of those turns that cost something, by provider."""
        found: dict[str, list[Cost]] = {}
        for turn_id, cost in await self._costs(ledger.c.turn_id, ledger.c.turn_id.in_(turn_ids)):
            found.setdefault(turn_id, []).append(cost)
        return found

    async def recent(self, limit: int) -> list[LedgerEntry]:
        """The newest first."""
        return await self._read(select(ledger).order_by(ledger.c.number.desc()).limit(limit))

    async def _costs(
        self, by: ColumnElement[Any], which: ColumnElement[bool]
    ) -> list[tuple[str, Cost]]:
        total = func.sum(ledger.c.cost_micro_usd)
        query = (
            select(by, ledger.c.kind, ledger.c.provider, total)
            .where(which, ledger.c.cost_micro_usd > 0)
            .group_by(by, ledger.c.kind, ledger.c.provider)
            .order_by(total.desc())
        )
        return await self._database.read(
            lambda connection: [
                (group, Cost(LedgerKind(kind), provider, int(micro_usd)))
                for group, kind, provider, micro_usd in connection.execute(query)
            ]
        )

    async def _read(self, query: Select[*tuple[object, ...]]) -> list[LedgerEntry]:
        return await self._database.rows(query, _entry_from_row)


def _entry_to_row(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "kind": entry.kind.value,
        "provider": cut(entry.provider, MAX_DESCRIPTION_CHARS),
        "what": entry.what.value,
        "amount": entry.amount,
        "turn_id": entry.turn_id,
        "discarded": entry.discarded,
        "cost_micro_usd": entry.cost_micro_usd,
    }


def _entry_from_row(row: Row) -> LedgerEntry:
    return LedgerEntry(
        at=row["at"],
        kind=LedgerKind(row["kind"]),
        provider=row["provider"],
        what=ContentKind(row["what"]),
        amount=row["amount"],
        turn_id=row["turn_id"],
        discarded=row["discarded"],
        cost_micro_usd=row["cost_micro_usd"],
    )


class VoiceConsentRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, kept: VoiceConsent) -> int:
        """Write before you send; gives its number. Raises DataError for a name that is none."""
        row = _consent_to_row(kept)

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
            .values(voice_id=cut(voice_id, MAX_DESCRIPTION_CHARS))
        )
        await self._database.write(lambda connection: connection.execute(change).rowcount)

    async def list(self) -> list[VoiceConsent]:
        """The oldest first."""
        query = select(voice_consents).order_by(voice_consents.c.number)
        return await self._database.rows(query, _consent_from_row)


def _consent_to_row(kept: VoiceConsent) -> dict[str, Any]:
    return {
        "at": kept.consent.when,
        "who": entered_name(kept.consent.who, "the name of whose voice it is"),
        "text": cut(kept.consent.text, MAX_DETAIL_CHARS),
        "provider": kept.provider,
        "voice_name": entered_name(kept.voice_name, "the voice's name"),
        "recordings": kept.recordings,
        "voice_id": cut(kept.voice_id, MAX_DESCRIPTION_CHARS),
    }


def _consent_from_row(row: Row) -> VoiceConsent:
    return VoiceConsent(
        consent=Consent(row["who"], row["at"], row["text"]),
        provider=row["provider"],
        voice_name=row["voice_name"],
        recordings=row["recordings"],
        voice_id=row["voice_id"],
    )
