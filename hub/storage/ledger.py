"""What left the house: when, to whom, what kind, how much and at what cost; never the words themselves."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, literal, select, update

from hub.domain.household import Cost, Freight, LedgerEntry, LedgerKind
from hub.storage.database import Database
from hub.storage.rows import DESCRIPTION_MAX, Row, cut
from hub.storage.schema import ledger


class LedgerRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, *entries: LedgerEntry) -> None:
        """Write before you send: what may have left is in the ledger, whatever happens next."""
        rows = [_to_row(entry) for entry in entries]
        if rows:
            await self._database.write(
                lambda connection: connection.execute(insert(ledger), rows).rowcount
            )

    async def open(self, entry: LedgerEntry) -> int:
        """One entry that is not settled yet; gives its number."""
        row = _to_row(entry)

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
        return await self._database.read(
            lambda connection: [_from_row(row) for row in connection.execute(query).mappings()]
        )


def _to_row(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "kind": entry.kind.value,
        "provider": cut(entry.provider, DESCRIPTION_MAX),
        "what": entry.what.value,
        "amount": entry.amount,
        "turn_id": entry.turn_id,
        "discarded": entry.discarded,
        "cost_micro_usd": entry.cost_micro_usd,
    }


def _from_row(row: Row) -> LedgerEntry:
    return LedgerEntry(
        at=row["at"],
        kind=LedgerKind(row["kind"]),
        provider=row["provider"],
        what=Freight(row["what"]),
        amount=row["amount"],
        turn_id=row["turn_id"],
        discarded=row["discarded"],
        cost_micro_usd=row["cost_micro_usd"],
    )
