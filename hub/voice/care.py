"""What a family does with a paired satellite beside talking: settings that last, orders, a line of their own.

What can't be done at once is said in one line. Settings are kept all the same while the satellite is away,
and it gets them when it is back.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import structlog

from hub.domain.safety import SafeText
from hub.domain.toys import Satellite, SatelliteSettings, Toy
from hub.errors import LinkError, PommaiError, RefusedError
from hub.voice.desk import Desk, checked
from hub.voice.session import Session
from satellite.wire_home import BE_QUIET, COMMANDS

log = structlog.get_logger()

ORDERS: Final = COMMANDS


class Care:
    def __init__(
        self,
        find: Callable[[str], Satellite],
        session: Callable[[str], Session | None],
        keep: Callable[[Satellite], Awaitable[None]],
    ) -> None:
        """`find` gives an adopted satellite by what a person calls it, `session` that of a linked one by its
        key; `keep` puts a changed one on the disk."""
        self._find = find
        self._session = session
        self._keep = keep
        self._settling: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """Of each satellite: held from reading what is to hold until it does, whatever becomes of its link."""
        self._settled: set[str] = set()
        """Linked satellites that are known to have what holds, by key."""

    async def settle(
        self, name: str, change: Callable[[SatelliteSettings], SatelliteSettings]
    ) -> Satellite:
        """Change settings, at once where it is there. Raises NotFoundError, RefusedError, LinkError, DataError."""
        satellite = self._find(name)
        _paired(satellite)
        async with self._settling[satellite.key]:
            settings = change(self._find(satellite.key).settings)
            checked(settings)
            if desk := self._desk(satellite):
                await self._give(satellite.key, desk, settings)
            changed = replace(self._find(satellite.key), settings=settings)
            await self._keep(changed)
        return changed

    async def greet(self, key: str) -> None:
        """It tells how it is: it gets what holds, if it may not have that."""
        try:
            async with self._settling[key]:
                satellite, desk = self._find(key), self._desk(self._find(key))
                if desk and key not in self._settled:
                    await self._give(key, desk, satellite.settings)
        except PommaiError as error:
            log.warning("a toy does not take its settings", satellite=key, error=str(error))

    def parted(self, key: str) -> None:
        """It is no longer linked."""
        self._settled.discard(key)

    async def _give(self, key: str, desk: Desk, settings: SatelliteSettings) -> None:
        """One that doesn't answer may have them or not. Raises RefusedError, LinkError."""
        self._settled.add(key)
        try:
            await desk.settle(settings)
        except LinkError:
            self._settled.discard(key)
            raise

    async def order(self, name: str, do: str) -> Satellite:
        """One of ORDERS. Raises NotFoundError, RefusedError, LinkError."""
        if do not in ORDERS:
            raise RefusedError(f"{do}: must be one of {', '.join(ORDERS)}")
        satellite = self._find(name)
        _paired(satellite)
        session = self._linked(satellite)
        assert session.desk is not None
        if do == BE_QUIET:
            session.be_quiet()
        await session.desk.order(do)
        return satellite

    def say(self, name: str, line: SafeText) -> Satellite:
        """Begin to say a checked line. Raises NotFoundError, RefusedError, LinkError."""
        satellite = self._find(name)
        self._linked(satellite).say(line)
        return satellite

    async def move(self, name: str, toy: Toy) -> Satellite:
        """Another character lives in it from the next turn on. Raises NotFoundError, DataError."""
        moved = replace(self._find(name), toy_id=toy.id)
        await self._keep(moved)
        return moved

    def _linked(self, satellite: Satellite) -> Session:
        session = self._session(satellite.key)
        if session is None:
            raise LinkError(f"{satellite.name} is away: is it switched on, and in the house?")
        if satellite.certificate and session.desk is None:
            raise LinkError(
                f"{satellite.name}'s software is too old for this: run its installer again"
            )
        return session

    def _desk(self, satellite: Satellite) -> Desk | None:
        session = self._session(satellite.key)
        return session.desk if session else None


def _paired(satellite: Satellite) -> None:
    if not satellite.certificate:
        raise RefusedError(
            f"{satellite.name} is not paired, and only a paired toy takes orders: "
            "it is set where it runs"
        )
