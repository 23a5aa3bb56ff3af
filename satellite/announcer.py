"""Tells the network over zeroconf where the satellite is, again whenever that changes."""

import asyncio
import importlib
import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from satellite.clock import Clock, happens
from satellite.errors import SetupError
from satellite.identity import SatelliteIdentity

if TYPE_CHECKING:  # it takes half a second to import on a Pi: see `run`
    from zeroconf import ServiceInfo, Zeroconf

PLAIN_SERVICE: Final = "_wyoming._tcp.local."
SECURE_SERVICE: Final = "_pommai._tcp.local."
POLL_S: Final = 10.0
"""How often the machine's addresses are looked at."""
GOODBYE_S: Final = 1.0
_LABEL_BYTES: Final = 63

_log = logging.getLogger(__name__)


class Announcer:
    def __init__(
        self,
        identity: SatelliteIdentity,
        port: int,
        interfaces: Sequence[str],
        clock: Clock,
        secure: Callable[[], Mapping[str, str]] | None = None,
        changed: asyncio.Event | None = None,
    ) -> None:
        """`interfaces` are this machine's addresses to announce; none means all but loopback.

        `secure` says what else to announce of a toy that speaks TLS; None announces a plain one.
        `changed` is set when that is something else, and cleared here.
        """
        for address in interfaces:
            try:
                socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
            except OSError as error:
                raise SetupError(
                    f"--interface {address}: must be an address of this machine, e.g. 192.168.1.7"
                ) from error
        self._identity = identity
        self._port = port
        self._interfaces = tuple(interfaces)
        self._clock = clock
        self._secure = secure
        self._changed = changed or asyncio.Event()
        self._zeroconf: Zeroconf | None = None

    async def run(self) -> None:
        """Announce until cancelled, then say goodbye."""
        await asyncio.to_thread(importlib.import_module, "zeroconf")
        announced: tuple[str, ...] = ()
        try:
            while True:
                addresses = self._interfaces or own_addresses()
                changed = self._changed.is_set()
                self._changed.clear()
                if addresses != announced:
                    announced = addresses if await self._announce(addresses) else ()
                elif changed:
                    await self._update(addresses)
                await happens(self._changed, self._clock, POLL_S)
        finally:
            await self._withdraw()

    async def _announce(self, addresses: tuple[str, ...]) -> bool:
        from zeroconf import Error, Zeroconf

        await self._withdraw()
        if not addresses:
            _log.warning("this machine has no network address; looking again")
            return False
        service = self._service(addresses)
        try:
            self._zeroconf = Zeroconf(interfaces=list(addresses))
            # The name holds our id, so nobody else has it: no second of probing for it.
            broadcast = await self._zeroconf.async_register_service(
                service, cooperating_responders=True
            )
            await broadcast
        except (OSError, Error) as error:
            _log.warning("can't announce on %s: %s; trying again", ", ".join(addresses), error)
            await self._withdraw()
            return False
        _log.info("announced as %s on %s", service.name, ", ".join(addresses))
        return True

    async def _update(self, addresses: tuple[str, ...]) -> None:
        from zeroconf import Error

        if self._zeroconf is None:
            return
        try:
            broadcast = await self._zeroconf.async_update_service(self._service(addresses))
            await broadcast
        except (OSError, Error) as error:
            _log.warning("can't announce what has changed: %s", error)

    def _service(self, addresses: tuple[str, ...]) -> "ServiceInfo":
        secure = (SECURE_SERVICE, self._secure()) if self._secure else ()
        return service_info(self._identity, self._port, addresses, *secure)

    async def _withdraw(self) -> None:
        if self._zeroconf is None:
            return
        zeroconf, self._zeroconf = self._zeroconf, None
        try:
            async with self._clock.timeout(GOODBYE_S):
                # It brings what browses, which is not needed before: 0.4 MB.
                ending = await asyncio.to_thread(importlib.import_module, "zeroconf.asyncio")
                await ending.AsyncZeroconf(zc=zeroconf).async_close()
        except OSError as error:  # which TimeoutError is, too
            _log.debug("no goodbye: %s", error)


def service_info(
    identity: SatelliteIdentity,
    port: int,
    addresses: Sequence[str],
    kind: str = PLAIN_SERVICE,
    more: Mapping[str, str] = MappingProxyType({}),
) -> "ServiceInfo":
    """`more` goes into the TXT record."""
    from zeroconf import ServiceInfo

    suffix = f"-{identity.device_id}"
    room = _LABEL_BYTES - len(suffix)
    label = identity.name.replace(".", " ").encode()[:room].decode("utf-8", "ignore") + suffix
    return ServiceInfo(
        kind,
        f"{label}.{kind}",
        port=port,
        parsed_addresses=list(addresses),
        properties={
            "id": identity.device_id,
            "boot": identity.boot_id,
            "fw": identity.firmware,
            "hw": identity.hardware,
            **more,
        },
        server=f"pommai{suffix}.local.",
    )


def own_addresses() -> tuple[str, ...]:
    """This machine's IPv4 addresses, but loopback."""
    import ifaddr

    found = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    return tuple(sorted(a for a in found if not a.startswith("127.")))
