"""GET /events: what changed, as server-sent events that hold the very HTML of the page.

`frame` replaces what stands around every page; `?show=` says what the page has besides. `turn` or
`alert` puts or replaces one card, and its id is the revision up to which the browser now knows
everything; `toys`, `today` and `software` replace those sections; `reload` says that too much was missed;
`beat` says that the line is alive. A browser that comes back names the last id it saw and gets what it missed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from guardian_web.alerts.views import alert_cards
from guardian_web.base_path import below
from guardian_web.devices.cards import device_card, toys_values
from guardian_web.home.today import today_values
from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import frame_of, keep_household_time, render
from guardian_web.shared import PAGE_CHANGES, SHARED, Changes
from guardian_web.sign_in.visitor import VISITOR
from guardian_web.talks.cards import turn_cards
from hub.core.health import GuardHealth
from hub.core.hub import Hub
from hub.domain.clock import Clock
from hub.domain.family.people import Role
from hub.errors import PommaiError
from hub.events import (
    AlertChanged,
    Event,
    HouseholdChanged,
    Missed,
    SatellitesChanged,
    Subscription,
    ToysChanged,
    TurnChanged,
    TurnsRemoved,
    WordsSoFar,
)
from hub.translation import gettext as _
from hub.translation import language

BEAT_S = 15.0
SEND_S = 10.0
RETRY_MS = 2000
MAX_STREAMS = 56
"""A family's phones and computers, each with some pages; a few less than connections from one address, as behind a
proxy all have the same."""
MAX_CATCH_UP = 100
"""Turns or alerts; a browser that missed more had better load the page again."""

SHOWS = {
    "home": frozenset({"toys", "today", "turns", "words"}),
    "talk": frozenset({"turns"}),
    "talks": frozenset({"removed"}),
    "alerts": frozenset({"alerts"}),
    "device": frozenset({"software"}),
    "frame": frozenset[str](),
}
"""What the stream of each kind of page carries besides the frame; `device:` and its slug says whose."""

OPEN_STREAMS = web.AppKey("open_streams", set[asyncio.Task[Any]])

T = TypeVar("T")
May = Mapping[str, object]
"""The values of a template that say what its reader may do."""
Cards = Sequence[tuple[int, str]]
"""The revision of each turn or alert that changed, in their order, and its card; MAX_CATCH_UP and one are too many."""

log = logging.getLogger(__name__)


async def events(request: web.Request) -> web.StreamResponse:
    if len(request.app[OPEN_STREAMS]) >= MAX_STREAMS:
        raise web.HTTPServiceUnavailable(text=_("Too many of these pages are open already."))
    since = _last_seen(request)
    kind, _colon, which = request.query.get("show", "home").partition(":")
    shows = SHOWS.get(kind)
    if shows is None:
        raise web.HTTPBadRequest(text=_("There is no such stream."))
    with request.app[PAGE_CHANGES].subscribe() as changes:
        return await stream(
            request, lambda sse: _Stream(request, sse, since, shows, which).run(changes)
        )


async def stream(
    request: web.Request, run: Callable[[EventSourceResponse], Awaitable[None]]
) -> web.StreamResponse:
    """Send what `run` sends, until it is over, its reader goes or the hub stops."""
    streams = request.app[OPEN_STREAMS]
    task = asyncio.current_task()
    assert task is not None
    streams.add(task)
    try:
        async with sse_response(request, send_timeout=SEND_S) as sse:
            await run(sse)
    except (ConnectionResetError, TimeoutError):
        log.debug("a reader of %s went, or reads no more", request.path)  # it comes back
    except PommaiError as error:
        log.warning("a reader of %s lost its stream: %s", request.path, error)
    finally:
        streams.discard(task)
    return sse


async def end_streams(app: web.Application) -> None:
    """At the hub's stop; else each would hold it up until its browser went."""
    streams = app[OPEN_STREAMS]
    for task in list(streams):
        task.cancel()


class _Stream:
    """One browser's view of the hub: what it knows, and what it must be told."""

    def __init__(
        self,
        request: web.Request,
        sse: EventSourceResponse,
        since: int,
        shows: frozenset[str],
        device: str,
    ) -> None:
        self._hub = request.app[HUB]
        self._clock = request.app[CLOCK]
        visitor = request[VISITOR]
        self._token = visitor.token
        self._may = {"csrf": visitor.csrf, "may_change": visitor.may(Role.GUARDIAN)}
        self._sse = sse
        self._revision = since
        self._shows = shows
        self._device = device
        self._sent: dict[str, str] = {}
        """The last HTML of each part that is sent whole."""
        self._health: tuple[GuardHealth, bool] | None = None
        self._shared = request.app[SHARED]
        self._event: Event | None = None
        """The change that is being told."""
        self._removed = 0
        """The last revision at which turns were deleted, or came back."""

    async def run(self, subscription: Subscription) -> None:
        await self._sse.send("", event="beat", retry=RETRY_MS)
        self._removed = await self._hub.removals.last_revision()
        token = self._token
        shows_turns = bool(self._shows & {"turns", "alerts", "removed"})
        if self._revision > await self._hub.revision() or (
            shows_turns and self._revision < self._removed
        ):
            # Not of this history, as the family has put back a backup; or what the page shows was deleted meanwhile.
            await self._sse.send("", event="reload")
            return
        beat_at = self._clock.monotonic() + BEAT_S
        event: Event | None = Missed()  # whatever happened before this browser came
        # Signed out elsewhere, or run out: not a word more.
        while await self._shared.once(
            event, ("knows", token), lambda: self._hub.sign_ins.known(token)
        ):
            self._event = event
            if shows_turns and self._happened(TurnsRemoved) and await self._turns_went():
                break
            await self._tell()
            if self._clock.monotonic() >= beat_at:
                await self._sse.send("", event="beat")
                beat_at = self._clock.monotonic() + BEAT_S
            event = await next_event(subscription, self._clock, until=beat_at)
        await self._sse.send("", event="reload")

    def _happened(self, *kinds: type[Event]) -> bool:
        """Whether there is something of these kinds to tell of, or may be."""
        events = self._event.events if isinstance(self._event, Changes) else (self._event,)
        return any(isinstance(event, (*kinds, Missed)) for event in events)

    async def _turns_went(self) -> bool:
        return await self._hub.removals.last_revision() > self._removed

    async def _tell(self) -> None:
        if self._happened(AlertChanged, HouseholdChanged) or self._health != self._health_now():
            await self._send_frame()
        if self._happened(SatellitesChanged, ToysChanged, HouseholdChanged):
            await self._send_toys()
        if self._happened(SatellitesChanged, ToysChanged):
            await self._send_software()
        await self._send_words()
        if self._happened(TurnChanged):
            await self._send_turns()
            await self._send_today()
        if self._happened(AlertChanged):
            await self._send_alerts()

    async def _once(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` makes after this change, for all whose readers have the same base path and language."""

        async def made() -> T:
            await keep_household_time(self._hub)
            return await make()

        return await self._shared.once(self._event, (key, below(""), language()), made)

    async def _send_turns(self) -> None:
        if "turns" in self._shows:
            since = self._revision
            cards = await self._once(("turns", since), lambda: _turns_since(self._hub, since))
            await self._send_cards("turn", cards)

    async def _send_alerts(self) -> None:
        if "alerts" in self._shows:
            since = self._revision
            cards = await self._once(
                ("alerts", since, *self._may.values()),
                lambda: _alerts_since(self._hub, since, self._may, self._clock.now()),
            )
            await self._send_cards("alert", cards)

    async def _send_cards(self, name: str, cards: Cards) -> None:
        if len(cards) > MAX_CATCH_UP:
            await self._send_reload()
            return
        for revision, html in cards:
            await self._sse.send(html, id=str(revision), event=name)
            self._revision = revision

    async def _send_words(self) -> None:
        """The last that each toy hears."""
        if not ("words" in self._shows and isinstance(self._event, Changes)):
            return
        heard = {e.toy_id: e.text for e in self._event.events if isinstance(e, WordsSoFar)}
        for html in await self._once("words", lambda: _words(self._hub, heard)) if heard else ():
            await self._sse.send(html, event="words")

    async def _send_reload(self) -> None:
        self._revision = await self._hub.revision()
        await self._sse.send("", event="reload")

    def _health_now(self) -> tuple[GuardHealth, bool]:
        return self._hub.health.guard, self._hub.health.disk_is_full

    async def _send_frame(self) -> None:
        self._health = self._health_now()
        key = ("frame", self._health, *self._may.values())
        await self._send_part("frame", key, lambda: _frame(self._hub, self._may))

    async def _send_toys(self) -> None:
        if "toys" in self._shows:
            key = ("toys", *self._may.values())
            await self._send_part("toys", key, lambda: _toys(self._hub, self._may))

    async def _send_today(self) -> None:
        if "today" in self._shows:
            await self._send_part("today", "today", lambda: _today(self._hub))

    async def _send_software(self) -> None:
        if "software" in self._shows:
            key = ("software", self._device, *self._may.values())
            make = partial(_software, self._hub, self._device, self._may)
            await self._send_part("software", key, make)

    async def _send_part(
        self, name: str, key: Hashable, make: Callable[[], Awaitable[str]]
    ) -> None:
        """As a whole, where it is another than what was sent last, and is there."""
        html = await self._once(key, make)
        if html and self._sent.get(name) != html:
            self._sent[name] = html
            await self._sse.send(html, event=name)


async def _turns_since(hub: Hub, revision: int) -> Cards:
    turns = await hub.turns.since(revision, MAX_CATCH_UP + 1)
    toys = await hub.toys.list(archived=True) if turns else ()
    return [
        (card.turn.revision, render("_turn.html", card=card, whole_talk=False))
        for card in await turn_cards(hub, turns, toys)
    ]


async def _alerts_since(hub: Hub, revision: int, may: May, now: datetime) -> Cards:
    alerts = await hub.alerts.since(revision, MAX_CATCH_UP + 1)
    frame = await frame_of(hub) if alerts else None
    around = {"frame": frame, "anybody": bool(await hub.adults.list()), "back": "/alerts"}
    return [
        (card.alert.revision, render("_alert.html", card=card, typed=None, **around, **may))
        for card in await alert_cards(hub, alerts, now)
    ]


async def _frame(hub: Hub, may: May) -> str:
    return render("_frame.html", frame=await frame_of(hub), own="/", **may)


async def _toys(hub: Hub, may: May) -> str:
    return render("_toys.html", **await toys_values(hub), **may)


async def _today(hub: Hub) -> str:
    return render("_today.html", **await today_values(hub))


async def _software(hub: Hub, device: str, may: May) -> str:
    """Empty for one that was released."""
    try:
        return render("_software.html", card=await device_card(hub, device), **may)
    except web.HTTPNotFound:
        return ""


async def _words(hub: Hub, heard: Mapping[str, str]) -> Sequence[str]:
    names = {toy.id: toy.name for toy in await hub.toys.list(archived=True)}
    return [
        render("_words.html", toy=toy, name=names.get(toy, ""), text=text)
        for toy, text in heard.items()
    ]


async def next_event(subscription: Subscription, clock: Clock, until: float) -> Event | None:
    """What happens next, or None when nothing does by then."""
    try:
        async with clock.timeout(until - clock.monotonic()):
            return await subscription.get()
    except TimeoutError:
        return None


def _last_seen(request: web.Request) -> int:
    """From a browser's own reconnection, or from the page that opens the stream first."""
    text = request.headers.get("Last-Event-ID") or request.query.get("since", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise web.HTTPBadRequest(text=_("The last event's id is a whole number."))
    return int(text)
