"""What announces itself as a satellite on the network: a bounded list, kept up to date through zeroconf.

`Discovery.run` browses; `seen` is the list and `changed` is called with what is new in it. That something is
listed says nothing of its being there: zeroconf does not notice a power cut, so links keep their own watch.

Anybody in the network can announce thousands of names. Each address gets its fair share of the list, what was adopted
always has room, names that had none are tried again, and the log says so once a minute.
"""

import asyncio
import ipaddress
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Mapping
from typing import Final, NamedTuple

import structlog
from zeroconf import Error, InterfaceChoice, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from hub.devices.identity import MAX_ADDRESSES, is_device_id, printable
from hub.domain.clock import Clock
from hub.domain.toys import Pairing, Satellite
from hub.errors import ConfigError
from satellite.wire.pace import Seldom

log = structlog.get_logger()

SERVICE_TYPE: Final = "_wyoming._tcp.local."
SECURE_TYPE: Final = "_pommai._tcp.local."
MAX_SEEN: Final = 256
MAX_OF_ONE: Final = 8
"""Announcements of one adopted satellite that have room in any case."""
MAX_WAITING: Final = 256
"""Names that are yet to be resolved."""
MAX_TRIED_AGAIN: Final = 32
"""Names at each rescan."""
RESOLVE_MS: Final = 3000
RESOLVERS: Final = 4
RESCAN_S: Final = 30.0
"""How often to look for network interfaces that came or went, and for names that had no room."""

NO_NETWORK: Final = (OSError, RuntimeError)
"""What zeroconf raises without an interface to use: RuntimeError when there is none at all."""


class Seen(NamedTuple):
    """One announced service. Its texts are bounded and printable.

    Of one that speaks TLS alone `satellite.pairing` is as it says: OPEN, CLOSED or ELSEWHERE.
    """

    satellite: Satellite
    """As it would be adopted; its name is the announced one, without the id that makes ours unique."""
    fingerprint: str = ""
    """The first digits of its certificate's."""

    @property
    def key(self) -> str:
        return self.satellite.key


class SeenList:
    """At most MAX_SEEN announcements, by their whole names on the network."""

    def __init__(self, adopted: Container[str]) -> None:
        """`adopted` has the keys of adopted satellites, as they change."""
        self.by_name: dict[str, Seen] = {}
        self._adopted = adopted

    def put(self, name: str, seen: Seen, *, is_new: bool) -> list[Seen] | None:
        """What had to make room for it; None where there is none for it.

        `is_new`: it was announced just now. Then it takes the place of the oldest where each address has one.
        """
        gone: list[Seen] = []
        if name not in self.by_name and len(self.by_name) >= MAX_SEEN:
            victim = self._victim(seen, is_new=is_new)
            if victim is None:
                return None
            gone.append(self.by_name.pop(victim))
        self.by_name[name] = seen
        return gone

    def _victim(self, seen: Seen, *, is_new: bool) -> str | None:
        others = {name: one for name, one in self.by_name.items() if not self._is_kept(one)}
        if not others:
            return None
        crowd = Counter(_host(one) for one in others.values())
        host, most = crowd.most_common(1)[0]
        if most > crowd[_host(seen)] + 1 or self._is_kept(seen):
            return next(name for name in reversed(others) if _host(others[name]) == host)
        return next(iter(others)) if is_new and not crowd[_host(seen)] else None

    def _is_kept(self, seen: Seen) -> bool:
        if seen.key not in self._adopted:
            return False
        alike = [one for one in self.by_name.values() if one.key == seen.key]
        return seen in alike[:MAX_OF_ONE] or len(alike) < MAX_OF_ONE


class Discovery:
    """Browses on `interfaces` (addresses; none means every interface)."""

    def __init__(
        self,
        interfaces: tuple[str, ...],
        clock: Clock,
        changed: Callable[[str], None],
        adopted: Container[str] = (),
    ) -> None:
        """`changed(key)` is called after something with that key came, changed or went; `adopted` as for `SeenList`.

        Raises ConfigError for an interface that is no address.
        """
        for interface in interfaces:
            _check_address(interface)
        self._interfaces = list(interfaces) or InterfaceChoice.All
        self._clock = clock
        self._changed = changed
        self._list = SeenList(adopted)
        self._complaint = ""
        self._warnings = defaultdict[str, Seldom](lambda: Seldom(clock.monotonic))
        self._waiting: dict[str, str] = {}
        """The service types of names that are yet to be resolved."""
        self._anything_waits = asyncio.Event()

    @property
    def seen(self) -> Mapping[str, Seen]:
        """By its whole name on the network."""
        return self._list.by_name

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
                    self.try_again(zeroconf.zeroconf)
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
        if state_change is not ServiceStateChange.Removed:
            self.look_at(zeroconf, service_type, name, is_new=True)
        else:
            self.forget(name)

    def look_at(
        self, zeroconf: Zeroconf, service_type: str, name: str, *, is_new: bool = False
    ) -> None:
        """A name was announced. What came whole is listed at once, and waits behind nothing that is only half there."""
        try:
            info = AsyncServiceInfo(service_type, name)
        except Error as error:  # a name that no service may have
            self._warn("an odd announcement is left out", error=printable(str(error)))
            return
        if info.load_from_cache(zeroconf):
            self._keep(name, read(info), is_new=is_new)
        elif len(self._waiting) < MAX_WAITING:
            self._waiting[name] = service_type
            self._anything_waits.set()
        else:
            self._warn("too many services announced at once; one has to wait", name=printable(name))

    def forget(self, name: str) -> None:
        """It is announced no more."""
        self._waiting.pop(name, None)
        if gone := self._list.by_name.pop(name, None):
            self._changed(gone.key)

    async def _resolve(self, zeroconf: Zeroconf) -> None:
        """One after the other, drawn by lot: who announces many can't keep others waiting for ever."""
        while True:
            while not self._waiting:
                self._anything_waits.clear()
                await self._anything_waits.wait()
            name = random.choice(list(self._waiting))  # noqa: S311
            info = AsyncServiceInfo(self._waiting.pop(name), name)
            if await info.async_request(zeroconf, RESOLVE_MS):
                self._keep(name, read(info))

    def try_again(self, zeroconf: Zeroconf) -> None:
        """Some of the names that had no room, drawn by lot."""
        unlisted = [
            (service_type, name)
            for service_type in (SERVICE_TYPE, SECURE_TYPE)
            for record in zeroconf.cache.entries_with_name(service_type)
            if (name := getattr(record, "alias", "")) and name not in self.seen
        ]
        for service_type, name in random.sample(unlisted, min(len(unlisted), MAX_TRIED_AGAIN)):
            self.look_at(zeroconf, service_type, name)

    def _keep(self, name: str, seen: Seen | None, *, is_new: bool = False) -> None:
        if seen is None or self.seen.get(name) == seen:
            return
        gone = self._list.put(name, seen, is_new=is_new)
        if gone is None:
            self._warn("more services announced than are listed", listed=MAX_SEEN)
            return
        for one in (*gone, seen):
            self._changed(one.key)

    def _warn(self, what: str, **details: str | int) -> None:
        """At most once a minute for each thing, with how often it was so."""
        if times := self._warnings[what].due():
            log.warning(what, times=times, **details)


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
    satellite = Satellite(
        key=f"id:{device_id}" if is_device_id(device_id) else f"name:{instance}",
        name=instance.removesuffix(f"-{device_id}"),
        addresses=tuple((host, info.port) for host in hosts),
        boot_id=txt.get("boot", ""),
        hardware=txt.get("hw", ""),
        firmware=txt.get("fw", ""),
        pairing=_pairing(txt) if secure else Pairing.NONE,
    )
    return Seen(satellite, txt.get("fp", "") if secure else "")


def _host(seen: Seen) -> str:
    return seen.satellite.addresses[0][0]


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
