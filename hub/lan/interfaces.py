"""This machine's networks: what a parent chooses from by name, as addresses change."""

from collections.abc import Collection

import ifaddr


def own_interfaces() -> dict[str, str]:
    """IPv4 address by name of interface, such as "eth0"; its first one where it has several."""
    found: dict[str, str] = {}
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            if isinstance(ip.ip, str):  # a tuple is IPv6
                found.setdefault(adapter.nice_name, ip.ip)
    return found


def addresses_of(names: Collection[str]) -> tuple[str, ...]:
    """Of those interfaces that are there now."""
    return tuple(sorted(ip for name, ip in own_interfaces().items() if name in names))
