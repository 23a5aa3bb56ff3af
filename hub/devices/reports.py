"""What a paired satellite of ours tells by itself: how it is, what its button was pressed for, what it said.

What must not be lost is acknowledged once it is on the disk: until then the satellite tells it again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog
from wyoming.event import Event

from hub.devices.commands import LinkedDevice
from hub.domain.clock import Clock
from hub.domain.toys import Absence, Satellite, SatelliteVitals
from hub.errors import LinkError, PommaiError
from hub.events import Bus, NextChildAsked
from satellite.wire import commands as wire
from satellite.wire import extensions, phrases
from satellite.wire.stream import WireError

log = structlog.get_logger()

MAX_ABSENCES: Final = 10
"""Of each satellite."""

EmergencyHandler = Callable[[Satellite, bool], Awaitable[object]]
"""Called when somebody at a satellite wants all toys to be silent, or, with True, wanted it while the satellite was
away. Raises PommaiError when that is not on the disk."""


class Reports:
    """Of one satellite."""

    def __init__(
        self,
        device: LinkedDevice,
        bus: Bus,
        clock: Clock,
        on_emergency: EmergencyHandler,
        reported: Callable[[wire.StatusReport], None],
    ) -> None:
        """`reported` gets each report of how it is, once a minute, for those that bring it something."""
        self.vitals: SatelliteVitals | None = None
        """As it said last; None while it is away."""
        self._device = device
        self._bus = bus
        self._clock = clock
        self._on_emergency = on_emergency
        self._reported = reported

    def take(self, event: Event) -> None:
        """Other events are passed over. Raises LinkError."""
        match event.type:
            case wire.REPORT:
                self._note(wire.StatusReport.from_data(event.data))
            case extensions.EVENT if event.data.get("kind") == wire.EMERGENCY:
                call = wire.EmergencyMessage.from_event(event)
                self._device.spawn(self._keep_emergency(call), "emergency", once=True)
            case extensions.EVENT if event.data.get("kind") == wire.NEXT_CHILD:
                if self._device.satellite.settings.next_child:
                    self._bus.publish(NextChildAsked(self._device.satellite.key))
            case phrases.OFFLINE:
                try:
                    report = phrases.OfflineReport.from_event(event)
                except WireError as error:
                    raise LinkError(str(error)) from error
                self._device.spawn(self._keep_absence(report), "absence", once=True)

    def _note(self, report: wire.StatusReport) -> None:
        key = self._device.satellite.key
        for warning in report.warnings:
            log.warning("a toy warns", satellite=key, warning=warning)
        numbers = {name: getattr(report, name) for name in wire.REPORT_NUMBERS}
        log.debug("a toy reports", satellite=key, **numbers)
        self.vitals = SatelliteVitals(**numbers)
        self._reported(report)
        self._device.changed()

    async def _keep_emergency(self, call: wire.EmergencyMessage) -> None:
        """All are stopped and the parents told, and only then the satellite may forget it."""
        satellite = self._device.satellite
        log.warning(
            "the emergency stop is called at a toy", satellite=satellite.key, late=call.late
        )
        try:
            await self._on_emergency(satellite, call.late)
            await self._acknowledge(call.id)
        except PommaiError as error:
            log.error("can't note an emergency", satellite=satellite.key, error=str(error))

    async def _keep_absence(self, report: phrases.OfflineReport) -> None:
        satellite, now = self._device.satellite, self._clock.now()
        began, ended = (now - timedelta(seconds=age) for age in (report.first_s, report.last_s))
        absence = Absence(began, ended, report.lines, report.id)
        others = (other for other in satellite.absences if other.number != report.id)
        absences = (absence, *others)[:MAX_ABSENCES]
        try:
            await self._device.keep(replace(satellite, absences=absences))
            await self._acknowledge(report.id)
        except PommaiError as error:
            log.warning("can't note when a toy was away", satellite=satellite.key, error=str(error))
        else:
            log.info("a toy was away", satellite=satellite.key, lines=report.lines)

    async def _acknowledge(self, number: str) -> None:
        """Raises LinkError."""
        if commands := self._device.commands:
            await commands.acknowledge(number)
