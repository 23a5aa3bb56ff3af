"""What a toy may ask of the house through Home Assistant: a parent's choice, and nothing by default."""

from dataclasses import dataclass
from enum import StrEnum


class HouseTask(StrEnum):
    LIGHTS = "lights"
    """Turn them on and off, dim and brighten them."""
    TEMPERATURE = "temperature"
    """Say how warm it is."""
    MUSIC = "music"
    """Let it go on, and pause it."""


@dataclass(frozen=True, slots=True)
class HouseRights:
    tasks: frozenset[HouseTask] = frozenset()
    rooms: tuple[str, ...] = ()
    """Names of Home Assistant's areas, for lights and temperature."""
    players: tuple[str, ...] = ()
    """Names of its media players, for music."""
