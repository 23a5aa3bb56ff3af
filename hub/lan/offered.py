"""What the hub offers to other machines, as a parent has set it: off, or on at some of its networks.

What a parent changes holds at once; where an address of a chosen network changes, it moves along. What is
offered is announced over zeroconf, so that others find it by themselves.
"""

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

import ifaddr
import structlog
from zeroconf import Error, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from hub.domain.clock import Clock
from hub.errors import DataError
from hub.events import Bus, HouseholdChanged, Missed, Subscription
from hub.lan.authority import is_at_home

log = structlog.get_logger()

UNIQUE_LOCAL: Final = ipaddress.ip_network("fc00::/7")
POLL_S: Final = 10.0
"""How often the machine's addresses are looked at."""


def own_interfaces() -> dict[str, str]:
    """This machine's IPv4 address by name of interface, such as "eth0"; its first one where it has several."""
    found: dict[str, str] = {}
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            if isinstance(ip.ip, str):  # a tuple is IPv6
                found.setdefault(adapter.nice_name, ip.ip)
    return found


def ipv6_of(names: Collection[str]) -> tuple[str, ...]:
    """IPv6 addresses of those interfaces that are good at home alone (fc00::/7).

    Those by which a machine can be reached from outside are left out, and so are link-local ones, as no browser
    takes them.
    """
    found = (
        ip.ip[0]
        for adapter in ifaddr.get_adapters()
        if adapter.nice_name in names
        for ip in adapter.ips
        if isinstance(ip.ip, tuple)
    )
    return tuple(sorted(ip for ip in found if ipaddress.ip_address(ip) in UNIQUE_LOCAL))


def at_home(interfaces: Mapping[str, str]) -> list[str]:
    """Of these, by name, those on which other machines of the home may be: no public address, and not loopback."""
    return [name for name, ip in interfaces.items() if is_at_home(ip) and not ip.startswith("127.")]


def addresses_of(names: Collection[str]) -> tuple[str, ...]:
    """Of those interfaces that are there now."""
    return tuple(sorted(ip for name, ip in own_interfaces().items() if name in names))


@dataclass(frozen=True, slots=True)
class Announcement:
    kind: str
    """Such as "_wyoming._tcp.local."."""
    label: str
    """Of this hub alone."""
    properties: Mapping[str, str] = field(default_factory=dict)
    host: str = ""
    """The name that its addresses get, such as "pommai.local"; "" takes one made of the label."""


@asynccontextmanager
async def announced(what: Announcement, addresses: Sequence[str], port: int) -> AsyncIterator[None]:
    """Announced while within; where that can't be done, it is still found by address and port."""
    service = ServiceInfo(
        what.kind,
        f"{what.label}.{what.kind}",
        port=port,
        parsed_addresses=list(addresses),
        properties=dict(what.properties),
        server=f"{what.host or f'{what.label}.local'}.",
    )
    try:
        # It speaks over IPv4, and tells of the others.
        zeroconf = AsyncZeroconf(interfaces=[ip for ip in addresses if ":" not in ip])
    except OSError as error:
        log.warning("nothing can be announced", kind=what.kind, error=str(error))
        yield
        return
    try:
        try:
            # The label holds our id, so nobody else has it: no second of probing for it.
            await (await zeroconf.async_register_service(service, cooperating_responders=True))
        except (OSError, Error) as error:
            log.warning("nothing can be announced", kind=what.kind, error=str(error))
        yield
    finally:
        await zeroconf.async_close()


class Settings(Protocol):
    """What a parent chose: `interfaces` are names such as "eth0"."""

    @property
    def on(self) -> bool: ...

    @property
    def interfaces(self) -> tuple[str, ...]: ...


S = TypeVar("S", bound=Settings)


class Offered(Generic[S]):
    """`run` it for as long as the hub."""

    def __init__(
        self,
        what: str,
        settings: Callable[[], Awaitable[S]],
        listening: Callable[[S, tuple[str, ...]], AbstractAsyncContextManager[int]],
        bus: Bus,
        clock: Clock,
        listens: Callable[[int], None] = lambda port: None,
        ipv6: bool = False,
    ) -> None:
        """`listening` listens on those addresses while within, and gives the port or raises OSError; `listens`
        is told of the port whenever it is opened. `ipv6`: on a network's IPv6 addresses, too."""
        self._what = what
        self._settings = settings
        self._listening = listening
        self._bus = bus
        self._clock = clock
        self._listens = listens
        self._ipv6 = ipv6
        self._complaint = ""

    async def run(self) -> None:
        with self._bus.subscribe() as changes:
            async with asyncio.TaskGroup() as tasks:
                now: tuple[S, tuple[str, ...]] | None = None
                serving: asyncio.Task[None] | None = None
                while True:
                    plan = await self._plan() or now
                    if plan != now or (serving is not None and serving.done()):
                        if serving is not None:
                            serving.cancel()
                            await asyncio.wait((serving,))
                        now, serving = plan, None
                        if plan and plan[1]:
                            serving = tasks.create_task(self._serve(*plan))
                        elif plan and plan[0].on:
                            self._complain("this machine is on none of the chosen networks at home")
                    await self._until_changed(changes)

    async def _plan(self) -> tuple[S, tuple[str, ...]] | None:
        """The settings, and the addresses to listen on; None where either can't be read."""
        try:
            settings = await self._settings()
            if not settings.on:
                return settings, ()
            found = addresses_of(settings.interfaces)
            return settings, found + (ipv6_of(settings.interfaces) if found and self._ipv6 else ())
        except (DataError, OSError) as error:  # the system's where no file may be opened any more
            log.error("it stays as it is", what=self._what, error=str(error))
            return None

    async def _until_changed(self, changes: Subscription) -> None:
        with contextlib.suppress(TimeoutError):
            async with self._clock.timeout(POLL_S):
                while not isinstance(await changes.get(), HouseholdChanged | Missed):
                    continue

    async def _serve(self, settings: S, addresses: tuple[str, ...]) -> None:
        """Until cancelled, or the port can't be had: it is tried again then."""
        try:
            async with self._listening(settings, addresses) as port:
                log.info(
                    "listening for other machines", what=self._what, at=list(addresses), port=port
                )
                self._complaint = ""
                self._listens(port)
                await asyncio.Event().wait()
        except OSError as error:
            self._complain(f"{', '.join(addresses)}: {error.strerror}")

    def _complain(self, problem: str) -> None:
        """Once for each thing that is wrong, not every few seconds."""
        if problem != self._complaint:
            self._complaint = problem
            log.error(f"{self._what} can't listen; trying again", error=problem)
