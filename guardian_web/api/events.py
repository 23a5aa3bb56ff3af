"""GET /api/v1/events: what changes, as server-sent events that each hold the whole of it.

`household` and `toys` come at first and at each change; `alert` for each that is new or changed; `beat` says
that the line is alive. An event's id is the revision up to which its reader knows every alert: who comes back
names the last one, and gets what it missed.
"""

from typing import Final

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from guardian_web.api.alerts import AFTER, MAX_REVISION
from guardian_web.api.call import RouteTable, Stream, number
from guardian_web.api.errors import ApiError, Code
from guardian_web.api.gate import OWNER_TOKEN, TOKEN, bearer
from guardian_web.api.models import Answer, alert_of, household_of, toys_of
from guardian_web.keys import CLOCK, HUB
from guardian_web.shared import UNSEEN
from guardian_web.sse import BEAT_S, OPEN_STREAMS, RETRY_MS, next_event, stream
from hub.domain.api import Scope
from hub.events import (
    AlertChanged,
    Event,
    HouseholdChanged,
    Missed,
    SatellitesChanged,
    Subscription,
    ToysChanged,
    TurnChanged,
)

MAX_STREAMS: Final = 16
"""Of programs; a page that a person looks at has one of its own kind."""
MAX_ALERTS_AT_ONCE: Final = 100

ROUTES: Final = RouteTable()


@ROUTES.call(
    "GET", "/events", Scope.STATE, query=(AFTER,), codes=(Code.INVALID,), stream=Stream.EVENTS
)
async def events(request: web.Request) -> web.StreamResponse:
    """What changes, as it does: `household`, `toys`, with scope `alerts` also `alert`; and `beat`."""
    if len(request.app[OPEN_STREAMS]) >= MAX_STREAMS:
        raise ApiError(
            Code.SLOW_DOWN, f"{MAX_STREAMS} streams are open already", {"Retry-After": "30"}
        )
    after = _last_seen(request)
    with request.config_dict[HUB].bus.subscribe(left_out=UNSEEN) as changes:
        return await stream(request, lambda sse: _Stream(request, sse, after).run(changes))


class _Stream:
    def __init__(self, request: web.Request, sse: EventSourceResponse, after: int | None) -> None:
        self._hub = request.config_dict[HUB]
        self._clock = request.config_dict[CLOCK]
        self._text = bearer(request.headers.get("Authorization", ""))
        self._token = request[TOKEN]
        self._alerts = Scope.ALERTS in self._token.scopes
        self._sse = sse
        self._after = after
        self._revision = 0
        """Up to which the reader knows every alert."""
        self._sent: dict[str, str] = {}
        """The last of each that is sent whole."""

    async def run(self, subscription: Subscription) -> None:
        now = await self._hub.revision()
        # A later revision than ours is of another history: the family has put back a backup.
        self._revision = now if self._after is None else min(self._after, now)
        beat_at = self._clock.monotonic()
        retry_ms: int | None = RETRY_MS
        event: Event | None = Missed()  # whatever happened before; None: nothing did for a while
        while self._token is OWNER_TOKEN or await self._hub.api_tokens.known(self._text):
            if event is None or isinstance(event, HouseholdChanged | TurnChanged | Missed):
                await self._send_whole("household", await household_of(self._hub))
            if event is None or isinstance(
                event, SatellitesChanged | ToysChanged | TurnChanged | Missed
            ):
                await self._send_whole("toys", await toys_of(self._hub))
            if isinstance(event, AlertChanged | Missed) and self._alerts:
                await self._send_alerts()
            if self._clock.monotonic() >= beat_at:
                await self._send("beat", "", retry_ms)
                retry_ms = None
                beat_at = self._clock.monotonic() + BEAT_S
            event = await next_event(subscription, self._clock, until=beat_at)

    async def _send_whole(self, name: str, answer: Answer) -> None:
        text = answer.model_dump_json()
        if self._sent.get(name) != text:
            self._sent[name] = text
            await self._send(name, text)

    async def _send_alerts(self) -> None:
        while alerts := await self._hub.alerts.since(self._revision, MAX_ALERTS_AT_ONCE):
            for alert in alerts:
                self._revision = alert.revision
                await self._send("alert", alert_of(alert).model_dump_json())

    async def _send(self, name: str, text: str, retry_ms: int | None = None) -> None:
        await self._sse.send(text, id=str(self._revision), event=name, retry=retry_ms)


def _last_seen(request: web.Request) -> int | None:
    """None: nothing yet."""
    text = request.headers.get("Last-Event-ID")
    if text is None:
        return number(request, "after", 0, MAX_REVISION)
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ApiError(Code.INVALID, "Last-Event-ID: must be a whole number")
    return int(text)
