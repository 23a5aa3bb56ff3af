"""The guard with all its checks: the same for the hub and for `pommai-hub check`."""

from collections.abc import Sequence

from hub.config import SafetySection
from hub.domain.clock import Clock
from hub.domain.safety import SafetyCheck
from hub.safety.guard import Guard
from hub.safety.remote import RemoteLayer
from hub.safety.rules import RulesCheck

GRACE_S = 0.5
"""For a remote layer to tell of its own deadline before the guard's cuts it off."""


def build_guard(settings: SafetySection, clock: Clock, remote: Sequence[RemoteLayer] = ()) -> Guard:
    """The embedded layers, and beside them the `remote` ones that a parent named.

    Raises DataError where the rules that ship with us are damaged.
    """
    checks: list[SafetyCheck] = [RulesCheck.load(), *remote]
    # A remote layer keeps a deadline of its own, which may be longer.
    timeout_s = max([settings.timeout_ms / 1000, *(layer.timeout_s + GRACE_S for layer in remote)])
    return Guard(checks, clock, timeout_s)
