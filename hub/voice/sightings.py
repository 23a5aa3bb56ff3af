"""What zeroconf shows beside what was adopted: which satellites there are, and which one a person means."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from hub.domain.toys import Pairing, Satellite
from hub.errors import RefusedError
from hub.voice.discovery import Seen
from hub.voice.identity import Address, newest_first
from hub.voice.names import address_in, choose, is_meant
from satellite.wire_tls import fingerprint


class Sightings:
    """`seen` gives what is announced now; `adopted` is the fleet's own, by key, as it changes."""

    def __init__(
        self, seen: Callable[[], Iterable[Seen]], adopted: Mapping[str, Satellite]
    ) -> None:
        self._seen = seen
        self._adopted = adopted

    def by_key(self) -> dict[str, Satellite]:
        return as_satellites(self._seen(), self._adopted)

    def new(self) -> list[Satellite]:
        """Those that were not adopted."""
        return [s for key, s in self.by_key().items() if key not in self._adopted]

    def whereabouts(self, satellite: Satellite) -> tuple[Address, ...]:
        """Where it is announced now, then where it was."""
        now = self.by_key().get(satellite.key)
        return newest_first(now.addresses if now else (), satellite.addresses)

    def adoptable(self, text: str) -> Satellite:
        """What the person means. Raises NotFoundError, or RefusedError for one that is ours."""
        for satellite in self._adopted.values():
            if is_meant(text, satellite):
                raise RefusedError(f"{satellite.name} is adopted already")
        return _meant(text, self.new())

    def pairable(self, text: str) -> Satellite:
        """The same, with where it is now; it may be one of ours that is to be paired anew."""
        ours = [replace(s, addresses=self.whereabouts(s)) for s in self._adopted.values()]
        satellite = _meant(text, [*ours, *self.new()])
        seen = self.by_key().get(satellite.key)
        if seen is not None and seen.pairing is Pairing.NONE:
            raise RefusedError(f"{satellite.name} is a plain satellite, which can't pair: adopt it")
        return satellite

    def clones(self, paired: Satellite) -> list[Address]:
        """Where something announces itself as this satellite, with another certificate."""
        return [
            seen.addresses[0]
            for seen in self._seen()
            if seen.key == paired.key and is_clone(seen, paired)
        ]

    def is_alone_at(self, key: str, address: Address) -> bool:
        """Whether nothing else is announced there: an address is lent, and may be another toy's now."""
        return {seen.key for seen in self._seen() if address in seen.addresses} == {key}


def by_address(address: Address, toy_id: str | None = None) -> Satellite:
    """A satellite of which nothing else is known; adopted when it has a toy."""
    name = f"{address[0]}:{address[1]}"
    return Satellite(f"host:{name}", name, (address,), adopted=toy_id is not None, toy_id=toy_id)


def _meant(text: str, satellites: list[Satellite]) -> Satellite:
    address = address_in(text.strip())
    if address and not any(address in satellite.addresses for satellite in satellites):
        return by_address(address)
    return choose(text, satellites)


def as_satellites(
    sightings: Iterable[Seen], adopted: Mapping[str, Satellite]
) -> dict[str, Satellite]:
    """By key.

    Beside what says that it speaks TLS, what says that it is the same and plain isn't counted; of a paired
    satellite nothing counts but what announces its certificate.
    """
    satellites: dict[str, Satellite] = {}
    for seen in sightings:
        ours = adopted.get(seen.key)
        if ours and ours.certificate and (seen.pairing is Pairing.NONE or is_clone(seen, ours)):
            continue
        other = satellites.get(seen.key)
        if other and (seen.pairing is Pairing.NONE) is not (other.pairing is Pairing.NONE):
            if seen.pairing is Pairing.NONE:
                continue
            other = None
        satellites[seen.key] = Satellite(
            key=seen.key,
            name=seen.name,
            addresses=newest_first(seen.addresses, other.addresses if other else ()),
            hardware=seen.hardware,
            firmware=seen.firmware,
            boot_id=seen.boot_id,
            pairing=seen.pairing,
        )
    return satellites


def is_clone(seen: Seen, paired: Satellite) -> bool:
    """Whether it takes itself for a paired satellite, and has another certificate."""
    expected = fingerprint(paired.certificate)
    return seen.pairing is not Pairing.NONE and not (
        seen.fingerprint and expected.startswith(seen.fingerprint)
    )
