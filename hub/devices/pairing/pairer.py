"""The hub's side of pairing: proves the code that a toy speaks, and lets go of a toy that was paired.

What is said, and why so, stands in `satellite.wire.pairing`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Final

import structlog
from wyoming.event import Event

from hub.devices.connection import Connection, dial
from hub.devices.identity import is_device_id, printable
from hub.devices.pairing.credentials import Credentials
from hub.domain.clock import Clock
from hub.domain.toys import Pairing, Satellite
from hub.errors import LinkError, RefusedError
from hub.translation import gettext as _
from satellite.wire import pairing as wire
from satellite.wire.spake2 import HubProof
from satellite.wire.stream import WireError

UNPAIR_S: Final = 5.0
MAX_CODES_REMEMBERED: Final = 100

log = structlog.get_logger()

HOLD: Final = "hold its button for eight seconds, then type the new code that it says"
_REFUSALS: Final[Mapping[str, str]] = {
    wire.WRONG_CODE: "that is not its code: wait for the new one that it says",
    wire.WAIT: "it has no code to guess just now: wait for the one that it says next",
    wire.LOCKED: f"too many wrong codes were tried: {HOLD}",
    wire.CLOSED: f"it lets nobody pair now: {HOLD}",
}


class Pairer:
    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        self._credentials = credentials
        self._clock = clock
        self._tried: deque[tuple[str, str]] = deque(maxlen=MAX_CODES_REMEMBERED)
        """Satellites and the codes that were tried on them: one guess a code, here too."""
        self._proved: set[tuple[str, str]] = set()
        """The one that was right last, by what the satellite was known as before and since."""

    async def pair(
        self, satellite: Satellite, code: str, objection: Callable[[Satellite], str | None]
    ) -> Satellite:
        """The satellite as one that is paired, by the code that a person typed.

        `objection` says why what answers, with the key that it would have, is not to be paired. It is asked
        before the toy believes that it is. Raises RefusedError with what to do, and LinkError.
        """
        digits = wire.code_in(code)
        if digits is None:
            raise RefusedError(_("a code is the six digits that the toy says"))
        if (satellite.key, digits) in self._proved:
            raise RefusedError(_("it was paired with that code already, perhaps by somebody else"))
        if (satellite.key, digits) in self._tried:
            raise RefusedError(
                _(
                    "that code was tried already: wait for the next one that it says, or hold its button"
                )
            )
        believed: list[Satellite] = []
        try:
            paired = await self._pair(satellite, digits, objection, believed.append)
        except (LinkError, asyncio.CancelledError):
            for toy in believed:
                await self.unpair(toy)
            raise
        self._proved = {(satellite.key, digits), (paired.key, digits)}
        return paired

    async def _pair(
        self,
        satellite: Satellite,
        digits: str,
        objection: Callable[[Satellite], str | None],
        believes: Callable[[Satellite], None],
    ) -> Satellite:
        """`believes` is called when the toy may from now on take itself for paired."""
        stranger = replace(satellite, certificate=b"")
        async with aclosing(
            await dial(
                satellite.addresses,
                self._clock,
                lambda identity: identity.objection(stranger),
                self._credentials.for_stranger(),
            )
        ) as connection:
            device_id = connection.identity.device_id
            if not is_device_id(device_id):
                raise LinkError(_("it says no id that this hub could know it by"))
            paired = replace(
                connection.identity.introduce(satellite, connection.address),
                key=f"id:{device_id}",
                pairing=Pairing.PAIRED,
                certificate=connection.certificate,
            )
            if problem := objection(paired):
                raise RefusedError(problem)

            def spend() -> None:
                self._tried.append((satellite.key, digits))
                believes(paired)

            await converse(connection, digits, self._credentials.certificate, spend, self._clock)
        return paired

    async def unpair(self, satellite: Satellite) -> bool:
        """Have a paired one forget this hub; False when it could not be told."""
        if not satellite.certificate:
            return True
        secured = self._credentials.for_toy(satellite.certificate)
        try:
            async with aclosing(
                await dial(satellite.addresses, self._clock, secured=secured)
            ) as connection:
                await part(connection, self._clock)
        except LinkError as error:
            log.warning("it can't be told", satellite=satellite.key, error=str(error))
            return False
        return True


async def converse(
    connection: Connection, code: str, own: bytes, spend: Callable[[], None], clock: Clock
) -> None:
    """Prove the code to the toy and have it prove that it knows the code.

    `own` is the hub's certificate; `spend` is called before anybody could learn whether the code is right.
    Raises RefusedError when the toy says no, LinkError when it is not the toy that has spoken the code.
    """
    ends = wire.PairingEnds(own, connection.certificate)
    proof = await asyncio.to_thread(HubProof, code, ends)
    try:
        await connection.write(wire.PairingStart(own, proof.share).event())
        share = wire.share_of(await _next(connection, wire.SHARE, clock))
        key = await asyncio.to_thread(proof.key, share)
        spend()
        await connection.write(wire.mac_event(wire.CONFIRM, wire.hub_mac(key, ends)))
        mac = wire.mac_of(await _next(connection, wire.DONE, clock))
    except (WireError, ValueError) as error:
        raise LinkError(_("it does not pair as it should: %(error)s", error=error)) from error
    if not wire.is_mac(mac, wire.toy_mac(key, ends)):
        raise LinkError(
            "what answers does not know the code: somebody may sit between this hub and the toy; "
            + HOLD
        )


async def part(connection: Connection, clock: Clock) -> None:
    """Have a paired toy forget this hub. Raises LinkError when it doesn't say that it did."""
    await connection.write(Event(wire.UNPAIR))
    try:
        async with clock.timeout(UNPAIR_S):
            while (await connection.read()).type != wire.UNPAIRED:
                pass
    except TimeoutError as error:
        raise LinkError(_("it doesn't say that it has forgotten this hub")) from error


async def _next(connection: Connection, kind: str, clock: Clock) -> Event:
    try:
        async with clock.timeout(wire.MAX_STEP_S):
            event = await connection.read()
    except TimeoutError as error:
        raise LinkError(
            _("it doesn't answer within %(most)s s; try again", most=f"{wire.MAX_STEP_S:g}")
        ) from error
    if event.type == "error":
        refusal = _REFUSALS.get(
            str(event.data.get("code")), "it refuses to pair: try again in a minute"
        )
        raise RefusedError(refusal)
    if event.type != kind:
        raise LinkError(
            _("it says %(type)s instead of %(kind)s", type=repr(printable(event.type)), kind=kind)
        )
    return event
