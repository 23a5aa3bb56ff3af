"""The guard with all its checks: the same for the hub and for `pommai-hub check`."""

from hub.config import SafetySection
from hub.domain.clock import Clock
from hub.safety.guard import Guard
from hub.safety.rules import RulesCheck


def build_guard(settings: SafetySection, clock: Clock) -> Guard:
    """Raises DataError where the rules that ship with us are damaged."""
    return Guard([RulesCheck.load()], clock, settings.timeout_ms / 1000)
