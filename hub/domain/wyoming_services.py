"""Whether, where and to whom the hub offers itself as Wyoming services; a parent's choice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WyomingServices:
    on: bool = False
    interfaces: tuple[str, ...] = ()
    """Names of this machine's network interfaces to listen on, such as "eth0"."""
    allowed: tuple[str, ...] = ()
    """Addresses or networks that may connect, such as "192.168.1.20"; this machine itself always may."""
