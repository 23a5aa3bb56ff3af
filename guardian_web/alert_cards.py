"""An alert in a parent's words: what it is about, whose words, and whom it reached."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from guardian_web.cards import ALERT_WORDS, CATEGORY_WORDS, Tone, speaker, toy_name
from guardian_web.guardian_hub import GuardianHub
from hub.alerts.routing import held_until
from hub.domain.household import Delivery, DeliveryState, Household
from hub.domain.safety import DISCLOSURES, Alert, AlertLevel
from hub.domain.talk import Turn
from hub.domain.toys import Toy

TONES = {
    AlertLevel.INFO: Tone.QUIET,
    AlertLevel.WARNING: Tone.CARE,
    AlertLevel.URGENT: Tone.TROUBLE,
}


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """How far an alert is on its way to one adult; `until` follows the words where there is a time."""

    name: str
    tone: Tone
    words: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertCard:
    alert: Alert
    tone: Tone
    level: str
    about: str
    reason: str
    """What happened, as a sentence; "" where it is not told."""
    toy: str
    turn: Turn | None
    """Where it last happened."""
    who: str
    """Who spoke in it."""
    deliveries: Sequence[DeliveryLine]
    wants_country: bool
    """Helplines could stand here, if the family told where it lives."""


async def alert_cards(
    hub: GuardianHub, alerts: Iterable[Alert], now: datetime
) -> Sequence[AlertCard]:
    toys = await hub.toys()
    household = await hub.family.household()
    return [await _card(hub, alert, toys, household, now) for alert in alerts]


async def _card(
    hub: GuardianHub, alert: Alert, toys: Iterable[Toy], household: Household, now: datetime
) -> AlertCard:
    turn_id = alert.last_turn_id or alert.turn_id
    turn = await hub.turn(turn_id) if turn_id else None
    return AlertCard(
        alert=alert,
        tone=TONES[alert.level],
        level=ALERT_WORDS[alert.level],
        about=CATEGORY_WORDS[alert.category],
        reason=_sentence(alert.details.get("reason", "")),
        toy=toy_name(alert.toy_id, toys),
        turn=turn,
        who=speaker(turn) if turn else "",
        deliveries=[
            delivery_line(delivery, held_until(alert, household, now))
            for delivery in await hub.family.deliveries(alert.id)
        ],
        wants_country=alert.category in DISCLOSURES and not household.country,
    )


def _sentence(text: str) -> str:
    """`text` from a capital letter to a full stop, whether it came with them or not."""
    return text[:1].upper() + text[1:] + ("." if text and text[-1] not in ".!?" else "")


def delivery_line(delivery: Delivery, held: datetime | None) -> DeliveryLine:
    """`held` is the end of the quiet hours that hold the alert back now."""
    name = delivery.adult_name
    match delivery.state:
        case DeliveryState.DELIVERED:
            return DeliveryLine(name, Tone.GOOD, "delivered", delivery.ended_at)
        case DeliveryState.UNDELIVERED:
            return DeliveryLine(name, Tone.TROUBLE, f"not delivered: {delivery.last_error}")
        case DeliveryState.NOT_NEEDED:
            return DeliveryLine(name, Tone.QUIET, "not sent, as it was acknowledged before")
        case DeliveryState.PENDING:
            if held:
                return DeliveryLine(name, Tone.QUIET, "waits for quiet hours to end at", held)
            if not delivery.last_error:
                return DeliveryLine(name, Tone.QUIET, "on its way")
            return DeliveryLine(
                name,
                Tone.CARE,
                f"not delivered yet: {delivery.last_error}; next try at",
                delivery.next_try_at,
            )
