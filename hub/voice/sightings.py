"""What zeroconf shows, as satellites: one a key, though several may announce themselves as the same one."""

from collections.abc import Iterable, Mapping

from hub.domain.toys import Pairing, Satellite
from hub.voice.discovery import Seen
from hub.voice.identity import newest_first
from satellite.wire_tls import fingerprint


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
