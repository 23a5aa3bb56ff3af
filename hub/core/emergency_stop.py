"""The emergency stop of the whole household: every toy is silent until a grown-up lifts it."""

import asyncio

import structlog

from hub.alerts.maker import AlertMaker
from hub.domain.household import Household
from hub.domain.safety import AlertLevel
from hub.domain.toys import Satellite
from hub.events import Bus, EmergencyStopChanged, SatellitesChanged
from hub.pipeline.emergency_stop import EmergencyStop
from hub.storage.store import Store
from hub.translation import marked

log = structlog.get_logger()


class HouseholdStop:
    """Stops all turns, passes the stop on to the toys, keeps it on the disk, and tells the parents."""

    def __init__(self, store: Store, turns: EmergencyStop, bus: Bus, alerts: AlertMaker) -> None:
        self._store = store
        self._turns = turns
        self._bus = bus
        self._alerts = alerts
        self._changing = asyncio.Lock()

    async def call(self, reason: str = "") -> Household:
        """Silence every toy at once; no turn begins until `lift`, also after a restart.

        When the disk can't keep that, the toys are silent all the same and DataError says so.
        """
        fresh = not self._turns.on
        self._turns.call()
        self._bus.publish(EmergencyStopChanged())
        self._bus.publish(SatellitesChanged())
        async with self._changing:
            self._turns.call()  # a `lift` that was under way ended it
            household = await self._store.household.keep_stop(reason)
        if fresh:
            log.info("all toys were stopped")
            await self._alerts.note(marked("All toys were stopped"), reason)
        return household

    async def called_at(self, satellite: Satellite, late: bool) -> None:
        """Somebody at a satellite called the emergency stop: as `call`, and the parents are told.

        `late` where it was away then. Raises DataError when that is not on the disk.
        """
        reason = (
            marked(
                "Its button was pressed five times in three seconds. That was while it was away; it told so when "
                "it was back. No toy talks until you let them, on these pages."
            )
            if late
            else marked(
                "Its button was pressed five times in three seconds. No toy talks until you let them, on these "
                "pages."
            )
        )
        await self.call(f"called at {satellite.name}")
        await self._alerts.tell(
            AlertLevel.URGENT,
            marked("Somebody called the emergency stop at %(device)s", device=satellite.name),
            {"reason": reason},
            toy_id=satellite.toy_id,
        )

    async def lift(self) -> Household:
        """The toys may talk again."""
        async with self._changing:
            household = await self._store.household.forget_stop()
            lifted = self._turns.on
            self._turns.lift()
            self._bus.publish(EmergencyStopChanged())
        if lifted:
            self._bus.publish(SatellitesChanged())
            log.info("the toys may talk again")
            await self._alerts.note(marked("The toys may talk again"))
        return household
