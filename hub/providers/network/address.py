"""Does an address lead out of the home?"""

import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult

TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""How a network without IPv4 writes the IPv4 addresses of others."""


def is_local_url(url: str) -> bool:
    """Whether the server is this machine or on the home network, as far as its address says."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False  # what can be no address
    try:
        return is_private(host)
    except ValueError:
        # Names that by their standards (RFC 6761, 6762, 8375) never leave the local network.
        return host == "localhost" or host.endswith((".localhost", ".local", ".home.arpa"))


def is_private(ip: str) -> bool:
    """Raises ValueError for what is no IP address."""
    return ipaddress.ip_address(ip).is_private  # loopback and link-local are among them


def is_public(ip: str) -> bool:
    """Whether an address is one of the internet's, also where an IPv6 one wraps it (RFC 4291, 6052).

    Raises ValueError for what is no IP address.
    """
    address = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address in TRANSLATED or address.ipv4_mapped:
            address = ipaddress.IPv4Address(address.packed[-4:])
        elif address.sixtofour or address.teredo:
            return False  # given up, and they can wrap any other
    return address.is_global and not address.is_multicast


class LocalResolver(ThreadedResolver):
    """Whatever its standard says, a name that leads out of the home leads nowhere."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        inside = [place for place in found if is_private(place["host"])]
        if not inside:
            raise OSError(f"{host} leads out of the home")
        return inside
