"""Tells the parents that something in the network passes itself off as one of their paired toys, or is a copy of it."""

from datetime import timedelta
from typing import Final

import structlog

from hub.alerts.maker import AlertMaker
from hub.devices.commands import LinkedDevice
from hub.devices.identity import Address
from hub.devices.sightings import Sightings
from hub.domain.clock import Clock
from hub.domain.safety import AlertLevel
from hub.errors import DataError
from hub.translation import marked

log = structlog.get_logger()

AGAIN_AFTER: Final = timedelta(hours=1)
"""Of one thing about one toy they are told so often: anybody in the network can make a noise."""


class ImpostorAlerts:
    """Of one satellite; one thing about it is told once an hour."""

    def __init__(
        self, device: LinkedDevice, sightings: Sightings, alerts: AlertMaker, clock: Clock
    ) -> None:
        self._device = device
        self._sightings = sightings
        self._alerts = alerts
        self._clock = clock

    def look(self) -> None:
        """At what is announced as this satellite, which is paired."""
        for address in self._sightings.clones(self._device.satellite)[:1]:
            self._tell_of_impostor(address)

    def met_another(self, address: Address) -> None:
        """Where the satellite should be, something else answered."""
        if self._sightings.is_alone_at(self._device.satellite.key, address):
            self._tell_of_impostor(address)

    def met_copy(self, address: Address) -> None:
        """At `address` there is another device that can prove that it is the satellite, which is here."""
        work = self._tell(
            marked(
                "There are two of %(device)s in your network", device=self._device.satellite.name
            ),
            marked(
                "At %(address)s there is a second device with the same key: the toy's memory card was copied. If "
                "you did that, set up the card of one of them anew. If not, switch the toy off, release it here, "
                "set up its card anew and pair it again: the copy is worth nothing then.",
                address=f"{address[0]}:{address[1]}",
            ),
        )
        self._device.spawn(work, "copy")

    def _tell_of_impostor(self, address: Address) -> None:
        """At `address` something says that it is the satellite, and can't prove it."""
        work = self._tell(
            marked(
                "Something in your network passes itself off as %(device)s",
                device=self._device.satellite.name,
            ),
            marked(
                "At %(address)s there is a device with its name and without its key. The hub does not connect to "
                "it. If you have set up the toy's memory card anew, release it here and pair it again.",
                address=f"{address[0]}:{address[1]}",
            ),
        )
        self._device.spawn(work, "impostor", once=True)

    async def _tell(self, title: str, reason: str) -> None:
        satellite = self._device.satellite
        try:
            told = await self._alerts.tell_unless_told(
                AlertLevel.WARNING,
                title,
                {"reason": reason},
                toy_id=satellite.toy_id,
                since=self._clock.now() - AGAIN_AFTER,
            )
        except DataError as error:
            log.error("parents are not told of it", error=str(error))
        else:
            if told:
                log.warning("a toy is not the only one", satellite=satellite.key, reason=reason)
