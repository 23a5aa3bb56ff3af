"""What announces itself as a satellite on the network: a bounded list, kept up to date through zeroconf.

`Discovery.run` browses; `seen` is the list and `changed` is called with what is new in it. That something is
listed says nothing of its being there: zeroconf does not notice a power cut, so links keep their own watch.
"""

import asyncio
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from zeroconf import Error, InterfaceChoice, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from hub.domain.clock import Clock
from hub.domain.toys import Pairing
from hub.errors import ConfigError
from hub.voice.identity import MAX_ADDRESSES, Address, is_device_id, printable

log = structlog.get_logger()

SERVICE_TYPE: Final = "_wyoming._tcp.local."
SECURE_TYPE: Final = "_pommai._tcp.local."
MAX_SEEN: Final = 256
RESOLVE_MS: Final = 3000
RESOLVERS: Final = 4
RESCAN_S: Final = 30.0
"""How often to look for network interfaces that came or went."""

NO_NETWORK: Final = (OSError, RuntimeError)
"""What zeroconf raises without an interface to use: RuntimeError when there is none at all."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One announced service. `key` is as in `Satellite.key`; texts are bounded and printable."""

    key: str
    name: str
    """The announced name, without the id that makes ours unique."""
    addresses: tuple[Address, ...]
    boot_id: str = ""
    hardware: str = ""
    firmware: str = ""
    pairing: Pairing = Pairing.NONE
    """Of one that speaks TLS alone, as it says: OPEN, CLOSED or ELSEWHERE."""
    fingerprint: str = ""
    """The first digits of its certificate's."""


class Discovery:
    """Browses on `interfaces` (addresses; none means every interface)."""

    def __init__(
        self, interfaces: tuple[str, ...], clock: Clock, changed: Callable[[str], None]
    ) -> None:
        """`changed(key)` is called after something with that key came, changed or went.

        Raises ConfigError for an interface that is no address.
        """
        for interface in interfaces:
            _check_address(interface)
        self._interfaces = list(interfaces) or InterfaceChoice.All
        self._clock = clock
        self._changed = changed
        self._seen: dict[str, Seen] = {}
        self._complaint = ""
        self._unresolved: asyncio.Queue[tuple[str, str]] = asyncio.Queue(MAX_SEEN)

    @property
    def seen(self) -> Mapping[str, Seen]:
        """By its whole name on the network."""
        return self._seen

    async def run(self) -> None:
        """Browse until cancelled; without a network, try again when there may be one."""
        while True:
            try:
                zeroconf = AsyncZeroconf(interfaces=self._interfaces)
            except NO_NETWORK as error:
                self._complain(error)
                await self._clock.sleep(RESCAN_S)
                continue
            try:
                await self._browse(zeroconf)
            finally:
                await zeroconf.async_close()

    async def _browse(self, zeroconf: AsyncZeroconf) -> None:
        types = [SERVICE_TYPE, SECURE_TYPE]
        browser = AsyncServiceBrowser(zeroconf.zeroconf, types, handlers=[self._on_change])
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(RESOLVERS):
                    tasks.create_task(self._resolve(zeroconf.zeroconf))
                while True:
                    await self._clock.sleep(RESCAN_S)
                    try:
                        await zeroconf.async_update_interfaces()
                    except NO_NETWORK as error:
                        self._complain(error)
        finally:
            await browser.async_cancel()

    def _complain(self, error: Exception) -> None:
        """Once for each thing that is wrong, not twice a minute."""
        if str(error) != self._complaint:
            self._complaint = str(error)
            log.warning("can't look for toys on the network; trying again", error=str(error))

    def _on_change(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        """Called by zeroconf, in the event loop."""
        if state_change is ServiceStateChange.Removed:
            if gone := self._seen.pop(name, None):
                self._changed(gone.key)
        elif self._unresolved.full():
            log.warning("too many services announced at once; one is not looked at", name=name)
        else:
            self._unresolved.put_nowait((service_type, name))

    async def _resolve(self, zeroconf: Zeroconf) -> None:
        while True:
            service_type, name = await self._unresolved.get()
            try:
                info = AsyncServiceInfo(service_type, name)
                resolved = await info.async_request(zeroconf, RESOLVE_MS)
            except Error as error:  # a name that no service may have
                log.warning("an odd announcement is left out", error=printable(str(error)))
                continue
            if resolved and (seen := read(info)):
                self._keep(name, seen)

    def _keep(self, name: str, seen: Seen) -> None:
        if name not in self._seen and len(self._seen) >= MAX_SEEN:
            log.warning("more services announced than are listed", listed=MAX_SEEN)
        elif self._seen.get(name) != seen:
            self._seen[name] = seen
            self._changed(seen.key)


def read(info: AsyncServiceInfo) -> Seen | None:
    """A resolved announcement as a Seen; None where it gives nothing to dial, or is a hub's."""
    hosts = info.parsed_scoped_addresses()[:MAX_ADDRESSES]
    if not hosts or not info.port:
        return None
    txt = {key: printable(value or "") for key, value in info.decoded_properties.items()}
    if txt.get("pommai") == "hub":  # a hub's own services
        return None
    instance = printable(_instance(info.name))
    device_id = txt.get("id", "")
    secure = info.name.endswith("." + SECURE_TYPE)
    return Seen(
        key=f"id:{device_id}" if is_device_id(device_id) else f"name:{instance}",
        name=instance.removesuffix(f"-{device_id}"),
        addresses=tuple((host, info.port) for host in hosts),
        boot_id=txt.get("boot", ""),
        hardware=txt.get("hw", ""),
        firmware=txt.get("fw", ""),
        pairing=_pairing(txt) if secure else Pairing.NONE,
        fingerprint=txt.get("fp", "") if secure else "",
    )


def _pairing(txt: Mapping[str, str]) -> Pairing:
    if txt.get("paired") == "1":
        return Pairing.ELSEWHERE
    return Pairing.OPEN if txt.get("pairing") == "1" else Pairing.CLOSED


def _check_address(interface: str) -> None:
    try:
        ipaddress.ip_address(interface)
    except ValueError as error:
        raise ConfigError(
            f"[hub] interfaces: {interface!r} must be an address of this machine, e.g. 192.168.1.7"
        ) from error


def _instance(name: str) -> str:
    return name.removesuffix("." + SERVICE_TYPE).removesuffix("." + SECURE_TYPE)
