"""An alert for the parents, where a verdict asks for one."""

import asyncio

from hub.domain.safety import Verdict
from hub.domain.talk import Turn
from hub.pipeline.services import TurnServices
from hub.safety.alerts import alert_for


async def tell_parents(services: TurnServices, turn: Turn, verdict: Verdict) -> None:
    """It is on disk when this returns. Raises DataError."""
    if verdict.alert is None:
        return
    country = (await services.store.household.get()).country
    helplines = services.guard.helplines(verdict, country)
    if alert := alert_for(verdict, turn, services.clock, helplines):
        await services.store.alerts.add(alert)


class Telling:
    """What the parents are told of one turn: of each verdict once, also when the turn is cut amid it."""

    def __init__(self, services: TurnServices) -> None:
        self._services = services
        self._told: list[tuple[Verdict, asyncio.Task[None]]] = []

    async def tell(self, turn: Turn, verdict: Verdict) -> None:
        """As `tell_parents`. Whoever is cancelled here calls it again before the turn is over."""
        task = next((task for told, task in self._told if told is verdict), None)
        if task is None:
            task = asyncio.create_task(tell_parents(self._services, turn, verdict))
            self._told.append((verdict, task))
        await asyncio.shield(task)
