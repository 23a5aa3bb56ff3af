"""The services for Home Assistant as a parent sets them: read from a form, shown again as they were typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from multidict import MultiMapping

from hub.domain.wyoming_services import WyomingServices
from hub.storage.wyoming_services import ALLOWED_MAX

ALLOWED_CHARACTERS = ALLOWED_MAX * 45


@dataclass(frozen=True, slots=True)
class WyomingForm:
    on: bool
    interfaces: tuple[str, ...]
    allowed: str
    """An address a line."""

    @classmethod
    def of(cls, settings: WyomingServices) -> Self:
        return cls(settings.on, settings.interfaces, "\n".join(settings.allowed))

    @classmethod
    def read(cls, form: MultiMapping[object]) -> Self:
        interfaces = tuple(str(name) for name in form.getall("interface", []))
        allowed = str(form.get("allowed", ""))[:ALLOWED_CHARACTERS]
        return cls("on" in form, interfaces, allowed)

    def settings(self) -> WyomingServices:
        """Not checked yet: who saves them does."""
        allowed = re.split(r"[\s,;]+", self.allowed.strip())
        return WyomingServices(self.on, self.interfaces, tuple(filter(None, allowed)))

    def choices(self, there: Mapping[str, str]) -> list[tuple[str, str, bool]]:
        """Each network to choose: its name, its address, and whether it is chosen."""
        gone = dict.fromkeys(self.interfaces, "not there now")
        return [(name, at, name in self.interfaces) for name, at in (gone | dict(there)).items()]
