"""Who becomes this household's, and who is let go: adopting a plain satellite, pairing one of ours, releasing either.

One of these happens at a time.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from hub.domain.clock import Clock
from hub.domain.toys import ANY_VOICE, Pairing, Satellite, SatelliteState, Toy
from hub.errors import LinkError, RefusedError
from hub.voice.adopted import Adopted
from hub.voice.connection import dial
from hub.voice.identity import Address
from hub.voice.links import Links
from hub.voice.pairing import Pairer
from hub.voice.sightings import Sightings

log = structlog.get_logger()

PAIR_IT = "pommai-hub toys pair NAME CODE, or the Guardian pages"
NOT_TOLD = "the toy was not there to be told: hold its button before it can be paired again"


class Adoption:
    def __init__(
        self,
        adopted: Adopted,
        sightings: Sightings,
        links: Links,
        pairer: Pairer,
        configured: Sequence[Address],
        changing: asyncio.Lock,
        start: Callable[[Satellite], None],
        clock: Clock,
    ) -> None:
        """`configured` are never released; `changing` is held while who is ours changes; `start` begins the link to
        one that is."""
        self._adopted = adopted
        self._sightings = sightings
        self._links = links
        self._pairer = pairer
        self._configured = configured
        self._changing = changing
        self._start = start
        self._clock = clock

    async def adopt(self, name_or_address: str, toy: Toy | None = None) -> Satellite:
        """Make a plain satellite ours, as `toy`; by default as the first toy without one, or the first.

        Who adopts one that sends its room's sound all the time lets any voice there begin a talk, as they
        are told where they do it; `rooms.choose` is for another choice.

        `name_or_address` is its name, zeroconf name, key, or host:port. Raises NotFoundError when
        it isn't seen, RefusedError when it is ours already or must be paired, LinkError when it
        doesn't answer.
        """
        async with self._changing:
            found = self._sightings.adoptable(name_or_address)
            if found.pairing is not Pairing.NONE:
                raise RefusedError(f"{found.name} is paired with the code that it says: {PAIR_IT}")
            if toy is None:
                toy = await self._adopted.toy_for_another()
            try:
                connection = await dial(
                    found.addresses, self._clock, lambda identity: identity.objection(found)
                )
            except LinkError as error:
                if found.key.startswith("host:"):  # nothing announces it, so it may be one of ours
                    raise LinkError(f"{error}; if it says a code, pair it: {PAIR_IT}") from error
                raise
            await connection.aclose()
            satellite = replace(
                connection.identity.introduce(found, connection.address),
                adopted=True,
                toy_id=toy.id,
                last_seen=self._clock.now(),
                room_heard_by=ANY_VOICE,
            )
            await self._adopted.add(satellite)
            self._start(satellite)
            log.info("adopted", satellite=satellite.key, toy=toy.name)
            return satellite

    async def pair(self, name_or_address: str, code: str, toy: Toy | None = None) -> Satellite:
        """Make a satellite of ours known to this hub and to no other, by the code that it speaks.

        `toy` as in `adopt`; one that was adopted before keeps its own. Raises NotFoundError, RefusedError with
        what to do, and LinkError.
        """
        async with self._changing:
            found = self._sightings.pairable(name_or_address)
            link = self._links.get(found.key)
            if found.certificate and link is not None and link.in_charge:
                raise RefusedError(f"{found.name} is paired already")
            toy_id = toy.id if toy else found.toy_id or (await self._adopted.toy_for_another()).id

            def objection(stranger: Satellite) -> str | None:
                before = self._adopted.by_key.get(stranger.key)
                if not before or stranger.key == found.key:
                    return None
                if before.certificate == stranger.certificate:
                    return None
                return f"it calls itself {before.name}, which is adopted: release that"

            paired = await self._pairer.pair(found, code, objection)
            satellite = replace(paired, adopted=True, toy_id=toy_id, last_seen=self._clock.now())
            try:
                await self._adopted.add(satellite)
            except BaseException:  # the toy must not wait for a hub that does not know it
                await self._pairer.unpair(satellite)
                raise
            await self._links.end(satellite.key)
            self._start(satellite)
            log.info("paired", satellite=satellite.key)
            return satellite

    async def release(self, name_or_address: str) -> Satellite:
        """Let go of an adopted satellite; a paired one is told to forget this hub, if it is there.

        Raises NotFoundError, RefusedError.
        """
        async with self._changing:
            satellite = self._adopted.find(name_or_address)
            if any(address in satellite.addresses for address in self._configured):
                raise RefusedError(
                    f"{satellite.name} stands in the configuration, [hub] satellites: remove it there"
                )
            addresses = self._sightings.whereabouts(satellite)
            del self._adopted.by_key[satellite.key]
            await self._links.end(satellite.key)
            told = await self._pairer.unpair(replace(satellite, addresses=addresses))
            await self._adopted.forget(satellite.key)
            log.info("released", satellite=satellite.key, told=told)
            return replace(
                satellite,
                adopted=False,
                state=SatelliteState.FOUND,
                state_detail="" if told else NOT_TOLD,
                pairing=Pairing.CLOSED if satellite.certificate else Pairing.NONE,
                certificate=b"",
            )
