"""An alert for the parents, where a verdict asks for one."""

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
