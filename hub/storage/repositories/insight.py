"""What figures are made of: the child's turns of a day, without most of what was said in them."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, func, select

from hub.domain.talks.insight import CountedTurn
from hub.domain.talks.talk import WITHOUT_CHILD, TurnState
from hub.domain.talks.trace import Span, Work
from hub.storage.database import Repository
from hub.storage.repositories.ledger import Period
from hub.storage.repositories.turns import IS_SHOWN
from hub.storage.rows import Row
from hub.storage.schema import toys, turns

PROVIDERS: Final = {work.value: work for work in (Work.STT, Work.LLM, Work.TTS)}
NOT_OVER: Final = (TurnState.DRAFT, TurnState.THINKING)

Mark = tuple[int, int]
"""How many turns a period has, and the sum of their revisions: another one where any of them came, changed or went."""


class InsightRepository(Repository):
    """Of children's turns that are over. A period holds its begin, and not its end."""

    async def marks(self, periods: Sequence[Period]) -> list[Mark]:
        def work(connection: Connection) -> list[Mark]:
            sums = select(func.count(), func.coalesce(func.sum(turns.c.revision), 0))
            found = [connection.execute(sums.where(_within(period))).one() for period in periods]
            return [(int(count), int(total)) for count, total in found]

        return await self._database.read(work)

    async def turns_within(self, period: Period, limit: int) -> list[CountedTurn]:
        """The newest first."""
        query = (
            select(
                turns.c.started_at,
                turns.c.state,
                turns.c.heard,
                turns.c.audio_in_ms,
                turns.c.audio_out_ms,
                turns.c.spans,
            )
            .where(_within(period))
            .order_by(turns.c.started_at.desc())
            .limit(limit)
        )
        return await self._database.rows(query, _counted)


def _within(period: Period) -> ColumnElement[bool]:
    begins, ends = period
    return and_(
        # With their toys, so that the index on toy and time finds them; without those that were put aside.
        turns.c.toy_id.in_(select(toys.c.id).where(toys.c.archived.is_(False))),
        turns.c.started_at >= begins,
        turns.c.started_at < ends,
        turns.c.source.not_in(WITHOUT_CHILD),
        turns.c.state.not_in(NOT_OVER),
        IS_SHOWN,
    )


def _counted(row: Row) -> CountedTurn:
    """Without a check of each value, which takes ten times as long, and there are thousands."""
    return CountedTurn(
        started_at=row["started_at"],
        state=TurnState(row["state"]),
        heard=row["heard"],
        audio_in_ms=row["audio_in_ms"],
        audio_out_ms=row["audio_out_ms"],
        spans=[
            Span(**{**span, "work": PROVIDERS[span["work"]]})
            for span in row["spans"]
            if span["work"] in PROVIDERS
        ],
    )
