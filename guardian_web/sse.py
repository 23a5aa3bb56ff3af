"""GET /events: what changed, as server-sent events that hold the very HTML of the page.

`frame` replaces what stands around every page; `?show=` says what the page has besides. `turn` or
`alert` puts or replaces one card, and its id is the revision up to which the browser now knows
everything; `toys`, `today` and `software` replace those sections; `reload` says that too much was missed;
`beat` says that the line is alive. A browser that comes back names the last id it saw and gets what it missed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from guardian_web.alerts.views import alert_cards
from guardian_web.base_path import below
from guardian_web.devices.cards import device_card, toys_values
from guardian_web.home.today import today_values
from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import frame_of, render
from guardian_web.shared import SHARED
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
    TurnStep,
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

UNSEEN = (TurnStep,)
"""What no page shows, and comes many times in a turn."""

OPEN_STREAMS = web.AppKey("open_streams", set[asyncio.Task[Any]])

log = logging.getLogger(__name__)


async def events(request: web.Request) -> web.StreamResponse:
    if len(request.app[OPEN_STREAMS]) >= MAX_STREAMS:
        raise web.HTTPServiceUnavailable(text=_("Too many of these pages are open already."))
    since = _last_seen(request)
    kind, _colon, which = request.query.get("show", "home").partition(":")
    shows = SHOWS.get(kind)
    if shows is None:
        raise web.HTTPBadRequest(text=_("There is no such stream."))
    return await stream(
        request,
        lambda sse, changes: _Stream(request, sse, since, shows, which).run(changes),
    )


async def stream(
    request: web.Request, run: Callable[[EventSourceResponse, Subscription], Awaitable[None]]
) -> web.StreamResponse:
    """Send what `run` sends, from the hub's changes since now, until it is over, its reader goes or the hub stops."""
    streams = request.app[OPEN_STREAMS]
    task = asyncio.current_task()
    assert task is not None
    streams.add(task)
    try:
        with request.config_dict[HUB].bus.subscribe(left_out=UNSEEN) as changes:
            async with sse_response(request, send_timeout=SEND_S) as sse:
                await run(sse, changes)
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
        self._visitor = request[VISITOR]
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
        token = self._visitor.token
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
            match event:
                case SatellitesChanged() | ToysChanged():
                    await self._send_toys()
                    await self._send_software()
                case TurnChanged():
                    await self._send_turns()
                    await self._send_today()
                case AlertChanged():
                    await self._send_frame()
                    await self._send_alerts()
                case HouseholdChanged():
                    await self._send_frame()
                    await self._send_toys()
                case TurnsRemoved() if shows_turns:
                    if await self._hub.removals.last_revision() > self._removed:
                        await self._sse.send("", event="reload")
                        return
                case WordsSoFar(toy, text):
                    await self._send_words(toy, text)
                case Missed():
                    await self._send_frame()
                    await self._send_toys()
                    await self._send_software()
                    await self._send_turns()
                    await self._send_today()
                    await self._send_alerts()
            if self._health != self._health_now():
                await self._send_frame()
            if self._clock.monotonic() >= beat_at:
                await self._sse.send("", event="beat")
                beat_at = self._clock.monotonic() + BEAT_S
            event = await next_event(subscription, self._clock, until=beat_at)
        await self._sse.send("", event="reload")

    async def _send_turns(self) -> None:
        if "turns" not in self._shows:
            return
        since = self._revision
        cards = await self._shared.once(
            self._event,
            ("turns", since, below(""), language()),
            lambda: _turns_since(self._hub, since),
        )
        if len(cards) > MAX_CATCH_UP:
            await self._send_reload()
            return
        for revision, html in cards:
            await self._sse.send(html, id=str(revision), event="turn")
            self._revision = revision

    async def _send_words(self, toy: str, text: str) -> None:
        if "words" in self._shows:
            names = {one.id: one.name for one in await self._hub.toys.list(archived=True)}
            html = render("_words.html", toy=toy, name=names.get(toy, ""), text=text)
            await self._sse.send(html, event="words")

    async def _send_alerts(self) -> None:
        if "alerts" not in self._shows:
            return
        alerts = await self._hub.alerts.since(self._revision, MAX_CATCH_UP + 1)
        if len(alerts) > MAX_CATCH_UP:
            await self._send_reload()
            return
        frame = await frame_of(self._hub) if alerts else None
        for card in await alert_cards(self._hub, alerts, self._clock.now()):
            html = render(
                "_alert.html",
                card=card,
                csrf=self._visitor.csrf,
                may_change=self._visitor.may(Role.GUARDIAN),
                frame=frame,
                anybody=bool(await self._hub.adults.list()),
                back="/alerts",
                typed=None,
            )
            await self._sse.send(html, id=str(card.alert.revision), event="alert")
            self._revision = card.alert.revision

    async def _send_reload(self) -> None:
        self._revision = await self._hub.revision()
        await self._sse.send("", event="reload")

    def _health_now(self) -> tuple[GuardHealth, bool]:
        return self._hub.health.guard, self._hub.health.disk_is_full

    async def _send_frame(self) -> None:
        self._health = self._health_now()
        frame = await frame_of(self._hub)
        await self._send_part("frame", "_frame.html", frame=frame, own="/")

    async def _send_toys(self) -> None:
        if "toys" in self._shows:
            await self._send_part("toys", "_toys.html", **await toys_values(self._hub))

    async def _send_today(self) -> None:
        if "today" in self._shows:
            html = await self._shared.once(
                self._event, ("today", below(""), language()), lambda: _today(self._hub)
            )
            await self._send_changed("today", html)

    async def _send_software(self) -> None:
        if "software" not in self._shows:
            return
        try:
            card = await device_card(self._hub, self._device)
        except web.HTTPNotFound:
            return  # it was released
        await self._send_part("software", "_software.html", card=card)

    async def _send_part(self, name: str, template: str, **values: object) -> None:
        visitor = self._visitor
        html = render(template, csrf=visitor.csrf, may_change=visitor.may(Role.GUARDIAN), **values)
        await self._send_changed(name, html)

    async def _send_changed(self, name: str, html: str) -> None:
        if self._sent.get(name) != html:
            self._sent[name] = html
            await self._sse.send(html, event=name)


async def _turns_since(hub: Hub, revision: int) -> Sequence[tuple[int, str]]:
    """The revision of each turn that changed since, and its card; one more than MAX_CATCH_UP are too many."""
    turns = await hub.turns.since(revision, MAX_CATCH_UP + 1)
    toys = await hub.toys.list(archived=True) if turns else ()
    return [
        (card.turn.revision, render("_turn.html", card=card, whole_talk=False))
        for card in await turn_cards(hub, turns, toys)
    ]


async def _today(hub: Hub) -> str:
    return render("_today.html", **await today_values(hub))


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
