"""Report cards of language models: made one at a time, asked for on the pages or by a command."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog

from hub.errors import PommaiError, RefusedError
from hub.rating.cards import RatedTalk, RatedTurn, ReportCard
from hub.rating.checks import WORDS
from hub.rating.rate import Rater, RatingPlan
from hub.translation import gettext as _

__all__ = ["WORDS", "RatedTalk", "RatedTurn", "RatingPlan", "Ratings", "ReportCard"]

log = structlog.get_logger()


class Ratings:
    def __init__(self, rater: Rater) -> None:
        self._rater = rater
        self._asked: asyncio.Queue[str] = asyncio.Queue(1)
        self.under_way = ""
        """The name of the model that is rated now; "" where none is."""
        self.problem = ""
        """Why the last one that the pages asked for ended early."""

    async def cards(self) -> list[ReportCard]:
        """The newest first."""
        return await self._rater.cards.all()

    async def plan(self, name: str, *, judge: str = "", fresh: bool = False) -> RatingPlan:
        """What it would take. Raises RefusedError for a name that no model here can have."""
        return await self._rater.plan(name, judge=judge, fresh=fresh)

    async def rate(
        self, name: str, *, judge: str = "", fresh: bool = False
    ) -> AsyncGenerator[ReportCard]:
        """As `Rater.rate`. Raises RefusedError while another one is under way, too."""
        if self.under_way:
            raise RefusedError(
                _("%(under_way)s is being rated; wait until it is done", under_way=self.under_way)
            )
        self.under_way = name
        try:
            async with aclosing(self._rater.rate(name, judge=judge, fresh=fresh)) as cards:
                async for card in cards:
                    yield card
        finally:
            self.under_way = ""

    async def ask(self, name: str) -> None:
        """Have it rated by `run`. Raises RefusedError for an unknown name, or while one is under way."""
        await self.plan(name)
        if self.under_way or self._asked.full():
            raise RefusedError(_("A model is being rated already; please wait until it is done."))
        self._asked.put_nowait(name)

    async def run(self) -> None:
        """Rates what the pages ask for, until it is cancelled."""
        while True:
            name = await self._asked.get()
            self.problem = ""
            try:
                async with aclosing(self.rate(name)) as cards:
                    async for _ in cards:
                        pass
            except PommaiError as error:
                self.problem = str(error)
                log.warning("a rating ended early", model=name, error=str(error))
