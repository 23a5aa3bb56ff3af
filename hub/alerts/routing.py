"""Who is told of an alert, when, and how long it is tried. `docs/alerts.md` says the same to parents."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.domain.household import Adult, Delivery, Household
from hub.domain.safety import DISCLOSURES, Alert, AlertLevel

FIRST_WAIT = timedelta(seconds=30)
MAX_WAIT = timedelta(hours=1)
MAX_TRIES = 30
"""With the waits between them that is a day, not counting the time that the hub is off."""


def addressees(alert: Alert, adults: Sequence[Adult]) -> list[Adult]:
    """Those whom the alert is sent to.

    A disclosure goes to everyone who gets disclosures and to nobody else, as it may be about one of
    the others; where nobody does, it goes to all rather than to none.
    """
    if alert.category in DISCLOSURES and alert.level is not AlertLevel.INFO:
        return [adult for adult in adults if adult.gets_disclosures] or list(adults)
    return [
        adult
        for adult in adults
        if adult.least_level is not None and alert.level.rank >= adult.least_level.rank
    ]


def due_at(delivery: Delivery, alert: Alert, household: Household, now: datetime) -> datetime:
    """When it is to be tried next: after its wait, and after the quiet hours unless it is urgent."""
    due = delivery.next_try_at
    if due > now + MAX_WAIT:
        due = now  # no wait is so long: the clock was set back since
    quiet_ends = held_until(alert, household, now)
    return max(due, quiet_ends) if quiet_ends else due


def held_until(alert: Alert, household: Household, now: datetime) -> datetime | None:
    """The end of the quiet hours that hold the alert back; None: it may go now."""
    return None if alert.level is AlertLevel.URGENT else household.quiet_ends(now)


def still_needed(alert: Alert) -> bool:
    """Whether it must still be sent. One parent's acknowledgement hides nothing grave from the others."""
    return (
        alert.acknowledged_at is None
        or alert.level is AlertLevel.URGENT
        or alert.category in DISCLOSURES
    )


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failed tries: half a minute, one, two … up to an hour."""
    doublings: int = 2 ** min(attempts - 1, 10)
    return min(MAX_WAIT, FIRST_WAIT * doublings)
