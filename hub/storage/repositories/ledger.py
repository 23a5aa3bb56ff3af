"""What is written down for good: what left the home (when, to whom, what kind, how much and at what cost; never the
words themselves), and who agreed that their voice is copied."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, func, insert, literal, select, update

from hub.domain.consent import Consent, VoiceConsent
from hub.domain.household import ContentKind, Cost, LedgerEntry, LedgerKind, LedgerTotal
from hub.domain.limits import MAX_DESCRIPTION_CHARS
from hub.storage.database import Repository
from hub.storage.rows import Row, cut, entered_name, from_row, to_row
from hub.storage.schema import ledger, voice_consents
from hub.translation import gettext as _

Period = tuple[datetime, datetime]
"""From its beginning to just before its end."""


class LedgerRepository(Repository):
    async def add(self, *entries: LedgerEntry, urgent: bool = False) -> None:
        """Write before you send: what may have left is in the ledger, whatever happens next.

        `urgent` as in `Database.write`.
        """
        rows = [to_row(entry, ledger) for entry in entries]
        if rows:
            await self._database.write(
                lambda connection: connection.execute(insert(ledger), rows).rowcount,
                urgent=urgent,
            )

    async def open(self, entry: LedgerEntry) -> int:
        """One entry that is not settled yet; gives its number."""
        opened = insert(ledger).values(to_row(entry, ledger)).returning(ledger.c.number)
        return await self._database.write(
            lambda connection: connection.execute(opened).scalar_one()
        )

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
        query = select(ledger).order_by(ledger.c.number.desc()).limit(limit)
        return await self._database.rows(query, partial(from_row, LedgerEntry))

    async def totals(self, periods: Sequence[Period]) -> list[list[LedgerTotal]]:
        """Sums of what left in each of `periods`."""
        sums = (
            ledger.c.kind,
            ledger.c.provider,
            ledger.c.what,
            func.count(),
            func.sum(ledger.c.amount),
            func.sum(ledger.c.cost_micro_usd),
        )

        def work(connection: Connection) -> list[list[LedgerTotal]]:
            found = []
            for since, until in periods:
                query = (
                    select(*sums)
                    .where(ledger.c.at >= since, ledger.c.at < until)
                    .group_by(ledger.c.kind, ledger.c.provider, ledger.c.what)
                )
                found.append([_total(row) for row in connection.execute(query)])
            return found

        return await self._database.read(work)

    async def counts(self, periods: Sequence[Period]) -> list[int]:
        """How many requests there were in each of `periods`; read from the index alone."""

        def work(connection: Connection) -> list[int]:
            return [
                connection.scalar(
                    select(func.count()).where(ledger.c.at >= since, ledger.c.at < until)
                )
                or 0
                for since, until in periods
            ]

        return await self._database.read(work)

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


def _total(row: Sequence[Any]) -> LedgerTotal:
    kind, provider, what, requests, amount, micro_usd = row
    return LedgerTotal(
        LedgerKind(kind), provider, ContentKind(what), requests, int(amount), int(micro_usd)
    )


class VoiceConsentRepository(Repository):
    async def add(self, kept: VoiceConsent) -> int:
        """Write before you send; gives its number. Raises DataError for a name that is none."""
        row = to_row(
            kept,
            voice_consents,
            at=kept.consent.when,
            who=entered_name(kept.consent.who, _("the name of whose voice it is")),
            text=kept.consent.text,
            voice_name=entered_name(kept.voice_name, _("the voice's name")),
        )
        added = insert(voice_consents).values(row).returning(voice_consents.c.number)
        return await self._database.write(lambda connection: connection.execute(added).scalar_one())

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
        return [consent for _, consent in await self.numbered()]

    async def numbered(self) -> Sequence[tuple[int, VoiceConsent]]:
        """Each with its number, the oldest first."""
        query = select(voice_consents).order_by(voice_consents.c.number)
        return await self._database.rows(query, lambda row: (row["number"], _consent_from_row(row)))

    async def withdraw(self, number: int) -> None:
        """Whose voice it is agrees no more, from now on; the first time counts."""
        await self._note(number, voice_consents.c.withdrawn_at)

    async def note_erased(self, number: int) -> None:
        """The provider has deleted the copy."""
        await self._note(number, voice_consents.c.erased_at)

    async def _note(self, number: int, moment: Column[Any]) -> None:
        change = (
            update(voice_consents)
            .where(voice_consents.c.number == number, moment.is_(None))
            .values({moment: self._clock.now()})
        )
        await self._database.write(lambda connection: connection.execute(change).rowcount)


def _consent_from_row(row: Row) -> VoiceConsent:
    return from_row(VoiceConsent, row, consent=Consent(row["who"], row["at"], row["text"]))
