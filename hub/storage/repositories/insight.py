"""What figures are made of: the child's turns of a time, without most of what was said in them."""

from datetime import datetime
from typing import Final

from sqlalchemy import select

from hub.domain.insight import CountedTurn
from hub.domain.talk import PAGE, PARENT, TurnState
from hub.domain.trace import Span, Work
from hub.storage.database import Repository
from hub.storage.repositories.turns import IS_SHOWN
from hub.storage.rows import Row
from hub.storage.schema import toys, turns

PROVIDERS: Final = {work.value: work for work in (Work.STT, Work.LLM, Work.TTS)}
NOT_OVER: Final = (TurnState.DRAFT, TurnState.THINKING)


class InsightRepository(Repository):
    async def turns_between(
        self, begins: datetime, ends: datetime, limit: int
    ) -> list[CountedTurn]:
        """Those of children that are over and began in that time, the newest first."""
        query = (
            select(
                turns.c.started_at,
                turns.c.state,
                turns.c.heard,
                turns.c.audio_in_ms,
                turns.c.audio_out_ms,
                turns.c.spans,
            )
            # With their toys, so that the index on toy and time finds them.
            .where(turns.c.toy_id.in_(select(toys.c.id)), turns.c.started_at.between(begins, ends))
            .where(turns.c.source.not_in([PAGE, PARENT]), turns.c.state.not_in(NOT_OVER), IS_SHOWN)
            .order_by(turns.c.started_at.desc())
            .limit(limit)
        )
        return await self._database.rows(query, _counted)


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
