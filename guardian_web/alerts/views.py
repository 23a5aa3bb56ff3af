"""The alerts: what a parent should know of, the newest first, until somebody has seen it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from aiohttp import web
from yarl import URL

from guardian_web.alerts.next_steps import helplines, next_steps
from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import guardian_page, own_address, see, typed
from guardian_web.sign_in.visitor import VISITOR
from guardian_web.talks.cards import Tone, speaker, toy_name
from guardian_web.talks.words import plain_reason
from hub.core.alerts.alerts import held_until
from hub.core.hub import Hub
from hub.domain.family.children import Child
from hub.domain.household import Delivery, DeliveryState, Household
from hub.domain.safety import DISCLOSURES, Alert, AlertFilter, AlertLevel, AlertState
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.domain.words import ALERT_WORDS, CATEGORY_WORDS
from hub.errors import DataError, RefusedError
from hub.translation import Message, marked
from hub.translation import gettext as _

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
    next_steps: Sequence[str]
    helplines: Sequence[str]
    wants_country: bool
    """Helplines could stand here, if the family told where it lives."""


async def alert_cards(hub: Hub, alerts: Sequence[Alert], now: datetime) -> Sequence[AlertCard]:
    household = await hub.household.get()
    toys = await hub.toys.list(archived=True)
    children = await hub.children.list(archived=True)
    turns = await hub.turns.some({_last_turn(alert) for alert in alerts} - {""})
    return [
        _card(
            alert,
            toys,
            children,
            turns.get(_last_turn(alert)),
            household,
            [
                delivery_line(delivery, held_until(alert, household, now))
                for delivery in await hub.deliveries.of(alert.id)
            ],
        )
        for alert in alerts
    ]


def _last_turn(alert: Alert) -> str:
    """The id of the turn in which it last happened; "" where it was in none."""
    return alert.last_turn_id or alert.turn_id or ""


def _card(
    alert: Alert,
    toys: Iterable[Toy],
    children: Sequence[Child],
    turn: Turn | None,
    household: Household,
    deliveries: Sequence[DeliveryLine],
) -> AlertCard:
    reason = alert.details.get("reason", "")
    return AlertCard(
        alert=alert,
        tone=TONES[alert.level],
        level=ALERT_WORDS[alert.level],
        about=_(CATEGORY_WORDS[alert.category]),
        reason=_sentence(_(reason) if isinstance(reason, Message) else plain_reason(reason)),
        toy=toy_name(alert.toy_id, toys),
        turn=turn,
        who=speaker(turn, children) if turn else "",
        deliveries=deliveries,
        next_steps=next_steps(alert),
        helplines=helplines(alert, household.country),
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
            return DeliveryLine(name, Tone.GOOD, _("delivered"), delivery.ended_at)
        case DeliveryState.UNDELIVERED:
            return DeliveryLine(
                name,
                Tone.TROUBLE,
                _("not delivered: %(last_error)s", last_error=delivery.last_error),
            )
        case DeliveryState.NOT_NEEDED:
            return DeliveryLine(
                name, Tone.QUIET, _("not sent, as somebody had acknowledged it already")
            )
        case DeliveryState.PENDING:
            if held:
                return DeliveryLine(name, Tone.QUIET, _("waits until do not disturb ends at"), held)
            if not delivery.last_error:
                return DeliveryLine(name, Tone.QUIET, _("on its way"))
            return DeliveryLine(
                name,
                Tone.CARE,
                _("not delivered yet: %(last_error)s; next try at", last_error=delivery.last_error),
                delivery.next_try_at,
            )


ALERTS_SHOWN = 30
STATES = (
    ("open", marked("Open")),
    ("seen", marked("Seen")),
    ("done", marked("Done")),
    ("all", marked("All")),
)
HAPPENED = {
    "seen": marked("Marked as seen."),
    "done": marked("Marked as done."),
    "reopened": marked("It stands open again."),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What a parent wants to see of the alerts; "" for whatever."""

    show: str = "open"
    toy: str = ""
    level: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Choice":
        show, level = query.get("show", ""), query.get("level", "")
        return cls(
            show if show in dict(STATES) else "open",
            query.get("toy", ""),
            level if level in set(AlertLevel) else "",
        )

    def address(self, show: str = "") -> str:
        """Of the page that shows this, or with other alerts of that toy and level."""
        wanted = {"show": show or self.show, "toy": self.toy, "level": self.level}
        query = {name: value for name, value in wanted.items() if value and value != "open"}
        return str(URL("/alerts").with_query(query))

    @property
    def which(self) -> AlertFilter:
        return AlertFilter(
            AlertState(self.show) if self.show in set(AlertState) else None,
            AlertLevel(self.level) if self.level else None,
            self.toy or None,
        )


async def show(request: web.Request) -> web.StreamResponse:
    """`?show=open`, `seen`, `done` or `all`; `toy` and `level` for some of them."""
    return await _show(request, Choice.of(request.query))


async def acknowledge(request: web.Request) -> web.StreamResponse:
    return await _change(request, request.app[HUB].alerts.acknowledge, "seen")


async def finish(request: web.Request) -> web.StreamResponse:
    return await _change(request, request.app[HUB].alerts.finish, "done")


async def reopen(request: web.Request) -> web.StreamResponse:
    await request.app[HUB].alerts.reopen(request.match_info["alert"])
    return await _back(request, "reopened")


async def _change(
    request: web.Request, change: Callable[[str, str, str], Awaitable[Alert]], done: str
) -> web.StreamResponse:
    alert_id = request.match_info["alert"]
    note = await typed(request, "note")
    try:
        await change(alert_id, note, request[VISITOR].guardian.name)
    except (DataError, RefusedError) as error:
        return await _show(
            request,
            Choice.of(URL(own_address(await typed(request, "back"))).query),
            status=HTTPStatus.CONFLICT,
            problem=str(error),
            entered={"alert": alert_id, "note": note},
        )
    return await _back(request, done)


async def _back(request: web.Request, done: str) -> web.StreamResponse:
    """To the alerts that were shown when the form was sent."""
    choice = Choice.of(URL(own_address(await typed(request, "back"))).query)
    return see(str(URL(choice.address()).update_query(done=done)))


async def _show(
    request: web.Request,
    chosen: Choice,
    status: int = HTTPStatus.OK,
    problem: str = "",
    entered: dict[str, str] | None = None,
) -> web.StreamResponse:
    hub = request.app[HUB]
    revision = await hub.revision()
    alerts = await hub.alerts.list(ALERTS_SHOWN + 1, chosen.which)
    return await guardian_page(
        request,
        "alerts.html",
        "alerts",
        status,
        live="alerts",
        revision=revision,
        own=chosen.address(),
        cards=await alert_cards(hub, alerts[:ALERTS_SHOWN], request.app[CLOCK].now()),
        chosen=chosen,
        back=chosen.address(),
        states=STATES,
        levels=ALERT_WORDS,
        toys=await hub.toys.list(archived=True),
        more=len(alerts) > ALERTS_SHOWN,
        most=ALERTS_SHOWN,
        anybody=bool(await hub.adults.list()),
        happened=HAPPENED.get(request.query.get("done", ""), ""),
        problem=problem,
        typed=entered,
    )
