"""How far a family has come with setting the hub up, step by step."""

from dataclasses import dataclass
from enum import StrEnum


class SetupStep(StrEnum):
    """In the order in which they are offered; each may be left out."""

    HOME = "home"
    """Where the family lives, for helplines and clocks."""
    CHILDREN = "children"
    TOY = "toy"
    TRY = "try"
    DEVICE = "device"
    VOLUME = "volume"
    LIMITS = "limits"
    """Before anything is chosen that leaves the home."""
    ALERTS = "alerts"
    MODELS = "models"
    PRIVACY = "privacy"


@dataclass(frozen=True, slots=True)
class SetupProgress:
    """What is kept of it."""

    done: tuple[SetupStep, ...] = ()
    left_out: tuple[SetupStep, ...] = ()
    """A parent wants to do these later, or never."""
    toy_id: str = ""
    """The toy that the step about a toy is about; "" until one was chosen there."""
    reminds: bool = True
    """The first page lists what is still to do."""
