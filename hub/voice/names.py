"""Which satellite a person means: by name, key, zeroconf name or host:port."""

import re
from collections.abc import Collection

from hub.domain.toys import Satellite
from hub.errors import ConfigError, NotFoundError, RefusedError
from hub.voice.identity import Address

_HOST_PORT = re.compile(r"\[?([0-9A-Za-z.:%_-]{1,253}?)\]?:(\d{1,5})")


def address_in(text: str) -> Address | None:
    """`host:port` or `[IPv6]:port` as an address; None when it is neither."""
    match = _HOST_PORT.fullmatch(text)
    if match is None or not 0 < int(match[2]) < 65536:
        return None
    return match[1], int(match[2])


def configured_address(text: str) -> Address:
    """Raises ConfigError."""
    address = address_in(text)
    if address is None:
        raise ConfigError(f"[hub] satellites: {text!r} is not host:port, e.g. 192.168.1.20:10700")
    return address


def is_meant(text: str, satellite: Satellite) -> bool:
    """By any of its names, the one on the network included."""
    text, unique = text.strip(), satellite.key.partition(":")[2]
    names = {satellite.name, satellite.key, unique, f"{satellite.name}-{unique}"}
    return (
        text.casefold() in {name.casefold() for name in names}
        or address_in(text) in satellite.addresses
    )


def choose(text: str, satellites: Collection[Satellite]) -> Satellite:
    """The one that is meant. Raises NotFoundError with what there is, or RefusedError for two."""
    fits = [satellite for satellite in satellites if is_meant(text, satellite)]
    if len(fits) > 1:
        keys = ", ".join(sorted(satellite.key for satellite in fits))
        raise RefusedError(f"{text!r} fits more than one satellite; give one of the keys {keys}")
    if not fits:
        known = ", ".join(sorted(satellite.name for satellite in satellites)) or "none"
        raise NotFoundError(f"no satellite {text!r} is known here; there are: {known}")
    return fits[0]
