"""GET /api/v1/events: what changes, as server-sent events that each hold the whole of it.

`household` and `toys` come at first and at each change; `alert` for each that is new or changed; `beat` says
that the line is alive. An event's id is the revision up to which its reader knows every alert: who comes back
names the last one, and gets what it missed.
"""

import asyncio
from typing import Final

import structlog
from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from guardian_web.api import body, tokens
from guardian_web.api.alerts import REVISION_MOST
from guardian_web.api.errors import ApiError, Code
from guardian_web.api.gate import TOKEN
from guardian_web.api.models import Answer
from guardian_web.api.views import alert_of, household_of, toys_of
from guardian_web.keys import CLOCK, HUB
from guardian_web.sse import BEAT_S, OPEN_STREAMS, RETRY_MS, SEND_S, STREAMS_MOST, next_event
from hub.domain.api import Scope
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
)

ALERTS_AT_ONCE: Final = 100

log = structlog.get_logger()


async def events(request: web.Request) -> web.StreamResponse:
    hub = request.config_dict[HUB]
    streams = request.app[OPEN_STREAMS]
    if len(streams) >= STREAMS_MOST:
        raise ApiError(
            Code.SLOW_DOWN, f"{STREAMS_MOST} streams are open already", {"Retry-After": "30"}
        )
    after = _last_seen(request)
    task = asyncio.current_task()
    assert task is not None
    streams.add(task)
    try:
        with hub.bus.subscribe() as subscription:
            async with sse_response(request, send_timeout=SEND_S) as sse:
                await _Stream(request, sse, after).run(subscription)
    except (ConnectionResetError, TimeoutError):
        log.debug("a reader of the API's events went, or reads no more")
    except PommaiError as error:
        log.warning("a reader of the API's events lost its stream", error=str(error))
    finally:
        streams.discard(task)
    return sse


class _Stream:
    def __init__(self, request: web.Request, sse: EventSourceResponse, after: int | None) -> None:
        self._hub = request.config_dict[HUB]
        self._clock = request.config_dict[CLOCK]
        self._text = tokens.bearer(request.headers["Authorization"])
        self._alerts = Scope.ALERTS in request[TOKEN].scopes
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
        while await tokens.known(self._hub.api_tokens, self._text):
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
        while alerts := await self._hub.family.alerts_since(self._revision, ALERTS_AT_ONCE):
            for alert in alerts:
                self._revision = alert.revision
                await self._send("alert", alert_of(alert).model_dump_json())

    async def _send(self, name: str, text: str, retry_ms: int | None = None) -> None:
        await self._sse.send(text, id=str(self._revision), event=name, retry=retry_ms)


def _last_seen(request: web.Request) -> int | None:
    """None: nothing yet."""
    text = request.headers.get("Last-Event-ID")
    if text is None:
        return body.number(request, "after", 0, REVISION_MOST)
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ApiError(Code.INVALID, "Last-Event-ID: must be a whole number")
    return int(text)
