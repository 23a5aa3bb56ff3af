"""Tells the parents that something in the network passes itself off as one of their paired toys, or is a copy of it."""

from datetime import timedelta
from typing import Final

import structlog

from hub.alerts.maker import AlertMaker
from hub.devices.identity import Address
from hub.domain.clock import Clock
from hub.domain.safety import AlertLevel
from hub.domain.toys import Satellite
from hub.errors import DataError

log = structlog.get_logger()

AGAIN_AFTER: Final = timedelta(hours=1)
"""Of one thing about one toy they are told so often: anybody in the network can make a noise."""


class ImpostorAlerts:
    """One thing about one toy is told once an hour."""

    def __init__(self, alerts: AlertMaker, clock: Clock) -> None:
        self._alerts = alerts
        self._clock = clock

    async def met(self, satellite: Satellite, address: Address) -> None:
        """At `address` something says that it is this satellite, and can't prove it."""
        await self._tell(
            satellite,
            f"Something in your network passes itself off as {satellite.name}",
            f"At {address[0]}:{address[1]} there is a device with its name and without its key. The hub does "
            "not connect to it. If you have set up the toy's memory card anew, release it here and "
            "pair it again.",
        )

    async def met_copy(self, satellite: Satellite, address: Address) -> None:
        """At `address` there is another device that can prove it, while the satellite is here."""
        await self._tell(
            satellite,
            f"There are two of {satellite.name} in your network",
            f"At {address[0]}:{address[1]} there is a second device with the same key: the toy's memory card was "
            "copied. If you did that, set up the card of one of them anew. If not, switch the toy off, release it "
            "here, set up its card anew and pair it again: the copy is worth nothing then.",
        )

    async def _tell(self, satellite: Satellite, title: str, reason: str) -> None:
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
