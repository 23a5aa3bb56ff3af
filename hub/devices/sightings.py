"""What zeroconf shows beside what was adopted: which satellites there are, and which one a person means."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from hub.devices.discovery import Seen
from hub.devices.identity import Address, newest_first
from hub.domain.network_services import NetworkService, ServiceKind
from hub.domain.toys import Pairing, Satellite
from hub.errors import ConfigError, NotFoundError, RefusedError
from satellite.wire.tls import fingerprint

_HOST_PORT = re.compile(r"\[?([0-9A-Za-z.:%_-]{1,253}?)\]?:(\d{1,5})")


class Sightings:
    """What is announced now, and which approved services are in the network.

    An approved service announces itself as satellites do, and is none.
    """

    def __init__(self, seen: Mapping[str, Seen]) -> None:
        """`seen` is `Discovery.seen`, as it changes."""
        self.wake_services: dict[str, NetworkService] = {}
        """Approved ones that wait for a wake word, by name; they may hear rooms."""
        self._seen = seen
        self._services_at: set[Address] = set()

    def approve(self, services: Collection[NetworkService]) -> None:
        """These are the approved services from now on."""
        self._services_at = {(service.host, service.port) for service in services}
        waiting = (service for service in services if service.kind is ServiceKind.WAKE)
        self.wake_services = {service.name: service for service in waiting}

    def strangers(self, adopted: Mapping[str, Satellite]) -> list[Satellite]:
        """Satellites that were not adopted."""
        return [
            satellite
            for satellite in self.anybody(adopted)
            if self._services_at.isdisjoint(satellite.addresses)
        ]

    def anybody(self, adopted: Mapping[str, Satellite]) -> list[Satellite]:
        """All that announces itself and was not adopted, the approved services among them."""
        found = as_satellites(self._seen.values(), adopted)
        return [satellite for key, satellite in found.items() if key not in adopted]

    def of(self, satellite: Satellite) -> Satellite | None:
        """How an adopted one is announced now; None when it isn't."""
        key = satellite.key
        return as_satellites(self._of_key(key), {key: satellite}).get(key)

    def whereabouts(self, satellite: Satellite) -> tuple[Address, ...]:
        """Where it is announced now, then where it was."""
        now = self.of(satellite)
        return newest_first(now.addresses if now else (), satellite.addresses)

    def clones(self, paired: Satellite) -> list[Address]:
        """Where something announces itself as this satellite, with another certificate."""
        return [
            seen.satellite.addresses[0]
            for seen in self._of_key(paired.key)
            if is_clone(seen, paired)
        ]

    def is_alone_at(self, key: str, address: Address) -> bool:
        """Whether nothing else is announced there: an address is lent, and may be another toy's now."""
        return {
            seen.key for seen in self._seen.values() if address in seen.satellite.addresses
        } == {key}

    def _of_key(self, key: str) -> list[Seen]:
        return [seen for seen in self._seen.values() if seen.key == key]


def as_satellites(
    sightings: Iterable[Seen], adopted: Mapping[str, Satellite]
) -> dict[str, Satellite]:
    """By key.

    Beside what says that it speaks TLS, what says that it is the same and plain isn't counted; of a paired
    satellite nothing counts but what announces its certificate.
    """
    satellites: dict[str, Satellite] = {}
    for seen in sightings:
        found, ours = seen.satellite, adopted.get(seen.key)
        plain = found.pairing is Pairing.NONE
        if ours and ours.certificate and (plain or is_clone(seen, ours)):
            continue
        other = satellites.get(seen.key)
        if other and plain is not (other.pairing is Pairing.NONE):
            if plain:
                continue
            other = None
        addresses = newest_first(found.addresses, other.addresses if other else ())
        satellites[seen.key] = replace(found, addresses=addresses)
    return satellites


def is_clone(seen: Seen, paired: Satellite) -> bool:
    """Whether it takes itself for a paired satellite, and has another certificate."""
    expected = fingerprint(paired.certificate)
    return seen.satellite.pairing is not Pairing.NONE and not (
        seen.fingerprint and expected.startswith(seen.fingerprint)
    )


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


def meant(text: str, satellites: Collection[Satellite]) -> Satellite:
    """As `choose`, or at the address that the text is."""
    address = address_in(text.strip())
    if address and not any(address in satellite.addresses for satellite in satellites):
        return by_address(address)
    return choose(text, satellites)


def by_address(address: Address, toy_id: str | None = None) -> Satellite:
    """A satellite of which nothing else is known; adopted when it has a toy."""
    name = f"{address[0]}:{address[1]}"
    return Satellite(f"host:{name}", name, (address,), adopted=toy_id is not None, toy_id=toy_id)
