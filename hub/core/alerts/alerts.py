"""What is shown with an alert: until when it is held back, helplines for a child, and what tells of an emergency."""

from typing import Final

from hub.alerts.maker import EMERGENCIES as _BY_KIND
from hub.alerts.routing import held_until
from hub.safety.helplines import Helpline, Helplines

__all__ = ["EMERGENCIES", "Helpline", "Helplines", "held_until"]

EMERGENCIES: Final = frozenset(_BY_KIND.values())
"""Titles of alerts of what goes on now, such as a fire."""
