"""An alert as a message for a phone or a mailbox: what and when, without anybody's words."""

from dataclasses import dataclass

from hub.domain.household import Household
from hub.domain.safety import Alert, AlertLevel


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    body: str
    level: AlertLevel


def message_for(alert: Alert, toy: str | None, household: Household) -> Message:
    """Other people may see a locked phone, so what the child said stays on the hub."""
    when = household.local(alert.at)
    lines = [
        *([f"Toy: {toy}"] if toy else []),
        f"Level: {alert.level}",
        f"Kind: {alert.category.replace('_', ' ')}",
        f"When: {when:%A %H:%M}",
        *(["Where: on the page on which grown-ups try a toy"] if alert.tried else []),
        "",
        "Open your hub's Guardian pages to read what was said, and to note that you have seen it.",
    ]
    return Message(f"Pommai: {alert.title}", "\n".join(lines), alert.level)


TEST_MESSAGE = Message(
    "Pommai: this is a test",
    "Alerts of your hub will reach you here. Nothing has happened.",
    AlertLevel.INFO,
)
