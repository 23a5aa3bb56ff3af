"""Who a satellite says it is, and whether that is the one that was adopted."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from hub.domain.toys import Satellite
from satellite.wire.extensions import speaks_opus, understands

Address = tuple[str, int]

MAX_TEXT: Final = 100
MAX_ADDRESSES: Final = 8

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Identity:
    """A satellite's answer to `describe`. All but `name` are "" for a stock one."""

    name: str
    device_id: str = ""
    boot_id: str = ""
    hardware: str = ""
    firmware: str = ""
    pairing: str = ""
    """"paired", "open" or "closed", of one that pairs."""
    is_ours: bool = False
    """It knows what we add to Wyoming."""
    speaks_opus: bool = False
    """It does, and so does this hub."""

    @classmethod
    def from_info(cls, info: Mapping[str, object]) -> Self | None:
        """None when the service isn't a satellite."""
        satellite = info.get("satellite")
        if not isinstance(satellite, dict):
            return None

        def text(name: str) -> str:
            value = satellite.get(name)
            return printable(value) if isinstance(value, str) else ""

        ours = satellite.get("pommai")
        ours = ours if isinstance(ours, dict) else {}
        pairing = ours.get("pairing")
        return cls(
            name=text("name") or "satellite",
            device_id=text("id"),
            boot_id=text("boot"),
            hardware=text("hardware"),
            firmware=text("version"),
            pairing=printable(pairing) if isinstance(pairing, str) else "",
            is_ours=understands(ours),
            speaks_opus=speaks_opus(ours),
        )

    def objection(self, satellite: Satellite) -> str:
        """Why this isn't `satellite`; "" when it may be. Addresses are lent: another may have it now."""
        kind, _, value = satellite.key.partition(":")
        if kind == "id" and self.device_id != value:
            return f"another satellite lives there now, {self.name}"
        if kind == "name" and satellite.adopted and self.name != satellite.name:
            return f"calls itself {self.name}, not {satellite.name}: release and adopt it again"
        if satellite.certificate and self.pairing != "paired":
            return "it has forgotten this hub: hold its button, and pair it again with its code"
        return ""

    def introduce(self, satellite: Satellite, address: Address) -> Satellite:
        """`satellite` with what it says of itself, found at `address`."""
        return replace(
            satellite,
            name=self.name,
            addresses=newest_first([address], satellite.addresses),
            hardware=self.hardware or satellite.hardware,
            firmware=self.firmware or satellite.firmware,
            boot_id=self.boot_id,
        )


def is_device_id(text: str) -> bool:
    """Whether it is fit to know a satellite by."""
    return _ID.fullmatch(text) is not None


def newest_first(new: Iterable[Address], known: Iterable[Address]) -> tuple[Address, ...]:
    """Each address once; the oldest are forgotten."""
    return tuple(dict.fromkeys((*new, *known)))[:MAX_ADDRESSES]


def printable(text: str) -> str:
    """At most 100 characters of one line, for a list that a parent reads."""
    return "".join(c if c.isprintable() else "?" for c in text[:MAX_TEXT]).strip()
