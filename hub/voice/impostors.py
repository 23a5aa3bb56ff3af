"""Tells the parents that something in the network passes itself off as one of their paired toys, or is a copy of it."""

import uuid
from typing import Final

import structlog

from hub.domain.clock import Clock
from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.toys import Satellite
from hub.errors import DataError
from hub.storage.store import Store
from hub.voice.identity import Address

log = structlog.get_logger()

AGAIN_AFTER_S: Final = 3600.0
"""Of one thing about one toy they are told so often: anybody in the network can make a noise."""


class Impostors:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._told_at: dict[tuple[str, str], float] = {}
        """By satellite and title: the noise of one thing hides no other."""

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
        what, now = (satellite.key, title), self._clock.monotonic()
        if now - self._told_at.get(what, -AGAIN_AFTER_S) < AGAIN_AFTER_S:
            return
        self._told_at[what] = now
        log.warning("a toy is not the only one", satellite=satellite.key, reason=reason)
        alert = Alert(
            id=uuid.uuid4().hex,
            level=AlertLevel.WARNING,
            category=Category.NONE,
            title=title,
            at=self._clock.now(),
            toy_id=satellite.toy_id,
            details={"reason": reason},
        )
        try:
            await self._store.alerts.add(alert)
        except DataError as error:
            log.error("parents are not told of it", error=str(error))
