"""Does an address lead out of the house?"""

import ipaddress
from urllib.parse import urlsplit


def in_this_house(url: str) -> bool:
    """Whether the server is this machine or on the home network, as far as its address says."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private  # loopback and link-local are among them
    except ValueError:
        # Names that by their standards (RFC 6761, 6762, 8375) never leave the local network.
        return host == "localhost" or host.endswith((".localhost", ".local", ".home.arpa"))
