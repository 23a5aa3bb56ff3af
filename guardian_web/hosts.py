"""By which names and addresses the pages may be asked for; against DNS rebinding, all others are refused."""

import ipaddress
import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import ifaddr

from hub.domain.clock import Clock

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
LOOK_EVERY_S: Final = 5.0
"""How often the machine's addresses are read at most."""
SHORT_NAME: Final = "pommai.local"
"""What the hub announces for phones, beside its machine's own name."""


class OwnNames:
    """This machine's own, and those in `more`."""

    def __init__(self, clock: Clock, more: Iterable[str] = ()) -> None:
        self._clock = clock
        self._fixed = LOOPBACK | {name.lower() for name in more} | {SHORT_NAME, *machine_names()}
        self._addresses: frozenset[str] = frozenset()
        self._looked_at = float("-inf")

    def know(self, host: str | None) -> bool:
        """`host` as a URL has it: in small letters, an IPv6 address without its brackets."""
        if not host:
            return False
        if host in self._fixed:
            return True
        try:
            address = str(ipaddress.ip_address(host.partition("%")[0]))
        except ValueError:
            return False
        now = self._clock.monotonic()
        if now - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = now
            with suppress(OSError):  # where no file may be opened any more, those of before hold
                self._addresses = machine_addresses()
        return address in self._addresses


def in_url(host: str) -> str:
    """A name or an address as a URL has it."""
    return f"[{host}]" if ":" in host else host


def machine_names() -> list[str]:
    """Such as "raspberrypi" and "raspberrypi.local"."""
    name = socket.gethostname().lower().removesuffix(".local")
    return [name, f"{name}.local"] if name else []


def machine_addresses() -> frozenset[str]:
    """Of all its interfaces, IPv4 and IPv6."""
    return frozenset(
        str(ip.ip) if isinstance(ip.ip, str) else ip.ip[0]
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    )
